"""``@@consultations`` of a collectivité: all its consultations for its agents, drafts first to be found."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations.browser.base import BADGES
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import typing
from megalis.portal.consultations.vocabularies import NATURES
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.formats.tables import NUMBER
from megalis.portal.kernel import clock
from megalis.portal.theme.export import Exported
from megalis.portal.theme.words import plural
from plone import api as plone_api
from Products.Five.browser import BrowserView
from urllib.parse import urlencode

import re


PAGE = 25
SORTS = {
    "modifie": ("modified", True, "Dernière modification"),
    "limite": ("deadline", False, "Date limite"),
    "reference": ("reference", False, "Référence"),
}
GROUPS = (
    ("brouillons", "Brouillons"),
    ("publiees", "Ouvertes"),
    ("a-traiter", "À traiter"),
    ("passees", "Passées"),
)


def group_query(name, now):
    """Return the catalog query of a group of phases at ``now``."""
    return {
        "brouillons": {"review_state": phase.DRAFTS},
        "publiees": {"review_state": phase.PUBLIEE, "deadline": {"query": now, "range": "min"}},
        "a-traiter": {"review_state": (phase.OUVERTURE, phase.ANALYSE, phase.DECIDEE)},
        "passees": {"review_state": (phase.NOTIFIEE, phase.ARCHIVEE, phase.ANNULEE)},
    }[name]


def words_query(text):
    """Return a ZCTextIndex query of all the words typed, the last ones unfinished; "" without a word."""
    words = re.findall(r"\w+", str(text or ""))[:12]
    return " AND ".join(f"{word}*" for word in words)


def row(brain, now):
    """Return what a list shows of a consultation, from its catalog entry alone."""
    state = phase.phase(brain.review_state, brain.deadline, now)
    return {
        "url": f"{brain.getURL()}/@@gestion",
        "title": brain.Title,
        "reference": brain.reference,
        "procedure": PROCEDURES.get(brain.procedure, brain.procedure),
        "deadline": brain.deadline,
        "state": state,
        "label": phase.LABELS[state],
        "badge": BADGES[state],
        "lots": brain.lots_count or 0,
        "modified": brain.modified.asdatetime() if brain.modified else None,
    }


class Listing(BrowserView):
    """The list: groups with counts, words, sort, pages; plain GET."""

    door = "agents"
    page_title = "Consultations"
    plural = staticmethod(plural)

    @cached_property
    def now(self):
        return clock.now()

    @cached_property
    def asked(self):
        """What the address asks for: dict ``etape, q, tri, page``, made sound."""
        form = self.request.form
        return {
            "etape": typing.one_of(form.get("etape"), dict(GROUPS)),
            "q": str(form.get("q", ""))[:200],
            "tri": typing.one_of(form.get("tri"), SORTS, "modifie"),
            "page": typing.page_number(form.get("page"), 999_999),
        }

    def brains(self, group):
        """Return the brains of a group ("" for all) that match the words."""
        query = group_query(group, self.now) if group else {}
        if words := words_query(self.asked["q"]):
            query["SearchableText"] = words
        index, reverse, _title = SORTS[self.asked["tri"]]
        found = list(api.find(self.context, sort_on=index, **({"sort_order": "reverse"} if reverse else {}), **query))
        if group == "a-traiter":
            closed = {"query": self.now, "range": "max"}
            query = {**query, "review_state": phase.PUBLIEE, "deadline": closed}
            found = list(api.find(self.context, sort_on=index, **query)) + found
        if index == "deadline" and group in ("", "brouillons"):
            dated = {brain.getRID() for brain in found}
            found += [brain for brain in api.find(self.context, **query) if brain.getRID() not in dated]
        return found

    @cached_property
    def found(self):
        return self.brains(self.asked["etape"])

    @property
    def rows(self):
        first = (self.asked["page"] - 1) * PAGE
        return [row(brain, self.now) for brain in self.found[first : first + PAGE]]

    @property
    def count(self):
        return len(self.found)

    def query(self, **changes):
        kept = {**self.asked, "page": 1, **changes}
        kept = {name: value for name, value in kept.items() if value and (name, value) not in DEFAULTS}
        return f"?{urlencode(kept)}" if kept else ""

    def address(self, **changes):
        return f"{self.context.absolute_url()}/@@consultations{self.query(**changes)}"

    @property
    def tabs(self):
        found = [{"title": "Toutes", "name": "", "count": len(self.brains(""))}]
        found += [{"title": title, "name": name, "count": len(self.brains(name))} for name, title in GROUPS]
        here = self.asked["etape"]
        return [{**tab, "url": self.address(etape=tab["name"]), "current": tab["name"] == here} for tab in found]

    @property
    def sorts(self):
        here = self.asked["tri"]
        return [
            {"title": title, "name": name, "current": name == here} for name, (_index, _reverse, title) in SORTS.items()
        ]

    @property
    def pages(self):
        last = -(-self.count // PAGE)
        here = self.asked["page"]
        near = sorted({1, last, *range(max(1, here - 2), min(last, here + 2) + 1)})
        return [{"number": n, "url": self.address(page=n), "current": n == here} for n in near] if last > 1 else []

    @property
    def may_add(self):
        return plone_api.user.has_permission("megalis: Add Consultation", obj=self.context)


DEFAULTS = {("tri", "modifie"), ("page", 1)}


class ListingFiles(Exported, Listing):
    """``@@consultations.csv``, ``.xlsx``, ``.pdf`` of a collectivité: what the page lists, all its pages."""

    list_columns = (
        Column("Référence"),
        Column("Objet", width=50),
        Column("Étape"),
        Column("Procédure"),
        Column("Nature", width=12),
        Column("Lots", NUMBER),
        Column("Publiée le", INSTANT),
        Column("Date limite (Paris)", INSTANT),
        Column("Modifiée le", INSTANT),
    )

    @property
    def list_note(self):
        return ", ".join(filter(None, (self.context.title, dict(GROUPS).get(self.asked["etape"]), self.asked["q"])))

    def list_rows(self):
        for brain in self.found:
            shown = row(brain, self.now)
            yield (
                shown["reference"], shown["title"], shown["label"], shown["procedure"], NATURES.get(brain.nature, ""),
                shown["lots"], brain.published_at or None, shown["deadline"], shown["modified"],
            )  # fmt: skip
