"""The SDK whose rules every notice of these tests is judged by."""

import pytest


@pytest.fixture(scope="module")
def sdk(referentiels):
    return referentiels("eforms-sdk-1.15.1")
