"""What the browser seals opens everywhere, and what others seal opens in the browser; nothing altered is accepted."""

from base64 import b64encode
from datetime import datetime
from datetime import UTC
from megalis.portal import sealing
from megalis.portal.formats import jcs
from megalis.portal.ledger.checkpoint import Checkpoint
from megalis.portal.ledger.checkpoint import Signer
from megalis.portal.ledger.events import commitment
from megalis.portal.ledger.events import sign_promise
from megalis.portal.ledger.receipts import build_receipt
from megalis.portal.ledger.receipts import inclusion
from megalis.portal.ledger.receipts import verify_receipt
from megalis.portal.ledger.tree import leaf_hash
from megalis.portal.ledger.tree import node_hash

import hashlib
import io
import os
import pyrage
import pytest
import secrets
import shutil
import subprocess


ENGINES = ("wasm", "script")
SIZES = (0, 1, 65535, 65536, 65537, 131072, 9_000_000)


@pytest.fixture
def pair(engine):
    """Return two keys made by the browser's engine."""
    return [engine("cle")["result"] for _ in range(2)]


@pytest.fixture
def context(pair):
    """Return the context of a pli for the two keys."""
    return {
        "v": 1,
        "profil": "megalis",
        "acheteur": "21290189600013",
        "consultation": secrets.token_hex(16),
        "version_dce": secrets.token_hex(32),
        "lot": "2",
        "enveloppe": "offre",
        "deposant": secrets.token_hex(32),
        "depot": secrets.token_hex(16),
        "recipients": [key["fingerprint"] for key in pair],
        "echeance": "2026-03-16T11:00:00Z",
    }


@pytest.fixture
def documents(tmp_path):
    """Return three documents, one empty, one with accents in its name."""
    found = []
    for name, size in (("mémoire technique n° 1.pdf", 200_000), ("vide.txt", 0), ("plans.zip", 9_000_000)):
        path = tmp_path / "source" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(os.urandom(size))
        found.append(path)
    return found


def identity_file(tmp_path, key):
    path = tmp_path / "cle.txt"
    path.write_text(key["identity"] + "\n")
    return path


def browser_seals(call, pair, context, documents, out, **more):
    answer = call(
        "sceller", files=documents, recipients=[key["recipient"] for key in pair], context=context, out=out, **more
    )
    assert answer["ok"], answer
    return answer["result"]


@pytest.mark.parametrize("kind", ENGINES)
def test_python_opens_what_the_browser_seals(engine, pair, context, documents, tmp_path, kind):
    out = tmp_path / "pli.age"
    sealed = browser_seals(engine, pair, context, documents, out, engine=kind)
    identities = sealing.parse_identities(identity_file(tmp_path, pair[1]).read_bytes())
    opened = sealing.open_(out, identities, tmp_path / "out", context=context)
    assert {item.name: (tmp_path / "out" / item.name).read_bytes() for item in opened.documents} == {
        path.name: path.read_bytes() for path in documents
    }
    assert opened.salt.hex() == sealed["sel"]
    with out.open("rb") as stream:
        digests, size = sealing.hash_parts(stream)
    assert size == sealed["taille"]
    assert sealing.parts_root(digests).hex() == sealed["racine"]


def test_browser_opens_what_python_seals(engine, pair, context, documents, tmp_path):
    out = tmp_path / "pli.age"
    sealing.seal(documents, [key["recipient"] for key in pair], context, out)
    answer = engine(
        "ouvrir", identity=identity_file(tmp_path, pair[0]), path=out, context=context, dir=tmp_path / "out"
    )
    assert answer["ok"], answer
    for path in documents:
        assert (tmp_path / "out" / path.name).read_bytes() == path.read_bytes()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert any(item["sha256"] == digest for item in answer["result"]["documents"])


@pytest.mark.parametrize("size", SIZES)
def test_plain_age_files_both_ways(engine, pair, tmp_path, size):
    data = os.urandom(size)
    source, ours, theirs, back = (tmp_path / name for name in ("s", "o.age", "t.age", "b"))
    source.write_bytes(data)
    key = identity_file(tmp_path, pair[0])
    answer = engine("sceller", raw=source, recipients=[pair[0]["recipient"]], out=ours)
    assert answer["ok"], answer
    target = io.BytesIO()
    with ours.open("rb") as stream:
        sealing.decrypt(stream, target, sealing.parse_identities(key.read_bytes()))
    assert target.getvalue() == data
    with source.open("rb") as reader, theirs.open("wb") as writer:
        sealing.encrypt(reader, writer, sealing.parse_recipients(pair[0]["recipient"].encode()))
    answer = engine("ouvrir", identity=key, path=theirs, raw=back)
    assert answer["ok"], answer
    assert back.read_bytes() == data


