"""The public pages of essential data: a list to search, a page a contract, files, at a collectivité and for the region."""

from decimal import Decimal
from functools import cached_property
from megalis.portal.consultations.rules import typing
from megalis.portal.formats import operators
from megalis.portal.formats import siren
from megalis.portal.kernel import settings
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.marches import store
from megalis.portal.marches.browser.facts import facts_of
from megalis.portal.marches.publishing import files
from megalis.portal.marches.publishing import http
from megalis.portal.marches.publishing.ocds import name_of
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import changes
from megalis.portal.marches.rules import KINDS
from megalis.portal.marches.rules.deadlines import day_of
from megalis.portal.organisations.interfaces import ICollectivite
from megalis.portal.theme.words import plural
from plone import api
from plone.uuid.interfaces import IUUID
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from urllib.parse import urlencode
from zExceptions import NotFound
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse

import re


NAME = "donnees-essentielles"
LIST_TITLE = "Données essentielles des marchés"
PAGE = 25
SORTS = {
    "-date": ("Plus récents", lambda row: row.notified, True),
    "date": ("Plus anciens", lambda row: row.notified, False),
    "-montant": ("Montant décroissant", lambda row: Decimal(row.amount), True),
    "montant": ("Montant croissant", lambda row: Decimal(row.amount), False),
}
_YEAR = re.compile(r"20[0-9]{2}", re.ASCII)
_FILE = re.compile(r"(20[0-9]{2})\.(json|xml|csv|xlsx)", re.ASCII)


def year_of(text):
    """Return a year of the address, None without one; NotFound for what is none."""
    if not text:
        return None
    if not isinstance(text, str) or not _YEAR.fullmatch(text):
        raise NotFound(str(text)[:40])
    return int(text)


def holder_words(identifier):
    """Return ``Toitures d’Armor, 552 049 447 00013`` of a holder's identifier, or the identifier."""
    name = name_of(identifier)
    number = siren.format_siret(identifier) if siren.is_siret(identifier) else identifier
    return number if name == operators.worded(identifier) else f"{name}, {number}"


class Scope(BrowserView):
    """What is published here: by one collectivité, or by all when the context is the site."""

    @cached_property
    def site(self):
        return api.portal.get()

    @cached_property
    def collectivite(self):
        return self.context if ICollectivite.providedBy(self.context) else None

    @cached_property
    def uid(self):
        return IUUID(self.collectivite) if self.collectivite is not None else ""

    @property
    def base(self):
        return f"{self.context.absolute_url()}/{NAME}"

    @property
    def file_name(self):
        return self.collectivite.getId() if self.collectivite is not None else "bretagne"

    def file(self, extension, year):
        """Return the body of a file of the format."""
        kind, made = files.FILES[extension]
        etag, instant = store.stamp(self.site, self.uid, year)
        etag = f'{etag[:-1]}-{extension}"'
        name = f"{NAME}-{self.file_name}{f'-{year}' if year else ''}.{extension}"
        return http.send(self.request, name, kind, made(self.site, self.uid, year), etag, instant)


class File(Scope):
    """``donnees-essentielles.json``, ``.xml``, ``.csv``, ``.xlsx``; ``?annee=`` for a year."""

    def __call__(self):
        return self.file(self.__name__.rpartition(".")[2], year_of(self.request.form.get("annee")))


