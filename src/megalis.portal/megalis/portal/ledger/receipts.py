"""The bidder's receipt (accusé): all that proves a deposit, in one JSON file that is verified offline.

Its legal content is that of the arrêté du 22 mars 2019 (dématérialisation), art. 2 II: operator, buyer, object, time,
detailed list of documents. What may still be missing when it is issued (inclusion proof, time stamp) is null, and added
later without changing the rest.
"""

from base64 import b64decode
from dataclasses import dataclass
from megalis.portal.ledger import schema
from megalis.portal.ledger.checkpoint import open_checkpoint
from megalis.portal.ledger.checkpoint import parse_checkpoint
from megalis.portal.ledger.checkpoint import split_note
from megalis.portal.ledger.checkpoint import Verifier
from megalis.portal.ledger.errors import LedgerError
from megalis.portal.ledger.errors import ReceiptError
from megalis.portal.ledger.events import commitment
from megalis.portal.ledger.events import document_commitment
from megalis.portal.ledger.events import PROMISE
from megalis.portal.ledger.events import promise_statement
from megalis.portal.ledger.events import verify_promise
from megalis.portal.ledger.timestamps import verify_token
from megalis.portal.ledger.tree import leaf_hash
from megalis.portal.ledger.tree import verify_inclusion
from zoneinfo import ZoneInfo


FORMAT = "megalis.bzh/accuse/1"
MAX_RECEIPT = 16 * 1024 * 1024
MAX_PATH = 64
PARIS = ZoneInfo("Europe/Paris")
OK, ABSENT, REFUSED = "ok", "absent", "refused"


@dataclass(frozen=True)
class Check:
    """One thing looked at: ``name``, ``state`` (``ok``, ``absent`` or ``refused``), French ``message``, ``code``."""

    name: str
    state: str
    message: str
    code: str = ""


def _format(value):
    return value == FORMAT


def _type(value):
    return value == "depot"


def _number(value):
    return schema.natural(value) or schema.text(value)


def _sels(value):
    return isinstance(value, dict) and all(schema.uuid(pli) and schema.digest(sel) for pli, sel in value.items())


schema.EXPECTED.update(
    {
        _format: f"« {FORMAT} » attendu",
        _type: "« depot » attendu",
        _number: "entier ou texte attendu",
        _sels: "un sel de 64 chiffres hexadécimaux par pli attendu",
    }
)
PROOF = schema.Shape(
    index=schema.natural, taille=schema.natural, chemin=schema.Many(schema.digest), checkpoint=schema.text
)
EVENT = schema.Shape(
    type=_type,
    depot=schema.uuid,
    operateur=schema.text,
    acheteur=schema.Shape(siret=schema.text, nom=schema.text),
    consultation=schema.Shape(uuid=schema.uuid, reference=schema.text, objet=schema.text),
    deposant=schema.Shape(siret=schema.text, nom=schema.text),
    recu=schema.instant,
    echeance=schema.instant,
    hors_delai=schema.boolean,
    plis=schema.Many(
        schema.Shape(
            pli=schema.uuid,
            lot=schema.text_or_none,
            enveloppe=schema.text,
            taille=schema.natural,
            racine=schema.digest,
            contexte=schema.digest,
        ),
        at_least=1,
    ),
    documents=schema.Many(
        schema.Shape(pli=schema.uuid, nom=schema.text, taille=schema.natural, engagement=schema.digest)
    ),
).maybe(numero=_number, remplace=schema.OrNull(schema.uuid), instant=schema.instant)
RECEIPT = schema.Shape(
    format=_format,
    evenement=EVENT,
    sel=schema.digest,
    feuille=schema.digest,
    promesse=PROMISE,
    preuve=schema.OrNull(PROOF),
    jeton=schema.OrNull(schema.Shape(politique=schema.oid, horodatage=schema.instant, tsr=schema.base64)),
    cle_publique=schema.text,
).maybe(sels=_sels)


def inclusion(index, path, checkpoint):
    """Return the « preuve » member: leaf ``index``, its ``path`` (hashes) in the tree of the signed ``checkpoint``."""
    size = parse_checkpoint(split_note(checkpoint)[0]).size
    return {"index": index, "taille": size, "chemin": [digest.hex() for digest in path], "checkpoint": checkpoint}


