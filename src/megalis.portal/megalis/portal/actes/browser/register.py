"""The public register of a collectivité: acts in full, for ever at the same address, searched, counted, taken away as data."""

from functools import cached_property
from megalis.portal.actes import outcome
from megalis.portal.actes import posting
from megalis.portal.actes import registre as registres
from megalis.portal.actes import rules
from megalis.portal.actes.browser import base
from megalis.portal.actes.browser.base import day
from megalis.portal.actes.browser.base import FOLLOW
from megalis.portal.formats import scdl
from megalis.portal.formats.actes.parts import Prefecture
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations.browser.base import StoredFile
from megalis.portal.theme import feeds
from megalis.portal.theme.feeds import Entry
from megalis.portal.theme.paging import page_number
from megalis.portal.theme.paging import pages_near
from megalis.portal.theme.paging import words_query
from plone import api
from urllib.parse import urlencode

import heapq
import io
import re


PAGE = 25
ENTRIES = 50


class Search:
    """The published acts of a register that match what the address asks for."""

    @cached_property
    def asked(self):
        form = self.request.form
        nature = str(form.get("nature", ""))
        annee = str(form.get("annee", ""))
        matiere = str(form.get("matiere", ""))
        return {
            "q": str(form.get("q", ""))[:200],
            "nature": nature if nature in {str(code) for code in self.classification.natures} else "",
            "matiere": matiere if re.fullmatch(r"[0-9](\.[0-9]{1,2})?", matiere) else "",
            "annee": annee if re.fullmatch(r"(19|20)[0-9]{2}", annee) else "",
            "page": page_number(form.get("page")),
        }

    def narrowed(self):
        """Return the catalog query of whose acts are asked for."""
        return {"path": "/".join(self.context.getPhysicalPath())}

    @cached_property
    def found(self):
        asked = self.asked
        query = {"portal_type": "Acte", "review_state": "publie", "acte_retire": False, **self.narrowed()}
        if words := words_query(asked["q"]):
            query["SearchableText"] = words
        if asked["nature"]:
            query["acte_nature"] = int(asked["nature"])
        if asked["matiere"]:
            query["acte_matieres"] = asked["matiere"]
        if asked["annee"]:
            year = int(asked["annee"])
            query["acte_date"] = {"query": (year * 10000, year * 10000 + 1231), "range": "min:max"}
        catalog = api.portal.get_tool("portal_catalog")
        return catalog(sort_on="acte_ordre", sort_order="reverse", **query)

    @property
    def count(self):
        return len(self.found)


