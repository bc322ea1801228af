"""Frozen vectors: what was sealed once must open for ever, to the same bytes, hashes and refusals."""

from megalis.portal import sealing
from megalis.portal.sealing import keys
from megalis.portal.sealing.errors import ContextError
from pathlib import Path

import base64
import json
import pytest


FILES = sorted(Path(__file__).with_name("vectors").glob("*.json"))
SETS = [json.loads(path.read_text("utf-8")) for path in FILES]
PLIS = [
    pytest.param(vector, id=f"{path.stem}-{vector['nom']}")
    for path, found in zip(FILES, SETS, strict=True)
    for vector in found["plis"]
]


def test_there_are_vectors():
    assert len(PLIS) >= 4


@pytest.mark.parametrize("vector", PLIS)
def test_pli(vector, tmp_path):
    path = tmp_path / "pli.age"
    path.write_bytes(base64.b64decode(vector["pli"]))
    for index, line in enumerate(vector["identites"]):
        identity = keys.parse_identity(line)
        assert str(identity.recipient) == vector["destinataires"][index]
        assert identity.recipient.fingerprint == vector["empreintes"][index]
        opened = sealing.open_(path, [identity], tmp_path / str(index), vector["contexte"])
        assert opened.context == vector["contexte"]
        assert opened.salt.hex() == vector["sel"]
        for document, expected in zip(opened.documents, vector["documents"], strict=True):
            assert {**document.as_dict(), "engagement": document.commitment(opened.salt)} == {
                key: value for key, value in expected.items() if key != "contenu"
            }
            assert document.path.read_text("utf-8") == expected["contenu"]
    with path.open("rb", buffering=0) as reader:
        digests, size = sealing.hash_parts(reader)
    assert size == vector["taille"]
    assert sealing.parts_root(digests).hex() == vector["racine"]
    if vector["contexte"]:
        assert sealing.context_hash(vector["contexte"]).hex() == vector["contexte_sha256"]
        sealing.check_structure(path.read_bytes(), size, vector["contexte"], vector["destinataires"])
        with pytest.raises(ContextError):
            sealing.open_(path, [identity], tmp_path / "autre", {**vector["contexte"], "lot": "2"})


@pytest.mark.parametrize("found", SETS)
def test_wrapped_key_and_challenge(found):
    wrapped = found["cle_protegee"]
    (identity,) = keys.parse_identities(wrapped["fichier"].encode(), wrapped["phrase"])
    assert identity.secret_text() == wrapped["identite"]
    holder = keys.parse_identity(found["plis"][0]["identites"][found["defi"]["identite"]])
    answer = sealing.open_challenge(base64.b64decode(found["defi"]["fichier"]), [holder])
    assert answer.hex() == found["defi"]["reponse"]
