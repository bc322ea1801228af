"""A stolen database, blobs included, with every secret of the server opens no bid; the holder's key opens each."""

from base64 import b64encode
from base64 import urlsafe_b64encode
from contextlib import suppress
from io import BytesIO
from megalis.portal import sealing
from megalis.portal.deposits import service
from megalis.portal.deposits import simulation
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import worker
from megalis.portal.sealing.errors import SealingError
from megalis.portal.sealing.identities import HybridIdentity
from megalis.portal.sealing.identities import X25519Identity
from plone import api
from tests.deposits import dump
from tests.deposits.scene import bid
from tests.deposits.scene import Scene

import pickle
import pytest
import transaction


PRICE = b"184 500 euros hors taxes, rabais tenu secret"
NAME = b"Fournisseur secret de granit rose"
PUBLIC = b"Texte public de la description"
FILES = {"1": {"prix.pdf": b"%PDF-1.4 " + PRICE}, "2": {"sous-traitant.pdf": b"%PDF-1.4 " + NAME}}


@pytest.fixture
def scene(functional_portal, functional):
    """Published, with bids of every fate: standing, replaced, withdrawn, and one left in the middle of its sending."""
    portal = functional_portal
    with api.env.adopt_roles(["Manager"]):
        found = Scene(portal)
        found.consultation.description = PUBLIC.decode()
        found.publish()
        found.room = simulation.build(portal)
        found.bidder = found.company()
        found.deposits = [deposit(found, lot) for lot in ("1", "2", "1")]
        service.withdraw(found.consultation, found.bidder, found.deposits[1].id, clock.now())
        half_sent(found)
        transaction.commit()
        worker.step(portal)
        transaction.commit()
    yield found
    clock.set_for_tests()


def deposit(scene, lot):
    demand, tails = bid(scene.consultation, scene.bidder, (lot, "candidature", FILES[lot]), (lot, "offre", FILES[lot]))
    return service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())[0]


def half_sent(scene):
    """Send the first part of a bid that is never finished."""
    demand, tails = bid(scene.consultation, scene.bidder, ("1", "offre", {"plan.pdf": b"%PDF-1.4 " + PRICE * 400_000}))
    (pli,) = tails
    first = tails[pli][: sealing.PART_SIZE]
    assert len(first) == sealing.PART_SIZE
    digest = sealing.hash_parts(BytesIO(first))[0][0]
    service.put_part(scene.consultation, scene.bidder, demand["depot"], pli, 0, first, digest)


def ciphertexts(scene):
    """Return the ciphertext of every pli kept."""
    found = []
    for one in store.deposits(scene.consultation):
        for pli in one.plis:
            found.append(b"".join(part.blob.open("r").read() for part in pli.parts))
    return found


def opens(ciphertext, identities):
    """Tell whether one of the identities gives back something of the ciphertext."""
    out = BytesIO()
    with suppress(SealingError):
        sealing.decrypt(BytesIO(ciphertext), out, identities)
    return bool(out.getvalue())


def as_identities(key):
    """Return the identities a 32-byte key could be."""
    found = []
    for kind in (HybridIdentity, X25519Identity):
        with suppress(SealingError, ValueError):
            found.append(kind(key))
    return found


def test_a_stolen_platform_opens_nothing(scene):
    storage = scene.portal._p_jar.db().storage
    pieces = dump.of_database(storage) + dump.of_secrets()
    sealed = ciphertexts(scene)
    assert len(sealed) == 6
    for ciphertext in sealed:
        assert any(ciphertext in piece for piece in pieces), "the dump does not hold the bids it should try to open"

    assert dump.holds(pieces, PUBLIC), "the scan does not even see what is public"
    assert not dump.holds(pieces, PRICE)
    assert not dump.holds(pieces, NAME)

    found = dump.keys_in(pieces)
    trial = sealing.parse_identities(scene.room.trial_identity.encode())[0]
    assert any(one.recipient.fingerprint == trial.recipient.fingerprint for key in found for one in as_identities(key))
    assert journal.signer() is not None and len(dump.of_secrets()) >= 2
    for key in found:
        identities = as_identities(key)
        for ciphertext in sealed:
            assert not opens(ciphertext, identities), f"a value of the database opens a bid: {key.hex()}"


def test_the_key_of_each_holder_opens_every_bid_of_the_same_dump(scene):
    for userid in (scene.holder, scene.deputy):
        identities = sealing.parse_identities(scene.pairs[userid].identity.encode())
        for ciphertext in ciphertexts(scene):
            assert opens(ciphertext, identities)


PAIR = sealing.generate()
SECRET = sealing.parse_identities(PAIR.identity.encode())[0]._secret


@pytest.mark.parametrize(
    "form",
    [SECRET, SECRET.hex(), SECRET.hex().upper(), b64encode(SECRET).decode(), urlsafe_b64encode(SECRET), PAIR.identity,
     f"# clé\n{PAIR.identity.lower()}\n", SECRET + bytes(32), {"deep": [(SECRET,)]}],
    ids=["raw", "hex", "HEX", "base64", "url", "age", "file", "with-public-half", "deep"],
)  # fmt: skip
@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_a_key_hidden_in_a_record_would_be_found_whatever_its_form(form, protocol):
    record = pickle.dumps(("some", "class"), protocol) + pickle.dumps({"kept": form}, protocol)
    assert SECRET in dump.keys_in([record])
