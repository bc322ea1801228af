"""What the contracts of one consultation have in common: answered once, for all that are still to be completed."""

SHARED = (
    "formePrix",
    "typesPrix",
    "ccag",
    "marcheInnovant",
    "attributionAvance",
    "tauxAvance",
    "sousTraitanceDeclaree",
    "considerationsSociales",
    "considerationsEnvironnementales",
    "dureeMois",
)


def completed(raw, model):
    """Return raw data with the shared answers of ``model`` where it has none of its own."""
    answers = {name: model[name] for name in SHARED if name in model}
    if "attributionAvance" in raw:  # the rate belongs to the answer
        answers.pop("tauxAvance", None)
    return {**answers, **raw}
