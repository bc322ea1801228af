"""The certificates this platform trusts for signatures of documents: those of the operator, and the trusted lists it keeps."""

from megalis.portal.formats.signatures import trust
from megalis.portal.kernel import settings
from pathlib import Path


LISTS = "listes-de-confiance"


def known():
    """Return the ``Trust`` of this platform; nothing is fetched."""
    lists = settings.referentiels()
    return trust.load(settings.trust_folder(), Path(lists, LISTS) if lists else None)
