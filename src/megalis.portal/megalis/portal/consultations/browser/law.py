"""``/regles-des-procedures``: the rows of the law, for the operator: what is in force, and a row more without any code."""

from datetime import timedelta
from functools import cached_property
from megalis.portal.consultations import legal
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.rules import amending
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import thresholds
from megalis.portal.consultations.rules import typing
from megalis.portal.consultations.vocabularies import ENVELOPE_SETS
from megalis.portal.consultations.vocabularies import ENVELOPES
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.theme.words import plural


TABLES = {laws.PROCEDURES: "Procédures et délais", laws.THRESHOLDS: "Seuils"}
PHASES = {"candidatures": "Candidatures", "offres": "Offres", "projets": "Projets"}
DELAYS = {"days": "Délai", "electronic": "Par voie électronique", "urgent": "Urgence", "prior": "Après préinformation"}
LIMITS = {
    "dispense": "Dispense en dessous de",
    "boamp": "BOAMP ou JAL à partir de",
    "joue": "JOUE à partir de",
    "formal": "Procédure formalisée à partir de",
}
NUMBERS = {
    "advised_days": "Délai conseillé",
    "standstill": "Suspension, par voie électronique",
    "standstill_paper": "Suspension, autrement",
    "least_candidates": "Candidats admis au moins",
    "max_months": "Durée maximale en mois",
}
EXCEPTIONS = {"innovant": "Achat innovant, en dessous de", "social": "Services sociaux, avis à partir de"}


def whole(form, name, words):
    """Return the whole number of a form field, None when empty; Refused ``regle.nombre``."""
    text = str(form.get(name) or "").strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise Refused("regle.nombre", f"{words} : « {text[:20]} » n’est pas un nombre entier.")
    return int(text)