def build_receipt(event, salt, promise, verifier, proof=None, token=None, salts=None):
    """Return a receipt (dict) of a « depot » ``event``, its 32-byte ``salt``, ``promise`` and the journal's key.

    ``proof`` comes from ``inclusion``, ``token`` from ``timestamps`` (a Token), ``salts`` is {pli: 32 bytes} for the
    bidder's own copy. Raises ReceiptError when the result would not pass the schema.
    """
    receipt = {
        "format": FORMAT,
        "evenement": event,
        "sel": salt.hex(),
        "feuille": commitment(event, salt).hex(),
        "promesse": promise,
        "preuve": proof,
        "jeton": token and token.as_json(),
        "cle_publique": verifier.text,
    }
    if salts is not None:
        receipt["sels"] = {pli: sel.hex() for pli, sel in salts.items()}
    check_schema(receipt)
    return receipt


def read_receipt(data):
    """Return the receipt (dict) of JSON bytes, its form checked; raises ReceiptError."""
    receipt = schema.read_json(data, MAX_RECEIPT, ReceiptError)
    check_schema(receipt)
    return receipt


def check_schema(receipt):
    """Check the exact form of a receipt and the links between its members; raises ReceiptError."""
    schema.check(receipt, RECEIPT, "accusé", ReceiptError)
    event = receipt["evenement"]
    plis = {pli["pli"] for pli in event["plis"]}
    if len(plis) != len(event["plis"]):
        raise ReceiptError("schema", "accusé : le même pli y figure deux fois")
    if any(document["pli"] not in plis for document in event["documents"]):
        raise ReceiptError("schema", "accusé : un document y est rattaché à un pli inconnu")
    if not plis.issuperset(receipt.get("sels", ())):
        raise ReceiptError("schema", "accusé : un sel y est donné pour un pli inconnu")
    if receipt["preuve"] and len(receipt["preuve"]["chemin"]) > MAX_PATH:
        raise ReceiptError("schema", f"accusé : une preuve compte au plus {MAX_PATH} empreintes")
    if not event["hors_delai"] and _after_deadline(event) > 0:
        raise ReceiptError("delai", "accusé : dépôt dit dans les délais, mais reçu après l’échéance")


def _after_deadline(event):
    """Return the seconds from deadline to reception, negative when in time."""
    return (schema.parse_instant(event["recu"]) - schema.parse_instant(event["echeance"])).total_seconds()


def show_instant(text):
    """Return an RFC 3339 instant as people in France read it, to the second."""
    moment = schema.parse_instant(text).astimezone(PARIS)
    return f"{moment:%d/%m/%Y à %H:%M:%S} (heure de Paris)"


def verify_receipt(receipt, key=None, files=(), roots=()):
    """Verify a receipt (JSON bytes, or dict) and return the list of ``Check`` made; it never raises on bad input.

    ``key``: the journal's public key (Verifier or vkey text) obtained elsewhere; ``files``: (name, SHA-256 bytes) of
    local files to find among the documents; ``roots``: certificates of time-stamp authorities.
    The receipt holds when no check is ``refused``.
    """
    try:
        receipt = read_receipt(receipt) if isinstance(receipt, bytes) else receipt
        check_schema(receipt)
        verifier = Verifier.from_text(receipt["cle_publique"])
        key = Verifier.from_text(key) if isinstance(key, str) else key
    except LedgerError as error:
        return [Check("forme", REFUSED, error.message, error.code)]
    event = receipt["evenement"]
    late = "hors délai" if event["hors_delai"] else "dans les délais"
    if event["hors_delai"] and _after_deadline(event) < 0:
        # The receipt stands: it is the bidder's evidence against the operator.
        late = "marqué hors délai ALORS QUE l’heure de réception précède l’échéance"
    checks = [
        Check(
            "forme",
            OK,
            f"accusé du dépôt {event['depot']}, reçu le {show_instant(event['recu'])}, {late}, "
            f"{counted(event['plis'], 'pli')}, {counted(event['documents'], 'document')}",
        )
    ]
    steps = [
        ("cle", lambda: _check_key(verifier, key)),
        ("engagement", lambda: _check_commitment(receipt)),
        ("promesse", lambda: _check_promise(receipt, verifier)),
        ("inclusion", lambda: _check_inclusion(receipt, verifier)),
        ("horodatage", lambda: _check_token(receipt, roots)),
        ("fichiers", lambda: _check_files(receipt, files)),
    ]
    for name, step in steps:
        try:
            state, message = step()
        except LedgerError as error:
            checks.append(Check(name, REFUSED, error.message, error.code))
        else:
            checks.append(Check(name, state, message))
    return checks


