"""What some notices ask besides the consultation: who won and is not told yet, what a concession brings in, what changes."""

from datetime import datetime
from datetime import time
from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.consultations.notices import awarding
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import facts
from megalis.portal.consultations.notices import holders
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import sending
from megalis.portal.consultations.notices import special
from megalis.portal.consultations.notices import typed
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import thresholds
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.theme import words


class Asking:
    """The forms of ``@@publicite`` that ask something, and what they say."""

    def extra(self):
        """Return the special.Extra of the form; Refused ``avis.jour``."""
        day = typed.planned_day(self.text("reponses"))
        lot, place = self.picked
        noon = datetime.combine(day, time(12), clock.PARIS).astimezone(clock.UTC) if day else None
        return special.Extra(
            self.text("sorte") or special.INFORMATION,
            typed.planned_day(self.text("prevu")),
            noon,
            lot,
            self.text("fondement"),
            self.text("modification"),
            holder=place,
            companies=self.companies(),
            revenues=self.revenues() if self.text("genre") == lifecycle.AWARD else (),
            method=self.text("methode"),
        )

    @property
    def picked(self):
        """The contract of the form: the number of its lot, the place of its holder from 0."""
        lot, _bar, place = self.text("lot").partition("/")
        return lot, int(place) if place.isdecimal() and len(place) < 4 else 0

    @property
    def modifies(self):
        """True where the notice of a modification was asked for: its form is open, with what it still wants."""
        return self.asks_modification and self.text("genre") == lifecycle.MODIFICATION

    def revenues(self):
        """Return what the form says a concession should bring in: (lot, euros of the buyer, euros of users)."""
        found = []
        for number, _words in self.won:
            told = [typing.cents(self.text(f"{name}.{number}")) for name in ("acheteur", "usagers")]
            if None not in told:
                found.append((number, *told))
        return tuple(found)

    @cached_property
    def untold(self):
        """The companies that won and of whom a notice cannot speak yet; once a modification was asked for, those it names."""
        if self.modifies:
            lot, place = self.picked
            return awarding.untold_of(
                awarding.holders_at(facts.outcomes_of(self.consultation), lot, place), formal=True
            )
        asked = self.kind == lifecycle.AWARD or self.asks_intention
        return awarding.untold(facts.outcomes_of(self.consultation), self.call.formal) if asked else []

    @property
    def asked(self):
        """What the form asks of each: dicts ``name, number`` (in words) and ``fields``, dicts of what an input needs."""
        return [
            {"name": one.name, "number": words.company(one.company_id), "fields": self._fields(one, rank)}
            for rank, one in enumerate(self.untold)
        ]

    def _fields(self, one, rank):
        found = []
        for name, required in holders.asked_of(one, self.call.formal or self.modifies).items():
            label, advice, longest = holders.FIELDS[name]
            found.append(
                {
                    "id": f"{name}.{rank}",
                    "label": label,
                    "help": advice,
                    "longest": longest,
                    "required": required,
                    "choices": "pays" if name == "country" else None,
                    "value": self.text(f"{name}.{rank}") or (holders.names()[0] if name == "country" else ""),
                }
            )
        return found

    def companies(self):
        """Return what the form tells of them; Refused with the codes of ``holders.told_by``."""
        found = []
        for rank, one in enumerate(self.untold):
            typed = {name: self.text(f"{name}.{rank}") for name in holders.FIELDS}
            try:
                found.append((one.name, *holders.told_by(one, typed)))
            except Refused as refused:
                raise Refused(refused.code, f"{one.name} : {refused.message}", refused.value) from refused
        return tuple(found)

    @property
    def waits_for_numbers(self):
        """True when nothing else is wrong: the form that asks for them is there."""
        return bool(self.untold) and {item.code for item in self.draft.errors} == {"avis.titulaire"}

    @property
    def countries(self):
        """The names of countries to pick from."""
        return holders.names()

    @property
    def asks_revenues(self):
        """True where what leaves is the award of a concession: what it should bring in is typed with it."""
        return self.kind == lifecycle.AWARD and self.may_leave and composing.is_concession(self.call)

    @property
    def waits_for_revenues(self):
        """True when nothing else is wrong: the form that asks for them is there."""
        return self.asks_revenues and {item.code for item in self.draft.errors} == {"avis.recettes"}

    @property
    def served(self):
        return self.chosen in sending.SERVED and self.may_send and self.connected

    @property
    def asks_prior(self):
        return self.served and self.is_draft and self.consultation.procedure != thresholds.DIRECT

    @property
    def asks_intention(self):
        return self.served and self.phase == "decidee" and self.consultation.procedure == thresholds.DIRECT

    @property
    def asks_modification(self):
        return self.served and self.phase in ("notifiee", "archivee")

    @property
    def sorts(self):
        return list(special.SORTS.items())

    @property
    def causes(self):
        return list(special.reasons_of(self.consultation.procedure).items())

    @property
    def limits(self):
        return special.limits_of(self.consultation.procedure)

    @property
    def won(self):
        """The lots that have a holder: list of (number, words)."""
        return [
            (number, f"Lot {number}, {decisions.holder_names(kept)}" if number else decisions.holder_names(kept))
            for number, kept in gathering.in_order(self.consultation, api.decisions(self.consultation))
            if decisions.holders_of(kept)
        ]

    @property
    def contracts(self):
        """The contracts, one a holder: list of (``lot/place``, words)."""
        return [
            (f"{number}/{place}", f"Lot {number}, {holder['name']}" if number else holder["name"])
            for number, kept in gathering.in_order(self.consultation, api.decisions(self.consultation))
            for place, holder in enumerate(decisions.holders_of(kept))
        ]
