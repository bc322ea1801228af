"""What rooms hand to the page of a person's news."""

from zope.interface import Interface


class IFollowed(Interface):
    """Named adapter of (person, request): ``__call__() -> list of dicts`` title, url, kind, frequency of places followed."""
