"""What a demand of deposit has to be: its plis one by one, its list of documents, the header that vouches for a part.

All of it is checked without any key (see ``service``): an age container sealed to exactly the keys of the consultation,
bound to this deposit, whole.
"""

from base64 import b64decode
from megalis.portal.consultations import api
from megalis.portal.deposits import store
from megalis.portal.deposits.depositor import pseudonym
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.parts import PART_SIZE
from megalis.portal.sealing.parts import parts_root
from megalis.portal.sealing.structure import check_structure

import binascii


MAX_DOCUMENTS = 5000
MAX_NAME = 255
HEADER_ROOM = 64 * 1024


def digest_of(header):
    """Return the 32 bytes of a ``Content-Digest: sha-256=:BASE64:`` header (RFC 9530); Refusal 400."""
    for item in (header or "").split(","):
        name, _, value = item.strip().partition("=")
        if name.lower() == "sha-256" and value.startswith(":") and value.endswith(":"):
            try:
                digest = b64decode(value[1:-1], validate=True)
            except (binascii.Error, ValueError):
                break
            if len(digest) == 32:
                return digest
    raise Refusal("empreinte-absente", "En-tête Content-Digest absent ou illisible : sha-256 en base64 attendu.")


def expected_context(consultation, depositor, gate, deposit_id):
    """Return the fields every pli of this deposit is bound to, but for its lot and envelope."""
    return {
        "v": 1,
        "profil": "megalis",
        "acheteur": api.buyer(consultation).siret,
        "consultation": api.uuid(consultation),
        "version_dce": api.dce_version(consultation),
        "deposant": pseudonym(api.uuid(consultation), depositor),
        "depot": deposit_id,
        "recipients": [item["fingerprint"] for item in gate.recipients],
        "echeance": clock.rfc3339(consultation.deadline),
    }


def make_pli(under_way, item, tails, expected, gate):
    """Return the Pli of one element of ``plis``, its bytes whole and its structure right; Refusal 400, 409 or 422."""
    if not isinstance(item, dict) or not isinstance(item.get("contexte"), dict) or not is_uuidhex(item.get("pli")):
        raise Refusal("demande", "Chaque élément de « plis » porte pli, contexte, taille et racine.")
    context = item["contexte"]
    for field, value in expected.items():
        if context.get(field) != value:
            if field in ("version_dce", "echeance", "recipients"):
                raise Refusal("version", "La consultation a changé depuis : rechargez la page et recommencez.", 409)
            raise Refusal("contexte", f"Contexte refusé : « {field} » ne correspond pas à cette consultation.", 422)
    parts = under_way.parts(item["pli"]) if under_way is not None else ()
    kept = sum(part.size for part in parts)
    tail = tails.get(item["pli"])
    if tail:
        if kept % PART_SIZE:
            raise Refusal("offset", f"Reprenez à l’octet {kept}.", 409, pli=item["pli"], recu=kept)
        parts += (store.make_part(tail),)
    if not parts:
        raise Refusal("pli-absent", "Aucun octet reçu pour ce pli : envoyez-le d’abord.", 409, pli=item["pli"], recu=0)
    root = parts_root(part.digest for part in parts)
    size = sum(part.size for part in parts)
    if size != item.get("taille") or root.hex() != item.get("racine"):
        raise Refusal("incomplet", f"Reçu {size} octets : reprenez l’envoi.", 409, pli=item["pli"], recu=kept)
    with parts[0].blob.open("r") as stream:
        head = stream.read(HEADER_ROOM)
    try:
        check_structure(head, size, context, [entry["recipient"] for entry in gate.recipients])
    except SealingError as error:
        raise Refusal(error.code, f"Pli refusé : {error}", 422) from error
    return store.Pli(item["pli"], context.get("lot"), context.get("enveloppe"), context, root, parts)


def documents(rows, plis):
    """Return the rows of the list of documents, each pli (set of ids) having one at least; Refusal 400."""
    if not isinstance(rows, list) or not rows or len(rows) > MAX_DOCUMENTS:
        raise Refusal("documents", f"La liste des documents compte de 1 à {MAX_DOCUMENTS} lignes.")
    found = []
    for row in rows:
        row = row if isinstance(row, dict) else {}
        name, size, digest = row.get("nom"), row.get("taille"), row.get("engagement")
        clean = isinstance(name, str) and 0 < len(name) <= MAX_NAME and name.isprintable() and "/" not in name
        hexa = isinstance(digest, str) and len(digest) == 64 and set(digest) <= set("0123456789abcdef")
        if row.get("pli") not in plis or not clean or type(size) is not int or size < 0 or not hexa:
            raise Refusal("documents", f"Ligne de document illisible : {str(name)[:80]!r}.")
        found.append({"pli": row["pli"], "nom": name, "taille": size, "engagement": digest})
    if {row["pli"] for row in found} != plis:
        raise Refusal("documents", "Chaque pli contient au moins un document.")
    return found
