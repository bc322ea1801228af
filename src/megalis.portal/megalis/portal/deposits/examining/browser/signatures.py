"""``@@signatures`` of the folder of opened bids: ask for the verification, read its reports."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.vocabularies import ENVELOPES
from megalis.portal.deposits.examining import signatures
from megalis.portal.formats.signatures import report
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import require_own_page
from megalis.portal.organisations import people
from megalis.portal.theme import words
from plone import api as plone_api
from Products.Five.browser import BrowserView


def moment(text):
    """Return an ISO instant as people read it, "" without any."""
    return words.second(clock.from_rfc3339(text.replace("+00:00", "Z"))) if text else ""


class Signatures(BrowserView):
    """Whoever may read opened bids asks and reads; the result is information, it refuses nothing."""

    page_title = "Signatures des documents"

    def __call__(self):
        if self.request.method == "POST":
            require_own_page(self.request)
            person = people.current(self.request)
            who = person.fullname if person is not None else plone_api.user.get_current().getUserName()
            made = signatures.ask(self.consultation, who)
            told = "Les signatures sont vérifiées." if made.done else "La vérification est en cours : revenez bientôt."
            plone_api.portal.show_message(told, self.request)
            self.request.response.redirect(self.url)
            return ""
        return self.index()

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@signatures"

    @cached_property
    def consultation(self):
        return api.consultation_of(self.context)

    @cached_property
    def last(self):
        return signatures.last(self.consultation)

    @property
    def summary(self):
        counts = signatures.tally(self.last)
        parts = [
            words.plural(counts[key], one, many)
            for key, one, many in (
                (report.PASSED, "signature valide", "signatures valides"),
                (report.INDETERMINATE, "indéterminée", "indéterminées"),
                (report.FAILED, "non valable", "non valables"),
                ("", "document sans signature", "documents sans signature"),
            )
            if counts[key]
        ]
        return ", ".join(parts) or "aucun document"

    @property
    def plis(self):
        return [
            {
                **pli,
                "title": ", ".join(
                    part
                    for part in (
                        pli["bidder"],
                        pli["lot"] and f"lot {pli['lot']}",
                        ENVELOPES.get(pli["envelope"], pli["envelope"]).lower(),
                    )
                    if part
                ),
                "reports": [self._shown(report.from_json(value)) for value in pli["reports"]],
            }
            for pli in self.last.plis
        ]

    def _shown(self, found):
        until = f"{moment(found.not_before)} au {moment(found.not_after)}" if found.not_after else ""
        return {
            "report": found,
            "label": found.label,
            "claimed": moment(found.claimed),
            "moment": moment(found.moment),
            "period": until,
            "form": f"{found.kind} {found.form}" if found.kind != "?" else "",
            "code": " / ".join(part for part in (found.indication, found.sub) if part),
        }
