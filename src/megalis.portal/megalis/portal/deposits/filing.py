"""Putting opened files into the restricted folder of the consultation, by an explicit act of a key holder.

Only what the holder found in a pli, with the very hash his verdict told, may enter.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations.interfaces import IFichierOuvert
from megalis.portal.consultations.rules import versions
from megalis.portal.deposits import opening
from megalis.portal.deposits import store
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import Refusal
from os import SEEK_END
from plone.dexterity.utils import createContent


MAX_FILE = 512 * 1024 * 1024


def folder_of(consultation):
    """Return the restricted folder, made on first use."""
    if api.OPENED_FOLDER not in consultation:
        folder = createContent("DossierOuvert", id=api.OPENED_FOLDER, title="Plis ouverts")
        consultation._setObject(api.OPENED_FOLDER, folder)
    return consultation[api.OPENED_FOLDER]


def name_of(pli_id, rank):
    """Return the id of the file of that rank in the pli's documents."""
    return f"{pli_id}-{rank}"


def file_document(consultation, pli_id, name, upload, userid, agent):
    """Keep a seekable binary file as the document ``name`` of an opened pli; return the content. Raises Refusal.

    The file goes by blocks from the request to the blob: a bid of 200 MB costs no memory.
    """
    opening.holder_key(consultation, userid)
    _row, deposit, pli = opening.find_row(consultation, pli_id)
    verdict = store.verdicts(consultation).get(pli_id)
    if verdict is None or verdict["verdict"] != "intact":
        raise Refusal("verdict", "Ce pli n’a pas été constaté intact : rien ne peut en être versé.", 409)
    upload.seek(0, SEEK_END)
    if upload.tell() > MAX_FILE:
        raise Refusal("taille", "Fichier de plus de 512 Mio : gardez-le sur votre poste.", 413)
    upload.seek(0)
    _size, digest, _crc = versions.measures_of(upload)
    known = [
        rank
        for rank, document in enumerate(verdict["documents"])
        if (document["nom"], document["sha256"]) == (name, digest)
    ]
    if not known:
        raise Refusal("empreinte", f"« {name} » n’a pas l’empreinte constatée à l’ouverture : rien n’est versé.", 422)
    folder = folder_of(consultation)
    key = name_of(pli_id, known[0])
    if key in folder:
        return folder[key]
    content = createContent(
        "FichierOuvert",
        id=key,
        title=name,
        file=create.blob(upload, name),
        deposit=deposit.id,
        pli=pli_id,
        lot=pli.lot,
        envelope=pli.envelope,
    )
    folder._setObject(key, content)
    event = {
        "type": "versement",
        "consultation": api.uuid(consultation),
        "pli": pli_id,
        "nom": name,
        "sha256": digest,
        "agent": agent,
    }
    journal.record(consultation, event)
    return folder[key]


def filed(consultation):
    """Return the filed documents, by deposit and name."""
    if api.OPENED_FOLDER not in consultation:
        return []
    found = [item for item in consultation[api.OPENED_FOLDER].objectValues() if IFichierOuvert.providedBy(item)]
    return sorted(found, key=lambda item: (item.deposit, item.lot or "", item.envelope, item.title))
