"""The parts of the search page that come by the dozen, made as text: a row is made once a change, not once a request."""

from html import escape
from megalis.portal.consultations.search import criteria as words
from megalis.portal.formats import cpv
from megalis.portal.formats import nuts
from megalis.portal.formats.eforms.codes import PROCEDURES
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.theme import words as figures


SOON = 24 * 3600
BADGES = {
    words.OPEN: "open",
    words.CLOSED: "closed",
    words.AWARDED: "awarded",
    words.FRUITLESS: "closed",
    words.CANCELLED: "bad",
}
SHORT = {words.CLOSED: "Close", words.FRUITLESS: "Sans suite"}
TITLES = {
    "etat": "État",
    "dep": "Département",
    "nat": "Nature",
    "pro": "Procédure",
    "cpv": "Objet (CPV)",
    "acheteur": "Acheteur",
}
LONG = {"pro": "Toutes les procédures", "cpv": "Tous les objets", "acheteur": "Tous les acheteurs"}
TOP = 8
MOST = 60


def cpv_label(code):
    """Return the French words of a code, the code itself when no list has it."""
    try:
        return cpv.label(code) or code
    except Refused:
        return code


def department_label(code):
    found = nuts.departement_of(code)
    return found.nom if found else code


def value_label(name, value, titles):
    """Return the words of a value of a facet; ``titles`` are those of the buyers."""
    if name == "etat":
        return words.STATES[value]
    if name == "nat":
        return words.NATURES.get(value, value)
    if name == "pro":
        return PROCEDURES.get(value, value)
    if name == "dep":
        return department_label(value)
    if name == "acheteur":
        return titles.get(value, value)
    return cpv_label(value)


def row_meta(row):
    """Return the short facts of a row, in order."""
    lots = f"{row.lots} lots" if row.lots > 1 else "Lot unique"
    found = (
        words.NATURES.get(row.nature),
        PROCEDURES.get(row.procedure),
        lots,
        cpv_label(row.cpv_main) if row.cpv_main else "",
    )
    return [item for item in found if item]


def day_and_time(instant):
    """Return ``lun. 16 mars 2026, 12:00``."""
    text = figures.short(instant)
    day, _, hour = text.rpartition(", ")
    return f"{day} {clock.paris(instant).year}, {hour}"


def _fixed(row):
    """Return what never changes of a row: ``(after the address of the site, the date)``."""
    place = f" ({', '.join(row.departments[:3])})" if row.departments else ""
    meta = "".join(f"<li>{escape(item)}</li>" for item in row_meta(row))
    note = ""
    if row.revised:
        note = f'<p class="small">Modifiée le {escape(clock.french(row.revised, weekday=False))}</p>'
    body = (
        f'/{escape(row.path)}">{escape(row.title)}</a></h2><p class="mg-cons__by">{escape(row.buyer)}{place}</p>'
        f'<ul class="mg-cons__meta"><li>{escape(row.reference)}</li>{meta}</ul>{note}</div><div class="mg-cons__when">'
    )
    date = "Date limite à venir"
    if row.deadline:
        iso = clock.paris(row.deadline).isoformat(timespec="seconds")
        date = f'<time datetime="{iso}">{day_and_time(row.deadline)}</time>'
    return body, f'<span class="mg-cons__date">{date}</span>'


