"""What the Trésor answers to a flow: a file to files, without network."""

from dataclasses import dataclass
from datetime import datetime
from megalis.portal.formats.pes import answering
from megalis.portal.formats.pes import model
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import rules
from megalis.portal.formats.pes import source as sources
from megalis.portal.formats.refusal import Refused

import re


OTHER = "ERREUR_AUTRE"
_CODES = {
    "pes.encodage": "ERREUR_ENCODING",
    "pes.flux-vide": "ERREUR_FLUX_VIDE",
    "pes.idver": "ERREUR_VERSION_PES",
    "pes.doublon-bordereau": "ERREUR_DOUBLON_BORDEREAU",
    "pes.doublon-pj": "ERREUR_DOUBLON_PJ",
    "pes.montant-bordereau": "ERREUR_CUMUL_MONTANTS",
}
_UNKNOWN = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
    '<n:PES_Demain xmlns:n="http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/demain"/>\n'
).encode("iso-8859-1")


@dataclass(frozen=True, slots=True)
class Answer:
    """A file for the folder of answers: its name, its bytes, the word it comes from."""

    name: str
    data: bytes
    word: str


def read(path):
    """Return ``(Flux, Source)`` of what was received, or ``(None, reason)`` when it is no flow."""
    try:
        source = sources.look(path)
        flux = reading.read(source)[0]
    except Refused as refusal:
        return None, refusal.message
    if flux.kind != model.ALLER:
        return None, "Ce n’est pas un PES Aller."
    return flux, source


def reasons(flux, source, said, known):
    """Return the reasons to refuse a flow as a whole, ``(code, words)`` of the Trésor.

    ``said``: the P_MSG it came with; ``known``: keys of the flows received before.
    """
    entete = flux.entete
    if said != f"{entete.typfic}#{entete.cod_col}#{entete.poste}#{entete.cod_bud}":
        return [("ERREUR_PES_PARAM", f"P_MSG « {said[:60]} » ne dit pas ce que dit l’en-tête du flux.")]
    if entete.key in known:
        return [(OTHER, f"Le flux {entete.nomfic} a déjà été reçu.")]
    errors, _warnings = rules.findings(flux, source)
    found = {_CODES.get(item.code): item.message for item in errors if item.code in _CODES}
    return sorted((code, words.replace("’", "'")) for code, words in found.items())


def answers(flux, behaviour, refused, rank, now: datetime):
    """Return the ``Answer`` to a flow, in the order they are to come; ``refused`` is what ``reasons`` found."""
    words = ("nack",) if refused and "muet" not in behaviour.replies else behaviour.replies
    refused = refused or [(OTHER, "Refus demandé au simulateur.")]
    stem = re.sub(r"[^0-9A-Z]", "", flux.entete.poste) or "000000"
    made = [item for word in words for item in _word(word, flux, refused, f"{stem}_{now:%y%m%d%H%M%S}", rank, now)]
    if behaviour.encoding:
        made = [Answer(item.name, _recoded(item.data, behaviour.encoding), item.word) for item in made]
    if behaviour.disorder:
        made.reverse()
    if behaviour.twice:
        made = [copy for item in made for copy in (item, Answer(f"2_{item.name}", item.data, item.word))]
    return made


def _word(word, flux, refused, stem, rank, now):
    day = now.date()
    name = f"{stem}-ACK-{rank:08d}.xml"
    if word == "muet":
        return []
    if word == "inconnu":
        return [Answer(f"{stem}-{rank:08d}.xml", _UNKNOWN, word)]
    wrong = {"nack": [(None, *item) for item in refused], "mixte": list(_mixed(flux))}.get(word, [])
    found = [Answer(name, answering.acquit(answering.answer(flux, wrong), day), word)]
    if word == "retour":
        returned = f"PES_RETOUR_{stem}-{rank:08d}.xml"
        data = answering.retour(flux, day, returned, _states(flux))
        found += [Answer(returned, data, word)] if data else []
    return found


def _mixed(flux):
    """Yield one refusal: the last line of the last bordereau, or the last attachment when there is no bordereau."""
    places = [(index, item) for index, item in enumerate(flux.bordereaux) if item.pieces]
    if places:
        index, bordereau = places[-1]
        rank = len(bordereau.pieces) - 1
        lines = bordereau.pieces[rank].lignes
        place = (index, rank, len(lines) - 1) if lines else (index, rank)
        yield place, OTHER, "1971 - Compte absent de la nomenclature"
    elif flux.pieces_jointes:
        yield flux.pieces_jointes[-1].unique, "ERREUR_PJ", "La pièce jointe ne s'ouvre pas"


def _states(flux):
    """Return the states of a return: the last mandat of several is rejected, the others are paid."""
    spent = [
        (index, rank)
        for index, item in enumerate(flux.bordereaux)
        if item.domaine == "depense"
        for rank in range(len(item.pieces))
    ]
    return {spent[-1]: (answering.REJECTED, "Pièce justificative absente")} if len(spent) > 1 else {}


def _recoded(data, encoding):
    text = data.decode("iso-8859-1")
    if encoding == "utf-8":
        text = text.replace("ISO-8859-1", "UTF-8", 1)
    return text.encode("utf-8")
