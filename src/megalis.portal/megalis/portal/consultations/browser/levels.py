"""``@@niveaux``: the levels of the procédure adaptée of a collectivité, written by its administrator."""

from functools import cached_property
from megalis.portal.consultations import legal
from megalis.portal.consultations import levels
from megalis.portal.consultations.browser.base import Page
from megalis.portal.consultations.rules import bands
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import thresholds
from megalis.portal.consultations.rules import typing
from megalis.portal.consultations.vocabularies import NATURES
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.organisations import people
from megalis.portal.theme.words import number


EMPTY = {"low": "", "high": "", "label": "", "supports": (), "min_days": "", "circuit": bands.ONE, "form": bands.SHORT}

SHORT = {"profil": "Profil d’acheteur", "boamp": "BOAMP", "jal": "Annonces légales (JAL)", "joue": "JOUE"}


class Levels(Page):
    """The page: three tables, what is kept, what was before."""

    page_title = "Niveaux de procédure adaptée"
    crumb_title = "Niveaux de MAPA"

    def post(self):
        form = self.request.form
        here = f"{self.context.absolute_url()}/@@niveaux"
        if "acheteur" in form:
            levels.choose_buyer(self.context, str(form.get("buyer", "")), self.who)
            self.redirect(here, "C’est noté : les seuils sont ceux de cette sorte d’acheteur.")
        elif "annuler" in form:
            levels.undo(self.context, self.threshold, self.who)
            self.redirect(here, "La version précédente est rétablie.")
        elif "loi" in form:
            levels.follow_the_law(self.context, self.who)
            self.redirect(here, "Les niveaux sont de nouveau ceux de la loi, et la suivront.")
        elif "garder" in form:
            levels.save(self.context, self.typed(), self.threshold, self.who)
            self.redirect(
                here, "Niveaux enregistrés. Ils valent pour les consultations publiées à partir de maintenant."
            )
        else:
            raise Refused("action", "Action inconnue : rechargez la page.")

    def typed(self):
        """Return the Band list of the form; Refused on what is no number."""
        found = []
        for nature in laws.NATURES:
            for row in self.sent(nature):
                if row["gone"] or not (row["low"] or row["high"] or row["label"].strip()):
                    continue
                days = row["min_days"].strip() or "0"
                if not days.isdecimal() or len(days) > 3:
                    text = f"{NATURES[nature]}, « {row['label']} » : « {days[:10]} » n’est pas un nombre de jours."
                    raise Refused("niveaux.delai", text)
                found.append(
                    bands.Band(
                        nature,
                        typing.amount(row["low"]) or 0,
                        typing.amount(row["high"]),
                        " ".join(row["label"].split())[:80],
                        tuple(row["supports"]),
                        int(days),
                        row["circuit"],
                        row["form"],
                    )
                )
        return found

    def sent(self, nature):
        """Return the rows of a nature as they were typed: dicts of text."""
        form = self.request.form
        found = []
        for rank in range(bands.MAX_BANDS + 2):
            prefix = f"{nature}.{rank}"
            if f"{prefix}.label" not in form:
                break
            text = {
                name: form.get(f"{prefix}.{name}", "")
                for name in ("low", "high", "label", "min_days", "circuit", "form")
            }
            text = {name: value if isinstance(value, str) else "" for name, value in text.items()}
            supports = form.get(f"{prefix}.supports", ())
            supports = (supports,) if isinstance(supports, str) else supports
            found.append({**text, "supports": tuple(map(str, supports)), "gone": bool(form.get(f"{prefix}.retirer"))})
        return found

    @cached_property
    def who(self):
        person = people.current(self.request)
        return person.fullname if person is not None else "Un gestionnaire"

    @cached_property
    def threshold(self):
        return legal.current().threshold(self.buyer_kind, clock.paris(self.now).date())

    @property
    def buyer_kind(self):
        return levels.buyer_kind(self.context)

    @property
    def buyers(self):
        return laws.BUYERS.items()

    @property
    def tables(self):
        """The natures with their rows, the last one empty: list of dicts ``nature, title, formal, rows``."""
        kept = levels.bands_of(self.context, self.threshold)
        found = []
        for nature in laws.NATURES:
            if self.errors and self.sent(nature):
                rows = self.sent(nature)
            else:
                rows = [_row(band) for band in kept if band.nature == nature] + [dict(EMPTY)]
            found.append(
                {
                    "nature": nature,
                    "title": NATURES[nature],
                    "formal": thresholds.euros(self.threshold.formal[nature]),
                    "rows": [
                        {**row, "rank": rank, "new": not row["label"] and not row["low"]}
                        for rank, row in enumerate(rows)
                    ],
                }
            )
        return found

    @property
    def supports(self):
        return SHORT.items()

    @property
    def circuits(self):
        return bands.CIRCUITS.items()

    @property
    def forms(self):
        return bands.FORMS.items()

    @property
    def own(self):
        return levels.are_own(self.context)

    @property
    def versions(self):
        """The versions, newest first: list of (instant, who, words)."""
        return [
            (
                entry["at"],
                entry["by"],
                "niveaux de la loi"
                if entry["bands"] is None
                else self.plural(len(entry["bands"]), "niveau", "niveaux"),
            )
            for entry in levels.history(self.context)
        ]


def _row(band):
    return {
        "low": number(band.low),
        "high": "" if band.high is None else number(band.high),
        "label": band.label,
        "supports": band.supports,
        "min_days": str(band.min_days or ""),
        "circuit": band.circuit,
        "form": band.form,
    }
