"""Who holds a contract and who buys it, when there are several: an accord-cadre with its holders, groups, joint purchases."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from lxml import etree
from megalis.portal.consultations.notices import awarding
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import drawing
from megalis.portal.consultations.notices import holders
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import rubrics
from megalis.portal.consultations.notices import special
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import techniques
from megalis.portal.formats import eforms
from megalis.portal.formats import siren
from megalis.portal.formats.eforms.buyers import buyers
from megalis.portal.formats.eforms.validation import validate
from megalis.portal.formats.refusal import Refused
from tests.notices.calls import BUYER
from tests.notices.calls import CALL
from tests.notices.calls import LOTS
from tests.notices.calls import NOW
from tests.notices.calls import WINNER

import pytest


FRAMEWORK = replace(
    CALL, framework=techniques.CALLS, framework_maximum=900_000, months=48, framework_holders=3, lots=LOTS
)
SECOND = replace(WINNER, name="Voiries du Léon", company_ids=(siren.siret_of("542065479"),))
MEMBER = replace(WINNER, name="Signaux d’Iroise", company_ids=(siren.siret_of("775670417"),))
FOREIGN = replace(WINNER, name="Wegenbouw NV", company_ids=(), postcode="", city="", nuts="", country="")


def holder(*organisations, amount=90_000):
    return awarding.Holder(tuple(awarding.Operator(item, "10-49") for item in organisations), amount)


def outcome(lot, *holders, amount=125_000):
    decided, concluded = date(2026, 11, 1), date(2026, 11, 20)
    return awarding.Outcome(lot, decisions.ATTRIBUE, ("10-49",) * 4, amount, holders, decided, concluded)


SEVERAL = (
    outcome("1", holder(WINNER), holder(SECOND, MEMBER, amount=95_000), holder(MEMBER, amount=99_000)),
    outcome("2", holder(SECOND)),
)


def broken(sdk, data):
    return [(item.code, item.field, item.message) for item in validate(data, sdk, strict=True).errors]


def texts(root, path):
    return [node.text for node in root.iterfind(path)]


@pytest.mark.parametrize("formal, subtype", [(True, "29"), (False, "E4")])
def test_the_award_notice_names_every_holder_of_a_lot_and_every_member_of_a_group(sdk, formal, subtype):
    data = awarding.write(replace(FRAMEWORK, formal=formal), SEVERAL, NOW)
    assert broken(sdk, data) == []
    root = etree.fromstring(data)
    assert texts(root, ".//{*}SubTypeCode") == [subtype]
    lot = root.find(".//{*}NoticeResult/{*}LotResult")
    assert texts(lot, "{*}LotTender/{*}ID") == ["TEN-0001", "TEN-0002", "TEN-0003"]
    assert texts(lot, "{*}SettledContract/{*}ID") == ["CON-0001", "CON-0002", "CON-0003"]
    result = root.find(".//{*}NoticeResult")
    assert texts(result, "{*}LotTender/{*}RankCode") == ["1", "2", "3", "1"]
    assert texts(result, "{*}LotTender/{*}LegalMonetaryTotal/{*}PayableAmount") == ["90000", "95000", "99000", "90000"]
    named = [name.text for name in root.iterfind(".//{*}Organization/{*}Company/{*}PartyName/{*}Name")][2:]
    assert named == [WINNER.name, SECOND.name, MEMBER.name]


def test_a_group_is_one_party_led_by_its_first_member(sdk):
    root = etree.fromstring(awarding.write(FRAMEWORK, SEVERAL, NOW))
    group = [
        party
        for party in root.iterfind(".//{*}NoticeResult/{*}TenderingParty")
        if len(party.findall("{*}Tenderer")) > 1
    ]
    assert [texts(party, "{*}Tenderer/{*}GroupLeadIndicator") for party in group] == [["true", "false"]]
    assert texts(group[0], "{*}Name") == [f"Groupement : {SECOND.name}, {MEMBER.name}"]


def test_an_undivided_accord_cadre_names_all_its_holders(sdk):
    data = awarding.write(replace(FRAMEWORK, lots=()), [outcome("", holder(WINNER), holder(SECOND))], NOW)
    assert broken(sdk, data) == []
    assert data.count(b"<efac:SettledContract>") == 4  # twice in the result of the lot, twice of their own


def test_a_company_without_number_is_asked_for_and_its_number_may_be_told_since(sdk):
    outcomes = [outcome("1", holder(WINNER, FOREIGN)), outcome("2", holder(SECOND))]
    with pytest.raises(Refused) as caught:
        awarding.award_of(FRAMEWORK, outcomes)
    assert caught.value.code == "avis.titulaire" and "Wegenbouw NV" in caught.value.message
    assert [one.name for one in awarding.untold(outcomes)] == ["Wegenbouw NV"]
    told = special.Extra(companies=(("Wegenbouw NV", "BE0403170701", "2000", "Antwerpen", "BEL", "BE211"),))
    shown = [
        drawing.draw(FRAMEWORK, "joue", lifecycle.AWARD, [], NOW, outcomes=outcomes, extra=extra)
        for extra in (special.NOTHING, told)
    ]
    assert [[error.code for error in draft.errors] for draft in shown] == [["avis.titulaire"], []]
    assert b"BE0403170701" in shown[1].data and broken(sdk, shown[1].data) == []
    assert _address(shown[1].data, "Wegenbouw NV") == ("Antwerpen", "2000", "BE211", "BEL")


def _address(data, name):
    (company,) = (
        item
        for item in etree.fromstring(data).iterfind(".//{*}Company")
        if item.findtext("{*}PartyName/{*}Name") == name
    )
    place = company.find("{*}PostalAddress")
    paths = ("{*}CityName", "{*}PostalZone", "{*}CountrySubentityCode", "{*}Country/{*}IdentificationCode")
    return tuple(place.findtext(path) for path in paths)


ABROAD = [
    (("BE0403170701", "2000", "Antwerpen", "BEL", "BE211"), ("Antwerpen", "2000", "BE211", "BEL")),
    (("EL123456789", "104 31", "Athènes", "GRC", "EL303"), ("Athènes", "104 31", "EL303", "GRC")),
    (("CH-CHE123456789", "1201", "Genève", "CHE", "CH013"), ("Genève", "1201", "CH013", "CHE")),
    (("GB-12345678", "SW1A 1AA", "Londres", "GBR", ""), ("Londres", "SW1A 1AA", None, "GBR")),
    (("HK-1234567", "", "Hong Kong", "HKG", ""), ("Hong Kong", None, None, "HKG")),
]


@pytest.mark.parametrize("told, written", ABROAD, ids=[told[3] for told, _written in ABROAD])
@pytest.mark.parametrize("formal", [True, False])
def test_a_foreign_holder_has_the_address_that_the_rules_want_of_its_country(sdk, told, written, formal):
    """BT-507 and BT-512: what a country has not is forbidden, what it has is asked for."""
    call = replace(FRAMEWORK, formal=formal)
    outcomes = awarding.completed(
        [outcome("1", holder(FOREIGN)), outcome("2", holder(SECOND))], [("Wegenbouw NV", *told)]
    )
    data = awarding.write(call, outcomes, NOW)
    assert broken(sdk, data) == []
    assert _address(data, "Wegenbouw NV") == written


@pytest.mark.parametrize(
    "told", [("BE0403170701",), ("BE0403170701", "2000", "Antwerpen"), ("GB-12345678", "", "Londres", "GBR")]
)
def test_what_is_missing_of_a_foreign_address_is_still_asked_for(told):
    outcomes = awarding.completed([outcome("1", holder(FOREIGN))], [("Wegenbouw NV", *told)])
    assert [one.name for one in awarding.untold(outcomes, formal=True)] == ["Wegenbouw NV"]
    assert awarding.untold(outcomes, formal=False) == [], "below the thresholds its number and its country are enough"


def test_a_number_tells_the_country_whatever_was_typed_beside():
    (told,) = awarding.completed([outcome("1", holder(FOREIGN))], [("Wegenbouw NV", "BE0403170701", "", "", "FRA")])
    assert told.holders[0].operators[0].organisation.country == "BEL"


def test_tenders_from_abroad_are_counted_by_where_they_come_from(sdk):
    """BT-759: of the other countries of the European Economic Area, and of beyond."""
    one = replace(outcome("", holder(WINNER)), origins=("FRA", "BEL", "CHE", ""))
    data = awarding.write(CALL, [one], NOW)
    assert broken(sdk, data) == []
    counted = {
        node.findtext("{*}StatisticsCode"): node.findtext("{*}StatisticsNumeric")
        for node in etree.fromstring(data).iterfind(".//{*}ReceivedSubmissionsStatistics")
    }
    assert (counted["tenders"], counted["t-oth-eea"], counted["t-no-eea"]) == ("4", "1", "1")


def test_the_form_reads_the_country_by_its_name_and_refuses_what_does_not_agree():
    typed = {"number": "BE 0403.170.701", "country": "belgique", "postcode": "2000"}
    typed |= {"city": "Antwerpen", "subdivision": "be211"}
    assert holders.told_by(FOREIGN, typed) == ("BE0403170701", "2000", "Antwerpen", "BEL", "BE211")
    for change, code in (
        ({"country": "France"}, "avis.titulaire"),
        ({"country": "Atlantide"}, "pays.forme"),
        ({"subdivision": "FRH02"}, "pays.subdivision"),
        ({"number": "CHE-123"}, "operateur.numero"),
        ({"postcode": "<2000>"}, "pays.code-postal"),
    ):
        with pytest.raises(Refused) as caught:
            holders.told_by(FOREIGN, {**typed, **change})
        assert caught.value.code == code
    assert holders.names()[0] == "France" and "Belgique" in holders.names()


def test_the_form_asks_for_what_lacks_and_for_nothing_else():
    address = {"postcode": "", "city": "", "nuts": ""}
    asked = [
        (FOREIGN, ["number", "country", "postcode", "city", "subdivision"]),
        (replace(WINNER, **address), ["postcode", "city"]),
        (replace(WINNER, **address | {"country": "BEL"}), ["postcode", "city", "subdivision"]),
        (replace(WINNER, **address | {"country": "HKG"}), ["city"]),
        (replace(WINNER, **address | {"postcode": "99999"}), ["city", "subdivision"]),
        (WINNER, []),
    ]
    assert [list(holders.asked_of(known, True)) for known, _names in asked] == [names for _known, names in asked]
    assert list(holders.asked_of(FOREIGN, False)) == ["number", "country"]
    required = holders.asked_of(FOREIGN, True)
    assert [name for name, needed in required.items() if not needed] == ["postcode", "subdivision"]


def test_a_company_without_address_is_asked_for_where_the_rules_want_one(sdk):
    bare = replace(MEMBER, street="", postcode="", city="", nuts="")
    outcomes = [outcome("1", holder(bare)), outcome("2", holder(SECOND))]
    with pytest.raises(Refused) as caught:
        awarding.award_of(FRAMEWORK, outcomes)
    assert caught.value.code == "avis.titulaire" and "le code postal, la ville" in caught.value.message
    told = awarding.completed(outcomes, [(bare.name, "", "29200", "Brest")])
    data = awarding.write(FRAMEWORK, told, NOW)
    assert broken(sdk, data) == []
    assert b"FRH02" in data and awarding.untold(told, formal=True) == []
    assert awarding.untold(outcomes, formal=False) == [], "below the thresholds the number is enough"


@pytest.mark.parametrize(
    "call, outcomes, lot",
    [
        (FRAMEWORK, SEVERAL, "1"),
        (replace(FRAMEWORK, lots=()), [outcome("", holder(WINNER), holder(SECOND, MEMBER))], ""),
    ],
)
def test_a_modification_names_the_contract_of_the_holder_it_changes(sdk, call, outcomes, lot):
    told = special.Extra(lot=lot, holder=1, cause="add-wss", text="Montant porté à 150 000 €.")
    data, _key = special.modification(call, outcomes, told, f"{composing.notice_id(CALL.uid, lifecycle.AWARD)}-01", NOW)
    assert broken(sdk, data) == []
    assert texts(etree.fromstring(data), ".//{*}ModifiedContractIdentifier") == ["CON-0002"]


@pytest.mark.parametrize("lot, place, tender", [("1", 1, "TEN-0002"), ("2", 0, "TEN-0004")])
def test_a_contract_that_ended_is_told_alone(sdk, lot, place, tender):
    told = special.Extra(
        lot=lot, holder=place, paid=Decimal(88_000), penalties=Decimal(0), period="Un an.", text="Soldé."
    )
    data, _key = special.completion(FRAMEWORK, SEVERAL, told, NOW)
    assert broken(sdk, data) == []
    assert texts(etree.fromstring(data), ".//{*}NoticeResult/{*}LotTender/{*}ID") == [tender]


@pytest.mark.parametrize("lot, place", [("1", 3), ("1", -1), ("9", 0)])
def test_a_holder_that_is_none_is_refused(lot, place):
    told = special.Extra(lot=lot, holder=place, paid=Decimal(1), penalties=Decimal(0), period="Un an.", text="Soldé.")
    with pytest.raises(Refused) as caught:
        special.completion(FRAMEWORK, SEVERAL, told, NOW)
    assert caught.value.code == "avis.achevement"


PARTNERS = (
    replace(BUYER, name="Commune de Lannilis", siret=buyers()[0].siret, city="Lannilis", postcode="29870"),
    replace(BUYER, name="Communauté de communes du Pays des Abers", siret=buyers()[1].siret),
)
JOINT = replace(CALL, partners=PARTNERS)


@pytest.mark.parametrize("change", [{}, {"formal": False, "procedure": "procedure-adaptee"}, {"lots": LOTS}])
def test_those_who_buy_together_are_all_buyers_and_one_of_them_leads(sdk, change):
    call = replace(JOINT, **change)
    data = eforms.write(composing.notice_of(call, NOW))
    assert broken(sdk, data) == []
    root = etree.fromstring(data)
    assert texts(root, "{*}ContractingParty/{*}Party/{*}PartyIdentification/{*}ID") == [
        "ORG-0001",
        "ORG-0003",
        "ORG-0004",
    ]
    leads = [node.findtext("{*}GroupLeadIndicator") for node in root.iterfind(".//{*}Organizations/{*}Organization")]
    assert leads == ["true", None, "false", "false"]


def test_the_award_of_a_joint_purchase_names_buyers_and_holders_apart(sdk):
    outcomes = [outcome("", holder(WINNER, MEMBER))]
    data = awarding.write(JOINT, outcomes, NOW)
    assert broken(sdk, data) == []
    refs = texts(etree.fromstring(data), ".//{*}Organizations/{*}Organization/{*}Company/{*}PartyIdentification/{*}ID")
    assert len(refs) == len(set(refs)) == 6


def test_people_read_who_buys_and_the_maximum_with_its_spaces():
    words = {item.key: item.text for item in rubrics.of(replace(FRAMEWORK, partners=PARTNERS))}
    assert "avec : Commune de Lannilis, Communauté de communes du Pays des Abers" in words["acheteur"]
    assert "Maximum 900\u00a0000\u00a0€ HT" in words["accord-cadre"]


def test_the_spaces_of_a_figure_are_no_change_of_what_was_published():
    now = rubrics.kept(rubrics.of(FRAMEWORK))
    before = tuple((key, lot, title, text.replace("\u00a0", "").replace("€", " €")) for key, lot, title, text in now)
    assert rubrics.changes(before, now) == []