def refusal(checks):
    """Return the first refused check, or None when the receipt holds."""
    return next((check for check in checks if check.state == REFUSED), None)


def _check_key(verifier, key):
    if key is None:
        return ABSENT, f"clé du journal non comparée (aucune clé donnée) : {verifier.text}"
    if verifier.text != key.text:
        raise ReceiptError("cle", f"l’accusé porte la clé {verifier.text}, la clé attendue est {key.text}")
    return OK, f"la clé du journal est bien {key.text}"


def _check_commitment(receipt):
    leaf = commitment(receipt["evenement"], bytes.fromhex(receipt["sel"]))
    if leaf.hex() != receipt["feuille"]:
        raise ReceiptError("engagement", "le contenu de l’accusé ne correspond pas à sa feuille : il a été modifié")
    return OK, f"le contenu correspond à la feuille {receipt['feuille']}"


def _check_promise(receipt, verifier):
    verify_promise(bytes.fromhex(receipt["feuille"]), receipt["promesse"], verifier)
    return OK, f"promesse signée par {verifier.name} le {show_instant(receipt['promesse']['horodatage'])}"


def _check_inclusion(receipt, verifier):
    proof = receipt["preuve"]
    if proof is None:
        return ABSENT, "pas encore de preuve d’inclusion : seule la promesse engage le journal"
    checkpoint = open_checkpoint(proof["checkpoint"], verifier)
    if checkpoint.size != proof["taille"]:
        raise ReceiptError("preuve", f"preuve pour {proof['taille']} feuilles, journal signé à {checkpoint.size}")
    path = [bytes.fromhex(digest) for digest in proof["chemin"]]
    digest = leaf_hash(bytes.fromhex(receipt["feuille"]))
    verify_inclusion(digest, proof["index"], proof["taille"], path, checkpoint.root)
    return OK, f"feuille {proof['index']} d’un journal signé de {proof['taille']} feuilles"


def _check_token(receipt, roots):
    token = receipt["jeton"]
    if token is None:
        return ABSENT, "pas de jeton d’horodatage : l’heure est celle du journal"
    promise = receipt["promesse"]
    statement = promise_statement(bytes.fromhex(receipt["feuille"]), promise["horodatage"], promise["origine"])
    found = verify_token(b64decode(token["tsr"]), statement, roots)
    if found.policy != token["politique"] or found.moment != schema.parse_instant(token["horodatage"]):
        raise ReceiptError("jeton", "l’heure ou la politique affichée n’est pas celle du jeton d’horodatage")
    trust = "autorité reconnue" if found.trusted else "autorité non vérifiée, faute de certificat racine donné"
    return OK, f"horodaté le {show_instant(token['horodatage'])} par {found.authority} ({trust})"


def _check_files(receipt, files):
    files = list(files)
    if not files:
        return ABSENT, "aucun fichier donné à comparer"
    salts = receipt.get("sels")
    if not salts:
        raise ReceiptError("sels", "accusé sans les sels des plis : les fichiers ne peuvent pas lui être comparés")
    documents = receipt["evenement"]["documents"]
    for name, digest in files:
        known = {document_commitment(bytes.fromhex(sel), digest).hex(): pli for pli, sel in salts.items()}
        if not any(known.get(document["engagement"]) == document["pli"] for document in documents):
            raise ReceiptError("fichier", f"« {name} » n’est aucun des documents de cet accusé")
    same = "identiques" if len(files) > 1 else "identique"
    return OK, f"{counted(files, 'fichier')} {same} à ceux du dépôt, sur {counted(documents, 'document')}"


def counted(things, word):
    """Return ``1 pli``, ``2 plis``."""
    return f"{len(things)} {word}{'s' if len(things) > 1 else ''}"
