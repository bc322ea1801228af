"""A site for the tests of this room."""

from tests.layers import *  # noqa: F403
