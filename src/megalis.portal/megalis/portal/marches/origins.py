"""Where a contract comes from: what a later stage decides is decided for the consultation it comes from."""

from megalis.portal.consultations import api
from megalis.portal.consultations.rules import suites


def home(consultation):
    """Return the consultation whose award this is: what a later stage decides is decided for the one it comes from."""
    stage = api.is_restricted(consultation) and consultation.relation in suites.STAGES
    origin = api.origin(consultation) if stage else None
    return home(origin) if origin is not None else consultation


def root(consultation):
    """Return the consultation whose procedure a contract was awarded by: the first of its stages."""
    origin = api.origin(consultation) if api.is_restricted(consultation) else None
    return root(origin) if origin is not None else consultation
