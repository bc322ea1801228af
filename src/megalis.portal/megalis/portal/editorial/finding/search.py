"""``/recherche``: everything public in one list, by service. Only what anybody may see is asked of the catalog."""

from functools import cached_property
from html import escape
from megalis.portal.editorial import kinds
from megalis.portal.editorial import wording
from megalis.portal.editorial import workflow
from plone import api
from Products.Five.browser import BrowserView
from urllib.parse import urlencode

import re


PAGE = 20
MOST = 2000
WORDS = 8
TELLING = 5  # letters of a word of a lost address that says by itself what was looked for
GROUPS = {
    "consultations": ("Consultations", ("Consultation",)),
    "actes": ("Actes publiés", ("Acte",)),
    "collectivites": ("Collectivités", ("Collectivite",)),
    "actualites": ("Actualités et communiqués", ("Actualite", "Communique")),
    "agenda": ("Agenda", ("Evenement",)),
    "documents": ("Documents", ("DocumentPublic",)),
    "aide": ("Guides, questions et glossaire", ("Guide", "QuestionFrequente", "TermeGlossaire")),
    "pages": ("Pages et formulaires", ("PageEditoriale", "EasyForm", kinds.LETTER)),
}
GROUP_OF = {type_: name for name, (_label, types) in GROUPS.items() for type_ in types}
MAP_MOST = 50_000  # addresses a map may hold (sitemaps.org)


def terms(text):
    """Return the words of a search, at most eight; nothing in them is an operator."""
    found = re.findall(r"\w+", text if isinstance(text, str) else "")
    return [word for word in found if len(word) > 1 and word.lower() not in ("and", "or", "not")][:WORDS]


def public(words=(), types=tuple(GROUP_OF), **query):
    """Return the catalog entries anybody may see."""
    if words:
        query["SearchableText"] = " AND ".join(f"{word}*" for word in words)
    catalog = api.portal.get_tool("portal_catalog")
    found = catalog.unrestrictedSearchResults(portal_type=list(types), allowedRolesAndUsers=["Anonymous"], **query)
    return [brain for brain in found[:MAP_MOST] if getattr(brain, "simulation", None) is not True]


def suggestions(site, words):
    """Return up to five (title, address) that answer to words of a lost address (ISuggestions)."""
    last = [word for word in words[-1:] if len(word) >= TELLING]
    found = (public(words) if words else []) or (public(Title=f"{last[0]}*") if last else [])
    return [(brain.Title, brain.getURL()) for brain in found[:5]]


class Search(BrowserView):
    """The page: ``?q=``, ``?ou=`` (a key of GROUPS), ``?page=``."""

    page_title = "Rechercher dans tout le site"
    searching = True

    def __call__(self):
        workflow.catch_up(api.portal.get())
        return self.index()

    def text(self, name):
        value = self.request.form.get(name, "")
        return value[:200] if isinstance(value, str) else ""

    @property
    def asked(self):
        return self.text("q")

    @cached_property
    def words(self):
        return terms(self.asked)

    @cached_property
    def group(self):
        return self.text("ou") if self.text("ou") in GROUPS else ""

    @property
    def groups(self):
        return [(name, label) for name, (label, _types) in GROUPS.items()]

    @cached_property
    def everything(self):
        return public(self.words)[:MOST] if self.words else []

    @cached_property
    def found(self):
        return [brain for brain in self.everything if not self.group or GROUP_OF[brain.portal_type] == self.group]

    @property
    def count(self):
        return len(self.found)

    @property
    def pages(self):
        return max(1, -(-self.count // PAGE))

    @cached_property
    def page(self):
        text = self.text("page")
        return min(max(int(text), 1), self.pages) if text.isdigit() and len(text) < 6 else 1

    def url(self, group, number=1):
        pairs = [("q", self.asked), ("ou", group), ("page", str(number) if number > 1 else "")]
        return f"{api.portal.get().absolute_url()}/recherche?{urlencode([pair for pair in pairs if pair[1]])}"

    def page_url(self, number):
        return self.url(self.group, number)

    @property
    def facets(self):
        """The services that have an answer: list of (label, count, address, current)."""
        counts = {}
        for brain in self.everything:
            name = GROUP_OF[brain.portal_type]
            counts[name] = counts.get(name, 0) + 1
        found = [(label, counts[name], self.url(name), name == self.group) for name, (label, _t) in GROUPS.items() if name in counts]  # fmt: skip
        return [("Partout", len(self.everything), self.url(""), not self.group), *found] if found else []

    @property
    def rows(self):
        begin = (self.page - 1) * PAGE
        return [
            {"title": brain.Title or "Sans titre", "url": brain.getURL(), "words": wording.cut(brain.Description or "", 240),
             "group": GROUPS[GROUP_OF[brain.portal_type]][0]}
            for brain in self.found[begin : begin + PAGE]
        ]  # fmt: skip


class SiteMap(BrowserView):
    """``/sitemap.xml`` (sitemaps.org): every public address, with the day it last changed."""

    def __call__(self):
        response = self.request.response
        response.setHeader("Content-Type", "application/xml; charset=utf-8")
        response.setHeader("Cache-Control", "public, max-age=3600")
        base = api.portal.get().absolute_url()
        places = [f"{base}/{name}" for name, _title in kinds.PLACES if name not in ("pages", "formulaires")]
        urls = [f"<url><loc>{escape(address)}</loc></url>" for address in (base, f"{base}/consultations", *places)]
        urls += [
            f"<url><loc>{escape(brain.getURL())}</loc><lastmod>{brain.modified.asdatetime().date()}</lastmod></url>"
            for brain in public(sort_on="modified", sort_order="reverse")[: MAP_MOST - len(urls)]
        ]
        head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        return head + "\n".join(urls) + "\n</urlset>"
