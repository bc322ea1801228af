"""Any search as RSS, Atom, JSON or a table: same parameters as the page, refused with a code when one does not exist."""

from datetime import datetime
from email.utils import format_datetime
from functools import cached_property
from html import escape
from megalis.portal.consultations.search import criteria as words
from megalis.portal.consultations.search import html
from megalis.portal.consultations.search.browser import Search
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.formats.tables import NUMBER
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.theme.export import Exported

import json
import re


ENTRIES = 50
BATCH = 50
MAX_BATCH = 200
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
CURSOR = re.compile(r"(\d{8}T\d{12}Z)-([0-9a-f]{1,64})")
STAMP = "%Y%m%dT%H%M%S%fZ"


def xml(text):
    """Return text that any XML parser takes."""
    return escape(CONTROL.sub("", str(text)))


def cursor_of(row):
    """Return the place of a row in the order of publication, as a text that lasts."""
    return f"{row.published.astimezone(clock.UTC).strftime(STAMP)}-{row.uid}"


def read_cursor(text):
    """Return ``(published, uid)`` of a cursor, or None when it is not one."""
    found = CURSOR.fullmatch(text)
    try:
        return found and (datetime.strptime(found[1], STAMP).replace(tzinfo=clock.UTC), found[2])
    except ValueError:
        return None


class Feed(Search):
    """What the machine-readable forms share: strict parameters, the order of publication."""

    form_names = ()
    sorts_allowed = (words.NEWEST,)

    def __call__(self):
        problems = list(self.problems)
        if self.criteria.sort and self.criteria.sort not in self.sorts_allowed:
            known = ", ".join(self.sorts_allowed)
            problems.append(
                words.Problem("tri", "tri", f"Le tri « {self.criteria.sort} » n’a pas cours ici : {known}.")
            )
        problems += self.more_problems()
        response = self.request.response
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Cache-Control", "no-cache")
        if problems:
            return self.refuse(problems)
        return self.render()

    def more_problems(self):
        return []

    def refuse(self, problems):
        self.request.response.setStatus(400)
        self.request.response.setHeader("Content-Type", "application/json; charset=utf-8")
        found = [{"parametre": item.name, "code": item.code, "message": item.message} for item in problems]
        return json.dumps(
            {"code": found[0]["code"], "message": found[0]["message"], "erreurs": found}, ensure_ascii=False
        )

    @cached_property
    def newest(self):
        """The rows published last."""
        rows, size = self.snapshot.rows, ENTRIES
        mask, found = self.result.bits, []
        for _published, _uid, place in reversed(self.snapshot.by_birth):
            if mask >> place & 1:
                found.append(rows[place])
                if len(found) == size:
                    break
        return found

    def address(self, row):
        return f"{self.site.absolute_url()}/{row.path}"

    @property
    def page_address(self):
        return self.url + self.criteria.query(filters_only=True)

    @property
    def self_address(self):
        return f"{self.url}.{self.extension}{self.criteria.query(filters_only=True)}"

    def summary(self, row):
        """Return the entry in one paragraph."""
        due = f"Date limite : {clock.french(row.deadline, seconds=True)} (heure de Paris)." if row.deadline else ""
        return f"{row.buyer}. {', '.join(html.row_meta(row))}. Référence {row.reference}. {due}".strip()

    @property
    def feed_title(self):
        return f"{self.page_title} : {settings.operator_name()}"

    @property
    def updated(self):
        return max(
            (row.revised or row.published for row in self.newest), default=datetime(2026, 1, 1, tzinfo=clock.UTC)
        )


class Atom(Feed):
    """``/consultations.atom`` (RFC 4287)."""

    extension = "atom"

    def render(self):
        self.request.response.setHeader("Content-Type", "application/atom+xml; charset=utf-8")
        entries = "".join(map(self.entry, self.newest))
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">'
            f"<title>{xml(self.feed_title)}</title><id>{xml(self.self_address)}</id>"
            f'<link rel="self" type="application/atom+xml" href="{xml(self.self_address)}"/>'
            f'<link rel="alternate" type="text/html" href="{xml(self.page_address)}"/>'
            f"<updated>{clock.rfc3339(self.updated)}</updated><author><name>{xml(settings.operator_name())}</name></author>"
            f"{entries}</feed>\n"
        )

    def entry(self, row):
        terms = "".join(
            f'<category scheme="http://data.europa.eu/cpv/cpv" term="{xml(code)}" label="{xml(html.cpv_label(code))}"/>'
            for code in (row.cpv_main,)
            if code
        )
        return (
            f"<entry><id>urn:uuid:{_uuid(row.uid)}</id><title>{xml(row.title)}</title>"
            f'<link rel="alternate" type="text/html" href="{xml(self.address(row))}"/>'
            f"<published>{clock.rfc3339(row.published)}</published>"
            f"<updated>{clock.rfc3339(row.revised or row.published)}</updated>"
            f"<author><name>{xml(row.buyer)}</name></author>{terms}<summary>{xml(self.summary(row))}</summary></entry>"
        )


def _uuid(uid):
    return f"{uid[:8]}-{uid[8:12]}-{uid[12:16]}-{uid[16:20]}-{uid[20:]}" if len(uid) == 32 else uid


