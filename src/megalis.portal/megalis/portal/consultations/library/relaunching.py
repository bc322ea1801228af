"""Relaunching what was declared infructueux or sans suite: a new draft with those lots alone, and their pieces."""

from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import gathering
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import suites
from megalis.portal.consultations.rules import thresholds
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal


SAME, DIRECT = "meme", "sans-publicite"
WAYS = {
    SAME: "La même procédure, avec une nouvelle publicité",
    DIRECT: "Sans publicité ni mise en concurrence préalable (R. 2122-2)",
}
ENDED = (phase.DECIDEE, phase.NOTIFIEE, phase.ARCHIVEE)
FAILED = (decisions.INFRUCTUEUX, decisions.SANS_SUITE)


def failed(taken, numbers, cancelled=False):
    """Return ``{number: decision}`` of what may be relaunched, in the order of ``numbers`` ("" is the whole contract).

    ``taken``: ``{number: decision}``; a consultation given up is relaunched whole.
    """
    if cancelled:
        return dict.fromkeys(numbers, decisions.SANS_SUITE)
    return {number: taken[number] for number in numbers if taken.get(number) in FAILED}


def check(may, chosen, way):
    """Refuse (``relance.lots``, ``relance.procedure``, ``relance.motif``) what cannot be relaunched so.

    ``may`` is what ``failed`` returned. Only a lot without bid or with none suitable may be bought without publicity
    (R. 2122-2); one that was given up has to be published again.
    """
    if not chosen or any(number not in may for number in chosen):
        raise Refused("relance.lots", "Choisissez au moins un lot infructueux ou sans suite.")
    if way not in WAYS:
        raise Refused("relance.procedure", "Choisissez comment relancer.")
    given_up = [number for number in chosen if may[number] != decisions.INFRUCTUEUX]
    if way == DIRECT and given_up:
        named = ", ".join(number for number in given_up if number)
        subject = f"Lot {named} : une procédure" if named else "Une procédure"
        raise Refused(
            "relance.motif",
            f"{subject} sans suite se relance avec une nouvelle publicité ; seul l’infructueux en dispense (R. 2122-2).",
        )


def relaunchable(consultation):
    """Return what may be relaunched of a consultation: ``{number: decision}``, empty while it runs."""
    state = api.workflow_state(consultation)
    if state not in (*ENDED, phase.ANNULEE) or suites.follows(consultation.relation):
        return {}
    taken = {number: item["decision"] for number, item in api.decisions(consultation).items()}
    return failed(taken, gathering.decision_numbers(consultation), state == phase.ANNULEE)


def relaunch(consultation, reference, chosen, way=SAME, with_pieces=True):
    """Return the new draft; Refused with the codes of ``check`` and of ``create``."""
    check(relaunchable(consultation), chosen, way)
    wanted = {number for number in chosen if number}
    lots = [item for item in api.lots(consultation) if item.number in wanted]
    fields = {name: getattr(consultation, name) for name in create.COPIED if name != "title"}
    if len(lots) < len(api.lots(consultation)):
        fields["estimated_value"] = None  # that of the whole says nothing of some lots
    if way == DIRECT:
        fields |= {"procedure": thresholds.DIRECT, "ground": "infructueux", "supports": ()}
        fields["envelopes"] = create.envelopes_for(thresholds.DIRECT)
    values = [{name: getattr(item, name) for name in create.LOT_FIELDS} for item in lots]
    copy = create.draft(api.buyer(consultation), reference, consultation.title, lots=values, **fields)
    copy.guided = consultation.guided
    copy.relaunch_of = api.uuid(consultation)
    if with_pieces:
        for item in api.pieces(consultation):
            kept = tuple(number for number in item.lots if number in wanted)
            if item.lots and not kept:
                continue
            with item.file.open() as stream:
                create.piece(copy, stream, item.filename, item.title, item.kind, kept, item.file.contentType)
    told = {"fait": "relance", "de": api.uuid(consultation), "lots": sorted(wanted), "comment": way}
    journal.record(copy, {"type": "consultation", **workflow.identity(copy), **told})
    return copy
