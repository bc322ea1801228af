"""A site for the tests of this room."""

from tests.layers import *  # noqa: F403
from tests.organisations.conftest import cheap_passwords  # noqa: F401