class RSS(Feed):
    """``/consultations.rss`` (RSS 2.0)."""

    extension = "rss"

    def render(self):
        self.request.response.setHeader("Content-Type", "application/rss+xml; charset=utf-8")
        items = "".join(map(self.item, self.newest))
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel>'
            f"<title>{xml(self.feed_title)}</title><link>{xml(self.page_address)}</link>"
            "<description>Consultations publiées par les acheteurs publics de Bretagne</description><language>fr</language>"
            f'<atom:link rel="self" type="application/rss+xml" href="{xml(self.self_address)}"/>'
            f"<lastBuildDate>{format_datetime(self.updated.astimezone(clock.UTC))}</lastBuildDate>{items}</channel></rss>\n"
        )

    def item(self, row):
        return (
            f'<item><guid isPermaLink="false">urn:uuid:{_uuid(row.uid)}</guid><title>{xml(row.title)}</title>'
            f"<link>{xml(self.address(row))}</link><description>{xml(self.summary(row))}</description>"
            f"<pubDate>{format_datetime(row.published.astimezone(clock.UTC))}</pubDate></item>"
        )


class JSON(Feed):
    """``/consultations.json``: in the order of publication; ``apres`` is the cursor, ``nombre`` at most 200."""

    extension = "json"
    form_names = ("apres", "nombre")
    sorts_allowed = (words.PUBLISHED,)

    @cached_property
    def after(self):
        return str(self.request.form.get("apres", "") or "")

    @cached_property
    def number(self):
        return str(self.request.form.get("nombre", "") or BATCH)

    def more_problems(self):
        found = []
        if self.after and read_cursor(self.after) is None:
            found.append(
                words.Problem("apres", "curseur", "Ce curseur n’en est pas un : reprenez celui de « suivant ».")
            )
        if not re.fullmatch(r"[1-9]\d{0,2}", self.number) or int(self.number) > MAX_BATCH:
            found.append(words.Problem("nombre", "nombre", f"« nombre » va de 1 à {MAX_BATCH}."))
        if "page" in self.request.form:
            found.append(words.Problem("page", "parametre", "Il n’y a pas de pages ici : suivez le curseur « apres »."))
        return found

    def render(self):
        size = int(self.number)
        rows = self.snapshot.after(self.result, read_cursor(self.after) if self.after else None, size)
        self.request.response.setHeader("Content-Type", "application/json; charset=utf-8")
        self.request.response.setHeader("Access-Control-Allow-Origin", "*")
        cursor = cursor_of(rows[-1]) if rows else self.after or None
        answer = {
            "total": self.total,
            "heure": clock.rfc3339(self.now),
            "consultations": [self.item(row) for row in rows],
            "curseur": cursor,
            "suivant": self._next(cursor) if len(rows) == size else None,
        }
        return json.dumps(answer, ensure_ascii=False)

    def _next(self, cursor):
        query = self.criteria.query(filters_only=True)
        number = f"&nombre={self.number}" if int(self.number) != BATCH else ""
        return f"{self.url}.json{query}{'&' if query else '?'}apres={cursor}{number}"

    @cached_property
    def buyers(self):
        return {}

    def buyer(self, row):
        """The buyer, whole, so that nobody has to ask again."""
        found = self.buyers.get(row.buyer_slug)
        if found is None:
            path = row.path.rpartition("/")[0]
            content = self.site.unrestrictedTraverse(path, None)
            found = {"id": row.buyer_slug, "nom": row.buyer, "url": f"{self.site.absolute_url()}/{path}"}
            found["siret"] = getattr(content, "siret", None) or None
            self.buyers[row.buyer_slug] = found
        return found

    def item(self, row):
        return {
            "uuid": row.uid,
            "url": self.address(row),
            "reference": row.reference,
            "objet": row.title,
            "acheteur": self.buyer(row),
            "procedure": {"code": row.procedure, "libelle": PROCEDURES.get(row.procedure, row.procedure)},
            "nature": row.nature or None,
            "cpv": {"code": row.cpv_main, "libelle": html.cpv_label(row.cpv_main)} if row.cpv_main else None,
            "departements": list(row.departments),
            "lots": row.lots,
            "publiee": clock.rfc3339(row.published),
            "modifiee": clock.rfc3339(row.revised) if row.revised else None,
            "echeance": clock.rfc3339(row.deadline) if row.deadline else None,
            "etat": row.state(self.now),
            "curseur": cursor_of(row),
        }


class SearchList(Exported, Feed):
    """``/consultations.csv``, ``.xlsx``, ``.pdf``: the whole answer as a table."""

    list_columns = (
        Column("Référence"),
        Column("Objet", width=50),
        Column("Acheteur"),
        Column("Départements", width=12),
        Column("Nature", width=12),
        Column("Procédure"),
        Column("CPV", width=12),
        Column("Lots", NUMBER),
        Column("Publiée le", INSTANT),
        Column("Date limite (Paris)", INSTANT),
        Column("État", width=14),
        Column("Adresse", paper=False),
    )
    __call__ = Feed.__call__

    @property
    def extension(self):
        return self.__name__.rpartition(".")[2]

    @property
    def list_title(self):
        return self.page_title

    @property
    def list_note(self):
        return ", ".join(label for label, _address in self.chips)

    def render(self):
        return self.send()

    def list_rows(self):
        for row in self.result.rows():
            yield (
                row.reference, row.title, row.buyer, " ".join(row.departments), words.NATURES.get(row.nature, ""),
                PROCEDURES.get(row.procedure, row.procedure), row.cpv_main, row.lots, row.published, row.deadline,
                words.STATES[row.state(self.now)], self.address(row),
            )  # fmt: skip
