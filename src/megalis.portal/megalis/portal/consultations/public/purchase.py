"""What the public page says of a technique, of limits on lots and of options."""

from megalis.portal.consultations import ranking
from megalis.portal.consultations.rules import contests
from megalis.portal.consultations.rules import techniques
from megalis.portal.consultations.vocabularies import PERMISSIONS
from megalis.portal.theme import words


CONTEST = "concours"


def facts(item, lots):
    """Return ``[(term, words)]`` of a consultation of ``lots`` lots; empty words are left out by the caller."""
    return [
        ("Technique d’achat", techniques.FRAMEWORKS.get(item.framework, "")),
        ("Montant maximum", f"{words.euros(item.framework_maximum)} HT" if framed(item, "framework_maximum") else ""),
        ("Montant minimum", f"{words.euros(item.framework_minimum)} HT" if framed(item, "framework_minimum") else ""),
        ("Titulaires", str(item.framework_holders) if framed(item, "framework_holders") else ""),
        ("Durée maximale", f"{item.months} mois" if item.months else ""),
        ("Catégories", ", ".join(item.categories or ()) if item.procedure == techniques.SAD else ""),
        ("Lots par candidat", bid_limit(item, lots)),
        ("Lots par titulaire", won_limit(item, lots)),
        ("Tranches optionnelles", " ; ".join(item.tranches or ())),
        ("Reconductions", renewals(item)),
        ("Anonymat", "Les projets sont jugés sous un numéro" if ranking.is_anonymous(item) else ""),
        *(contests.told(item) if item.procedure == CONTEST else ()),
    ]


def framed(item, name):
    """True when the field says something of an accord-cadre."""
    return bool(item.framework) and getattr(item, name) is not None


def bid_limit(item, lots):
    if not lots or item.max_lots_bid is None:
        return ""
    return f"{item.max_lots_bid} au plus"


def won_limit(item, lots):
    if not lots or item.max_lots_won is None:
        return ""
    return f"{item.max_lots_won} au plus. {item.award_rule or ''}".strip()


def renewals(item):
    """Return ``3 fois au plus`` of a consultation or a lot; "" without any."""
    return f"{item.renewals} fois au plus" if item.renewals else ""


def lot_words(lot, variants):
    """Return the line under the title of a lot: its group, its variants where they differ, its options."""
    found = []
    if lot.group:
        found.append(f"Groupe « {lot.group} »")
    if lot.variants and lot.variants != variants:
        found.append(f"variantes {PERMISSIONS[lot.variants].lower()}")
    if lot.tranches:
        found.append(
            f"{words.plural(len(lot.tranches), 'tranche optionnelle', 'tranches optionnelles')} : {' ; '.join(lot.tranches)}"
        )
    if lot.renewals:
        found.append(f"reconductible {renewals(lot)}")
    return ", ".join(found)
