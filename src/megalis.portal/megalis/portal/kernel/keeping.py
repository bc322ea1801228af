"""The end of files here: once an archive service took charge of them and their time is over, never before.

One rule for what leaves for the State (acts, flows); a room says what it has of its own in a ``Keeping``. What identifies a thing
stays, its digests are in the journal, so that nothing is done twice and what was destroyed can still be recognised.
"""

from megalis.portal.formats.actes.deadlines import plus_months
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from plone import api
from zope.annotation.interfaces import IAnnotations


LONGEST = 600  # months
TURN = 50  # things destroyed in one round of the worker
REFERENCE = 200  # signs
UNARCHIVED = "Le service d’archives ne l’a pas encore pris en charge : notez ici son accord."


def today():
    """Return the day in Paris."""
    return clock.paris(clock.now()).date()


def check_months(text, code):
    """Refuse (``code``) a time of keeping that is no number of months; "" keeps without an end."""
    if text and not (text.isascii() and text.isdigit() and 0 < int(text[:9]) <= LONGEST):
        message = f"« {text[:20]} » n’est pas un nombre de mois entre 1 et {LONGEST} : corrigez-le, ou laissez vide."
        raise Refused(code, message, text)


class Keeping:
    """How long one kind of content is kept here. Content has ``archived`` (date, reference) or None, and ``destroyed_at``.

    Subclasses name ``portal_type``, ``registry`` (the type of the folders that hold it), ``key`` (of the annotation that tells
    the last day the worker destroyed), French words, and say what is asked below.
    """

    portal_type = registry = key = ""
    gone = ""  # «Les fichiers de … ont été détruits»
    not_ended = ""
    not_archivable = ""
    endless = ""
    bad_day = ""

    # What a room says.

    def settings(self, content):
        """Return the ``conservation`` (months, "" without an end) and ``destruction`` of its register, as a dict."""
        raise NotImplementedError

    def ended_at(self, content):
        """Return since when nothing more is expected of it, None while something is."""
        raise NotImplementedError

    def pending(self, content):
        """Return what it waits for before it has ended, in French."""
        return self.not_ended

    def more_obstacles(self, content, day):
        """Return what else keeps its files on a day: French sentences."""
        return []

    def least(self, day):
        """Return the first day on which files that ended on ``day`` may go, whatever the settings say."""
        return day

    def needs_archive(self, content):
        """Tell whether an archive service has to have it before it goes here."""
        raise NotImplementedError

    def first_archivable(self, content):
        """Return the first day on which an archive service could take all of it, None before."""
        raise NotImplementedError

    def is_stale(self, content):
        """Tell whether more came since it was archived."""
        return False

    def warning(self, content):
        """Return why a person has to decide its end, in French; "" when the worker may."""
        return ""

    def drop(self, content):
        """Take its files away; return the digests of what went."""
        raise NotImplementedError

    def note(self, content, words, by):
        """Write a line of its history, and whatever else follows from being archived or destroyed."""
        raise NotImplementedError

    def told(self, content):
        """Return what a journal event says of it."""
        raise NotImplementedError

    def ended(self):
        """Return the catalog query of what may have ended."""
        raise NotImplementedError

    def waits(self, brain):
        """Tell, from the catalog alone, that it is not to be looked at."""
        return False

    # The rule.

    def check_whole(self, content):
        """Refuse (``seda.detruit``) what has no files any more."""
        if content.destroyed_at is not None:
            raise Refused(
                "seda.detruit", f"{self.gone} le {clock.french(content.destroyed_at)} : il n’en reste rien ici."
            )

    def until(self, content):
        """Return the last day the files are kept here; None when it has not ended, or is kept without an end."""
        ended, months = self.ended_at(content), self.settings(content)["conservation"]
        if ended is None or not months:
            return None
        day = clock.paris(ended).date()
        return max(plus_months(day, int(months)), self.least(day))

    def obstacles(self, content, day=None):
        """Return what keeps the files from being destroyed on a day, today without one: French sentences."""
        day = day or today()
        if content.destroyed_at is not None:
            return ["Ses fichiers sont déjà détruits."]
        if self.ended_at(content) is None:
            return [self.pending(content)]
        found, last = [], self.until(content)
        if last is None:
            found.append(self.endless)
        elif day <= last:
            found.append(f"Les fichiers se gardent jusqu’au {last:%d/%m/%Y}.")
        if self.needs_archive(content) and not content.archived:
            found.append(UNARCHIVED)
        return found + self.more_obstacles(content, day)

    def accepted(self, content, reference, day, by):
        """Write down that the archive service took charge of it; Refused ``archives.…``."""
        self.check_whole(content)
        reference = " ".join(str(reference).split())[:REFERENCE]
        first = self.first_archivable(content)
        if first is None:
            raise Refused("archives.etat", self.not_archivable)
        if content.archived and not self.is_stale(content):
            raise Refused("archives.faite", "La prise en charge est déjà notée : elle ne change plus.")
        if not reference:
            raise Refused("archives.reference", "Donnez la référence de l’accord du service d’archives.")
        if day is None or not first <= day <= today():
            raise Refused("archives.date", self.bad_day)
        content.archived = (day, reference)
        self.note(content, f"Pris en charge par le service d’archives le {day:%d/%m/%Y}, référence {reference}", by)
        self._record(content, "archivage", {"reference": reference, "date": day.isoformat()})

    def destroy(self, content, by=""):
        """Destroy the files; Refused ``archives.obstacle`` while something forbids it."""
        wrong = self.obstacles(content)
        if wrong:
            raise Refused("archives.obstacle", " ".join(wrong))
        prints = self.drop(content)
        content.destroyed_at = clock.now()
        reference = content.archived[1] if content.archived else ""
        self.note(content, "Fichiers détruits ; leurs empreintes restent au journal", by)
        self._record(content, "destruction", {"empreintes": prints, "reference": reference})
        content.reindexObject()

    def _record(self, content, event, more):
        journal.record(content, self.told(content) | {"evenement": event} | more)

    def turn(self, now):
        """Destroy what has to go by itself, once a day, where the collectivité wants it; return how many."""
        kept, day = IAnnotations(api.portal.get()), clock.paris(now).date()
        if kept.get(self.key) == day:
            return 0
        count = self._destroy_due(day)
        if count < TURN:
            kept[self.key] = day
        return count

    def _destroy_due(self, day):
        catalog, count = api.portal.get_tool("portal_catalog"), 0
        for brain in catalog.unrestrictedSearchResults(portal_type=self.registry):
            registre = brain._unrestrictedGetObject()
            wanted = self.settings(registre)
            if not (wanted["destruction"] and wanted["conservation"]):
                continue
            for content in self._due(catalog, brain.getPath(), day):
                self.destroy(content)
                count += 1
                if count == TURN:
                    return count
        return count

    def _due(self, catalog, path, day):
        for brain in catalog.unrestrictedSearchResults(portal_type=self.portal_type, path=path, **self.ended()):
            if not self.waits(brain):
                content = brain._unrestrictedGetObject()
                if not self.warning(content) and not self.obstacles(content, day):
                    yield content
