"""``@@contrats``: the contracts of a collectivité for its agents, those to complete first."""

from functools import cached_property
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.tables import AMOUNT
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import DATE
from megalis.portal.kernel.http import Refusal
from megalis.portal.marches import recording
from megalis.portal.marches import store
from megalis.portal.marches.browser.base import BADGES
from megalis.portal.marches.browser.base import Page
from megalis.portal.marches.publishing.browser import holder_words
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import buyer_name
from megalis.portal.marches.rules import checking
from megalis.portal.marches.rules import deadlines
from megalis.portal.marches.rules import KINDS
from megalis.portal.marches.rules import notified_name
from megalis.portal.theme.export import Exported
from megalis.portal.theme.words import plural
from urllib.parse import urlencode

import re


SIZE = 25
READY = ("ok", "Prêt à publier")
TABS = (
    (store.DRAFT, "À compléter"),
    (store.PUBLISHED, "Publiés"),
    (store.WAIVED, "Dispensés"),
    (store.WITHDRAWN, "Retirés"),
)


class Contracts(Page):
    """The list; ``?etat=``, ``?q=``, ``?page=``."""

    page_title = "Contrats et données essentielles"

    def do_creer(self):
        if not self.may_prepare:
            raise Refusal("role", "Votre rôle ne permet pas de saisir un contrat.", 403)
        kind = typing.one_of(self.text("genre"), KINDS, "marche")
        raw = {buyer_name(kind): {"id": self.context.siret}}
        record = recording.add(self.context, kind, raw, source="saisie")
        self.done(f"{self.url}/@@contrat-modifier?contrat={record.key}", "Brouillon créé : complétez-le, puis publiez.")

    @cached_property
    def ready(self):
        """How many drafts of several nothing forbids to publish; 0 where there is one at most, or no right."""
        several = self.state == store.DRAFT and self.may_prepare and len(self.found) > 1
        return len(recording.ready(self.context)) if several else 0

    def do_publier_prets(self):
        if not self.may_prepare:
            raise Refusal("role", "Votre rôle ne permet pas de publier un contrat.", 403)
        found = recording.ready(self.context)
        if not found:
            raise Refusal("marches.aucun-pret", "Aucun contrat n’est complet : complétez-en un d’abord.", 422)
        done = 0
        for record in found:
            if not checking.blocking(
                recording.findings(record, collectivite=self.context)
            ):  # two may bear one identifier
                recording.publish(record)
                done += 1
        self.done(f"{self.url}/@@contrats", f"{plural(done, 'contrat publié', 'contrats publiés')}.")

    @cached_property
    def words(self):
        return self.text("q")[:200]

    @cached_property
    def state(self):
        waiting = store.count(self.site, self.uid, store.DRAFT)
        return typing.one_of(self.text("etat"), dict(TABS), store.DRAFT if waiting else store.PUBLISHED)

    @cached_property
    def found(self):
        """Records, or Rows of what is published, that match the words."""
        terms = self.words.casefold().split()
        if self.state == store.PUBLISHED:
            rows = store.rows(self.site, self.uid)
            return [row for row in rows if all(term in _words(row.title, row.id, row.holders) for term in terms)]
        records = store.in_state(self.site, self.uid, self.state)
        found = [record for record in records if all(term in _told(record) for term in terms)]
        if self.state == store.DRAFT:
            return sorted(
                found, key=lambda record: (deadlines.due(record.kind, record.raw) or self.today, _natural(record))
            )
        return sorted(found, key=lambda item: str(item.raw.get(notified_name(item.kind), "")), reverse=True)

    @cached_property
    def last(self):
        return max(1, -(-len(self.found) // SIZE))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def rows(self):
        part = self.found[(self.page - 1) * SIZE : self.page * SIZE]
        return [self.row(item if isinstance(item, store.Record) else store.get(self.site, item.key)) for item in part]

    def row(self, record):
        raw = record.raw
        amount, _months, holders = amending.in_force(record.kind, raw)
        wrong = sum(1 for item in recording.findings(record, collectivite=self.context) if item.level == "blocking")
        due = deadlines.due(record.kind, raw) if record.state == store.DRAFT else None
        day = deadlines.day_of(raw.get(notified_name(record.kind)))
        return {
            "url": f"{self.url}/@@contrat?contrat={record.key}",
            "title": raw.get("objet") or "Contrat sans objet",
            "id": raw.get("id", ""),
            "kind": KINDS[record.kind],
            "holders": [holder_words(str(item.get("id", ""))) for item in holders],
            "amount": amount if not isinstance(amount, str) else None,
            "notified": f"{day:%d/%m/%Y}" if day else "",
            "due": f"{due:%d/%m/%Y}" if due else "",
            "days": (day, due),
            "late": bool(due and due < self.today),
            "wrong": plural(wrong, "point") if wrong and record.state == store.DRAFT else "",
            "changed": record.versions and record.draft is not None,
            "badge": READY
            if record.state == store.DRAFT and not wrong
            else (BADGES[record.state], store.STATES[record.state]),
        }

    def address(self, **changed):
        kept = {"etat": self.state, "q": self.words, "page": 1, **changed}
        kept = {k: v for k, v in kept.items() if v and (k, v) != ("page", 1)}
        return f"{self.url}/@@contrats?{urlencode(kept)}"

    @property
    def export_query(self):
        return self.address(page=1).removeprefix(f"{self.url}/@@contrats")

    @property
    def tabs(self):
        return [
            (
                title,
                store.count(self.site, self.uid, state),
                self.address(etat=state, q=""),
                "page" if state == self.state else None,
            )
            for state, title in TABS
        ]

    @property
    def pages(self):
        if self.last == 1:
            return []
        near = sorted({1, self.last, *range(max(1, self.page - 2), min(self.last, self.page + 2) + 1)})
        return [(n, self.address(page=n), "page" if n == self.page else None) for n in near]


class ContractsFiles(Exported, Contracts):
    """``@@contrats.csv``, ``.xlsx``, ``.pdf``: the tab that is shown and what its words find, all pages."""

    list_columns = (
        Column("Contrat"),
        Column("Objet", width=50),
        Column("Genre"),
        Column("État"),
        Column("Titulaires", width=40),
        Column("Montant HT", AMOUNT),
        Column("Notifié le", DATE),
        Column("À publier avant", DATE),
        Column("À compléter"),
    )

    @property
    def list_note(self):
        return f"{self.context.title} : {dict(TABS)[self.state].lower()}"

    def list_rows(self):
        for item in self.found:
            record = item if isinstance(item, store.Record) else store.get(self.site, item.key)
            row = self.row(record)
            yield (
                row["id"], row["title"], row["kind"], row["badge"][1], " ; ".join(row["holders"]), row["amount"],
                *row["days"], row["wrong"],
            )  # fmt: skip


def _natural(record):
    """Return what orders contracts as people number them: lot 2 before lot 10."""
    parts = re.split(r"([0-9]{1,9})", str(record.raw.get("id", "")))
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts], record.key


def _told(record):
    raw = record.raw
    holders = [item.get("id", "") for item in amending.in_force(record.kind, raw)[2]]
    return _words(raw.get("objet", ""), raw.get("id", ""), holders)


def _words(title, identifier, holders):
    return f"{title} {identifier} {' '.join(map(str, holders))}".casefold()
