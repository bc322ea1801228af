"""Notices of networks (2014/25/EU), of direct contracts, of a dynamic system: each says what its own rules want."""

from dataclasses import replace
from datetime import date
from datetime import timedelta
from decimal import Decimal
from lxml import etree
from megalis.portal.consultations.notices import awarding
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import drawing
from megalis.portal.consultations.notices import special
from megalis.portal.formats.refusal import Refused
from tests.notices.calls import CALL
from tests.notices.calls import NOW
from tests.notices.test_rules import AWARD
from tests.notices.test_rules import broken
from tests.notices.test_rules import CALL_
from tests.notices.test_rules import FAILED
from tests.notices.test_rules import FRAMEWORK
from tests.notices.test_rules import NETWORK
from tests.notices.test_rules import outcome
from tests.notices.test_rules import PORT

import pytest


def subtype_in(data):
    return etree.fromstring(data).findtext(".//{*}SubTypeCode")


@pytest.mark.parametrize(
    "sort, subtypes",
    [(special.INFORMATION, "4 5"), (special.SHORTER, "7 8"), (special.CALL, "10 11"), (special.MARKET, "E1 E1")],
)
def test_the_prior_notice_of_a_network_is_its_own(sdk, sort, subtypes):
    extra = special.Extra(sort, planned=date(2027, 3, 1), answers=NOW + timedelta(days=40))
    for call, subtype in zip((CALL, replace(CALL, buyer=NETWORK)), subtypes.split(), strict=True):
        data, _key = special.prior(replace(call, procedure="appel-offres-restreint"), extra, NOW)
        assert (subtype_in(data), broken(sdk, data)) == (subtype, [])


@pytest.mark.parametrize("procedure", ["dialogue-competitif", "partenariat-innovation"])
def test_no_prior_notice_shortens_the_times_of_a_procedure_that_has_none_to_shorten(procedure):
    with pytest.raises(Refused) as caught:
        special.prior(replace(CALL, procedure=procedure), special.Extra(special.SHORTER, date(2027, 3, 1)), NOW)
    assert caught.value.code == "avis.preinformation"


@pytest.mark.parametrize("framework", [{}, FRAMEWORK])
@pytest.mark.parametrize("buyer, subtypes", [(CALL.buyer, ("25", "29", "38")), (NETWORK, ("26", "30", "39"))])
def test_a_direct_contract_is_told_before_after_and_when_it_changes(sdk, buyer, subtypes, framework):
    call = replace(CALL, procedure="sans-publicite", ground="exclusivite", buyer=buyer, **framework)
    previous = f"{composing.notice_id(call.uid, AWARD)}-01"
    change = special.Extra(lot="", cause="add-wss", text="Montant porté à 150 000 €.")
    made = [
        special.intention(call, [outcome("")], NOW)[0],
        awarding.write(call, [outcome("")], NOW, direct=special.direct_of(call)),
        special.modification(call, [outcome("")], change, previous, NOW)[0],
    ]
    assert [(subtype_in(data), broken(sdk, data)) for data in made] == [(subtype, []) for subtype in subtypes]


def test_a_network_has_contests_of_its_own(sdk):
    call = replace(CALL, procedure="concours", buyer=NETWORK)
    data = drawing.draw(call, "joue", CALL_, [], NOW).data
    award = awarding.write(call, [outcome("")], NOW)
    assert [(subtype_in(item), broken(sdk, item)) for item in (data, award)] == [("24", []), ("37", [])]


@pytest.mark.parametrize("buyer", [CALL.buyer, NETWORK])
@pytest.mark.parametrize("decided", [{}, FAILED])
def test_the_award_in_a_dynamic_system_says_that_the_system_goes_on(sdk, buyer, decided):
    call = replace(CALL, procedure="systeme-acquisition-dynamique", months=48, buyer=buyer)
    data = awarding.write(call, [outcome("", **decided)], NOW)
    assert broken(sdk, data) == []
    assert etree.fromstring(data).findtext(".//{*}DPSTerminationIndicator") == "false"


def test_a_concession_is_no_framework_whatever_its_draft_says(sdk):
    said = special.Extra(revenues=(("", Decimal(0), Decimal(5_600_000)),), method="Compte d’exploitation.")
    data = awarding.write(replace(PORT, **FRAMEWORK), [outcome("")], NOW, extra=said)
    assert broken(sdk, data) == []


@pytest.mark.parametrize("buyer", [CALL.buyer, NETWORK])
def test_a_concession_that_changes_has_a_notice_of_its_own(sdk, buyer):
    call = replace(PORT, buyer=buyer)
    change = special.Extra(lot="", cause="add-wss", text="Durée portée à sept ans.")
    previous = f"{composing.notice_id(call.uid, AWARD)}-01"
    data = special.modification(call, [outcome("")], change, previous, NOW)[0]
    assert (subtype_in(data), broken(sdk, data)) == ("40", [])
    assert "R. 3135-2" in data.decode() and "R. 2194" not in data.decode(), "a concession has articles of its own"
    assert "Travaux ou services supplémentaires" in data.decode(), "no supplies are conceded"
