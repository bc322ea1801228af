"""``megalis deposit`` refuses too many lots before it seals anything."""

from megalis.portal.cli.deposit import check_lots
from megalis.portal.cli.deposit import DepositRefused

import pytest


PARAMETERS = {"lots_max": 2, "lots_deposes": {"a": ["1"], "b": ["2"]}}


@pytest.mark.parametrize(
    "asked, replaced, parameters",
    [
        ({"1", "2"}, None, PARAMETERS),
        ({"3"}, "b", PARAMETERS),
        ({"3"}, None, {**PARAMETERS, "lots_max": None}),
        ({"3"}, None, {}),
    ],
    ids=["the same lots", "one replaced", "no limit", "a platform that says nothing"],
)
def test_lots_within_the_limit_pass(asked, replaced, parameters):
    check_lots(parameters, asked, replaced)


def test_one_lot_too_many_is_refused_with_the_lots_that_count():
    with pytest.raises(DepositRefused) as caught:
        check_lots(PARAMETERS, {"3"}, None)
    assert caught.value.code == "lots"
    assert "1, 2, 3" in str(caught.value)
