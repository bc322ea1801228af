"""A page of figures: counters, shares, charts with a table behind each, and the same to take away as CSV, XLSX, PDF, JSON.

It draws what the rooms count (``kernel.figures``); a subclass says of whom and for whose eyes.
"""

from dataclasses import replace
from functools import cached_property
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import NUMBER
from megalis.portal.kernel import clock
from megalis.portal.kernel import counted
from megalis.portal.kernel import figures
from megalis.portal.theme import charts
from megalis.portal.theme import words
from megalis.portal.theme.export import Exported
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zope.component.hooks import getSite

import json
import re


CHOICES = {figures.MONTHS: "Par mois", figures.YEARS: "Par année"}
MONTHS_SHOWN, YEARS_SHOWN = 24, 6
LEAST = 12  # periods shown, even when nothing happened in the first of them


def sentences(notes):
    """Return the sentences of some notes, each once, in the order in which they come."""
    return list(dict.fromkeys(part for note in notes for part in re.split(r"(?<=\.) ", note or "") if part))


def trimmed(drawn):
    """Return the charts without the periods before anything happened in any of them."""
    rows = [chart.rows for chart in drawn if chart.kind == figures.PERIODS]
    begun = [rank for one in rows for rank, (_label, value) in enumerate(one) if value]
    if not begun:
        return drawn
    return [
        replace(chart, rows=chart.rows[min(min(begun), max(0, len(chart.rows) - LEAST)) :])
        if chart.kind == figures.PERIODS
        else chart
        for chart in drawn
    ]


def sentence_of(chart):
    """Return what a chart says, for who does not see it."""
    told = " ; ".join(f"{label} : {words.number(value)}" for label, value in chart.rows if value)
    return f"{chart.title}, {chart.measure}. {told}."


def draw(chart, running=True):
    """Return the SVG of a Chart; the last period still runs when ``running``."""
    ident = f"c-{chart.key}"
    if chart.kind == figures.RANKS:
        return charts.rows(ident, sentence_of(chart), [charts.Bar(label, value) for label, value in chart.rows])
    last = len(chart.rows) - 1
    bars = [charts.Bar(short(label), value, running and rank == last) for rank, (label, value) in enumerate(chart.rows)]
    return charts.bars(ident, sentence_of(chart), bars)


def short(label):
    """Return ``mars 26`` of ``mars 2026``."""
    name, _blank, year = label.rpartition(" ")
    return f"{name} {year[2:]}" if name else year


class FiguresPage(BrowserView):
    """The page. ``buyer`` (content) or None for the region; ``public`` leaves out what only agents may know."""

    index = ViewPageTemplateFile("templates/figures.pt")
    page_title = "Chiffres clés"
    page_intro = ""
    view_name = ""
    buyer = None
    public = True
    crumbs = ()

    def __call__(self):
        return self.index()

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@{self.view_name}"

    @property
    def site(self):
        return getSite()

    @cached_property
    def now(self):
        return clock.now()

    @cached_property
    def by(self):
        asked = self.request.form.get("par")
        return asked if asked in CHOICES else figures.MONTHS

    @property
    def query(self):
        return "" if self.by == figures.MONTHS else f"?par={self.by}"

    @property
    def tabs(self):
        """The periods one may choose: list of (label, address, is here)."""
        return [
            (label, self.url + ("" if name == figures.MONTHS else f"?par={name}"), "page" if name == self.by else None)
            for name, label in CHOICES.items()
        ]

    @cached_property
    def periods(self):
        if self.by == figures.YEARS:
            return figures.years(self.now, YEARS_SHOWN)
        return figures.months(self.now, MONTHS_SHOWN)

    @cached_property
    def scope(self):
        return figures.Scope(self.periods, self.now, self.buyer, self.public)

    def remembered(self, name, count):
        """Return ``count()`` of the last minute, each scope apart."""
        whose = self.buyer.getId() if self.buyer is not None else ""
        return counted.remembered(self.site, (name, whose, self.public, self.by), count)

    @cached_property
    def counters(self):
        """List of (key, label, number)."""
        return counted.remembered(self.site, "figures", lambda: counted.gathered(self.site))

    @cached_property
    def indicators(self):
        """Those that have something to say."""
        found = self.remembered("indicateurs", lambda: counted.indicators(self.site, self.scope))
        return [indicator for indicator in found if indicator.value is not None]

    @cached_property
    def charts(self):
        found = self.remembered("graphiques", lambda: counted.charts(self.site, self.scope))
        return trimmed([chart for chart in found if not chart.empty])

    def value(self, indicator):
        """Return ``62 %``, ``2,4``, ``41 jours``."""
        text = words.number(indicator.value, indicator.decimals)
        return f"{text}\u00a0{indicator.unit}" if indicator.unit else text

    def cell(self, value):
        return "—" if value is None else words.number(value)

    draw = staticmethod(draw)

    @property
    def notes(self):
        """What the indicators are made of, each sentence once."""
        return sentences(indicator.note for indicator in self.indicators)

    def as_json(self):
        """Return the same as a JSON document."""
        response = self.request.response
        response.setHeader("Content-Type", "application/json; charset=utf-8")
        response.setHeader("X-Content-Type-Options", "nosniff")
        if self.public:
            response.setHeader("Access-Control-Allow-Origin", "*")
        found = {
            "instant": clock.rfc3339(self.now),
            "perimetre": self.buyer.title if self.buyer is not None else "Bretagne",
            "compteurs": [{"code": key, "libelle": label, "valeur": value} for key, label, value in self.counters],
            "indicateurs": [
                {"code": i.key, "libelle": i.label, "valeur": round(i.value, 2), "unite": i.unit, "note": i.note}
                for i in self.indicators
            ],
            "series": [
                {
                    "code": chart.key,
                    "titre": chart.title,
                    "mesure": chart.measure,
                    "note": chart.note,
                    "valeurs": [{"libelle": label, "valeur": value} for label, value in self.keyed(chart)],
                }
                for chart in self.charts
            ],
        }
        return json.dumps(found, ensure_ascii=False)

    def keyed(self, chart):
        """Return the rows of a chart; periods by their keys (``2026-03``), which programs read."""
        if chart.kind == figures.RANKS:
            return chart.rows
        shown = self.periods[-len(chart.rows) :]
        return [(period.key, value) for period, (_label, value) in zip(shown, chart.rows, strict=True)]


class FiguresFiles(Exported):
    """The files of a page of figures: every number on a line, with what it counts."""

    list_columns = (
        Column("Chiffre", width=44),
        Column("Période ou rubrique"),
        Column("Valeur", NUMBER),
        Column("Unité"),
    )

    @property
    def list_note(self):
        return self.buyer.title if self.buyer is not None else "Région Bretagne"

    def list_rows(self):
        for _key, label, value in self.counters:
            yield label, "Total", value, ""
        for found in self.indicators:
            yield found.label, "Total", round(found.value, 2), found.unit
        for chart in self.charts:
            for label, value in self.keyed(chart):
                yield chart.title, label, value, chart.measure