@implementer(IPublishTraverse)
class Published(Scope):
    """``donnees-essentielles``, ``…/2026``, ``…/2026.json``, ``…/KEY`` and ``…/KEY.json``."""

    plural = staticmethod(plural)
    list_template = ViewPageTemplateFile("templates/list.pt")
    contract_template = ViewPageTemplateFile("templates/contract.pt")
    record = None
    rest = ""

    @property
    def page_title(self):
        return LIST_TITLE if self.record is None else self.contract_title

    def publishTraverse(self, request, name):
        if self.rest:
            raise NotFound(name)
        self.rest = name
        return self

    def __call__(self):
        if not self.rest:
            return self.list()
        found = _FILE.fullmatch(self.rest)
        if found:
            return self.file(found[2], int(found[1]))
        if _YEAR.fullmatch(self.rest):
            self.request.form["annee"] = self.rest
            return self.list()
        key, _dot, extension = self.rest.partition(".")
        self.record = store.get(self.site, key) if is_uuidhex(key) else None
        if self.record is None or not self.record.versions or extension not in ("", "json") or not self.is_here:
            raise NotFound(self.rest)
        return self.contract_json() if extension else self.contract_template()

    def list(self):
        self.request.response.setHeader("Cache-Control", "no-cache")
        return self.list_template()

    @property
    def is_here(self):
        return not self.uid or self.record.buyer == self.uid

    # the list

    @cached_property
    def year(self):
        return year_of(self.request.form.get("annee"))

    @cached_property
    def words(self):
        value = self.request.form.get("q", "")
        return value.strip()[:200] if isinstance(value, str) else ""

    @cached_property
    def kind(self):
        return typing.one_of(self.request.form.get("genre"), KINDS)

    @cached_property
    def sort(self):
        return typing.one_of(self.request.form.get("tri"), SORTS, "-date")

    @cached_property
    def years(self):
        return store.years(self.site, self.uid)

    @cached_property
    def found(self):
        """The rows that match, in order."""
        found = store.rows(self.site, self.uid, self.year)
        if self.kind:
            found = [row for row in found if row.kind == self.kind]
        terms = self.words.casefold().split()
        if terms:
            found = [row for row in found if self._matches(row, terms)]
        _title, key, reverse = SORTS[self.sort]
        return found if self.sort == "-date" else sorted(found, key=key, reverse=reverse)

    def _matches(self, row, terms):
        told = " ".join((row.title, row.id, row.cpv, row.siret, *row.holders, self.buyer_title(row.buyer))).casefold()
        return all(term in told for term in terms)

    @cached_property
    def _buyers(self):
        return {}

    def buyer(self, uid):
        """Return ``(title, URL)`` of a buyer."""
        if uid not in self._buyers:
            brain = next(iter(api.portal.get_tool("portal_catalog").unrestrictedSearchResults(UID=uid)), None)
            self._buyers[uid] = (brain.Title, brain.getURL()) if brain is not None else ("", "")
        return self._buyers[uid]

    def buyer_title(self, uid):
        return self.buyer(uid)[0]

    @property
    def total(self):
        return sum((Decimal(row.amount) for row in self.found if row.amount is not None), Decimal(0))

    @cached_property
    def last(self):
        return max(1, -(-len(self.found) // PAGE))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def rows(self):
        """The rows of this page: dicts for the table."""
        part = self.found[(self.page - 1) * PAGE : self.page * PAGE]
        return [
            {
                "url": f"{self.base}/{row.key}",
                "title": row.title,
                "id": row.id,
                "kind": KINDS[row.kind],
                "procedure": row.procedure,
                "buyer": self.buyer(row.buyer),
                "holders": [holder_words(item) for item in row.holders],
                "amount": row.amount,
                "months": row.months,
                "notified": _day(row.notified),
                "changes": plural(row.changes, "modification") if row.changes else "",
            }
            for row in part
        ]

    def address(self, **changed):
        asked = {"q": self.words, "annee": self.year or "", "genre": self.kind, "tri": self.sort, "page": 1, **changed}
        kept = {k: v for k, v in asked.items() if v and (k, v) not in (("tri", "-date"), ("page", 1))}
        return f"{self.base}{'?' + urlencode(kept) if kept else ''}"

    @property
    def pages(self):
        if self.last == 1:
            return []
        near = sorted({1, self.last, *range(max(1, self.page - 2), min(self.last, self.page + 2) + 1)})
        return [(n, self.address(page=n), "page" if n == self.page else None) for n in near]

    @property
    def tabs(self):
        """The years, newest first: (label, address, is here)."""
        found = [("Toutes les années", self.address(annee=""), None if self.year else "page")]
        return found + [(str(y), self.address(annee=y), "page" if y == self.year else None) for y in self.years]

    @property
    def sorts(self):
        return [(name, title, name == self.sort) for name, (title, _key, _reverse) in SORTS.items()]

    @property
    def kinds(self):
        return [(name, title, name == self.kind) for name, title in KINDS.items()]

    @property
    def downloads(self):
        """The files of what is shown: (label, address)."""
        asked = f"/{self.year}" if self.year else ""
        return [(name.upper(), f"{self.base}{asked}.{name}") for name in files.FILES]

    @property
    def feeds(self):
        """The other ways for programs: (label, address, what it is)."""
        here, site = self.context.absolute_url(), self.site.absolute_url()
        found = [
            ("Flux incrémental (JSON)", f"{site}/flux.json", "avis et contrats, dans l’ordre du journal"),
            ("Avis publiés (JSON)", f"{site}/avis.json", "annonces, rectificatifs, annulations, résultats"),
            ("Avis publiés (Atom)", f"{site}/avis.atom", "pour un lecteur de flux"),
        ]
        if settings.ocds_prefix():
            asked = f"?annee={self.year}" if self.year else ""
            found += [
                ("OCDS, versions (JSON)", f"{here}/ocds-releases.json{asked}", "un paquet de « releases »"),
                ("OCDS, dossiers (JSON)", f"{here}/ocds-records.json{asked}", "un paquet de « records »"),
            ]
        return [*found, ("Catalogue (DCAT, JSON-LD)", f"{here}/catalogue.jsonld", "à déclarer sur data.gouv.fr")]

    # one contract

    @property
    def crumbs(self):
        return [(LIST_TITLE, self.base)] if self.record is not None else []

    @property
    def contract_title(self):
        return self.record.last.raw["objet"]

    def contract_json(self):
        etag = f'"{self.record.last.sha256[:32]}-{self.record.state}"'
        body = [b'{"marches":{"', self.record.kind.encode(), b'":[', self.record.last.data, b"]}}\n"]
        name = f"contrat-{self.record.key[:8]}.json"
        if self.record.kind != "marche":
            body[:1] = [b'{"marches":{"marche":[],"']
        return http.send(self.request, name, files.FILES["json"][0], body, etag, self.record.last.at)

    @property
    def withdrawn(self):
        """Why the contract was withdrawn, "" while it stands."""
        return self.record.last.reason if self.record.state == store.WITHDRAWN else ""

    @property
    def facts(self):
        return facts_of(self.record.kind, self.record.last.raw, holder_words)

    @property
    def amendments(self):
        """The acts that came after: list of (title, list of dicts ``number, facts``)."""
        return acts_of(self.record)

    @property
    def in_force(self):
        amount, months, holders = amending.in_force(self.record.kind, self.record.last.raw)
        return {"amount": amount, "months": months, "holders": [holder_words(item["id"]) for item in holders]}

    @property
    def history(self):
        return history_of(self.record)

    @property
    def consultation(self):
        """``(title, URL)`` of the consultation it comes from, when everybody may read it; else None."""
        uid = self.record.consultation
        brains = api.portal.get_tool("portal_catalog")(UID=uid) if uid else ()
        return next(((brain.Title, brain.getURL()) for brain in brains), None)


def _day(text):
    found = day_of(text)
    return f"{found:%d/%m/%Y}" if found else ""


def acts_of(record):
    """Return the acts of a published record: list of (title, list of dicts ``number, facts``)."""
    raw, found = record.last.raw, []
    for act, title in amending.acts_of(record.kind):
        rows = amending.listed(record.kind, raw, act)
        if rows:
            type_ = amending.SHAPES[record.kind, act][2]
            told = [
                {"number": item.get("id", rank + 1), "rank": rank, "facts": facts_of(type_, item, holder_words)}
                for rank, item in enumerate(rows)
            ]
            found.append((title, act, told))
    return found


def history_of(record):
    """Return the publications of a record, newest first: dicts ``number, act, at, reason, changes, sha256``."""
    found, before = [], {}
    for version in record.versions:
        raw = version.raw
        found.append(
            {
                "number": version.number,
                "act": store.ACTS[version.act],
                "at": version.at,
                "reason": version.reason,
                "sha256": version.sha256,
                "changes": changes.changes(before, raw) if before and version.act != store.WITHDRAWAL else [],
            }
        )
        before = raw
    return found[::-1]
