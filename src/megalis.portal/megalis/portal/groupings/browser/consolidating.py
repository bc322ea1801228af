"""The needs of all in one table, with what differs; the files of it; the consultation opened from it."""

from functools import cached_property
from megalis.portal.consultations.rules import techniques
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.tables import AMOUNT
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import NUMBER
from megalis.portal.groupings import letters
from megalis.portal.groupings import opening
from megalis.portal.groupings import surveying
from megalis.portal.groupings.browser.base import Page
from megalis.portal.groupings.rules import consolidation
from megalis.portal.groupings.rules import convention
from megalis.portal.groupings.rules import survey
from megalis.portal.groupings.rules import units
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.theme import charts
from megalis.portal.theme.export import Exported
from megalis.portal.theme.words import euros


class Consolidation(Page):
    """``@@consolidation``."""

    page_title = "Consolidation des besoins"
    here = "@@consolidation"

    @cached_property
    def names(self):
        return {member.uid: member.name for member in self.context.joined}

    @property
    def provisional(self):
        return self.state != survey.FROZEN

    @property
    def lots(self):
        """Lots with their rows: list of (Lot, rows, estimate)."""
        return [
            (
                lot,
                [self._row(row) for row in self.table.rows if row.line.lot == lot.number],
                self.table.lot_value(lot.number),
            )
            for lot in self.context.lots
        ]

    def before(self, row):
        """Say what was bought the year before, and by how many when not all who answered told it."""
        if row.before is None:
            return ""
        said = f"{self.shown(row.before)} l’an dernier"
        answered = sum(value is not None for value in row.by.values())
        return said if row.told == answered else f"{said}, dits par {row.told} sur {answered}"

    def _row(self, row):
        change = (
            ""
            if row.change is None
            else f"{'+' if row.change > 0 else ''}{self.shown(row.change) if row.change >= 0 else '−' + self.shown(-row.change)} %"
        )
        return {
            "title": row.line.title,
            "unit": self.unit(row.line.unit),
            "total": self.shown(row.total),
            "before": self.before(row),
            "change": change,
            "value": euros(row.value),
            "pointed": row.pointed,
            "by": [
                (self.names[uid], self.shown(value) if value is not None else "sans réponse", uid in row.far)
                for uid, value in row.by.items()
            ],
        }

    @property
    def missing(self):
        return [self.names[uid] for uid in self.table.missing]

    @property
    def by_member(self):
        """The members with their estimate: list of (name, euros or None)."""
        return [(name, self.table.values[uid]) for uid, name in self.names.items()]

    @property
    def chart(self):
        """The estimate of each member as bars, "" without prices."""
        known = [(name, value) for name, value in self.by_member if value]
        if not known:
            return ""
        told = " ; ".join(f"{name} : {euros(value)}" for name, value in known)
        bars = [charts.Bar(name, round(value)) for name, value in known]
        return charts.rows("c-membres", f"Estimation par membre, en euros hors taxes. {told}.", bars)

    @property
    def fingerprint(self):
        return consolidation.fingerprint(self.table)

    @property
    def late(self):
        """The late answers that wait: dicts id, name, at, said (lines of words)."""
        found = [late for late in self.context.late.values() if late.retained is None]
        return [
            {"id": late.id, "name": self.context.members[late.uid].name, "at": late.at, "said": self.said(late)}
            for late in sorted(found, key=lambda late: late.at)
            if late.uid in self.context.members
        ]

    def said(self, late):
        """What a late answer would change, a line of words each: nobody retains what he has not read."""
        answer = self.context.answers.get(late.uid)
        counted = answer.needs if answer is not None and answer.sent is not None else {}
        found = []
        for line in self.context.lines:
            new, old = late.needs.get(line.id), counted.get(line.id)
            if new is not None:
                now = f"{units.shown(old.quantity)} comptés" if old is not None else "sans réponse comptée"
                found.append(f"{line.title} : {units.shown(new.quantity)} ({now}), en {self.unit(line.unit)}")
        return found

    @cached_property
    def may_retain(self):
        return self.coordinates and not surveying.is_opened(self.context)

    @property
    def may_open(self):
        return self.may_retain and not self.provisional

    def do_retenir(self):
        self.require(self.coordinates)
        surveying.retain(self.context, self.field("reponse"), self.userid)
        self.done("La réponse tardive est retenue : elle compte dans les besoins.")


class ConsolidationFiles(Exported, Consolidation):
    """The same to take away, a column a member."""

    @property
    def list_columns(self):
        return (
            Column("Lot"),
            Column("Besoin", width=40),
            Column("Unité"),
            *(Column(name, NUMBER) for name in self.names.values()),
            Column("Total", NUMBER),
            Column("L’an dernier", NUMBER),
            Column("Écart en %", NUMBER),
            Column("Estimation HT", AMOUNT),
        )

    @property
    def list_note(self):
        if self.context.closes is None:
            return self.context.title
        end = clock.french(self.context.closes, seconds=True)
        return f"{self.context.title}. Besoins {'provisoires, figés' if self.provisional else 'figés'} le {end}."

    def list_rows(self):
        for row in self.table.rows:
            parts = (row.by[uid] for uid in self.names)
            unit = self.unit(row.line.unit)
            yield row.line.lot, row.line.title, unit, *parts, row.total, row.before, row.change, row.value


class Open(Page):
    """``@@ouvrir-consultation``: the draft made from the frozen needs."""

    page_title = "Ouvrir la consultation"
    here = "@@ouvrir-consultation"
    frameworks = tuple(techniques.FRAMEWORKS.items())

    @cached_property
    def models(self):
        return opening.models_of(self.context)

    @property
    def done_already(self):
        return opening.consultation_of(self.context)

    @property
    def lots(self):
        return [(number, title, len(lines)) for number, title, lines in opening.numbers(self.context)]

    @property
    def estimate(self):
        return self.table.value

    @property
    def blocked(self):
        """Why it cannot be opened yet, "" when it can."""
        try:
            convention.check_opening(list(self.context.states.values()), self.table, self.state == survey.FROZEN)
        except Refused as refused:
            return refused.message
        return ""

    def typed(self, name):
        return self.field(name) if self.errors else ""

    def do_ouvrir(self):
        place = letters.collectivite(self.context.coordinator)
        if not self.may("megalis: Add Consultation", place):
            raise Refusal("groupement.role", "Un acheteur ou un valideur du coordonnateur ouvre la consultation.", 403)
        model = next((item for item in self.models if item.id == self.field("modele")), None)
        if self.field("modele") and model is None:
            raise Refused("modele.inconnu", "Ce modèle n’existe plus : choisissez-en un autre, ou aucun.")
        draft = opening.open_consultation(
            self.context,
            self.field("reference"),
            self.field("cadre"),
            self.field("maximum"),
            self.field("mois"),
            model,
            self.userid,
        )
        self.done(
            "Le brouillon est créé, avec les lots et les quantités des membres.", f"{draft.absolute_url()}/@@gestion"
        )