def distance(row, state, now):
    """Return where a row is in time: ``dans 4 jours``, ``depuis 3 jours``, or "" without a deadline."""
    if row.deadline is None:
        return ""
    if state == words.OPEN:
        return figures.left(row.deadline, now)
    if state == words.CANCELLED or now < row.deadline:
        return ""
    days = int((now - row.deadline).total_seconds() // 86400)
    return f"close depuis {days} jour{'s' if days > 1 else ''}" if days else "close depuis moins d’un jour"


def row_html(row, base, now, badge, follow=None):
    """Return the list item of a row; ``base`` is the address of the site, ``badge(kind, label)`` makes a badge.

    ``follow(row)``, for who has a basket, gives the button that puts the consultation there.
    """
    if row.html is None:
        row.html = _fixed(row)
    body, date = row.html
    state = row.state(now)
    soon = state == words.OPEN and row.deadline is not None and (row.deadline - now).total_seconds() < SOON
    mark = badge("soon", "Ferme bientôt") if soon else badge(BADGES[state], SHORT.get(state, words.STATES[state]))
    over = "" if state == words.OPEN else " mg-cons--over"
    when = distance(row, state, now)
    when = f'<span class="mg-cons__in">{when}</span>' if when else ""
    return (
        f'<li class="mg-cons{over}"><div class="mg-cons__body"><h2 class="t3"><a href="{base}{body}{date}{when}{mark}'
        f"{follow(row) if follow is not None else ''}</div></li>"
    )


def option(name, value, label, count, checked):
    """Return one choice of a facet with its number."""
    on = ' checked="checked"' if checked else ""
    many = "s" if count > 1 else ""
    return (
        f'<li><label class="mg-opt"><input type="checkbox" name="{name}" value="{escape(value)}"{on}/>'
        f'<span>{escape(label)}</span> <span class="n num">{count}<span class="vh"> consultation{many}</span></span></label>'
    )


def significant(code):
    """Return how many digits of a CPV code say something: 2 for a division, 8 for the finest."""
    return max(2, len(code.rstrip("0")))


def branches(values):
    """Return parent -> children of the CPV codes in use, divisions under ""."""
    found = {}
    for code in values:
        length = significant(code)
        parent = "" if length == 2 else code[: length - 1].ljust(8, "0")
        found.setdefault(parent, []).append(code)
    return found


def _ranked(codes, counts, chosen, limit=TOP):
    """Return the codes to show: those chosen, then the most frequent ones."""
    ranked = sorted((code for code in codes if counts.get(code)), key=lambda code: (-counts[code], code))
    keep = set(ranked[:limit]) | {code for code in codes if code in chosen}
    return [code for code in ranked if code in keep] + sorted(keep - set(ranked))


def cpv_facet(counts, chosen, tree, limit=TOP):
    """Return the options of the tree: divisions, opened along the branches that are chosen."""
    opened = set(chosen)
    for code in chosen:
        opened.update(cpv.ancestors(code))

    def level(parent):
        codes = set(tree.get(parent, ())) | {code for code in opened if _parent(code) == parent}
        items = []
        for code in _ranked(codes, counts, opened, limit):
            inner = level(code) if code in opened else ""
            head = option("cpv", code, cpv_label(code), counts.get(code, 0), code in chosen)
            items.append(f"{head}{f'<ul>{inner}</ul>' if inner else ''}</li>")
        return "".join(items)

    return level("")


def _parent(code):
    length = significant(code)
    return "" if length == 2 else code[: length - 1].ljust(8, "0")


def facets_html(criteria, result, titles, tree, whole="", address=None):
    """Return the fieldsets of all facets.

    A facet shows its most frequent values, all of them when it is ``whole``; ``address(name)`` is the page where it is.
    """
    parts = []
    for name in words.FACETS:
        counts, chosen = result.counts[name], criteria.chosen(name)
        limit = MOST if name == whole else TOP
        if name == "cpv":
            inner = cpv_facet(counts, chosen, tree, limit)
            known = sum(1 for code in tree.get("", ()) if counts.get(code))
        else:
            values = _values(name, counts, chosen, limit)
            known = sum(1 for count in counts.values() if count)
            inner = "".join(
                option(name, value, value_label(name, value, titles), counts.get(value, 0), value in chosen) + "</li>"
                for value in values
            )
        if inner:
            more = name in LONG and known > limit and limit == TOP and address is not None
            link = f'<p class="small"><a href="{escape(address(name))}">{LONG[name]} ({known})</a></p>' if more else ""
            parts.append(f'<fieldset id="f-{name}"><legend>{TITLES[name]}</legend><ul>{inner}</ul>{link}</fieldset>')
    return "".join(parts)


def _values(name, counts, chosen, limit=TOP):
    if name == "etat":
        return [value for value in words.STATES if counts.get(value) or value in chosen or value == words.OPEN]
    if name == "nat":
        return list(words.NATURES)
    if name == "dep":
        home = [item.code for item in nuts.breton_departements()]
        return home + [code for code in _ranked(counts, counts, chosen, 4 + len(home)) if code not in home]
    return _ranked(set(counts) | set(chosen), counts, chosen, limit)
