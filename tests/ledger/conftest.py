"""The test authorities and the small journal, for the tests of the room."""

from tests.ledger.tsa import Authority
from tests.ledger.world import World

import pytest
import shutil


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """An RSA authority whose reply carries two certificates, in OpenSSL's order."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl absent")
    return Authority(tmp_path_factory.mktemp("tsa"))


@pytest.fixture(scope="session")
def other_authority(tmp_path_factory):
    """An ECDSA authority whose reply carries its own certificate only."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl absent")
    return Authority(tmp_path_factory.mktemp("tsa2"), chain=False, digests="sha1,sha256", curve=True)


@pytest.fixture(scope="session")
def world():
    return World()
