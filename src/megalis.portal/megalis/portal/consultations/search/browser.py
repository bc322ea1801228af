"""``/consultations``: the search of everybody, on the site's root; every state of the page is an address."""

from functools import cached_property
from html import escape
from megalis.portal.consultations.basket import store as baskets
from megalis.portal.consultations.rules import typing
from megalis.portal.consultations.search import criteria as words
from megalis.portal.consultations.search import html
from megalis.portal.consultations.search import source
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.theme import words as figures
from plone import api
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from weakref import WeakKeyDictionary
from zope.component import getMultiAdapter


PAGE = 20
PRINTED = 60
OWN = ("vue", "tout")
PLURALS = {
    words.OPEN: ("ouverte", "ouvertes"),
    words.CLOSED: ("close", "closes"),
    words.AWARDED: ("attribuée", "attribuées"),
    words.FRUITLESS: ("sans suite", "sans suite"),
    words.CANCELLED: ("annulée", "annulées"),
}
DATE_WORDS = {"des": "Date limite à partir du {}", "avant": "Date limite jusqu’au {}"}

_trees = WeakKeyDictionary()


def tree_of(snapshot):
    """Return the branches of the CPV codes of a Snapshot, made once for each."""
    found = _trees.get(snapshot)
    if found is None:
        found = _trees[snapshot] = html.branches(snapshot.facets["cpv"])
    return found


def day(text):
    """Return ``16/03/2026`` of an ISO date."""
    year, month, number = text.split("-")
    return f"{number}/{month}/{year}"


def headline(criteria, total, titles):
    """Return the heading: ``47 consultations ouvertes de travaux, Finistère``."""
    many = total > 1
    parts = [f"{figures.number(total)} consultation{'s' if many else ''}" if total else "Aucune consultation"]
    states = criteria.chosen("etat")
    if len(states) == 1:
        parts.append(PLURALS[states[0]][many])
    natures = criteria.chosen("nat")
    if len(natures) == 1:
        parts.append(f"de {words.NATURES[natures[0]].lower()}")
    text = " ".join(parts)
    for name in ("dep", "acheteur"):
        if len(criteria.chosen(name)) == 1:
            text += f", {html.value_label(name, criteria.chosen(name)[0], titles)}"
    return text


