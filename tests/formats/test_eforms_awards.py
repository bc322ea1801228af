"""Prior information, award notices, social services and change notices: each kind we write keeps every rule of the SDK."""

from datetime import timedelta
from decimal import Decimal
from lxml import etree
from megalis.portal.formats import eforms
from megalis.portal.formats import siren
from megalis.portal.formats.eforms import results
from megalis.portal.formats.eforms.contests import Contest
from megalis.portal.formats.eforms.contests import Prize
from megalis.portal.formats.eforms.contests import write_contest
from megalis.portal.formats.eforms.planning import write_prior
from megalis.portal.formats.eforms.validation import validate
from tests.formats.notices import one_of
from tests.formats.notices import sample

import dataclasses
import pytest


WINNER = eforms.Organisation(
    "ORG-0009", "Bâtisseurs d’Armor", (siren.siret_of("552049447"),), street="1 rue du Port", postcode="35000",
    city="Rennes", nuts="FRH03", country="FRA", email="contact@armor.example", phone="+33 200000000",
)  # fmt: skip
VALUE = eforms.Money(Decimal("125000.50"))


@pytest.fixture(scope="module")
def sdk(referentiels):
    return referentiels("eforms-sdk-1.15.1")


def broken(sdk, data):
    return [(item.code, item.field, item.message) for item in validate(data, sdk).errors]


def awarded(notice, failed=()):
    """Return the ``Award`` of a notice: one winner for all lots, but those of rank in ``failed`` that nobody bid for."""
    day = notice.dispatched.date()
    outcomes, tenders, contracts = [], [], []
    for rank, lot in enumerate(notice.lots, 1):
        if rank in failed:
            outcomes.append(results.LotResult(f"RES-{rank:04d}", lot.id, results.WITHOUT_WINNER, reason="no-rece"))
            continue
        ten, con = f"TEN-{rank:04d}", f"CON-{rank:04d}"
        tenders.append(results.Tender(ten, lot.id, "TPA-0001", f"Offre {rank}", VALUE, rank=1, variant=False))
        contracts.append(
            results.Settled(
                con, f"2026-{rank}", (ten,), ("ORG-0001",), day - timedelta(20), day - timedelta(5), lot.title
            )
        )
        outcomes.append(
            results.LotResult(
                f"RES-{rank:04d}", lot.id, results.AWARDED, results.received(3, small=2, medium=1), (ten,), (con,),
                lowest=VALUE, highest=VALUE, framework_maximum=lot.framework_maximum,
            )
        )  # fmt: skip
    total = eforms.Money(sum((item.value.amount for item in tenders), Decimal(0)))
    party, winner = results.Party("TPA-0001", (WINNER.ref,)), results.Winner(WINNER, "medium", False)
    return results.Award(tuple(outcomes), tuple(tenders), (party,), tuple(contracts), (winner,), total)


def social(subtype):
    """Return a notice of social and other specific services."""
    notice = one_of({"20": "16", "21": "17"}[subtype], lots=2)
    lots = tuple(dataclasses.replace(lot, cpv="80000000", cpv_additional=(), nature="services") for lot in notice.lots)
    return dataclasses.replace(
        notice, subtype=subtype, cpv="80000000", cpv_additional=(), nature="services", lots=lots,
        procedure_description="Procédure adaptée ouverte.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("subtype", "procedure", "lots", "failed", "expected"),
    [
        ("16", "open", 1, (), "29"),
        ("16", "open", 3, (2,), "29"),
        ("16", "neg-w-call", 1, (), "29"),
        ("17", "open", 2, (), "30"),
        ("E3", "open", 1, (), "E4"),
        ("E3", "open", 8, (1, 3), "E4"),
    ],
)
def test_an_award_notice_keeps_every_rule(sdk, subtype, procedure, lots, failed, expected):
    notice = one_of(subtype, procedure, lots)
    data = eforms.write_award(notice, awarded(notice, failed))
    assert f">{expected}</cbc:SubTypeCode>".encode() in data
    assert broken(sdk, data) == []


@pytest.mark.parametrize("subtype", ["20", "21"])
def test_social_services_keep_every_rule_from_the_call_to_the_award(sdk, subtype):
    notice = social(subtype)
    assert broken(sdk, eforms.write(notice)) == []
    assert broken(sdk, eforms.write_award(notice, awarded(notice))) == []


@pytest.mark.parametrize(("subtype", "base"), [("4", "16"), ("7", "16"), ("E2", "E3")])
@pytest.mark.parametrize("lots", [1, 3])
def test_a_prior_information_notice_keeps_every_rule(sdk, subtype, base, lots):
    notice = one_of(base, lots=lots)
    data = write_prior(notice, subtype, notice.dispatched.date() + timedelta(60))
    assert broken(sdk, data) == []
    assert data.count(b"PlannedDate>") == 2


