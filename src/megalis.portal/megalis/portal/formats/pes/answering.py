"""What the Trésor answers, written: for whoever plays it. The reader is in ``acquit`` and ``reading``.

Values that the schema of an answer does not admit (a real flow may hold any) are written all the same: an answer that cannot
be written would leave its flow without one.
"""

from decimal import Decimal
from lxml import etree
from megalis.portal.formats.pes import acquit as acquits

import re


ENCODING = "ISO-8859-1"
_ACQUIT = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour/v2"
_RETOUR = "http://www.minefi.gouv.fr/cp/helios/pes_v2/Rev0/retour"
_DOMAINS = {"depense": "5", "recette": "6"}
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# EtatPce of a mandat, and the EtatLigPce its lines have then.
PAID, REJECTED = "05", "04"
_LINES = {PAID: "08", REJECTED: "02"}


def answer(flux, refused=()):
    """Return the ``acquit.Acquit`` of a ``Flux``: one element a bordereau and an attachment, all accepted but for ``refused``.

    ``refused`` yields ``(place, code, words)``; a place is that of a bordereau ``(b,)``, of a pièce ``(b, p)`` or of a line
    ``(b, p, l)`` in the flow, as indexes, the ``IdUnique`` of an attachment, or None for the flow as a whole.
    """
    found = acquits.Acquit(flux.entete)
    by_place = {}
    for place, code, words in refused:
        by_place.setdefault(place, []).append(acquits.Erreur(code, words))
    if None in by_place:
        found.elements.append(acquits.Element("0", False, erreurs=by_place[None]))
        return found
    for item in flux.pieces_jointes:
        errors = by_place.get(item.unique, [])
        found.elements.append(acquits.Element("4", not errors, unique=item.unique, erreurs=errors))
    for index, bordereau in enumerate(flux.bordereaux):
        element = acquits.Element(
            _DOMAINS[bordereau.domaine],
            True,
            bordereau=bordereau.numero,
            exercice=bordereau.exercice,
            erreurs=by_place.get((index,), []),
        )
        for rank, piece in enumerate(bordereau.pieces):
            lines = {
                (piece.numero, line.numero): by_place[index, rank, place]
                for place, line in enumerate(piece.lignes)
                if (index, rank, place) in by_place
            }
            if lines or (index, rank) in by_place:
                element.pieces[piece.numero] = by_place.get((index, rank), [])
                element.lignes |= lines
        element.accepte = not (element.erreurs or element.pieces)
        found.elements.append(element)
    if not found.elements:
        found.elements.append(acquits.Element("0", True))
    return found


def acquit(answered, day):
    """Return the bytes of an acknowledgement (v2) written on ``day``."""
    root = _root("PES_ACQUIT", _ACQUIT)
    _head(root, answered.entete, day, answered.entete.typfic, "CodCol")
    body = _sub(root, "ACQUIT")
    _values(_sub(body, "EnTeteAcquit"), IdVer="2")
    for item in answered.elements:
        element = _sub(body, "ElementACQUIT")
        _values(element, DomaineAck=item.domaine, EtatAck="1" if item.accepte else "0")
        if item.bordereau:
            _values(element, NumBord=item.bordereau, ExerciceBord=item.exercice)
        elif item.unique:
            _values(element, IdUnique=item.unique)
        _errors(element, item.erreurs)
        for piece, errors in item.pieces.items():
            detail = _sub(element, "DetailPiece")
            _values(detail, NumPiece=piece)
            _errors(detail, errors)
            for (owner, line), found in item.lignes.items():
                if owner == piece:
                    below = _sub(detail, "DetailLigne")
                    _values(below, NumLigne=line)
                    _errors(below, found)
    return _bytes(root)


def retour(flux, day, name, states=None):
    """Return the bytes of a return on the mandats of a ``Flux``, or None when it has none.

    ``states``: ``{(bordereau, pièce): (state, words)}`` by indexes; a pièce that is not there is paid.
    """
    spent = [(index, item) for index, item in enumerate(flux.bordereaux) if item.domaine == "depense" and item.pieces]
    if not spent:
        return None
    root = _root("PES_Retour", _RETOUR)
    _head(root, flux.entete, day, "PESRETOUR_DEP", "CodColl", name)
    body = _sub(root, "PES_DepenseRetour")
    _values(_sub(body, "EnTeteDepense"), TypRestit="02", IdVer="2", NatInf="2")
    for index, item in spent:
        bordereau = _sub(body, "Bordereau")
        _values(_sub(bordereau, "BlocBordereau"), Exer=item.exercice, IdBord=item.numero, TypBord=item.type or "01")
        for rank, piece in enumerate(item.pieces):
            state, words = (states or {}).get((index, rank), (PAID, ""))
            _piece(_sub(bordereau, "Piece"), piece, state, words, day)
    return _bytes(root)


def _piece(parent, piece, state, words, day):
    info = _sub(parent, "InfoPiece")
    told = {"IdPce": piece.numero, "TypPce": piece.type or "01", "NatPce": piece.nature or "01"}
    told |= {"Obj": piece.objet[:100]} if piece.objet else {}
    told |= {"DtePcePec": day.isoformat(), "EtatPce": state}
    told |= {"ObsEtat": words[:100]} if words else {}
    told |= {"DtePceRej": day.isoformat()} if state == REJECTED else {}
    _values(info, **told)
    for line in piece.lignes:
        block = _sub(_sub(parent, "LigneDePiece"), "BlocLignePiece")
        amount = line.montant_ht if line.montant_ht is not None else Decimal(0)
        told = {"IdLigne": line.numero, "EtatLigPce": _LINES.get(state, "01"), "MtHT": f"{amount:.2f}"}
        _values(_sub(block, "InfoLignePiece"), **told)
        if state == PAID:
            _values(_sub(block, "InfoPaiement"), NbrPay="1", MtPayTot=f"{amount:.2f}")


def _root(name, namespace):
    return etree.Element(f"{{{namespace}}}{name}", nsmap={"n": namespace})


def _sub(parent, name):
    return etree.SubElement(parent, name)


def _values(parent, **values):
    for name, value in values.items():
        _sub(parent, name).set("V", _UNFIT.sub("?", value))


def _errors(parent, errors):
    for item in errors:
        error = _sub(parent, "Erreur")
        _values(error, NumAnoAck=item.code, LibelleAnoAck=item.libelle[:500])


def _head(root, entete, day, typfic, cod_col, name=""):
    envelope = _sub(root, "Enveloppe")
    told = {"Version": entete.version or "2", "TypFic": typfic, "NomFic": name or entete.nomfic}
    _values(_sub(envelope, "Parametres"), **told)
    if not name:
        _values(_sub(envelope, "Emetteur"), Sigle=entete.emetteur or "HELIOS", Adresse="HELIOS")
    header = _sub(root, "EnTetePES")
    _values(header, DteStr=day.isoformat(), IdPost=entete.poste, IdColl=entete.collectivite)
    _values(header, **{cod_col: entete.cod_col, "CodBud": entete.cod_bud})
    if entete.budget:
        _values(header, LibelleColBud=entete.budget[:38])


def _bytes(root):
    return etree.tostring(root, encoding=ENCODING, xml_declaration=True)
