"""Pages of the buyer's side: registers, opening, minutes and journal of a consultation; templates only call what is here."""

from functools import cached_property
from heapq import merge
from megalis.portal.consultations import ranking
from megalis.portal.consultations.dce.registers import Paged
from megalis.portal.deposits import closing
from megalis.portal.deposits import documents
from megalis.portal.deposits import naming
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import register
from megalis.portal.deposits import rules
from megalis.portal.deposits import store
from megalis.portal.deposits.browser import told
from megalis.portal.deposits.browser.api import tell_refusal
from megalis.portal.deposits.browser.pages import ConsultationPage
from megalis.portal.deposits.browser.pages import STATE_BADGES
from megalis.portal.deposits.paper import documents as paper
from megalis.portal.formats import jcs
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.formats.tables import NUMBER
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_own_page
from megalis.portal.organisations import people
from megalis.portal.theme import words
from megalis.portal.theme.export import Exported
from megalis.portal.theme.export import send_pdf
from operator import itemgetter
from plone import api
from plone.protect.authenticator import createToken
from zope.component.hooks import getSite


by_arrival = itemgetter("at")


class DepositRegister(Paged, ConsultationPage):
    """``@@registre-depots``: the register of deposits, a projection of the journal; bidders are named after closing."""

    page_title = "Registre des dépôts"
    view = "registre-depots"

    @cached_property
    def deposits(self):
        return register.Deposits(self.context, self.is_closed)

    @property
    def total(self):
        return len(self.deposits)

    @cached_property
    def rows(self):
        return [self.shown(row) for row in self.deposits.rows(*self.span)]

    @staticmethod
    def shown(row):
        badge = ("bad", "Hors délai") if row["late"] else STATE_BADGES[row["state"]]
        received = f"{clock.paris(row['received']):%d/%m/%Y à %H:%M:%S}"
        return {
            **row, "badge": badge, "received": received, "at": row["received"], "support": "Électronique", "url": "",
        }  # fmt: skip

    @cached_property
    def papers(self):
        """What came on paper, as lines of this register; its ranks have a letter of their own."""
        return paper.lines(self.context, self.is_closed)

    @cached_property
    def lines(self):
        """The electronic deposits of this page, and what came on paper beside them, by hour of arrival."""
        first, beyond = self.span
        after = self.deposits.rows(beyond, beyond + 1)
        low = self.rows[0]["at"] if first and self.rows else None
        high = after[0]["received"] if after else None
        beside = [
            row for row in self.papers if (low is None or row["at"] >= low) and (high is None or row["at"] < high)
        ]
        return sorted([*self.rows, *beside], key=by_arrival)

    @cached_property
    def counts(self):
        return {"all": self.total, "late": self.deposits.late, "refused": self.deposits.refused}

    @property
    def tally(self):
        """Return the counts that are not zero, in words."""
        counts = self.counts
        parts = [words.plural(counts["all"], "dépôt", "dépôts")]
        if counts["late"]:
            parts.append(f"dont {counts['late']} hors délai")
        if counts["refused"]:
            refused = words.plural(counts["refused"], "envoi refusé", "envois refusés")
            parts.append(f"{refused}, motif au journal")
        if self.papers:
            parts.append(words.plural(len(self.papers), "objet reçu sur papier", "objets reçus sur papier"))
        return ", ".join(parts)


class DepositRegisterList(Exported, DepositRegister):
    """``@@registre-depots.csv``, ``.xlsx``, ``.pdf``: the same, to take away."""

    list_columns = (
        Column("Rang", NUMBER),
        Column("Numéro"),
        Column("Reçu le (Paris)", INSTANT),
        Column("État"),
        Column("Hors délai"),
        Column("Opérateur économique"),
        Column("SIRET"),
        Column("Groupement"),
        Column("Enveloppes"),
        Column("Octets", NUMBER),
        Column("Support"),
    )

    @property
    def list_note(self):
        return f"{self.buyer.title}, référence {self.context.reference}, « {self.context.title} »"

    def list_rows(self):
        for row in merge(map(self.shown, self.deposits.rows()), self.papers, key=by_arrival):
            yield (
                row["rank"], row["number"], row["at"], row["badge"][1], row["late"], row["name"], row["siret"],
                row["grouping"], " | ".join(row["plis"]), row["size"], row["support"],
            )  # fmt: skip


