"""The flows of a collectivité, for its agents: what waits, what left, what came back; and the deposit of new ones."""

from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import NUMBER
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios import service
from megalis.portal.helios.browser import base
from megalis.portal.theme.export import Exported
from megalis.portal.theme.paging import page_number
from megalis.portal.theme.paging import pages_near
from megalis.portal.theme.paging import words_query
from plone import api
from Products.Five.browser import BrowserView
from urllib.parse import urlencode

import transaction


PAGE = 25
MANY = 20


class Listing(base.Page):
    """``@@pes-suivi`` of a collectivité."""

    page_title = "Flux comptables"

    @cached_property
    def asked(self):
        form = self.request.form
        group = str(form.get("etape", ""))
        return {
            "etape": group if group in {name for name, _title, _states in rules.GROUPS} else "",
            "q": str(form.get("q", ""))[:200],
            "page": page_number(form.get("page")),
        }

    def query(self, group):
        """Return the catalog query of a group of states ("" for all)."""
        found = {"portal_type": "FluxPES", "path": "/".join(self.context.getPhysicalPath())}
        if words := words_query(self.asked["q"]):
            found["SearchableText"] = words
        for name, _title, states in rules.GROUPS:
            if name == group:
                found["pes_etat"] = states
        return found

    @cached_property
    def catalog(self):
        return api.portal.get_tool("portal_catalog")

    @cached_property
    def found(self):
        return self.catalog(sort_on="rang", sort_order="reverse", **self.query(self.asked["etape"]))

    @property
    def count(self):
        return len(self.found)

    @property
    def rows(self):
        first = (self.asked["page"] - 1) * PAGE
        for brain in self.found[first : first + PAGE]:
            yield {
                "url": brain.getURL(),
                "title": brain.Title,
                "badge": (rules.badge(brain.pes_etat), rules.state_label(brain.pes_etat)),
                **brain.pes_resume,
            }

    def address(self, **changes):
        kept = {**self.asked, "page": 1, **changes}
        kept = {name: value for name, value in kept.items() if value and (name, value) != ("page", 1)}
        return f"{self.list_url}?{urlencode(kept)}" if kept else self.list_url

    @property
    def query_string(self):
        kept = {name: value for name, value in self.asked.items() if value and name != "page"}
        return f"?{urlencode(kept)}" if kept else ""

    @property
    def tabs(self):
        here = self.asked["etape"]
        groups = [("", "Tous"), *((name, title) for name, title, _states in rules.GROUPS)]
        return [
            {
                "title": title,
                "count": len(self.catalog(**self.query(name))),
                "url": self.address(etape=name),
                "current": name == here,
            }
            for name, title in groups
        ]

    @property
    def pages(self):
        return pages_near(self.asked["page"], -(-self.count // PAGE), lambda number: self.address(page=number))

    @property
    def may_add(self):
        return self.may(base.PREPARE)

    @property
    def may_configure(self):
        return self.may(base.CONFIGURE)

    @property
    def unread(self):
        """How many returns nobody has read."""
        return sum(not item.read_by for item in self.registre.retours.values()) if self.registre is not None else 0


class ListingFiles(Exported, Listing):
    """``@@pes-suivi.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = (
        Column("Flux"), Column("Budget"), Column("Exercices"), Column("Bordereaux", NUMBER), Column("Pièces", NUMBER),
        Column("Montant HT"), Column("État"), Column("Déposé"), Column("Transmis"), Column("Répondu"),
    )  # fmt: skip

    @property
    def list_note(self):
        return self.context.title

    def list_rows(self):
        for brain in self.found:
            told = brain.pes_resume
            yield (
                brain.Title, told["budget"], told["exercices"], told["bordereaux"], told["pieces"], told["montant"],
                rules.state_label(brain.pes_etat), *(base.day(told[name]) for name in ("depose", "transmis", "repondu")),
            )  # fmt: skip


class New(base.Page):
    """``@@nouveau-flux``: one flow, or several at once, each read and checked."""

    page_title = "Déposer un flux"
    limit = f"{rules.LARGEST // 1048576} Mo"
    limit_bytes = rules.LARGEST
    most = MANY

    def do_deposer(self):
        uploads = self.uploads("fichiers")
        if not uploads:
            raise Refused("pes.fichier", "Aucun fichier n’est choisi : prenez le flux PES (.xml) de votre logiciel.")
        if len(uploads) > MANY:
            raise Refused(
                "pes.fichiers", f"{len(uploads)} fichiers, {MANY} au plus à la fois : faites-le en deux fois."
            )
        made, reasons = [], []
        for upload in uploads:
            mark = transaction.savepoint(optimistic=True)
            try:
                made.append(service.deposit(self.context, upload, self.userid))
            except Refused as refusal:
                mark.rollback()
                self.large = self.large or refusal.code == base.TOO_LARGE
                reasons.append(
                    refusal if len(uploads) == 1 else Refused(refusal.code, f"{upload.filename} : {refusal}")
                )
        if not made:
            self.errors = tuple(str(reason) for reason in reasons[:-1])
            raise reasons[-1]
        self.large = False
        url = made[0].absolute_url() if len(made) == 1 else self.list_url
        words = "Le flux est déposé." if len(made) == 1 else f"{self.plural(len(made), 'flux', 'flux')} déposés."
        self.done(" ".join([words, *map(str, reasons)]), url)


class ToListing(BrowserView):
    """The register itself has no page: its flows are listed beside their collectivité."""

    def __call__(self):
        self.request.response.redirect(f"{registres.collectivite_of(self.context).absolute_url()}/@@pes-suivi")
        return ""