def test_pyrage_both_ways(engine, tmp_path):
    identity = pyrage.x25519.Identity.generate()
    key = identity_file(tmp_path, {"identity": str(identity)})
    data = os.urandom(200_000)
    source, ours, theirs, back = (tmp_path / name for name in ("s", "o.age", "t.age", "b"))
    source.write_bytes(data)
    assert engine("sceller", raw=source, recipients=[str(identity.to_public())], out=ours)["ok"]
    assert pyrage.decrypt(ours.read_bytes(), [identity]) == data
    theirs.write_bytes(pyrage.encrypt(data, [identity.to_public()]))
    answer = engine("ouvrir", identity=key, path=theirs, raw=back)
    assert answer["ok"], answer
    assert back.read_bytes() == data


def test_rsa_recipient_opens_with_debian_age_and_python(engine, pair, documents, tmp_path):
    if not shutil.which("age") or not shutil.which("ssh-keygen"):
        pytest.skip("age or ssh-keygen absent")
    key = tmp_path / "rsa"
    subprocess.run(["ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", "", "-C", "", "-f", key], check=True)
    recipients = [pair[0]["recipient"], (tmp_path / "rsa.pub").read_text().strip()]
    out = tmp_path / "pli.age"
    assert engine("sceller", files=documents, recipients=recipients, out=out)["ok"]
    tar = subprocess.run(["age", "-d", "-i", key, out], check=True, capture_output=True).stdout
    target = tmp_path / "tar"
    target.mkdir()
    subprocess.run(["tar", "-xf", "-", "-C", target], input=tar, check=True)
    for path in documents:
        assert (target / "documents" / path.name).read_bytes() == path.read_bytes()


def test_wrapped_keys_and_drills_both_ways(engine, pair, tmp_path):
    wrapped = tmp_path / "cle.age"
    assert engine("envelopper", identity=pair[0]["identity"], phrase="une phrase d’essai", out=wrapped)["ok"]
    identities = sealing.parse_identities(wrapped.read_bytes(), "une phrase d’essai")
    assert str(identities[0].recipient) == pair[0]["recipient"]
    theirs = tmp_path / "theirs.age"
    theirs.write_bytes(sealing.wrap_identity(pair[0]["identity"] + "\n", "une phrase d’essai", 10))
    plain = tmp_path / "plain"
    plain.write_bytes(b"x")
    out = tmp_path / "x.age"
    assert engine("sceller", raw=plain, recipients=[pair[0]["recipient"]], out=out)["ok"]
    opened = engine("ouvrir", identity=theirs, phrase="une phrase d’essai", path=out, raw=tmp_path / "y")
    assert opened["ok"], opened
    wrong = engine("ouvrir", identity=theirs, phrase="une autre phrase", path=out, raw=tmp_path / "z")
    assert (wrong["ok"], wrong["code"]) == (False, "phrase")
    secret = os.urandom(32)
    challenge = sealing.seal_challenge(sealing.parse_recipient(pair[0]["recipient"]), secret)
    answer = engine("relever", identity=pair[0]["identity"], defi=b64encode(challenge).decode())
    assert answer["result"]["reponse"] == secret.hex()


