"""The calendar of a workspace, its entries, and both for other programs."""

from functools import cached_property
from megalis.portal.formats import richtext
from megalis.portal.kernel import clock
from megalis.portal.workspaces import agenda
from megalis.portal.workspaces import calendars
from megalis.portal.workspaces import rules
from megalis.portal.workspaces import service
from megalis.portal.workspaces.browser.base import Page
from Products.Five.browser import BrowserView
from zExceptions import NotFound


class Calendar(Page):
    """``@@calendrier``: what is to come, month by month; what is over (``passe=1``)."""

    tab = "calendrier"
    page_title = "Calendrier"
    rhythms = tuple(agenda.RHYTHMS.items())

    @property
    def form_url(self):
        return f"{self.space_url}/@@calendrier"

    @property
    def kept(self):
        """What the form shows: what was typed when it was refused."""
        return {name: self.typed(name)[:300] for name in ("titre", "date", "debut", "fin", "lieu", "texte")}

    @property
    def past(self):
        return bool(self.field("passe"))

    @property
    def months(self):
        """The entries by month: [(« mars 2026 », [dict])]."""
        days = [d for d in self.context.dates.values() if (d.end < self.now) == self.past]
        days.sort(key=lambda day: day.start, reverse=self.past)
        found = {}
        for day in days:
            local = clock.paris(day.start)
            found.setdefault(f"{clock.MONTHS[local.month - 1]} {local.year}", []).append(self.row(day))
        return list(found.items())

    def row(self, day):
        return {
            "title": day.title,
            "url": f"{self.space_url}{service.day_url(day)}",
            "place": day.place,
            "start": day.start,
            "when": when(day.start, day.end),
        }

    @property
    def feed_url(self):
        return calendars.address(self.context, self.userid) if self.userid else ""

    def read(self):
        """Return ``(title, place, text, first day, start, end)`` of the form. Refused ``date``, ``heure``, …"""
        place = richtext.line(self.field("lieu"), rules.TITLE, "evenement.lieu", "Le lieu", required=False)
        text = richtext.line(self.field("texte"), rules.DESCRIPTION, "evenement.texte", "Le détail", required=False)
        day = agenda.day_of(self.field("date"))
        start, end = agenda.hour_of(self.field("debut")), agenda.hour_of(self.field("fin"))
        return self.field("titre"), place, text, day, start, end

    def do_inscrire(self):
        title, place, text, first, start, end = self.read()
        until = agenda.day_of(self.field("jusqu")) if self.field("jusqu") else None
        days = agenda.days(first, self.field("rythme") or agenda.ONCE, until)
        spans = [agenda.span(day, start, end) for day in days]
        agenda.check_to_come(spans[0][0], self.now)
        made = service.add_days(self.context, self.rights, self.person, title, place, text, spans)
        twice = any(agenda.comes_twice(day, hour) for day in days for hour in (start, end))
        more = " L’heure vient deux fois ce jour-là : c’est la première." if twice else ""
        self.done(f"{self.plural(len(made), 'date inscrite', 'dates inscrites')}.{more}")


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
        return f"{self.space_url}{service.day_url(self.day)}"

    @property
    def form_url(self):
        return f"{self.space_url}/@@evenement"

    @property
    def when(self):
        return when(self.day.start, self.day.end)

    @property
    def kept(self):
        start, end = clock.paris(self.day.start), clock.paris(self.day.end)
        now = {"titre": self.day.title, "lieu": self.day.place, "texte": self.day.text}
        now |= {"date": f"{start:%Y-%m-%d}", "debut": f"{start:%H:%M}", "fin": f"{end:%H:%M}"}
        return {name: self.typed(name, value)[:1000] for name, value in now.items()}

    @property
    def ics_url(self):
        return f"{self.space_url}/@@evenement.ics?id={self.day.id}"

    @property
    def drops(self):
        return self.rights.writes and (self.rights.leads or self.day.by == self.userid)

    def do_enregistrer(self):
        title, place, text, first, start, end = self.read()
        begins, ends = agenda.span(first, start, end)
        if begins != self.day.start:
            agenda.check_to_come(begins, self.now)
        service.change_day(self.context, self.rights, self.person, self.day, title, place, text, begins, ends)
        self.done("L’entrée est enregistrée.")

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
        return agenda.icalendar(self.context.title, entries, clock.now())


class DayFile(CalendarFile):
    """``@@evenement.ics?id=``."""

    name = "evenement"

    def chosen(self):
        key = self.request.form.get("id")
        day = self.context.dates.get(key) if isinstance(key, str) else None
        if day is None:
            raise NotFound("evenement.ics")
        return calendars.entries(self.context, day)
