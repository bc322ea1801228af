"""The levels of a collectivité's procédure adaptée: bands by amount and nature, never looser than the law.

The law leaves a buyer free between the dispense and the formal threshold; each deliberates its own levels. Who deliberates
nothing has those made here from the thresholds, so that a small commune has nothing to fill in.
"""

from dataclasses import dataclass
from dataclasses import replace
from itertools import pairwise
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import thresholds


ONE, TWO = "une", "deux"
CIRCUITS = {ONE: "Une personne suffit", TWO: "Deux personnes : qui publie n’est pas qui a demandé la validation"}
SHORT, LONG = "court", "guide"
FORMS = {SHORT: "Formulaire court", LONG: "Formulaire guidé"}
MAX_BANDS = 12
MAX_DAYS = 180


@dataclass(frozen=True, slots=True)
class Band:
    """A level: amounts from ``low`` (included) to ``high`` (excluded; None: up to the formal threshold)."""

    nature: str
    low: int
    high: int | None
    label: str
    supports: tuple = ()
    min_days: int = 0
    circuit: str = ONE
    form: str = SHORT

    def holds(self, amount):
        return self.low <= amount and (self.high is None or amount < self.high)


def defaults(row):
    """Return the bands that follow from a law.Threshold, nature by nature: neither time nor second person added to it."""
    found = []
    for nature in laws.NATURES:
        dispense, boamp, formal = (getattr(row, name).get(nature) or 0 for name in ("dispense", "boamp", "formal"))
        steps = sorted({0, *(step for step in (dispense, max(dispense, boamp)) if step < formal)})
        names = {0: "Petit achat"} if dispense else {}
        for rank, low in enumerate(steps):
            high = steps[rank + 1] if rank + 1 < len(steps) else None
            groups = thresholds.demanded(row, nature, low)
            level = min(len(groups), 2)
            label = names.get(low) or ("MAPA avec avis publié" if level == 2 else "MAPA")
            supports = tuple(group[0] for group in groups)
            found.append(Band(nature, low, high, label, supports, 0, ONE, LONG if level == 2 else SHORT))
    return tuple(found)


def band_of(bands, nature, amount):
    """Return the Band that holds an amount of a nature, or None (no amount, no nature, beyond the levels)."""
    if amount is None:
        return None
    return next((band for band in bands if band.nature == nature and band.holds(amount)), None)


def unbound(band):
    """Return the band as it binds a contract that owes no publicity: who validates it, and nothing else."""
    return replace(band, supports=(), min_days=0)


def strengthened(band, row):
    """Return the band with what the law in force demands more: levels deliberated under an older law never loosen it."""
    missing = thresholds.satisfied(_least(band, row), band.supports)
    return replace(band, supports=(*band.supports, *(group[0] for group in missing))) if missing else band


def _top(band, row):
    """The highest whole amount of the band, under the formal threshold when it has no end of its own."""
    high = band.high if band.high is not None else row.formal.get(band.nature)
    return None if high is None else high - 1


def _least(band, row):
    """What the law demands at the bottom and anywhere in the band: the top decides, demands only grow."""
    return thresholds.demanded(row, band.nature, _top(band, row))


def findings(bands, row):
    """Return what is wrong (blocking Missing) with the bands of a collectivité under a law.Threshold.

    Each nature is covered from zero to the formal threshold, without gap or overlap; no band asks less publicity than
    the law at its highest amount.
    """
    found = []
    for nature in laws.NATURES:
        own = sorted((band for band in bands if band.nature == nature), key=lambda band: band.low)
        found += _cover(nature, own, row)
        for band in own:
            found += _one(band, row)
    return found


def _name(nature):
    return nature.capitalize()


def _amount(value):
    return thresholds.euros(value)


def _wrong(code, text):
    return Missing(code, text, "@@niveaux")


def _cover(nature, own, row):
    name = _name(nature)
    formal = row.formal.get(nature)
    if not own:
        return [_wrong("niveaux.aucun", f"{name} : aucun niveau. Il en faut un au moins, à partir de 0 €.")]
    if len(own) > MAX_BANDS:
        return [_wrong("niveaux.trop", f"{name} : {len(own)} niveaux, {MAX_BANDS} au plus.")]
    found = []
    if own[0].low != 0:
        found.append(
            _wrong(
                "niveaux.trou",
                f"{name} : rien ne dit ce qui vaut de 0 à {_amount(own[0].low)}. Faites commencer un niveau à 0.",
            )
        )
    for before, after in pairwise(own):
        if before.high is None or before.high > after.low:
            end = "sans fin" if before.high is None else f"jusqu’à {_amount(before.high)}"
            found.append(
                _wrong(
                    "niveaux.recouvrement",
                    f"{name} : « {before.label} » va {end} et recouvre « {after.label} », qui commence à "
                    f"{_amount(after.low)}. Un montant doit n’avoir qu’un niveau.",
                )
            )
        elif before.high < after.low:
            found.append(
                _wrong(
                    "niveaux.trou",
                    f"{name} : rien ne dit ce qui vaut de {_amount(before.high)} à {_amount(after.low)}. "
                    f"Prolongez « {before.label} » ou faites commencer « {after.label} » plus tôt.",
                )
            )
    last = own[-1]
    if last.high is not None and (formal is None or last.high < formal):
        found.append(
            _wrong(
                "niveaux.trou",
                f"{name} : « {last.label} » s’arrête à {_amount(last.high)}. "
                "Laissez la fin vide : il ira jusqu’au seuil des procédures formalisées.",
            )
        )
    if formal is not None and (last.low >= formal or (last.high or 0) > formal):
        found.append(
            _wrong(
                "niveaux.seuil",
                f"{name} : « {last.label} » dépasse {_amount(formal)}, seuil à partir duquel la procédure est formalisée "
                f"({row.source}). Arrêtez les niveaux là.",
            )
        )
    return found


def _one(band, row):
    name = f"{_name(band.nature)}, « {band.label} »"
    found = []
    if not band.label.strip():
        found.append(
            _wrong("niveaux.nom", f"{_name(band.nature)}, à partir de {_amount(band.low)} : nommez ce niveau.")
        )
    if band.low < 0 or (band.high is not None and band.high <= band.low):
        found.append(_wrong("niveaux.montants", f"{name} : la fin doit dépasser le début."))
        return found
    unknown = [support for support in band.supports if support not in thresholds.SUPPORTS]
    if unknown or band.circuit not in CIRCUITS or band.form not in FORMS:
        found.append(_wrong("niveaux.choix", f"{name} : un choix est inconnu. Rechargez la page."))
        return found
    if not 0 <= band.min_days <= MAX_DAYS:
        found.append(
            _wrong("niveaux.delai", f"{name} : {band.min_days} jours. Donnez un délai de 0 à {MAX_DAYS} jours.")
        )
    for group in thresholds.satisfied(_least(band, row), band.supports):
        found.append(
            _wrong(
                "niveaux.publicite",
                f"{name} : la loi demande {thresholds.words_of(group)} pour des montants de ce niveau ({row.source}). "
                "Cochez ce support, ou coupez le niveau au seuil.",
            )
        )
    return found


def to_json(band):
    """Return the plain dict that is kept."""
    return {
        "nature": band.nature,
        "low": band.low,
        "high": band.high,
        "label": band.label,
        "supports": list(band.supports),
        "min_days": band.min_days,
        "circuit": band.circuit,
        "form": band.form,
    }


def from_json(row):
    """Return the Band of a kept dict."""
    return Band(**{**row, "supports": tuple(row["supports"])})
