"""Notices for the tests of eForms, made by the generator of the package."""

from datetime import datetime
from datetime import UTC
from functools import cache
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms.generator import generate

import dataclasses


NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


def differences(one, other, path="notice"):
    """Return where two values differ, as short texts."""
    if dataclasses.is_dataclass(one) and type(one) is type(other):
        names = [item.name for item in dataclasses.fields(one) if item.compare]
        pairs = [(getattr(one, name), getattr(other, name), f"{path}.{name}") for name in names]
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        pairs = [(a, b, f"{path}[{rank}]") for rank, (a, b) in enumerate(zip(one, other, strict=True))]
    else:
        return [] if one == other else [f"{path}: {one!r:.120} / {other!r:.120}"]
    return [text for a, b, where in pairs for text in differences(a, b, where)]


@cache
def sample(count=60, seed="tests"):
    """Return generated notices, as a tuple."""
    return tuple(generate(count, seed, NOW))


@cache
def one_of(subtype, procedure="open", lots=1):
    """Return the first generated notice of a subtype and procedure with at least ``lots`` lots."""
    return next(
        notice
        for notice in generate(4000, "tests", NOW)
        if (notice.subtype, notice.procedure) == (subtype, procedure) and len(notice.lots) >= lots
    )


@cache
def xml_of(subtype="16", lots=2):
    """Return the XML of a generated notice."""
    return eforms.write(one_of(subtype, lots=lots))