def test_a_prior_information_notice_of_another_kind_is_refused():
    with pytest.raises(eforms.NoticeRefused) as caught:
        write_prior(one_of("16"), "16")
    assert [issue.code for issue in caught.value.issues] == ["eforms.sous-type"]


@pytest.mark.parametrize(("subtype", "base"), [("4", "16"), ("7", "16"), ("E1", "E3"), ("E2", "E3")])
def test_a_framework_may_be_announced_before_its_maximum_is_told(sdk, subtype, base):
    notice = next(item for item in sample(150) if item.subtype == base and item.framework_maximum)
    planned, answers = notice.dispatched.date() + timedelta(60), notice.dispatched + timedelta(20)
    assert broken(sdk, write_prior(notice, subtype, planned, answers)) == []


@pytest.mark.parametrize("lots", [1, 3])
def test_a_consultation_of_the_market_says_until_when_and_where_to_answer(sdk, lots):
    notice = one_of("E3", lots=lots)
    answers = notice.dispatched + timedelta(20)
    data = write_prior(notice, "E1", notice.dispatched.date() + timedelta(60), answers)
    assert broken(sdk, data) == []
    root = etree.fromstring(data)
    assert len(root.findall(".//{*}AnswerReceptionPeriod/{*}EndDate")) == len(notice.lots)
    assert notice.lots[0].submission_url.encode() in data
    silent = {field for _code, field, _message in broken(sdk, write_prior(notice, "E1"))}
    assert silent == {"ND-LotTenderingProcessExtension"}


def test_a_prior_information_notice_that_is_the_call_asks_for_interest(sdk):
    notice = one_of("16", "neg-w-call")
    answers = notice.dispatched + timedelta(35)
    data = write_prior(notice, "10", notice.dispatched.date() + timedelta(60), answers)
    assert broken(sdk, data) == []
    root = etree.fromstring(data)
    (day,) = root.findall(".//{*}InterestExpressionReceptionPeriod/{*}EndDate")
    assert day.text.startswith(answers.date().isoformat())
    assert not root.findall("{*}PlannedDate") and b"TenderSubmissionDeadlinePeriod" not in data
    ((_code, field, message),) = broken(sdk, write_prior(one_of("16"), "10", None, answers))
    assert field == "BT-105-Procedure" and "open" in message


CONTEST = Contest(True, False, ("Anne Le Goff", "Yann Kerbrat"), (Prize(1, VALUE, "Prime."), Prize(2, VALUE)))


def contest(procedure="open", lots=1):
    """Return the notice of a consultation held as a design contest."""
    return dataclasses.replace(one_of("16", lots=lots), subtype="23", procedure=procedure)


@pytest.mark.parametrize(("procedure", "lots"), [("open", 1), ("open", 3), ("restricted", 1)])
def test_a_contest_keeps_every_rule_from_the_call_to_the_projects_chosen(sdk, procedure, lots):
    notice = contest(procedure, lots)
    if procedure == "restricted":
        closing = {"deadline": None, "participation_deadline": notice.deadline, "candidates_min": 3}
        notice = dataclasses.replace(notice, lots=tuple(dataclasses.replace(lot, **closing) for lot in notice.lots))
    assert broken(sdk, write_contest(notice, CONTEST)) == []
    data = eforms.write_award(notice, awarded(notice))
    assert broken(sdk, data) == []
    assert b">36</cbc:SubTypeCode>" in data and b"PayableAmount" not in data


def test_a_contest_names_its_jury_its_prizes_and_those_invited(sdk):
    data = write_contest(contest("restricted"), dataclasses.replace(CONTEST, participants=("Atelier Ty",)))
    terms = etree.fromstring(data).find("{*}ProcurementProjectLot/{*}TenderingTerms")
    assert [node.text for node in terms.iterfind(".//{*}FamilyName")] == ["Anne Le Goff", "Yann Kerbrat"]
    assert [node.text for node in terms.iterfind(".//{*}Prize/{*}RankCode")] == ["1", "2"]
    assert terms.findtext(".//{*}PreSelectedParty/{*}PartyName/{*}Name") == "Atelier Ty"
    assert (terms.findtext(".//{*}FollowupContractIndicator"), terms.findtext(".//{*}BindingOnBuyerIndicator")) == (
        "true", "false",
    )  # fmt: skip
    late = dataclasses.replace(CONTEST, participants=("Atelier Ty",))
    assert {field for _code, field, _message in broken(sdk, write_contest(contest(), late))} == {"BT-47-Lot"}


