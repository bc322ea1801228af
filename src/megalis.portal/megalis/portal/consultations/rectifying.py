"""A published consultation changes only here: a new version, the former kept, everyone who took the dossier told."""

from dataclasses import dataclass
from megalis.portal.consultations import api
from megalis.portal.consultations import contents
from megalis.portal.consultations import create
from megalis.portal.consultations import gathering
from megalis.portal.consultations import legal
from megalis.portal.consultations import workflow
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import checklist
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import procedures
from megalis.portal.consultations.rules import rectification
from megalis.portal.consultations.rules import transitions
from megalis.portal.kernel import clock


FIELDS = (
    "title",
    "description",
    "conditions",
    "visits",
    "samples",
    "questions_deadline",
    "deadline",
    "planned_opening",
)


@dataclass
class NewPiece:
    """A file to put in the dossier; with ``replaces`` (id of a standing piece) it takes its title, kind and lots."""

    upload: object
    filename: str
    title: str = ""
    kind: str = "autre"
    lots: tuple = ()
    replaces: str = ""


def rectify(consultation, reason, values=None, added=(), removed=()):
    """Make a new version of a published consultation; return its number.

    ``values``: new values of FIELDS; ``added``: NewPiece list; ``removed``: ids of standing pieces. Raises
    workflow.Refused by the rules of ``rules.rectification``, formats.refusal.Refused on a file, WorkflowException when
    the user may not. What was published before stays readable under its version number.
    """
    values = {name: value for name, value in (values or {}).items() if name in FIELDS}
    changed = {name: value for name, value in values.items() if value != getattr(consultation, name)}
    known = contents.of(consultation)
    gone = list(dict.fromkeys([*removed, *(item.replaces for item in added if item.replaces)]))
    unknown = [name for name in gone if known.get(name) is None]
    if unknown:
        raise workflow.Refused([Missing("dce.inconnue", "Cette pièce n’est plus dans le dossier : rechargez la page.")])
    _check(consultation, reason, changed, bool(added or removed), known.count - len(gone) + len(added))
    version = consultation.version + 1
    changes = [_change(consultation, name, value) for name, value in changed.items()]
    for name, value in changed.items():
        setattr(consultation, name, value)
    standing = {name: consultation._getOb(name) for name in gone}
    for piece in standing.values():
        piece.until = consultation.version
        contents.note(consultation, piece)
    same = {(line.sha256, tuple(line.lots or ())) for line in api.lines(consultation)}
    for item in added:
        changes.append(_add(consultation, item, standing, same))
    replaced = {item.replaces for item in added}
    for name in gone:
        if name not in replaced:
            piece = standing[name]
            told = {
                "field": "dce",
                "label": f"Pièce retirée{_of(piece.lots)}",
                "before": piece.filename,
                "after": "(retirée)",
            }
            changes.append({**told, "lots": tuple(piece.lots or ())})
    workflow.fire(consultation, transitions.RECTIFIER, reason, version=version, changes=changes)
    return version


def _check(consultation, reason, changed, pieces_changed, remaining):
    deadline = changed.get("deadline", consultation.deadline)
    found = rectification.rectification_findings(
        consultation.deadline,
        deadline,
        api.first_deposit(consultation),
        clock.now(),
        reason,
        pieces_changed,
        bool(set(changed) - {"deadline"}),
    )
    if deadline is not None and consultation.deadline is not None and deadline < consultation.deadline:
        timing = gathering.timing_of(consultation, legal.applied(consultation))
        sent = consultation.published_at
        found += procedures.time_findings(
            consultation.procedure, sent, deadline, timing=timing, law=legal.law_of(consultation)
        )
    questions = changed.get("questions_deadline", consultation.questions_deadline)
    opening = changed.get("planned_opening", consultation.planned_opening)
    found = blocking([*found, *checklist.order_findings(questions, deadline, opening)])
    if "title" in changed and not (changed["title"] or "").strip():
        found.append(Missing("objet.absent", "L’objet manque : dites en une phrase ce que vous achetez."))
    if not remaining:
        found.append(Missing("dce.vide", "Le dossier serait vide : gardez au moins une pièce."))
    if api.workflow_state(consultation) != "publiee":
        found.insert(0, Missing("transition.etat", "Seule une consultation publiée se rectifie."))
    if found:
        raise workflow.Refused(found)


def _change(consultation, name, value):
    return {
        "field": name,
        "label": str(IConsultation[name].title),
        "before": _words(getattr(consultation, name)),
        "after": _words(value),
    }


def _words(value):
    if value is None or value == "":
        return "(rien)"
    if hasattr(value, "hour"):
        return clock.french(value, seconds=True)
    text = " ".join(str(value).split())
    return text if len(text) <= 200 else f"{text[:199]}…"


def _of(lots):
    return f", lot{'s' if len(lots) > 1 else ''} {', '.join(lots)}" if lots else ""


def _add(consultation, item, standing, same):
    former = standing.get(item.replaces)
    if former is not None:
        title = "" if former.title == former.filename else former.title  # a title that was the file's name follows it
        piece = create.piece(consultation, item.upload, item.filename, title, former.kind, former.lots)
    else:
        piece = create.piece(consultation, item.upload, item.filename, item.title, item.kind, item.lots)
    if former is None and (piece.sha256, tuple(piece.lots or ())) in same:
        text = (
            f"« {piece.filename} » est déjà au dossier, à l’identique et pour les mêmes lots : retirez-le de l’envoi."
        )
        raise workflow.Refused([Missing("rectification.double", text)])
    label = ("Pièce remplacée" if former is not None else "Pièce ajoutée") + _of(piece.lots)
    before = former.filename if former is not None else "(absente)"
    after = f"{piece.filename} ({piece.sha256[:16]}…)"
    return {"field": "dce", "label": label, "before": before, "after": after, "lots": tuple(piece.lots or ())}
