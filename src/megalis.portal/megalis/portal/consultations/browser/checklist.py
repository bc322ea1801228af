"""``@@verification``: what is missing before publication, each point with the page that mends it."""

from functools import cached_property
from megalis.portal.consultations import derogations
from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import transitions


PUBLISH = "megalis: Publish consultation"
STATES = {"ok": ("ok", "En règle"), "advice": ("soon", "À relire"), BLOCKING: ("bad", "À compléter")}


def _short(point):
    return any(finding.code in (*derogations.CODES, "delai.deroge") for finding in point.findings)


class Checklist(Page):
    """The list, and the next action."""

    page_title = "Vérification avant publication"

    @cached_property
    def seen(self):
        return gathering.points(self.consultation, self.now)

    @property
    def points(self):
        """The lines of the list: dicts ``title, url, badge, label, findings``."""
        found = []
        for point in self.seen:
            badge, label = STATES[point.level]
            target = point.target
            if target.startswith("../"):
                target = f"{self.buyer.absolute_url()}/{target[3:]}"
            elif target:
                target = f"{self.url}/{target}"
            found.append(
                {
                    "title": point.title,
                    "url": target,
                    "badge": badge,
                    "label": label,
                    "findings": point.findings,
                    "leave": bool(self.leave) and _short(point),
                }
            )
        return found

    @cached_property
    def leave(self):
        """The address where this person may let a short time pass, "" when there is none or it is not his to do."""
        asked = any(map(_short, self.seen))
        return f"{self.url}/@@delai" if asked and self.is_draft and self.may(PUBLISH, self.consultation) else ""

    @property
    def wrong(self):
        """How many points forbid the publication."""
        return sum(1 for point in self.seen if blocking(point.findings))

    @property
    def remarks(self):
        return self.consultation.import_remarks

    @property
    def map(self):
        return self.steps("@@verification") if self.may_edit and self.is_draft else None

    @property
    def action(self):
        """The next step: ``(address, words)`` or None."""
        wanted = {phase.ELABORATION: transitions.SOUMETTRE, phase.A_VALIDER: transitions.PUBLIER}.get(self.phase)
        if wanted is None or not workflow.may(self.consultation, wanted):
            return None
        if workflow.refusals(self.consultation, wanted, now=self.now):
            return None
        return f"{self.url}/@@etape?vers={wanted}", transitions.LABELS[wanted]