class Register(Search, base.Public):
    """The public page of the register."""

    searching = True

    @property
    def page_title(self):
        return f"Actes de {self.collectivite.title}"

    @property
    def rows(self):
        first = (self.asked["page"] - 1) * PAGE
        for brain in self.found[first : first + PAGE]:
            date = str(brain.acte_date or "")
            yield {
                "url": brain.getURL(),
                "title": brain.Title,
                "numero": brain.acte_numero,
                "nature": self.nature_title(brain.acte_nature),
                "date": f"{date[6:8]}/{date[4:6]}/{date[:4]}" if len(date) == 8 else "",
                "published": outcome.day(brain.acte_publie),
            }

    def address(self, view="", **changes):
        kept = {**self.asked, "page": 1, **changes}
        kept = {name: value for name, value in kept.items() if value and (name, value) != ("page", 1)}
        here = f"{self.context.absolute_url()}{view}"
        return f"{here}?{urlencode(kept)}" if kept else here

    @property
    def pages(self):
        return pages_near(self.asked["page"], -(-self.count // PAGE), lambda number: self.address(page=number))

    @property
    def tops(self):
        """The matières of the first level: (code, label)."""
        return [(branch.code, branch.titre) for branch in self.classification.below()]

    @property
    def years(self):
        last = clock.paris(clock.now()).year
        return [str(year) for year in range(last, max(last - 15, 2006), -1)]

    @property
    def may_follow(self):
        return self.may(FOLLOW, self.collectivite)

    @property
    def regime(self):
        """How the acts are made public when it is not on line, "" otherwise."""
        return registres.regime_words(self.registre)


class Public(base.Public):
    """The public page of one act: its text, its dates, its files; agents are told where they work on it."""

    @property
    def page_title(self):
        return self.context.objet

    @property
    def register_url(self):
        return self.registre.absolute_url()

    @property
    def withdrawn(self):
        return self.context.unpublished_reason

    @property
    def is_public(self):
        return self.context.published_at is not None

    @property
    def may_follow(self):
        return self.may(FOLLOW)

    @property
    def files(self):
        if self.withdrawn:
            return
        for rank, piece in enumerate(self.context.pieces):
            if piece.published:
                shown = outcome.public_file(piece)
                yield {
                    "role": "Acte" if rank == 0 else f"Annexe {rank}",
                    "name": shown.name,
                    "size": shown.file.getSize(),
                    "digest": shown.digest,
                    "anonymised": shown.anonymised,
                    "url": f"{self.context.absolute_url()}/@@document?piece={piece.id}",
                    "original": f"{self.context.absolute_url()}/@@document?piece={piece.id}&forme=original",
                }

    @property
    def facts(self):
        acte = self.context
        rows = [
            ("Nature", self.nature_title(acte.nature)),
            ("Numéro", acte.numero),
            ("Date de décision", day(acte.date_decision)),
            ("Matière", self.matiere_title(acte.matiere)),
            ("Reçu en préfecture le", day(acte.reception)),
            ("Publié le", clock.french(acte.published_at) if acte.published_at else ""),
            ("Rendu public sur papier", posted_words(acte)),
            ("Exécutoire depuis le", day(rules.executory(acte.reception, posting.made_public(acte)))),
            ("Identifiant", acte.identifier),
        ]
        if acte.pour is not None:
            rows.append(("Vote", f"{acte.pour} pour, {acte.contre or 0} contre, {acte.abstention or 0} abstentions"))
        return [(label, value) for label, value in rows if value]


def posted_words(acte):
    """Return the days an act was posted, "" when it was not."""
    if acte.posted_from is None:
        return ""
    return (
        f"du {day(acte.posted_from)} au {day(acte.posted_until)}"
        if acte.posted_until
        else f"depuis le {day(acte.posted_from)}"
    )


class Document(StoredFile):
    """``@@document``: a published file, stamped, or without the stamp (``forme=original``)."""

    inline = True

    def chosen(self):
        acte = self.context
        if acte.published_at is None or acte.unpublished_reason:
            return None
        found = next(
            (item for item in acte.pieces if item.id == self.request.form.get("piece") and item.published), None
        )
        if found is None:
            return None
        shown = outcome.public_file(found)
        return shown.name, shown.original if self.request.form.get("forme") == "original" else shown.file


class Feed(Search, base.Within):
    """``@@flux.xml`` and ``@@flux.rss``: the newest acts of the register, with the same filters as the page."""

    def __call__(self):
        return newest(self, f"Actes de {self.collectivite.title}", self.context.absolute_url(), self.found)


def newest(view, title, url, brains):
    """Answer the newest of acts as the feed that a view is named after; ``url`` is that of the page people read."""
    kind = "rss" if view.__name__.endswith(".rss") else "atom"
    newest = heapq.nlargest(ENTRIES, brains, key=lambda brain: brain.acte_publie)
    entries = [
        Entry(
            brain.UID, f"{brain.acte_numero} : {brain.Title}", brain.getURL(), "", brain.acte_publie, brain.acte_publie
        )
        for brain in newest
    ]
    write = feeds.rss if kind == "rss" else feeds.atom
    return feeds.answer(view, write(title, url, view.request["ACTUAL_URL"], entries, clock.now()), kind)


class Deliberations(Search, base.Within):
    """``@@deliberations.csv``: the published délibérations, in the columns of the SCDL (schema 2.1.3)."""

    def __call__(self):
        out = io.StringIO(newline="")
        scdl.write(self.items(), out)
        response = self.request.response
        response.setHeader("Content-Type", "text/csv; charset=utf-8")
        response.setHeader("Content-Disposition", f'attachment; filename="deliberations-{self.collectivite.siren}.csv"')
        return out.getvalue().encode()

    def items(self):
        """Yield a ``scdl.Deliberation`` for each published délibération that can be told so."""
        for brain in self.found:
            if brain.acte_nature != rules.DELIBERATION:
                continue
            item = self.item(brain._unrestrictedGetObject())
            try:
                scdl.row(item)
            except Refused:  # an old matière of one level: the register shows it, the schema cannot
                continue
            yield item

    def item(self, acte):
        branch = self.classification.branch(acte.matiere)
        place = registres.reglages(self.registre)["arrondissement"]
        prefecture = Prefecture(registres.departement(self.collectivite), place) if place else None
        return scdl.Deliberation(
            self.collectivite.title, self.collectivite.siret, acte.numero, acte.date_decision, acte.matiere,
            (*branch.chemin, branch.libelle) if branch else (), acte.objet, acte.absolute_url(), prefecture,
            acte.reception, vote=scdl.Vote(acte.effectif, acte.votants, acte.pour, acte.contre, acte.abstention),
        )  # fmt: skip


class PagesOf:
    """IPublicPagesOf: the register of a collectivité, once it has one."""

    def __init__(self, collectivite, request):
        self.collectivite = collectivite

    def __call__(self):
        registre = registres.of(self.collectivite)
        return [("Registre des actes", registre.absolute_url())] if registre is not None else []
