"""From frozen needs to a draft of consultation: lots and quantities carried over, members named and let read."""

from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import create
from megalis.portal.consultations.library import models
from megalis.portal.consultations.rules import techniques
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import letters
from megalis.portal.groupings import service
from megalis.portal.groupings import surveying
from megalis.portal.groupings.rules import convention
from megalis.portal.groupings.rules import survey
from megalis.portal.groupings.rules import wording
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.groupement"  # on the consultation: uid of its grouping
OWN = ("title", "description", "framework", "framework_maximum", "framework_minimum", "months", "estimated_value")


def consultation_of(grouping):
    """Return the consultation opened from a grouping, None before, or once its draft was deleted."""
    return uuidToObject(grouping.consultation, unrestricted=True) if grouping.consultation else None


def grouping_of(consultation):
    """Return the grouping a consultation was opened from, or None."""
    uid = IAnnotations(consultation).get(KEY)
    return uuidToObject(uid, unrestricted=True) if uid else None


def bought(grouping):
    """Return ``[(Lot, rows)]`` of the lots of which somebody wants something."""
    table = surveying.table(grouping)
    found = [(lot, [row for row in table.rows if row.line.lot == lot.number and row.total]) for lot in grouping.lots]
    return [(lot, rows) for lot, rows in found if rows]


def numbers(grouping):
    """Return ``[(number in the consultation, title, lines)]``: one lot alone is a contract that is not divided."""
    lots = bought(grouping)
    if len(lots) == 1:
        return [("", lots[0][0].title, [row.line for row in lots[0][1]])]
    return [(lot.number, lot.title, [row.line for row in rows]) for lot, rows in lots]


def _estimate(rows):
    values = [row.value for row in rows]
    return None if None in values else round(sum(values))


def check_framework(framework, maximum, months):
    """Return ``(framework, maximum, months)`` as kept; Refused ``ouverture.maximum|duree|cadre``."""
    if not framework:
        return None, None, None
    if framework not in techniques.FRAMEWORKS:
        raise Refused(
            "ouverture.cadre", "Choisissez un marché ordinaire ou l’une des formes d’accord-cadre.", framework
        )
    most = typing.amount(maximum)
    if not most:
        raise Refused(
            "ouverture.maximum", "Un accord-cadre dit son montant maximum (R. 2162-4) : donnez-le en euros hors taxes."
        )
    text = str(months or "").strip()
    if text and (not text.isdecimal() or not 1 <= int(text[:6]) <= techniques.MAX_MONTHS):
        raise Refused("ouverture.duree", f"« {text[:20]} » n’est pas un nombre de mois.", text)
    return framework, most, int(text) if text else None


def open_consultation(grouping, reference, framework="", maximum="", months="", model=None, by=""):
    """Return the draft made in the coordinator's collectivité; Refused ``ouverture.*`` and the codes of ``create``.

    ``model`` (library) gives texts, criteria and clauses; lots, quantities and amounts are those of the grouping.
    """
    now = clock.now()
    surveying.note_freezing(grouping, now)
    if consultation_of(grouping) is not None:
        raise Refused("ouverture.deja", "La consultation de ce groupement est déjà ouverte.")
    table = surveying.table(grouping)
    convention.check_opening(list(grouping.states.values()), table, surveying.state(grouping, now) == survey.FROZEN)
    framework, most, duration = check_framework(framework, maximum, months)
    coordinator = letters.collectivite(grouping.coordinator)
    names = {member.uid: member.name for member in grouping.active}
    others = [member.name for member in grouping.active if member.uid != grouping.coordinator]
    lots = bought(grouping)
    description = wording.members(names[grouping.coordinator], others)
    told = [
        (f"Lot {lot.number}, {lot.title}. " if len(lots) > 1 else "") + wording.quantities(rows, names)
        for lot, rows in lots
    ]
    whole = "\n\n".join([description, *told])
    description = whole if len(whole) <= wording.LONGEST or len(lots) == 1 else description
    values = {name: value for name, value in model.values.items() if name not in OWN} if model is not None else {}
    values |= {
        "description": description[: wording.LONGEST],
        "estimated_value": _estimate([row for _lot, rows in lots for row in rows]),
    }
    if framework:
        values |= {"framework": framework, "framework_maximum": most, "months": duration}
    divided = [
        {
            "number": lot.number,
            "title": lot.title,
            "description": wording.quantities(rows, names),
            "estimated_value": _estimate(rows),
        }
        for lot, rows in lots
    ]
    draft = create.draft(coordinator, reference, grouping.title, lots=divided if len(lots) > 1 else (), **values)
    for item in model.pieces if model is not None else ():
        with item.file.open() as stream:
            create.piece(draft, stream, item.filename, item.title, item.kind, (), item.file.contentType)
    IAnnotations(draft)[KEY] = IUUID(grouping)
    grouping.consultation, grouping.opened = consultations.uuid(draft), now
    for member in grouping.active:
        place = letters.collectivite(member.uid)
        if member.uid != grouping.coordinator and place is not None:
            service.grant(draft, place)
    service.told(grouping, "ouverture", by, consultation=grouping.consultation, reference=draft.reference)
    event = {
        "type": "consultation",
        "consultation": grouping.consultation,
        "reference": draft.reference,
        "fait": "groupement",
    }
    journal.record(
        draft, event | {"groupement": IUUID(grouping), "acheteur": coordinator.siret, "membres": list(names.values())}
    )
    _tell_members(grouping, draft)
    return draft


def _tell_members(grouping, draft):
    uids = [member.uid for member in grouping.active if member.uid != grouping.coordinator]
    text = (
        f"La consultation {draft.reference} est ouverte en brouillon d’après vos besoins. Vos agents peuvent la lire dès maintenant, "
        "puis la suivre une fois publiée ; les plis ne sont lus que par le coordonnateur."
    )
    letters.tell(
        grouping,
        uids,
        letters.BUYERS,
        f"Consultation {draft.reference} du groupement",
        [text],
        "@@parts",
        "Voir la consultation",
    )


def models_of(grouping):
    """Return the models the coordinator may begin with."""
    return models.of(letters.collectivite(grouping.coordinator))


def when_published(event):
    """Tell the members that their consultation is published (IConsultationPublished)."""
    grouping = grouping_of(event.object)
    if grouping is None:
        return
    uids = [member.uid for member in grouping.active if member.uid != grouping.coordinator]
    item = event.object
    text = f"La consultation {item.reference}, « {item.title} », est publiée. Date limite : {clock.french(item.deadline, seconds=True)}."
    letters.tell(
        grouping,
        uids,
        letters.BUYERS,
        f"Consultation {item.reference} publiée",
        [text],
        "@@parts",
        "Voir la consultation",
    )
