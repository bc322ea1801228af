"""What an accord-cadre, a dynamic purchasing system and a concession must say before they are published."""

from dataclasses import dataclass
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import Missing


TARGET = "@@modifier?etape=procedure"
SAD = "systeme-acquisition-dynamique"
CONCESSION = "concession"
NO_FRAMEWORK = ""
ORDERS, CALLS, BOTH = "bons-de-commande", "marches-subsequents", "mixte"
FRAMEWORKS = {
    ORDERS: "Accord-cadre à bons de commande",
    CALLS: "Accord-cadre à marchés subséquents",
    BOTH: "Accord-cadre à bons de commande et à marchés subséquents",
}
LONG_CONCESSION = 60  # months
MAX_HOLDERS = 200
MAX_MONTHS = 1200
SUPPLIES = "fournitures"
CONCEDED = "L. 1121-1 du code de la commande publique"


@dataclass(frozen=True)
class Technique:
    """The fields of the three techniques, as IConsultation has them."""

    procedure: str
    framework: str = NO_FRAMEWORK
    maximum: int | None = None
    minimum: int | None = None
    holders: int | None = None
    months: int | None = None
    months_reason: str = ""
    categories: tuple = ()


def amount_that_counts(framework, maximum, estimated):
    """Return the amount thresholds look at: the maximum of an accord-cadre (R. 2121-8), else the estimated value."""
    return maximum if framework and maximum is not None else estimated


def findings(technique, row):
    """Return the findings; ``row`` is the law.Procedure of the accord-cadre in force."""
    found = []
    if technique.framework:
        found += _framework(technique, row)
    elif technique.procedure == SAD:
        found += _sad(technique)
    elif technique.procedure == CONCESSION:
        found += _concession(technique)
    return found


def _blocking(code, text, source):
    return Missing(code, text, TARGET, BLOCKING, source)


def _framework(technique, row):
    if technique.framework not in FRAMEWORKS:
        yield _blocking(
            "accord-cadre.forme", f"« {technique.framework} » n’est pas une forme d’accord-cadre.", row.source
        )
        return
    if technique.maximum is None and row.maximum_required:
        yield _blocking(
            "accord-cadre.maximum",
            "Le montant maximum de l’accord-cadre manque : sans lui, les candidats ne savent pas à quoi ils s’engagent. "
            "Donnez-le en euros hors taxes.",
            "R. 2162-4 du code de la commande publique",
        )
    if technique.maximum is not None and technique.minimum is not None and technique.minimum > technique.maximum:
        yield _blocking("accord-cadre.minimum", "Le montant minimum dépasse le montant maximum.", row.source)
    if technique.months is None:
        yield _blocking("accord-cadre.duree", "La durée de l’accord-cadre manque : donnez-la en mois.", row.source)
    elif row.max_months is not None and technique.months > row.max_months and not technique.months_reason.strip():
        yield _blocking(
            "accord-cadre.quatre-ans",
            f"{technique.months} mois : un accord-cadre dure {row.max_months} mois au plus, sauf si son objet le justifie. "
            "Réduisez la durée ou écrivez la justification.",
            row.source,
        )
    if technique.holders is None:
        text = "Dites combien de titulaires l’accord-cadre aura : un seul, ou plusieurs."
        yield _blocking("accord-cadre.titulaires", text, row.source)
    elif technique.holders > 1 and technique.framework == ORDERS:
        text = (
            "Plusieurs titulaires et des bons de commande : le règlement doit dire comment une commande est attribuée "
            "à l’un plutôt qu’à l’autre."
        )
        yield Missing("accord-cadre.repartition", text, TARGET, ADVICE, row.source)


def _sad(technique):
    source = "R. 2162-37 à R. 2162-51 du code de la commande publique"
    if technique.months is None:
        yield _blocking("sad.duree", "La durée du système manque : donnez-la en mois.", source)
    if not technique.categories:
        text = "Aucune catégorie : les candidats s’inscriront à l’ensemble du système."
        yield Missing("sad.categories", text, TARGET, ADVICE, source)
    folded = [" ".join(name.split()).casefold() for name in technique.categories]
    double = next((name for name, key in zip(technique.categories, folded, strict=True) if folded.count(key) > 1), None)
    if double:
        yield _blocking("sad.double", f"La catégorie « {double} » est là deux fois.", source)


def conceded(procedure, nature):
    """Return why a purchase of this nature cannot be conceded, in French, or '': works and services alone can."""
    if procedure != CONCESSION or nature != SUPPLIES:
        return ""
    return (
        "« Fournitures » : une concession confie des travaux ou la gestion d’un service, jamais des fournitures. "
        "Choisissez « Travaux » ou « Services », ou une autre procédure."
    )


def _concession(technique):
    source = "L. 3114-7 et R. 3114-2 du code de la commande publique"
    if technique.months is None:
        yield _blocking("concession.duree", "La durée de la concession manque : donnez-la en mois.", source)
    elif technique.months > LONG_CONCESSION and not technique.months_reason.strip():
        yield _blocking(
            "concession.cinq-ans",
            f"{technique.months} mois : au-delà de cinq ans, la durée doit se justifier par le temps d’amortir les "
            "investissements. Écrivez ce calcul.",
            source,
        )
