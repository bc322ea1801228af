"""Letters with places to fill: ``{entreprise}``. Checked when written, filled with plain values, nothing is evaluated."""

from megalis.portal.formats.refusal import Refused

import re


PLACE = re.compile(r"\{([a-z_]{1,30})\}")


def places(template):
    """Return the names of the places of a template, in order, each once."""
    return list(dict.fromkeys(PLACE.findall(template)))


def check(template, known):
    """Refuse (``modele.variable``, ``modele.accolade``) a template that ``fill`` could not fill.

    ``known``: the names that may stand in it.
    """
    unknown = [name for name in places(template) if name not in known]
    if unknown:
        offered = ", ".join(f"{{{name}}}" for name in known)
        raise Refused(
            "modele.variable",
            f"La variable {{{unknown[0]}}} n’existe pas dans ce modèle. Celles qu’il connaît : {offered}.",
            unknown[0],
        )
    rest = PLACE.sub("", template)
    if "{" in rest or "}" in rest:
        place = re.search(r".{0,20}[{}].{0,20}", rest)
        raise Refused(
            "modele.accolade",
            f"Une accolade est seule ou entoure autre chose qu’une variable, près de « {place[0].strip()} ». "
            "Écrivez par exemple {entreprise}, ou retirez l’accolade.",
        )


def fill(template, values):
    """Return the template with its places filled; a paragraph that is empty once filled is left out."""
    found = []
    for paragraph in re.split(r"\n\s*\n", template.strip()):
        filled = PLACE.sub(lambda place: str(values.get(place[1], "")), paragraph)
        if filled.strip():
            found.append(filled.strip())
    return "\n\n".join(found)
