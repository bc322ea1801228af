"""The calendar of a workspace, its entries, and both for other programs."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.kernel import clock
from megalis.portal.kernel import hours
from megalis.portal.kernel import ics
from megalis.portal.workspaces import agenda
from megalis.portal.workspaces import calendars
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service
from megalis.portal.workspaces.browser.base import Page
from Products.Five.browser import BrowserView
from zExceptions import NotFound


KEPT = ("titre", "date", "debut", "fin", "lieu", "texte", "rythme", "jusqu", "fois")


class Calendar(Page):
    """``@@calendrier``: what is to come, month by month; what is over (``passe=1``)."""

    tab = "calendrier"
    page_title = "Calendrier"
    rhythms = tuple(agenda.RHYTHMS.items())
    most = agenda.MOST
    twice = False

    @property
    def form_url(self):
        return f"{self.space_url}/@@calendrier"

    @property
    def kept(self):
        """What the form shows: what was typed when it was refused."""
        return {name: self.typed(name)[:300] for name in KEPT}

    @property
    def past(self):
        return bool(self.field("passe"))

    @property
    def months(self):
        """What takes place by month: [(« mars 2026 », [dict])]."""
        found = [item for item in calendars.taking_place(self.context) if (item.end < self.now) == self.past]
        months = {}
        for item in reversed(found) if self.past else found:
            months.setdefault(f"{clock.MONTHS[item.date.month - 1].capitalize()} {item.date.year}", []).append(
                self.row(item)
            )
        return list(months.items())

    def row(self, item):
        return {
            "title": item.day.title,
            "url": f"{self.space_url}{calendars.url(item)}",
            "place": item.day.place,
            "start": item.start,
            "when": when(item.start, item.end),
            "rhythm": agenda.RHYTHMS[item.day.rhythm].lower() if item.day.dates else "",
        }

    @property
    def feed_url(self):
        return calendars.address(self.context, self.userid) if self.userid else ""

    def read(self):
        """Return the values of an entry that the form says. Refused ``date``, ``heure``, ``rythme.*``, …"""
        place = richtext.line(self.field("lieu"), rules.TITLE, "evenement.lieu", "Le lieu", required=False)
        text = richtext.line(self.field("texte"), rules.DESCRIPTION, "evenement.texte", "Le détail", required=False)
        first = hours.day_of(self.field("date"))
        clocked = hours.hour_of(self.field("debut")), hours.hour_of(self.field("fin"))
        rhythm = self.field("rythme") or agenda.ONCE
        until = hours.day_of(self.field("jusqu")) if self.field("jusqu") else None
        days = agenda.days(first, rhythm, until, agenda.count_of(self.field("fois")))
        spans = [agenda.span(day, *clocked) for day in days]
        self.twice = any(agenda.comes_twice(day, hour) for day in days for hour in clocked)
        values = {"title": self.field("titre"), "place": place, "text": text, "rhythm": rhythm, "dates": days}
        return values | {"start": spans[0][0], "end": spans[0][1]}

    @property
    def more(self):
        return " L’heure vient deux fois ce jour-là : c’est la première." if self.twice else ""

    def do_inscrire(self):
        values = self.read()
        agenda.check_to_come(values["start"], self.now)
        service.add_day(self.context, self.rights, self.person, values)
        self.done(f"{self.plural(len(values['dates']), 'date inscrite', 'dates inscrites')}.{self.more}")


class Day(Calendar):
    """``@@evenement?id=``."""

    @cached_property
    def day(self):
        found = self.context.dates.get(self.field("id")) if self.field("id") else None
        if found is None:
            raise NotFound("evenement")
        return found

    def __call__(self):
        _found = self.day
        return super().__call__()

    @property
    def page_title(self):
        return self.day.title

    @property
    def url(self):
        return f"{self.space_url}{calendars.url(self.chosen)}"

    @property
    def form_url(self):
        return f"{self.space_url}/@@evenement"

    @cached_property
    def every(self):
        """Every time the entry takes place: Occurrences."""
        return calendars.occurrences(self.day)

    @cached_property
    def chosen(self):
        """The time the address names, else the next one, else the last."""
        named = [item for item in self.every if f"{item.date:%Y-%m-%d}" == self.field("jour")]
        coming = [item for item in self.every if item.end >= self.now and not item.cancelled]
        return (named or coming or self.every[-1:])[0]

    @property
    def when(self):
        return when(self.chosen.start, self.chosen.end)

    @property
    def rhythm(self):
        """How it comes back, in words; "" when it comes once."""
        if not self.day.dates:
            return ""
        last = f"{self.day.dates[-1]:%d/%m/%Y}"
        return f"{agenda.RHYTHMS[self.day.rhythm]}, {len(self.day.dates)} dates, jusqu’au {last}"

    @property
    def others(self):
        """The times to come and those that were cancelled: dicts date, when, url, cancelled, current."""
        return [
            {
                "date": f"{item.date:%Y-%m-%d}",
                "when": when(item.start, item.end),
                "url": f"{self.space_url}{calendars.url(item)}",
                "cancelled": item.cancelled,
                "current": item.date == self.chosen.date,
            }
            for item in self.every
            if self.day.dates and item.end >= self.now
        ]

    @property
    def kept(self):
        start, end = clock.paris(self.day.start), clock.paris(self.day.end)
        now = {"titre": self.day.title, "lieu": self.day.place, "texte": self.day.text}
        now |= {"date": f"{start:%Y-%m-%d}", "debut": f"{start:%H:%M}", "fin": f"{end:%H:%M}"}
        now |= {"rythme": self.day.rhythm, "fois": str(len(self.day.dates) or ""), "jusqu": ""}
        return {name: self.typed(name, value)[:1000] for name, value in now.items()}

    @property
    def ics_url(self):
        return f"{self.space_url}/@@evenement.ics?id={self.day.id}"

    @property
    def drops(self):
        return self.rights.writes and (self.rights.leads or self.day.by == self.userid)

    def do_enregistrer(self):
        values = self.read()
        if values["start"] != self.day.start:
            agenda.check_to_come(values["start"], self.now)
        service.change_day(self.context, self.rights, self.person, self.day, values)
        self.done(f"L’entrée est enregistrée.{self.more}", f"{self.space_url}{service.day_url(self.day)}")

    def _cancel(self, cancelled, words):
        date = hours.day_of(self.field("jour"))
        service.set_cancelled(self.context, self.rights, self.person, self.day, date, cancelled)
        self.done(words, f"{self.space_url}{service.day_url(self.day)}")

    def do_annuler_date(self):
        self._cancel(True, "Cette date est annulée ; les autres restent.")

    def do_retablir_date(self):
        self._cancel(False, "Cette date est rétablie.")

    def do_supprimer(self):
        service.drop_day(self.context, self.rights, self.person, self.day)
        self.done("L’entrée est supprimée.", f"{self.space_url}/@@calendrier")


def when(start, end):
    """Return ``lundi 16 mars 2026, 9:00 à 10:30`` on the clocks of Paris."""
    if clock.paris(start).date() == clock.paris(end).date():
        return f"{clock.french(start)} à {clock.paris(end):%H:%M}"
    return f"{clock.french(start)} – {clock.french(end)}"


class CalendarFile(BrowserView):
    """``@@calendrier.ics?lecteur=&jeton=``: whoever holds the signed address is its person; and one entry, to members."""

    name = "calendrier"

    def chosen(self):
        form = self.request.form
        reader, token = form.get("lecteur", ""), form.get("jeton", "")
        texts = isinstance(reader, str) and isinstance(token, str)
        if not texts or not calendars.reader_of(self.context, reader, token):
            raise NotFound("calendrier.ics")
        return calendars.entries(self.context)

    def __call__(self):
        entries = self.chosen()
        response = self.request.response
        response.setHeader("Content-Type", "text/calendar; charset=utf-8")
        response.setHeader("Content-Disposition", f'attachment; filename="{self.name}.ics"')
        response.setHeader("Cache-Control", "private, no-cache")
        return ics.calendar(entries, clock.now(), self.context.title)


class DayFile(CalendarFile):
    """``@@evenement.ics?id=``."""

    name = "evenement"

    def chosen(self):
        key = self.request.form.get("id")
        day = self.context.dates.get(key) if isinstance(key, str) else None
        if day is None:
            raise NotFound("evenement.ics")
        return calendars.entries(self.context, day)
