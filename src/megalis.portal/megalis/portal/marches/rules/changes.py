"""What differs between two versions of a contract's data, in the words people know."""

from megalis.portal.marches.rules.words import words_of


LISTS = {
    "modifications": "Modifications",
    "actesSousTraitance": "Actes de sous-traitance",
    "modificationsActesSousTraitance": "Modifications d’actes de sous-traitance",
    "donneesExecution": "Données d’exécution",
    "datePublicationDonnees": "Date de publication des données",
}


def spoken(value):
    """Return raw data in French words, short."""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, dict):
        return ", ".join(spoken(item) for item in value.values())
    if isinstance(value, list | tuple):
        return " ; ".join(spoken(item) for item in value)
    return "" if value is None else str(value).replace(".", ",") if isinstance(value, float) else str(value)


def _told(name, value):
    """Return a value in words; of a list of acts, how many there are."""
    return str(len(value)) if name in LISTS and isinstance(value, list) else spoken(value)


def changes(before, after):
    """Return the fields that differ, in the order of the newer data: list of dicts ``name, label, before, after``."""
    names = [*after, *(name for name in before if name not in after)]
    return [
        {
            "name": name,
            "label": LISTS.get(name) or words_of(name).label,
            "before": _told(name, before.get(name)),
            "after": _told(name, after.get(name)),
        }
        for name in names
        if before.get(name) != after.get(name)
    ]
