"""Keys, a context and sealed bytes that the tests of this room share."""

from megalis.portal import sealing
from megalis.portal.sealing import age
from megalis.portal.sealing import keys

import io
import pytest


class Ring:
    """Three hybrid keys, their recipients and a valid context for them."""

    def __init__(self):
        self.pairs = [keys.generate() for _ in range(3)]
        self.recipients = [pair.recipient for pair in self.pairs]
        self.identities = [keys.parse_identity(pair.identity) for pair in self.pairs]

    def fields(self, **changes):
        return {
            "v": 1,
            "profil": "megalis",
            "acheteur": "22350001800013",
            "consultation": "0f" * 16,
            "version_dce": "ab" * 32,
            "lot": "2",
            "enveloppe": "offre",
            "deposant": "cd" * 32,
            "depot": "1e" * 16,
            "recipients": [pair.fingerprint for pair in self.pairs],
            "echeance": "2026-03-16T11:00:00Z",
            **changes,
        }

    def context(self, **changes):
        return sealing.Context.from_dict(self.fields(**changes))


@pytest.fixture(scope="session")
def ring():
    return Ring()


@pytest.fixture(scope="session")
def x25519():
    return keys.parse_identity(keys.generate("x25519").identity)


@pytest.fixture(scope="session")
def sealed_bytes():
    """Return a function: (data, recipients, context_hash, armored) -> age bytes."""

    def seal(data, recipients, context_hash=None, armored=False):
        out = io.BytesIO()
        age.encrypt(io.BytesIO(data), out, recipients, context_hash, armored)
        return out.getvalue()

    return seal


@pytest.fixture(scope="session")
def opened_bytes():
    """Return a function: (age bytes, identities, context_hash) -> plaintext; raises as the library does."""

    def open_(data, identities, context_hash=None):
        out = io.BytesIO()
        age.decrypt(io.BytesIO(data), out, identities, context_hash)
        return out.getvalue()

    return open_


@pytest.fixture
def pli(tmp_path, ring):
    """A sealed bid of three documents, one empty, one larger than a chunk; (path, Sealed, {name: bytes})."""
    contents = {"Mémoire technique – « été ».pdf": bytes(range(256)) * 400, "vide.txt": b"", "DPGF.xlsx": b"42" * 1000}
    folder = tmp_path / "documents"
    folder.mkdir()
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    path = tmp_path / "pli.age"
    sealed = sealing.seal([folder / name for name in contents], ring.recipients, ring.context(), path)
    return path, sealed, contents