class Opening(ConsultationPage):
    """``@@ouverture``: where a key holder opens the bids."""

    page_title = "Ouverture des plis"

    @property
    def token(self):
        return createToken()

    @cached_property
    def gate(self):
        return recipients.gate(self.context)

    @property
    def recorded(self):
        return self.gate is not None and self.gate.closed is not None

    @property
    def can_record(self):
        return closing.is_due(self.context, self.now)

    @property
    def mine(self):
        person = people.current(self.request)
        holds = opening.presentable(self.context, person.userid) if person is not None else []
        return [(rules.ROLE_LABELS[item["role"]], item["fingerprint"]) for item in holds]

    @property
    def to_begin(self):
        """Return (kind, label) of the next kind of envelope to begin, or None when there is none or it is not the time."""
        begun = opening.begun(self.context)
        kind = next((kind for kind in naming.order(self.context) if kind not in begun), None)
        if kind is None or not self.mine or not (self.recorded or self.can_record):
            return None
        if naming.identity_refusal(self.context, kind):
            return None
        return kind, rules.ENVELOPE_LABELS[kind].lower()

    @cached_property
    def to_fetch(self):
        """Return the rows of the bids that may be downloaded now, each with its ``title``; none to who holds no key."""
        if not self.mine:
            return []
        rows = [row for row in opening.rows(self.context) if row["etat"] == "a-ouvrir"]
        mine = {print_ for _label, print_ in self.mine}
        return [
            {**row, "title": documents.envelope_title(row), "relay": bool(mine & set(row["relais"]))} for row in rows
        ]

    @property
    def ranking_due(self):
        """True when a jury must rank the projects before the envelopes that name their authors are opened."""
        return ranking.names_hidden(self.context)

    @property
    def ranked(self):
        return self.context.ranking is not None

    @cached_property
    def papers(self):
        """What came on paper, each with its address."""
        url = self.url
        return [{**row, "url": f"{url}/@@papier?id={row['paper'].id}"} for row in paper.rows(self.context)]

    @property
    def counts(self):
        every = store.deposits(self.context)
        return {"all": len(every), "late": sum(deposit.late for deposit in every)}


class OpeningBegin(ConsultationPage):
    """``@@ouverture-commencer``: the form of the opening page for a browser without scripts."""

    def __call__(self):
        if self.request.method == "POST":
            require_own_page(self.request)
            self.begin()
        return self.back(f"{self.url}/@@ouverture")

    def begin(self):
        person = people.current(self.request)
        try:
            if person is None:
                raise Refusal("compte", "Connectez-vous avec un compte d’agent.", 403)
            opening.start(self.context, self.request.form.get("enveloppe"), person.userid)
        except Refusal as refusal:
            tell_refusal(self.context, "ouverture", refusal, agent=person.fullname if person is not None else "")
            self.say(refusal.message, "error")
        else:
            self.say("L’ouverture est commencée : les plis peuvent être téléchargés.")


class Minutes(ConsultationPage):
    """``@@pv-ouverture``: the minutes, made from the journal."""

    page_title = "Procès-verbal d’ouverture des plis"

    @cached_property
    def minutes(self):
        return documents.minutes(self.context)


class MinutesPDF(ConsultationPage):
    """``@@pv-ouverture.pdf``."""

    def __call__(self):
        name = f"pv-ouverture-{self.context.getId()}.pdf"
        return send_pdf(self.request, name, documents.minutes_pdf(self.context))


PUBLIC_EVENTS = ("publication", "rectification", "transition", "cloture", "ouverture", "cles-changees")


class ConsultationJournal(Paged, ConsultationPage):
    """``@@journal``: the events of a consultation, all of them for its agents, the public ones for anyone."""

    page_title = "Journal de la consultation"
    view = "journal"

    @cached_property
    def may_see_all(self):
        return api.user.has_permission("megalis: View registers", obj=self.context)

    @cached_property
    def entries(self):
        """``(id, type, event's bytes, salt)`` of what the visitor may see, oldest first."""
        return journal.raw(self.context, *(() if self.may_see_all else PUBLIC_EVENTS))

    @property
    def total(self):
        return len(self.entries)

    @cached_property
    def rows(self):
        return list(self.facts(*self.span))

    def facts(self, first=0, beyond=None):
        """Yield the facts of these ranks, as dicts ``at, instant, label, detail, leaf``."""
        hidden = not self.is_closed or self.names_hidden
        site = getSite()
        for entry, _type, data, _salt in self.entries[first:beyond]:
            event = told.without_names(jcs.loads(data)) if hidden else jcs.loads(data)
            yield {
                "at": clock.from_rfc3339(event["instant"]),
                "instant": documents.instant(event["instant"]),
                "label": told.EVENT_LABELS.get(event["type"], event["type"]),
                "detail": told.detail(event),
                "leaf": journal.place(site, entry),
            }


class ConsultationJournalFiles(Exported, ConsultationJournal):
    """``@@journal.csv``, ``.xlsx``, ``.pdf``: the same events, all pages."""

    list_columns = (
        Column("Instant (Paris)", INSTANT),
        Column("Fait"),
        Column("Détail", width=60),
        Column("Feuille", NUMBER),
    )

    @property
    def list_note(self):
        return f"{self.context.reference}, {self.context.title}"

    def list_rows(self):
        return ((row["at"], row["label"], row["detail"], row["leaf"]) for row in self.facts())
