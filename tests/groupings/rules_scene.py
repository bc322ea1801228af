"""What the tests of the rules share: lines, an hour, the code of a refusal."""

from decimal import Decimal
from hypothesis import strategies as st
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings.rules.survey import Line

import pytest


PAPER = Line("a", "1", "Papier A4", "ramette", Decimal("3.20"))


SALT = Line("b", "2", "Sel de déneigement", "t", Decimal("95"))


quantities = st.decimals(0, 10**6, places=3)


members = st.lists(st.sampled_from([f"m{rank}" for rank in range(12)]), min_size=1, unique=True)


def code_of(act, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)
    return refused.value.code
