"""The models of consultations: texts, criteria, lots and pieces kept to start from, by a collectivité or for the region.

A model is a photograph: it owes nothing to the consultation it was taken of, which may change or go. It never keeps a date,
an estimate or a reference. What a collectivité shares, every other may start from; its contacts and places stay at home.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import workflow
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from persistent import Persistent
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID
from zope.component.hooks import getSite


MODELS = "modeles"
SHARED = "modeles-partages"
MAX_MODELS = 200
MAX_TITLE, MAX_NOTE = 200, 1000
SECRET = ("estimated_value", "urgent", "urgent_reason")
AT_HOME = ("contact_name", "contact_email", "contact_phone", "places", "place_text", "visits", "samples")
FIELDS = tuple(name for name in create.COPIED if name not in (*SECRET, "title"))
LOT_FIELDS = tuple(name for name in create.LOT_FIELDS if name not in SECRET)


class Piece(Persistent):
    """A file of a model; ``file`` is a NamedBlobFile."""

    def __init__(self, filename, title, kind, lots, file):
        self.filename = filename
        self.title = title
        self.kind = kind
        self.lots = lots
        self.file = file


class Model(Persistent):
    """One model of its ``owner`` (uuid of the collectivité)."""

    shared = archived = False

    def __init__(self, owner, title, note, values, lots, pieces, by):
        self.id = uuidhex()
        self.owner = owner
        self.title = title
        self.note = note
        self.values = values
        self.lots = lots
        self.pieces = pieces
        self.by = by
        self.at = clock.now()


def words(title, note):
    """Return title and note on clean lines; Refused ``modele.titre``, ``modele.note``."""
    title, note = " ".join(str(title or "").split()), str(note or "").replace("\r\n", "\n").strip()
    if not title or len(title) > MAX_TITLE:
        raise Refused("modele.titre", f"Donnez au modèle un nom de {MAX_TITLE} signes au plus.", title[:60])
    if len(note) > MAX_NOTE:
        raise Refused("modele.note", f"La note a plus de {MAX_NOTE} signes : abrégez-la.", note[:60])
    return title, note


def save(consultation, title, note="", with_pieces=True, by=""):
    """Keep a consultation as a model of its collectivité; Refused ``modele.titre|note|double|trop``."""
    title, note = words(title, note)
    owner = api.buyer(consultation)
    known = of(owner, archived=None)
    if any(model.title.casefold() == title.casefold() and not model.archived for model in known):
        raise Refused("modele.double", f"Le modèle « {title} » existe déjà : choisissez un autre nom.", title)
    if len(known) >= MAX_MODELS:
        raise Refused("modele.trop", f"Une collectivité garde {MAX_MODELS} modèles au plus, archivés compris.")
    lots = [{name: getattr(lot, name) for name in LOT_FIELDS} for lot in api.lots(consultation)]
    pieces = []
    for item in api.pieces(consultation) if with_pieces else ():
        with item.file.open() as stream:
            kept = create.blob(stream, item.filename, item.file.contentType)
        pieces.append(Piece(item.filename, item.title, item.kind, tuple(item.lots), kept))
    values = {name: getattr(consultation, name) for name in FIELDS}
    model = Model(IUUID(owner), title, note, values, lots, tuple(pieces), by)
    facts_for_write(owner, MODELS)[model.id] = model
    _tell(owner, model, "creation", by)
    return model


def of(collectivite, archived=False):
    """Return the models of a collectivité by title; ``archived`` None for all of them."""
    kept = facts(collectivite, MODELS)
    found = [item for item in (kept.values() if kept else ()) if archived is None or item.archived == archived]
    return sorted(found, key=lambda model: (model.title.casefold(), model.id))


def regional(besides=None):
    """Return ``[(model, collectivité)]`` of all that is shared, by title; ``besides`` those of one collectivité."""
    found = []
    for key, owner in (facts(getSite(), SHARED) or {}).items():
        collectivite = uuidToObject(owner, unrestricted=True)
        kept = facts(collectivite, MODELS) if collectivite is not None else None
        model = kept.get(key) if kept is not None else None
        if model is not None and model.shared and not model.archived and collectivite != besides:
            found.append((model, collectivite))
    return sorted(found, key=lambda pair: (pair[0].title.casefold(), pair[0].id))


def find(collectivite, key):
    """Return the model a collectivité may start from, its own or a shared one; Refused ``modele.inconnu``."""
    kept = facts(collectivite, MODELS)
    model = kept.get(key) if kept is not None and isinstance(key, str) else None
    if model is None:
        model = next((model for model, _owner in regional() if model.id == key), None)
    if model is None or model.archived:
        raise Refused("modele.inconnu", "Ce modèle n’existe plus ou n’est plus partagé : revenez à la liste.")
    return model


def own(collectivite, key):
    """Return a model of the collectivité itself, archived or not; Refused ``modele.inconnu``."""
    kept = facts(collectivite, MODELS)
    model = kept.get(key) if kept is not None and isinstance(key, str) else None
    if model is None:
        raise Refused("modele.inconnu", "Ce modèle n’existe plus : rechargez la page.")
    return model


def start(collectivite, model, reference, title):
    """Return a new draft made from a model; Refused with the codes of ``create``."""
    title = " ".join(str(title or "").split())
    if not title:
        raise Refused("objet.absent", "Écrivez l’objet de la consultation, en une phrase.")
    away = model.owner != IUUID(collectivite)
    values = {name: value for name, value in model.values.items() if not (away and name in AT_HOME)}
    draft = create.draft(collectivite, reference, title[:400], lots=[dict(lot) for lot in model.lots], **values)
    for item in model.pieces:
        with item.file.open() as stream:
            create.piece(draft, stream, item.filename, item.title, item.kind, item.lots, item.file.contentType)
    told = {"fait": "modele", "modele": model.id}
    journal.record(draft, {"type": "consultation", **workflow.identity(draft), **told})
    return draft


def share(collectivite, model, shared, by=""):
    """Offer a model to all collectivités, or to none."""
    model.shared = shared
    kept = facts_for_write(getSite(), SHARED)
    if shared:
        kept[model.id] = IUUID(collectivite)
    elif model.id in kept:
        del kept[model.id]
    _tell(collectivite, model, "partage" if shared else "fin-de-partage", by)


def archive(collectivite, model, archived, by=""):
    """Put a model away, out of the lists and of the region, or take it back."""
    if archived and model.shared:
        share(collectivite, model, False, by)
    model.archived = archived
    _tell(collectivite, model, "archivage" if archived else "retour", by)


def _tell(collectivite, model, fact, by):
    event = {"type": "modele", "fait": fact, "modele": model.id, "titre": model.title, "par": by}
    journal.record(collectivite, event | {"acheteur": getattr(collectivite, "siret", "") or ""})