class Search(BrowserView):
    """The page. What an address asks and cannot be used is said on the page, never guessed."""

    door = "entreprises"
    form_names = OWN
    paper = ViewPageTemplateFile("templates/print.pt")

    def __call__(self):
        return self.paper() if self.printing else self.index()

    @cached_property
    def site(self):
        return api.portal.get()

    @cached_property
    def mg(self):
        return getMultiAdapter((self.context, self.request), name="mg")

    @cached_property
    def now(self):
        return clock.now()

    @cached_property
    def url(self):
        return f"{self.site.absolute_url()}/consultations"

    @cached_property
    def parsed(self):
        return words.parse(self.request.form, self.form_names)

    @property
    def criteria(self):
        return self.parsed[0]

    @property
    def problems(self):
        return self.parsed[1]

    @cached_property
    def snapshot(self):
        return source.snapshot(self.site)

    @cached_property
    def result(self):
        return self.find(self.criteria)

    @cached_property
    def scores(self):
        """What the words asked for find: also what they find with one filter less."""
        query = self.criteria.words
        return source.scores(self.site, query) if query else None

    def find(self, criteria):
        """Return the Result of the criteria of this address, or of the same without some of them."""
        return self.snapshot.search(criteria, self.now, self.scores if criteria.words else None)

    @property
    def total(self):
        return self.result.total

    @property
    def printing(self):
        return self.request.form.get("vue") == "impression"

    @property
    def size(self):
        return PRINTED if self.printing else PAGE

    @cached_property
    def last(self):
        return max(1, -(-self.total // self.size))

    @cached_property
    def page(self):
        return min(self.criteria.page, self.last)

    @property
    def page_title(self):
        return headline(self.criteria, self.total, self.snapshot.titles)

    crumb_title = "Consultations"
    crumbs = ()
    searching = True

    @property
    def page_intro(self):
        return ""

    @cached_property
    def rows_html(self):
        made = {}

        def badge(kind, label):
            found = made.get(label)
            if found is None:
                found = made[label] = self.mg.badge(kind, label)
            return found

        base = escape(self.site.absolute_url())
        rows = self.result.rows((self.page - 1) * self.size, self.size)
        return "".join(html.row_html(row, base, self.now, badge, self._follow) for row in rows)

    @cached_property
    def basket(self):
        """The uids this person follows, None for who has no basket."""
        person = people.current(self.request)
        return baskets.uids(person.userid) if person is not None and person.kind == people.ENTREPRISE else None

    @property
    def _follow(self):
        if self.basket is None:
            return None
        base = escape(self.site.absolute_url())

        def button(row):
            name = f'<span class="vh"> : {escape(row.title)}</span>'
            if row.uid in self.basket:
                return f'<a class="small" href="{base}/@@mon-panier">Suivie{name}</a>'
            return (
                f'<button class="mg-btn mg-btn--quiet small" form="panier" name="consultation" value="{row.uid}">'
                f"Suivre{name}</button>"
            )

        return button

    @property
    def here(self):
        """The address of this very page of results."""
        return self.url + self._on(self.page)

    @property
    def paper_rows(self):
        """The rows of a printed page: dicts for its table."""
        return [
            {
                "reference": row.reference,
                "url": f"{self.site.absolute_url()}/{row.path}",
                "title": row.title,
                "meta": ", ".join(html.row_meta(row)),
                "buyer": row.buyer,
                "where": ", ".join(html.department_label(code) for code in row.departments),
                "deadline": row.deadline,
                "state": words.STATES[row.state(self.now)],
            }
            for row in self.result.rows((self.page - 1) * self.size, self.size)
        ]

    @property
    def screen(self):
        """The address of the same search on screen."""
        return self.url + self.criteria.on(1).query()

    @property
    def facets_html(self):
        return html.facets_html(
            self.criteria, self.result, self.snapshot.titles, tree_of(self.snapshot), self.whole, self._whole_address
        )

    @property
    def whole(self):
        """The facet whose values are all asked for, or ""."""
        return typing.one_of(self.request.form.get("tout"), words.FACETS)

    def _whole_address(self, name):
        query = self.criteria.query()
        return f"{self.url}{query}{'&' if query else '?'}tout={name}#f-{name}"

    @property
    def active(self):
        """How many filters restrict the search, words apart."""
        return len(self.criteria.pairs(filters_only=True)) - bool(self.criteria.q)

    @cached_property
    def chips(self):
        """The active filters: list of (words, address without it)."""
        asked, found = self.criteria, []
        if asked.q:
            found.append((f"« {asked.q} »", asked.without("q")))
        for name, values in asked.facets:
            for value in values:
                found.append((html.value_label(name, value, self.snapshot.titles), asked.without(name, value)))
        if asked.since:
            said = f"Publiée depuis le {day(asked.since)}" if "-" in asked.since else self._since_words(asked.since)
            found.append((said, asked.without("depuis")))
        for name, value in (("des", asked.due_from), ("avant", asked.due_to)):
            if value:
                found.append((DATE_WORDS[name].format(day(value)), asked.without(name)))
        return [(label, self.url + rest.query()) for label, rest in found]

    def _since_words(self, days):
        return "Publiée aujourd’hui" if days == "1" else f"Publiée depuis {days} jours"

    @property
    def chips_html(self):
        cross = self.mg.icon("cross")
        items = [
            f'<li><a class="mg-chip" href="{escape(address)}">{escape(label)} {cross}<span class="vh">(retirer)</span></a></li>'
            for label, address in self.chips
        ]
        return "".join(items)

    @property
    def sorts(self):
        here = self.criteria.order
        names = [name for name in words.SORTS if name != words.RELEVANCE or self.criteria.words]
        return [(name, words.SORTS[name], "selected" if name == here else None) for name in names]

    @property
    def sinces(self):
        here = self.criteria.since
        found = [("", "Toutes dates"), *words.SINCE.items()]
        if here and here not in words.SINCE:
            found.append((here, f"le {day(here)}" if "-" in here else f"{here} jours"))
        return [(value, label, "selected" if value == here else None) for value, label in found]

    @property
    def formats(self):
        """The same search for programs and tables: list of (address, icon, label)."""
        query = self.criteria.query(filters_only=True)
        print_query = f"{self.criteria.query() or '?'}{'&' if self.criteria.query() else ''}vue=impression"
        return [
            (self.alert_url, "bell", "Alerte"),
            (f"{self.url}.rss{query}", "rss", "RSS"),
            (f"{self.url}.atom{query}", "rss", "Atom"),
            (f"{self.url}.json{query}", "code", "JSON"),
            (self.url + print_query, "print", "Imprimer"),
        ]

    @property
    def export_html(self):
        return self.mg.export(self.url, self.criteria.query(filters_only=True))

    @property
    def alert_url(self):
        return f"{self.site.absolute_url()}/@@alerte{self.criteria.query(filters_only=True)}"

    @property
    def atom(self):
        return f"{self.url}.atom{self.criteria.query(filters_only=True)}"

    @property
    def pages(self):
        """The numbers of the pager: list of (number, address, is here)."""
        here, last = self.page, self.last
        if last == 1:
            return []
        near = sorted({1, last, *range(max(1, here - 2), min(last, here + 2) + 1)})
        return [(number, self.url + self._on(number), "page" if number == here else None) for number in near]

    def _on(self, number):
        query = self.criteria.on(number).query()
        return f"{query}{'&' if query else '?'}vue=impression" if self.printing else query

    @property
    def following(self):
        return self.url + self._on(self.page + 1) if self.page < self.last else None

    @property
    def place(self):
        """``21 à 40 sur 47``; ``15 consultations`` when they hold on one page."""
        if self.last == 1:
            return f"{figures.number(self.total)} consultation{'s' if self.total > 1 else ''}"
        first = (self.page - 1) * self.size + 1
        number = figures.number
        return f"{number(first)} à {number(min(self.total, first + self.size - 1))} sur {number(self.total)}"

    @property
    def advice(self):
        """When nothing answers: what each filter costs, list of (words, address, number found without it)."""
        found = []
        for label, address, rest in self._looser():
            total = self.find(rest).total
            if total:
                found.append((label, address, total))
        return sorted(found, key=lambda item: -item[2])[:5]

    def _looser(self):
        asked = self.criteria
        names = [name for name, _values in asked.facets]
        names += [
            name for name, value in zip(words.DATES, (asked.since, asked.due_from, asked.due_to), strict=True) if value
        ]
        if asked.q:
            names.append("q")
        labels = {**{name: f"le filtre {title.lower()}" for name, title in html.TITLES.items()}, "q": f"« {asked.q} »"}
        for name in names:
            rest = asked.with_facet(name, ()) if name in words.FACETS else asked.without(name)
            yield labels.get(name, "la date"), self.url + rest.query(), rest

    @property
    def empty_site(self):
        return not len(self.snapshot)
