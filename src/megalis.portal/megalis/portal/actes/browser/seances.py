"""Sessions of the council: the agents put the list of délibérations on line, everybody reads it."""

from datetime import timedelta
from functools import cached_property
from megalis.portal.actes import registre as registres
from megalis.portal.actes import seances
from megalis.portal.actes import service
from megalis.portal.actes.browser.base import day
from megalis.portal.actes.browser.base import Page
from megalis.portal.actes.browser.base import Public
from megalis.portal.formats.refusal import Refused
from zExceptions import NotFound


A_YEAR = timedelta(days=366)


class Session(Page):
    """``@@seances`` of a collectivité: the sessions of the year, and the list of one (``seance``) to put on line."""

    @property
    def page_title(self):
        return f"Délibérations du {day(self.session)}" if self.session else "Listes des délibérations"

    @cached_property
    def session(self):
        """The day asked for, None without one that is."""
        try:
            return seances.day_of(self.request.form["seance"]) if self.request.form.get("seance") else None
        except Refused:
            return None

    @property
    def rows(self):
        """The sessions: dicts ``day, url, badge, words``."""
        if self.registre is None:
            return []
        found = []
        for item in seances.sessions(self.registre, service.today() - A_YEAR):
            known = seances.of_day(self.registre, item)
            found.append(
                {
                    "day": day(item),
                    "url": f"{self.url}?seance={item.isoformat()}",
                    "count": len(known.points) if known else len(seances.acts_of(self.registre, item)),
                    "badge": _badge(item, known, service.today()),
                }
            )
        return found

    @cached_property
    def known(self):
        return seances.of_day(self.registre, self.session) if self.registre is not None else None

    @property
    def last_day(self):
        return day(seances.last_day(self.session))

    @property
    def acts(self):
        """The délibérations of the session: dicts ``id, numero, objet, chosen``."""
        if self.registre is None:
            return []
        chosen = {number for number, _words in self.known.points} if self.known else None
        ticked = set(self.fields("actes")) if self.errors else None
        return [
            {
                "id": name,
                "numero": number,
                "objet": objet,
                "chosen": name in ticked if ticked is not None else chosen is None or number in chosen,
            }
            for name, number, objet in seances.acts_of(self.registre, self.session)
        ]

    @property
    def others(self):
        if self.errors:
            return self.request.form.get("autres", "")
        return "\n".join(words for number, words in self.known.points if not number) if self.known else ""

    @property
    def public_url(self):
        return f"{self.registre.absolute_url()}/@@listes-deliberations?seance={self.session.isoformat()}"

    def do_publier(self):
        session = seances.day_of(self.field("seance"))
        registre = registres.of(self.context, make=True)
        acts = seances.acts_of(registre, session)
        points = seances.points_of(acts, set(self.fields("actes")), self.request.form.get("autres", ""))
        seances.publish(registre, session, points, self.userid)
        self.done("La liste est en ligne.", f"{self.url}?seance={session.isoformat()}")


def _badge(session, known, today):
    if known is not None:
        return "ok", f"En ligne depuis le {day(known.at)}"
    if today > seances.last_day(session):
        return "bad", f"En retard : à mettre en ligne avant le {day(seances.last_day(session))}"
    return "soon", f"À mettre en ligne avant le {day(seances.last_day(session))}"


class Lists(Public):
    """``@@listes-deliberations`` of a register: the sessions whose list is on line, and each list."""

    @cached_property
    def shown(self):
        """The list asked for, None for all of them; NotFound when it is not on line."""
        text = self.request.form.get("seance")
        if not text:
            return None
        try:
            found = seances.of_day(self.registre, seances.day_of(text))
        except Refused:
            found = None
        if found is None:
            raise NotFound(str(text)[:20])
        return found

    @property
    def page_title(self):
        return f"Délibérations du {day(self.shown.day)}" if self.shown else "Listes des délibérations"

    @property
    def rows(self):
        return [
            {
                "day": day(item.day),
                "count": self.plural(len(item.points), "point"),
                "at": day(item.at),
                "url": f"{self.url}?seance={item.day.isoformat()}",
            }
            for item in seances.lists(self.registre)
        ]

    @property
    def points(self):
        """The points of the list shown: dicts ``numero, words, url`` ("" while the act is not on the register)."""
        known = seances.addresses(self.registre, self.shown.points)
        return [{"numero": number, "words": words, "url": known.get(number, "")} for number, words in self.shown.points]

    @property
    def told(self):
        found = f"Mise en ligne le {day(self.shown.at)}"
        return f"{found}, corrigée le {day(self.shown.corrected_at)}." if self.shown.corrected_at else f"{found}."