@pytest.mark.parametrize("lots", [1, 3])
def test_a_completion_notice_says_what_was_paid_and_how_long_it_took(sdk, lots):
    notice = one_of("E3", lots=lots)
    award = awarded(notice)
    paid = eforms.Money(Decimal("131000.00"))
    done = tuple(
        results.Completion(item.ref, paid, eforms.Money(Decimal(0)), f"Lot {item.lot} : douze mois.", "Solde.")
        for item in award.tenders
    )
    data = eforms.write_award(notice, dataclasses.replace(award, completions=done), "E5")
    assert broken(sdk, data) == []
    root = etree.fromstring(data)
    assert [node.text for node in root.iterfind(".//{*}PaidAmount")] == ["131000.00"] * len(notice.lots)
    assert [node.text for node in root.iterfind(".//{*}PlannedPeriod/{*}Description")] == [
        f"Lot {lot.id} : douze mois." for lot in notice.lots
    ]
    assert b"Tribunal administratif" not in data
    missing = broken(sdk, eforms.write_award(notice, award, "E5"))
    assert {field for _code, field, _message in missing} >= {"BT-779-Tender", "BT-782-Tender", "ND-LotDuration"}


def test_a_completion_notice_speaks_of_the_lots_carried_out_only(sdk):
    notice = next(
        item for item in sample(150) if item.subtype == "E3" and len(item.lots) > 1 and item.framework_maximum
    )
    award = awarded(notice, failed=(1,))
    contracts = tuple(dataclasses.replace(item, framework=True) for item in award.contracts)
    done = tuple(
        results.Completion(item.ref, VALUE, eforms.Money(Decimal(0)), "Douze mois.", "Solde.") for item in award.tenders
    )
    data = eforms.write_award(notice, dataclasses.replace(award, contracts=contracts, completions=done), "E5")
    assert broken(sdk, data) == []
    ids = [node.text for node in etree.fromstring(data).iterfind("{*}ProcurementProjectLot/{*}ID")]
    assert ids == [lot.id for lot in notice.lots[1:]]


def test_a_direct_award_is_announced_with_its_reason(sdk):
    notice = dataclasses.replace(one_of("16"), procedure="neg-wo-call")
    award = dataclasses.replace(awarded(notice), direct=results.Direct("urgency", "Urgence impérieuse."))
    data = eforms.write_award(notice, award, "25")
    assert broken(sdk, data) == []
    assert "Urgence impérieuse.".encode() in data


def test_a_modification_of_a_contract_names_it_and_says_why(sdk):
    notice = one_of("16", lots=3)
    change = results.ContractChange(
        f"{notice.notice_id}-01", "CON-0001", "add-wss", "Travaux supplémentaires.", "Montant porté à 150 000 €."
    )
    data = eforms.write_award(notice, dataclasses.replace(awarded(notice), change=change), "38")
    assert broken(sdk, data) == []
    assert b">CON-0001</efbc:ModifiedContractIdentifier>" in data


def test_what_a_buyer_forgets_is_told_beside_its_field(sdk):
    notice = dataclasses.replace(social("20"), procedure_description="")
    ((_code, field, message),) = broken(sdk, eforms.write(notice))
    assert field == "BT-88-Procedure" and "manque" in message


def test_a_lot_that_failed_counts_no_tender_and_a_lot_of_a_group_names_its_leader(sdk):
    notice = one_of("16", lots=3)
    award = awarded(notice, failed=(2,))
    second = dataclasses.replace(WINNER, ref="ORG-0010", name="Toitures du Léon")
    award = dataclasses.replace(
        award,
        parties=(results.Party("TPA-0001", ("ORG-0009", "ORG-0010"), "Groupement Armor et Léon"),),
        winners=(*award.winners, results.Winner(second, "small", False)),
    )
    data = eforms.write_award(notice, award)
    assert broken(sdk, data) == []
    assert data.count(b"GroupLeadIndicator>true") == 1


@pytest.mark.parametrize(("subtype", "reason"), [("16", "update-add"), ("17", "cancel"), ("E3", "cancel")])
def test_a_change_notice_keeps_every_rule(sdk, subtype, reason):
    notice = one_of(subtype)
    section = eforms.Condition(notice.lots[0].id, "La date limite est reportée.")
    change = eforms.Change(f"{notice.notice_id}-01", reason, "Report de la date limite.", (section,))
    assert broken(sdk, eforms.write(dataclasses.replace(notice, version="02", change=change))) == []


def test_a_consultation_without_award_notice_is_refused():
    notice = dataclasses.replace(one_of("16"), subtype="10")
    with pytest.raises(eforms.NoticeRefused) as caught:
        eforms.write_award(notice, results.Award(()))
    assert [issue.code for issue in caught.value.issues] == ["eforms.sous-type"]
