"""An act as a program reads it: where it stands, what it lacks, its files, its history, its letters."""

from megalis.portal.actes import posting
from megalis.portal.actes import rules
from megalis.portal.actes import service
from megalis.portal.actes import signatures
from megalis.portal.formats.actes import states
from megalis.portal.kernel import clock


def brief(brain):
    """Return an act of a list, from its catalog row."""
    day = str(brain.acte_date or "")
    return {
        "id": brain.getId,
        "numero": brain.acte_numero,
        "date_decision": f"{day[:4]}-{day[4:6]}-{day[6:]}" if len(day) == 8 else None,
        "nature": brain.acte_nature,
        "objet": brain.Title,
        "etat": brain.acte_etat,
        "code": states.ETATS[brain.acte_etat].code,
    }


def whole(acte):
    """Return everything an agent may know of an act."""
    state = states.ETATS[acte.etat]
    public = posting.made_public(acte)
    return {
        "id": acte.getId(),
        "numero": acte.numero,
        "date_decision": _day(acte.date_decision),
        "nature": acte.nature,
        "matiere": acte.matiere,
        "objet": acte.objet,
        "papier": bool(acte.papier),
        "votes": {name: getattr(acte, name) for name in rules.VOTES if getattr(acte, name) is not None},
        "etat": acte.etat,
        "code": state.code,
        "libelle": state.libelle,
        "identifiant": acte.identifier or None,
        "depart_prevu": _instant(acte.leaves_at),
        "envoye_le": _instant(acte.sent_at),
        "recu_le": _day(acte.reception),
        "publie_le": _instant(acte.published_at),
        "affiche_le": _day(acte.posted_from),
        "archive_le": _day(acte.archived[0]) if acte.archived else None,
        "detruit_le": _instant(acte.destroyed_at),
        "executoire_le": _day(rules.executory(acte.reception, public)) if public else None,
        "a_completer": findings(acte) if acte.etat in rules.EDITABLE else [],
        "documents": [_document(piece) for piece in acte.pieces],
        "historique": [_moment(moment) for moment in acte.history],
        "courriers": [
            {"message": letter.code, "date": _day(letter.date), "recu_le": _day(letter.recu), "etat": letter.etat}
            for letter in acte.dossier.courriers
        ],
    }


def findings(acte):
    """Return what keeps the act from leaving."""
    return [{"code": item.code, "message": item.message} for item in service.findings(acte)]


def _document(piece):
    found = {"id": piece.id, "nom": piece.name, "type": piece.type_pj, "octets": piece.size, "sha256": piece.sha256}
    signed = signatures.reports(piece)
    if signed:
        found["signatures"] = [
            {"signataire": item.signer, "verdict": item.indication, "cause": item.sub, "raison": item.reason}
            for item in signed
        ]
    return found


def _moment(moment):
    return {
        "instant": clock.rfc3339(moment.at),
        "etat": moment.state,
        "evenement": moment.words,
        "message": moment.code or None,
        "fichiers": [name for name, _file in moment.files],
    }


def _day(value):
    return value.isoformat() if value else None


def _instant(value):
    return clock.rfc3339(value) if value else None