def test_altered_and_misplaced_plis_are_refused_by_both(engine, pair, context, documents, tmp_path):
    out = tmp_path / "pli.age"
    browser_seals(engine, pair, context, documents[:1], out)
    good = out.read_bytes()
    key = identity_file(tmp_path, pair[0])
    identities = sealing.parse_identities(key.read_bytes())
    other = {**context, "lot": "3"}
    flipped = bytearray(good)
    flipped[len(good) // 2] ^= 1
    cases = [
        (bytes(flipped), context, {"flux"}),
        (good[:-1], context, {"flux"}),
        (good[:-70_000], context, {"flux"}),
        (good + b"x", context, {"flux"}),
        (good, other, {"contexte"}),
        (good.replace(b"megalis.bzh/context", b"megalis.bzh/contexX"), context, {"mac"}),
    ]
    for index, (data, expected, codes) in enumerate(cases):
        bad = tmp_path / f"bad{index}.age"
        bad.write_bytes(data)
        answer = engine("ouvrir", identity=key, path=bad, context=expected, dir=tmp_path / f"js{index}")
        assert not answer["ok"], index
        assert answer["code"] in codes, (index, answer)
        with pytest.raises(sealing.SealingError):
            sealing.open_(bad, identities, tmp_path / f"py{index}", context=expected)


def test_canonical_json_is_the_same(engine):
    value = {"é": '\u2028\x07"\\', "b": [1, -3, True, None, {}], "a": {"€": "ﬁ", "\U0001f600": "", "z": 2**53 - 1}}
    assert engine("canonique", value=value)["result"] == jcs.dumps(value).decode()


@pytest.fixture
def receipt(pair, context):
    """Return a receipt made by the ledger with a proof in a tree of two leaves, one document and its salt."""
    signer = Signer.generate("journal.test")
    now = datetime(2026, 3, 12, 10, 42, 7, tzinfo=UTC)
    pli, salt, digest = secrets.token_hex(16), os.urandom(32), hashlib.sha256(b"piece").hexdigest()
    event = {
        "type": "depot",
        "depot": context["depot"],
        "operateur": "e-mégalis",
        "acheteur": {"siret": "21290189600013", "nom": "Commune"},
        "consultation": {"uuid": context["consultation"], "reference": "2026-1", "objet": "Travaux"},
        "deposant": {"siret": "12345678200010", "nom": "Entreprise"},
        "recu": "2026-03-12T10:42:07Z",
        "echeance": context["echeance"],
        "hors_delai": False,
        "plis": [
            {
                "pli": pli,
                "lot": "2",
                "enveloppe": "offre",
                "taille": 10,
                "racine": "a" * 64,
                "contexte": sealing.context_hash(context).hex(),
            }
        ],
        "documents": [{"pli": pli, "nom": "pièce.pdf", "taille": 5, "engagement": sealing.commitment(salt, digest)}],
    }
    event_salt = os.urandom(32)
    leaf = commitment(event, event_salt)
    sibling = leaf_hash(b"autre")
    checkpoint = Checkpoint("journal.test", 2, node_hash(sibling, leaf_hash(leaf))).sign(signer)
    proof = inclusion(1, [sibling], checkpoint)
    return build_receipt(
        event, event_salt, sign_promise(leaf, now, signer), signer.verifier, proof=proof, salts={pli: salt}
    )


def test_receipt_verdicts_agree(engine, receipt):
    assert not [check for check in verify_receipt(receipt) if check.state == "refused"]
    right = {"name": "pièce.pdf", "sha256": hashlib.sha256(b"piece").hexdigest()}
    checks = engine("verifier", receipt=receipt, key=receipt["cle_publique"], files=[right])["result"]
    assert {check["name"]: check["state"] for check in checks} == {
        "forme": "ok",
        "cle": "ok",
        "engagement": "ok",
        "promesse": "ok",
        "inclusion": "ok",
        "horodatage": "absent",
        "fichiers": "ok",
    }
    wrong = {"name": "autre.pdf", "sha256": "0" * 64}
    other_key = Signer.generate("journal.test").verifier.text

    def refused(changed, **more):
        found = engine("verifier", receipt=changed, **more)["result"]
        return {check["name"] for check in found if check["state"] == "refused"}

    event, promise, proof = receipt["evenement"], receipt["promesse"], receipt["preuve"]
    assert refused(receipt, files=[wrong]) == {"fichiers"}
    assert refused(receipt, key=other_key) == {"cle"}
    assert refused({**receipt, "evenement": {**event, "recu": "2026-03-12T10:42:06Z"}}) == {"engagement"}
    assert refused({**receipt, "promesse": {**promise, "horodatage": "2026-03-12T10:42:08Z"}}) == {"promesse"}
    assert refused({**receipt, "preuve": {**proof, "chemin": ["0" * 64]}}) == {"inclusion"}
    assert refused({**receipt, "preuve": {**proof, "index": 0}}) == {"inclusion"}
    moved = proof["checkpoint"].replace("\n2\n", "\n3\n", 1)
    assert refused({**receipt, "preuve": {**proof, "checkpoint": moved}}) == {"inclusion"}
    assert refused({**receipt, "feuille": "0" * 64}) >= {"engagement", "promesse"}
    assert refused({"format": "autre"}) == {"forme"}
