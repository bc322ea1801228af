"""What a form was before: its settings and its questions, as they were after each change.

A form is no versioned content as texts are: its answers lie beside it, that its purge must reach. Versions hold none.
"""

from megalis.portal.editorial import kinds
from megalis.portal.editorial.surveys import fields
from megalis.portal.kernel import clock
from persistent.list import PersistentList


NAMES = ("title", "description", "thanks", "addressee", "opens", "closes", "kept_days", "audiences", "fields_model")
COMPARED = (
    ("title", "Titre"),
    ("description", "Présentation"),
    ("questions", "Questions"),
    ("thanks", "Remerciement"),
    ("addressee", "Prévenir à chaque réponse"),
    ("opens", "Ouverture"),
    ("closes", "Fermeture"),
    ("kept_days", "Réponses gardées, en jours"),
    ("audiences", "Pour qui"),
)
FIRST = "Première version"
MOST = 100


def _values(form):
    return {name: getattr(form, name, None) for name in NAMES}


def entries(form):
    """Return the versions kept, the oldest first: mappings number, at, by, note, values."""
    return list(getattr(form, "past", None) or ())


def numbers(form):
    """Return the numbers of the versions kept, the newest first."""
    return [entry["number"] for entry in reversed(entries(form))]


def begin(form):
    """Before a change: keep what a form made before versions were kept has said until now."""
    if not entries(form):
        keep(form, getattr(form, "author", ""), FIRST)


def keep(form, userid, note=""):
    """Keep what a form says now, unless it is what was kept last."""
    kept = getattr(form, "past", None)
    if kept is None:
        kept = form.past = PersistentList()
    values = _values(form)
    if kept and kept[-1]["values"] == values:
        return
    number = kept[-1]["number"] + 1 if kept else 0
    kept.append({"number": number, "at": clock.now(), "by": userid, "note": note, "values": values})
    del kept[:-MOST]


def values_of(form, number):
    """Return what a version held, by NAMES; KeyError when there is none."""
    for entry in entries(form):
        if entry["number"] == number:
            return dict(entry["values"])
    raise KeyError(number)


def at(form, number):
    """Return a version as words to compare, by the names of COMPARED; KeyError when there is none."""
    values = values_of(form, number)
    model = values.pop("fields_model")
    chosen = [kinds.AUDIENCES.get(name, name) for name in values["audiences"] or ()]
    return values | {"questions": _questions(model), "audiences": ", ".join(chosen)}


def _questions(model):
    lines = []
    for rank, item in enumerate(fields.read(model), 1):
        kind = fields.KINDS.get(item.kind, "Réglée dans easyform")
        kind = kind[:1].lower() + kind[1:]
        lines.append(f"{rank}. {item.title} ({kind}{', exigée' if item.required else ''})")
        lines += [f"   {words}" for words in (item.help, " / ".join(item.values)) if words]
    return "\n".join(lines)