class Law(Page):
    """The tables and, with ``?ajouter=procedures&ligne=concours``, the form of a row that follows the last one."""

    page_title = "Règles des procédures"

    def post(self):
        form = self.request.form
        table = form.get("table")
        if table not in TABLES:
            raise Refused("regle.table", "Cette table n’existe pas : rechargez la page.")
        here = f"{self.context.absolute_url()}/regles-des-procedures"
        if "retirer" in form:
            row = legal.remove_row(table, str(form.get("retirer")))
            name = amending.title(table, row.get("procedure") or row["buyer"])
            self.redirect(here, f"La ligne « {name} » ajoutée du {row['from']} au {row['to']} est retirée.")
            return
        row = self.typed(table)
        legal.add_row(table, row, self.who)
        name = amending.title(table, row.get("procedure") or row["buyer"])
        self.redirect(here, f"Ligne ajoutée : {name}, du {row['from']} au {row['to']}.")

    @cached_property
    def who(self):
        person = people.current(self.request)
        return person.fullname if person is not None else "Un gestionnaire"

    @cached_property
    def law(self):
        return legal.current()

    @property
    def today(self):
        return clock.paris(self.now).date()

    @property
    def whole_table(self):
        return bool(self.request.form.get("tout"))

    # the lists

    @property
    def tables(self):
        """The two tables: dicts ``id, title, names`` (to choose from) and ``rows``."""
        return [
            {
                "id": table,
                "title": title,
                "names": self.names(table),
                "rows": [
                    self.shown(table, row) for row in self.ordered(table) if self.whole_table or row.end >= self.today
                ],
            }
            for table, title in TABLES.items()
        ]

    def names(self, table):
        """Return ``[(key, title)]`` of the lines of a table."""
        return [(key, amending.title(table, key)) for key in dict.fromkeys(row.id for row in self.law.rows(table))]

    def ordered(self, table):
        order = {key: rank for rank, (key, _title) in enumerate(self.names(table))}
        return sorted(self.law.rows(table), key=lambda row: (order[row.id], row.start))

    def shown(self, table, row):
        """Return a row in words: dict ``title, period, lines, source, badge, uid``."""
        lines = self.procedure_words(row) if table == laws.PROCEDURES else self.threshold_words(row)
        in_force = self.law.rows(table) and row == _in_force(self.law, table, row.id, self.today)
        uid = ""
        if row.origin == laws.SITE:
            uid = next(kept["uid"] for kept in legal.rows(table) if laws.READERS[table](kept, laws.SITE) == row)
        badge = (
            ("open", "En vigueur") if in_force else ("soon", "À venir") if row.start > self.today else ("", "Passée")
        )
        return {
            "title": amending.title(table, row.id),
            "period": f"du {row.start:%d/%m/%Y} au {row.end:%d/%m/%Y}",
            "lines": lines,
            "source": row.source,
            "badge": badge,
            "uid": uid,
        }

    def procedure_words(self, row):
        found = []
        for phase in row.phases:
            delay = row.delays.get(phase)
            if delay is None:
                continue
            parts = [
                f"{label.lower()} {getattr(delay, name)} j"
                for name, label in DELAYS.items()
                if getattr(delay, name) is not None
            ]
            found.append(f"{PHASES.get(phase, phase)} : {', '.join(parts)}")
        if row.advised_days:
            found.append(f"{plural(row.advised_days, 'jour')} conseillés")
        if row.standstill:
            found.append(f"suspension {row.standstill} jours")
        if row.max_months:
            found.append(f"{row.max_months} mois au plus")
        if row.anonymous:
            found.append("anonymat jusqu’au classement")
        return found or ["aucun délai imposé"]

    def threshold_words(self, row):
        found = []
        for name, label in LIMITS.items():
            limits = getattr(row, name)
            parts = [
                f"{nature} {thresholds.euros(limits[nature])}" for nature in amending.NATURES if limits.get(nature)
            ]
            found.append(f"{label} : {', '.join(parts)}")
        return found

    # the form of a row

    @cached_property
    def adding(self):
        """The table a row is added to, or ""."""
        return typing.one_of(self.request.form.get("ajouter") or self.request.form.get("table"), TABLES)

    @cached_property
    def model(self):
        """The last row of the line that was chosen, whose values fill the form; None before a choice."""
        key = self.request.form.get("ligne")
        rows = [row for row in self.law.rows(self.adding) if row.id == key] if self.adding else []
        return max(rows, key=lambda row: row.end) if rows else None

    def value(self, name, default=""):
        """Return what was typed, or what the model says."""
        if self.errors:
            return self.request.form.get(name, "")
        return "" if default is None else default

    @property
    def row_title(self):
        return amending.title(self.adding, self.model.id)

    @property
    def begins(self):
        return self.value("from", (self.model.end + timedelta(days=1)).isoformat())

    @property
    def ends(self):
        return self.value("to", (self.model.end + timedelta(days=731)).replace(month=12, day=31).isoformat())

    @property
    def phases(self):
        """The phases of the form: dicts ``id, title, chosen, cells`` (name, label, value)."""
        found = []
        for phase, title in PHASES.items():
            delay = self.model.delays.get(phase, laws.NONE)
            cells = [
                (f"{phase}.{name}", label, self.value(f"{phase}.{name}", getattr(delay, name)))
                for name, label in DELAYS.items()
            ]
            chosen = bool(self.request.form.get(f"phase.{phase}")) if self.errors else phase in self.model.phases
            found.append({"id": phase, "title": title, "chosen": chosen, "cells": cells})
        return found

    @property
    def numbers(self):
        return [(name, label, self.value(name, getattr(self.model, name))) for name, label in NUMBERS.items()]

    @property
    def envelope_sets(self):
        """The sets of envelopes to choose from: list of (value, words, chosen)."""
        mine = self.value("envelopes", ",".join(self.model.envelopes))
        sets = [(), *ENVELOPE_SETS]
        return [
            (",".join(kinds), ", ".join(ENVELOPES[kind] for kind in kinds) or "Aucune", ",".join(kinds) == mine)
            for kinds in sets
        ]

    @property
    def limits(self):
        """The grid of thresholds: list of (label, [(name, nature, value)])."""
        return [
            (
                label,
                [
                    (f"{name}.{nature}", nature, self.value(f"{name}.{nature}", getattr(self.model, name).get(nature)))
                    for nature in amending.NATURES
                ],
            )
            for name, label in LIMITS.items()
        ]

    @property
    def exceptions(self):
        return [(name, label, self.value(name, getattr(self.model, name))) for name, label in EXCEPTIONS.items()]

    def typed(self, table):
        """Return the JSON row of the form, on the ground of its model; Refused on what is no number."""
        form = self.request.form
        if self.model is None:
            raise Refused("regle.nom", "Cette ligne n’existe pas : choisissez-la dans la liste.")
        row = laws.to_json(self.model)
        row |= {name: " ".join(str(form.get(name) or "").split()) for name in ("from", "to", "source")}
        row.pop("origin")
        if table == laws.THRESHOLDS:
            for name, label in LIMITS.items():
                row[name] = {
                    nature: whole(form, f"{name}.{nature}", f"{label}, {nature}") for nature in amending.NATURES
                }
            return row | {name: whole(form, name, label) for name, label in EXCEPTIONS.items()}
        row["phases"] = [phase for phase in PHASES if form.get(f"phase.{phase}")]
        row["delays"] = {}
        for phase in PHASES:
            cells = {
                name: whole(form, f"{phase}.{name}", f"{PHASES[phase]}, {label.lower()}")
                for name, label in DELAYS.items()
            }
            if any(value is not None for value in cells.values()):
                former = self.model.delays.get(phase, laws.NONE)
                row["delays"][phase] = {**cells, "urgent_natures": list(former.urgent_natures)}
        row |= {name: whole(form, name, label) for name, label in NUMBERS.items()}
        row["envelopes"] = [kind for kind in str(form.get("envelopes") or "").split(",") if kind in ENVELOPES]
        return row


def _in_force(law, table, key, day):
    return law.procedure(key, day) if table == laws.PROCEDURES else law.threshold(key, day)
