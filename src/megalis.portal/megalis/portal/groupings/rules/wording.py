"""What the consultation says of those who buy together: who, and how much of what in each lot."""

from megalis.portal.groupings.rules import units


LONGEST = 10_000  # signs of a description
REFERENCE = 60


def lot(number, title):
    """Return how a lot is called: « Lot 1, Papier »; its title alone when it has no number, or says no more than it."""
    if not number or title == f"Lot {number}":
        return title
    return f"Lot {number}, {title}"


def members(coordinator, names):
    """Return the sentence that names the members; ``names`` without the coordinator."""
    return (
        f"Groupement de commandes (articles L. 2113-6 à L. 2113-8 du code de la commande publique) coordonné par {coordinator}, "
        f"pour son compte et celui de ses membres : {', '.join(names)}."
    )


def quantities(rows, names):
    """Return the needs of a lot, a line each, with the part of each member where it all holds; ``names``: uid -> name."""
    short, long = [], []
    for row in rows:
        total = f"{row.line.title} : {units.shown(row.total)} ({units.UNITS[row.line.unit].title})"
        parts = " ; ".join(f"{names[uid]} {units.shown(value)}" for uid, value in row.by.items() if value)
        short.append(f"- {total}")
        long.append(f"- {total}, dont {parts}" if parts else f"- {total}")
    head = "Quantités estimées d’après les besoins des membres :\n"
    told = head + "\n".join(long)
    if len(told) > LONGEST:
        told = head + "\n".join(short)
    return told if len(told) <= LONGEST else told[: told.rindex("\n", 0, LONGEST - 1)] + "\n…"
