"""A public key that stands in the journal: what a bidder asks for before he seals to it.

Whoever runs the platform could show one bidder a key of his own. He cannot do so in secret: the key must stand in the
public journal, whose signed heads everybody compares, and its collectivité finds it there.
"""

from megalis.portal.ledger import schema
from megalis.portal.ledger.checkpoint import open_checkpoint
from megalis.portal.ledger.errors import ReceiptError
from megalis.portal.ledger.events import commitment
from megalis.portal.ledger.receipts import MAX_PATH
from megalis.portal.ledger.receipts import PROOF
from megalis.portal.ledger.tree import leaf_hash
from megalis.portal.ledger.tree import verify_inclusion


def _event(value):
    return isinstance(value, dict) and value.get("type") == "cle"


schema.EXPECTED[_event] = "évènement « cle » attendu"
LISTED = schema.Shape(evenement=_event, sel=schema.digest, preuve=PROOF)


def verify_listed(recipient, fingerprint, inscription, verifier):
    """Check that a key stands in the journal of ``verifier``; return the index of its leaf, raise LedgerError.

    ``inscription`` is ``{"evenement", "sel", "preuve"}``: the event must name this ``recipient`` text and its
    ``fingerprint``, and its commitment must stand in the signed tree.
    """
    schema.check(inscription, LISTED, "inscription de la clé", ReceiptError)
    event, proof = inscription["evenement"], inscription["preuve"]
    if (event.get("destinataire"), event.get("empreinte")) != (recipient, fingerprint):
        raise ReceiptError("cle", "l’inscription au journal est celle d’une autre clé")
    if len(proof["chemin"]) > MAX_PATH:
        raise ReceiptError("schema", f"inscription : une preuve compte au plus {MAX_PATH} empreintes")
    head = open_checkpoint(proof["checkpoint"], verifier)
    if head.size != proof["taille"]:
        raise ReceiptError("preuve", f"preuve pour {proof['taille']} feuilles, journal signé à {head.size}")
    leaf = leaf_hash(commitment(event, bytes.fromhex(inscription["sel"])))
    path = [bytes.fromhex(digest) for digest in proof["chemin"]]
    verify_inclusion(leaf, proof["index"], proof["taille"], path, head.root)
    return proof["index"]
