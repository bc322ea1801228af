"""What is not a contract notice is refused with reasons, whatever it is; never a traceback."""

from hypothesis import given
from hypothesis import HealthCheck
from hypothesis import settings
from hypothesis import strategies as st
from lxml import etree
from megalis.portal.formats import cpv
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms import reading
from tests.formats.notices import differences
from tests.formats.notices import xml_of

import copy
import pytest
import re
import time


NS = reading.NS
LOT = "/*/cac:ProcurementProjectLot[1]"
CODE = re.compile(r"[a-z]+\.[a-z-]+")


def refusal(data):
    """Return the issues of a refused file."""
    with pytest.raises(eforms.NoticeRefused) as caught:
        eforms.parse(data, cpv.builtin())
    issues = caught.value.issues
    assert issues
    for issue in issues:
        assert CODE.fullmatch(issue.code)
        assert len(issue.message_fr) > 15
        assert len(issue.value) <= 200
    return issues


def codes(data):
    return [issue.code for issue in refusal(data)]


def changed(change, subtype="16"):
    """Return the XML of a notice after ``change(root)``."""
    root = etree.fromstring(xml_of(subtype))
    change(root)
    return etree.tostring(root)


def found(root, path):
    return root.xpath(path, namespaces=NS)


def drop(path):
    def change(root):
        nodes = found(root, path)
        assert nodes, path
        for node in nodes:
            node.getparent().remove(node)

    return changed(change)


def put(path, text, **attributes):
    def change(root):
        nodes = found(root, path)
        assert nodes, path
        for node in nodes:
            node.text = text
            for key, value in attributes.items():
                node.set(key, value)

    return changed(change)


BOMB = b"""<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
<!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
<!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">]><a x="1">&h;</a>"""


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "eforms.vide"),
        (b"  \n", "eforms.vide"),
        (b"bonjour", "eforms.xml"),
        (b"\x00\xff\xfe\x00", "eforms.xml"),
        (b"%PDF-1.7 ...", "eforms.xml"),
        (b"PK\x03\x04", "eforms.xml"),
        (b"<a><b></a>", "eforms.xml"),
        (b"<a/><b/>", "eforms.xml"),
        (b"<?xml version='1.0' encoding='utf-99'?><a/>", "eforms.xml"),
        (b"<!DOCTYPE html><html><body><br>avis</body></html>", "eforms.html"),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "eforms.html"),
        (b"<!DOCTYPE a><a/>", "eforms.dtd"),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "eforms.dtd"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "eforms.dtd"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a/>".encode("utf-16"), "eforms.dtd"),
        (BOMB, "eforms.dtd"),
        (b"<a>" * 100 + b"</a>" * 100, "eforms.profondeur"),
        (b"<a>" * 100_000 + b"</a>" * 100_000, "eforms.profondeur"),
        (b"<a/>", "eforms.racine"),
        (b"<ContractNotice/>", "eforms.racine"),
        (f"<ContractAwardNotice xmlns='{reading.UBL}ContractAwardNotice-2'/>".encode(), "eforms.racine"),
        (f"<Invoice xmlns='{reading.UBL}Invoice-2'/>".encode(), "eforms.racine"),
        (f"<ContractNotice xmlns='{reading.UBL}ContractNotice-2'/>".encode(), "eforms.sous-type"),
        (b"<a/>" + b" " * reading.MAX_BYTES, "eforms.taille"),
        (b"<a>" + b"<b/>" * (2 * reading.MAX_ELEMENTS) + b"</a>", "eforms.elements"),
    ],
)
def test_not_a_notice(data, code):
    start = time.process_time()
    assert codes(data) == [code]
    assert time.process_time() - start < 2


def test_an_award_notice_is_named_as_such():
    (issue,) = refusal(f"<ContractAwardNotice xmlns='{reading.UBL}ContractAwardNotice-2'/>".encode())
    assert "avis d’attribution" in issue.message_fr


@pytest.mark.parametrize("subtype", ["1", "4", "10", "18", "20", "29", "E1", "E4", "CEI", "", "seize"])
def test_other_subtypes(subtype):
    assert codes(put("//efac:NoticeSubType/cbc:SubTypeCode", subtype)) == ["eforms.sous-type"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/*/cbc:ID", "eforms.identifiant"),
        ("/*/cbc:NoticeLanguageCode", "eforms.langue"),
        ("/*/cac:ContractingParty", "eforms.acheteur"),
        ("//efac:Organization[1]", "eforms.acheteur-inconnu"),
        ("//efac:Organization[1]//cac:PartyName", "eforms.acheteur-nom"),
        ("/*/cac:ProcurementProject/cbc:Name", "eforms.titre"),
        ("/*/cac:ProcurementProject/cbc:ProcurementTypeCode", "eforms.nature"),
        ("/*/cac:ProcurementProject/cac:MainCommodityClassification", "eforms.cpv-manquant"),
        ("/*/cac:ProcurementProjectLot", "eforms.lots"),
        (f"{LOT}/cbc:ID/text()/..", "eforms.lots"),
        (f"{LOT}//cac:ProcurementProject/cbc:Name", "eforms.lot-titre"),
        (f"{LOT}//cac:TenderSubmissionDeadlinePeriod/cbc:EndTime", "eforms.heure-manquante"),
    ],
)
def test_what_is_missing(path, code):
    if path.endswith("/text()/.."):
        assert code in codes(drop("/*/cac:ProcurementProjectLot/cbc:ID"))
    else:
        assert codes(drop(path)) == [code]


@pytest.mark.parametrize(
    ("path", "text", "attributes", "code"),
    [
        (f"{LOT}//cac:TenderSubmissionDeadlinePeriod/cbc:EndDate", "2026-02-30+01:00", {}, "eforms.date"),
        (f"{LOT}//cac:TenderSubmissionDeadlinePeriod/cbc:EndDate", "demain", {}, "eforms.date"),
        (f"{LOT}//cac:TenderSubmissionDeadlinePeriod/cbc:EndDate", "0001-01-01Z", {}, "eforms.date"),
        (f"{LOT}//cac:TenderSubmissionDeadlinePeriod/cbc:EndDate", "9999-12-31-14:00", {}, "eforms.date"),
        (f"{LOT}//cac:TenderSubmissionDeadlinePeriod/cbc:EndTime", "25:00:00+01:00", {}, "eforms.heure"),
        (f"{LOT}//cac:TenderSubmissionDeadlinePeriod/cbc:EndTime", "12h", {}, "eforms.heure"),
        (f"{LOT}//cac:TenderSubmissionDeadlinePeriod/cbc:EndTime", "12:00:00+25:00", {}, "eforms.heure"),
        (f"{LOT}//cac:MainCommodityClassification/cbc:ItemClassificationCode", "4523", {}, "cpv.forme"),
        (f"{LOT}//cac:MainCommodityClassification/cbc:ItemClassificationCode", "45233140-3", {}, "cpv.cle"),
        (f"{LOT}//cbc:ProcurementTypeCode[@listName='contract-nature']", "repas", {}, "eforms.nature"),
        (f"{LOT}//cbc:EstimatedOverallContractAmount", "-1", {}, "eforms.montant"),
        (f"{LOT}//cbc:EstimatedOverallContractAmount", "1e9", {}, "eforms.montant"),
        (f"{LOT}//cbc:EstimatedOverallContractAmount", "NaN", {}, "eforms.montant"),
        (f"{LOT}//cbc:EstimatedOverallContractAmount", "1", {"currencyID": "euro"}, "eforms.monnaie"),
        (f"{LOT}//efbc:ParameterNumeric", "beaucoup", {}, "eforms.nombre"),
        (f"{LOT}//cac:PlannedPeriod/cbc:DurationMeasure", "1.5", {}, "eforms.nombre"),
        (f"{LOT}//cac:PlannedPeriod/cbc:DurationMeasure", "3", {"unitCode": "SIECLE"}, "eforms.duree"),
        (f"{LOT}//cbc:AuctionConstraintIndicator", "peut-être", {}, "eforms.booleen"),
        (f"{LOT}/cbc:ID", "LOT-1", {}, "eforms.lot-identifiant"),
        (f"{LOT}/cbc:ID", "LOT-0002", {}, "eforms.lot-double"),
        ("/*/cac:ContractingParty//cbc:ID", "ORG-0099", {}, "eforms.acheteur-inconnu"),
        ("/*/cbc:NoticeLanguageCode", "français", {}, "eforms.langue"),
    ],
)
def test_what_is_wrong(path, text, attributes, code):
    found_codes = codes(put(path, text, **attributes))
    assert set(found_codes) == {code}


def test_an_issue_says_where():
    data = put(f"{LOT}//cac:TenderSubmissionDeadlinePeriod/cbc:EndDate", "2026-02-30+01:00")
    (issue,) = refusal(data)
    root = etree.fromstring(data)
    (node,) = found(root, issue.xpath)
    assert node.text == issue.value == "2026-02-30+01:00"
    assert node.sourceline == issue.line > 100


def test_all_reasons_come_at_once():
    def change(root):
        for path in ("/*/cac:ProcurementProject/cbc:Name", f"{LOT}//cac:ProcurementProject/cbc:Name"):
            (node,) = found(root, path)
            node.text = ""
        found(root, f"{LOT}//cbc:EstimatedOverallContractAmount")[0].text = "cher"

    assert set(codes(changed(change))) == {"eforms.titre", "eforms.lot-titre", "eforms.montant"}


def test_too_many_lots():
    def change(root):
        (lot,) = found(root, LOT)
        for number in range(3000):
            twin = (
                copy.deepcopy(lot) if number == 0 else etree.fromstring(f"<ProcurementProjectLot xmlns='{NS['cac']}'/>")
            )
            if number:
                etree.SubElement(twin, f"{{{NS['cbc']}}}ID", schemeName="Lot").text = f"LOT-{number:04d}"
            root.append(twin)

    assert "eforms.lots-nombre" in codes(changed(change))


def test_too_many_organisations():
    def change(root):
        (organisations,) = found(root, "//efac:Organizations")
        for _ in range(3000):
            etree.SubElement(organisations, f"{{{NS['efac']}}}Organization")

    assert "eforms.organisations-nombre" in codes(changed(change))


def test_the_known_complete_list_refuses_a_code_that_does_not_exist():
    full = cpv.Nomenclature([("45000000-7", "Travaux de construction")], complete=True)
    with pytest.raises(eforms.NoticeRefused) as caught:
        eforms.parse(xml_of(), full)
    assert {issue.code for issue in caught.value.issues} == {"cpv.inconnu"}


def test_doubts_do_not_stop_the_import():
    def change(root):
        (lot,) = found(root, LOT)
        (period,) = found(lot, ".//cac:TenderSubmissionDeadlinePeriod")
        period[0].text, period[1].text = "2026-12-15", "12:00:00"
        found(lot, ".//cac:TenderRecipientParty/cbc:EndpointID")[0].text = "javascript:alert(1)"
        found(lot, ".//cac:CallForTendersDocumentReference//cbc:URI")[0].text = "www.example.org/dce"

    notice = eforms.parse(changed(change), cpv.builtin())
    assert [issue.code for issue in notice.remarks] == ["eforms.fuseau", "eforms.url"]
    assert notice.lots[0].deadline.isoformat() == "2026-12-15T11:00:00+00:00"
    assert notice.lots[0].submission_url == ""
    assert notice.lots[0].documents_url == "https://www.example.org/dce"


def test_time_zone_of_the_hour_wins_and_is_remarked():
    def change(root):
        (period,) = found(root, f"{LOT}//cac:TenderSubmissionDeadlinePeriod")
        period[0].text, period[1].text = "2026-07-01+02:00", "12:00:00-04:00"

    notice = eforms.parse(changed(change), cpv.builtin())
    assert [issue.code for issue in notice.remarks] == ["eforms.fuseaux"]
    assert notice.lots[0].deadline.isoformat() == "2026-07-01T16:00:00+00:00"


NASTY = st.sampled_from(
    [
        *("", " ", "0", "-1", "1e400", "99999999999999999999", "NaN", "true", "LOT-0001", "ORG-0001", "2026-13-01Z"),
        *(
            "24:00:00Z",
            "23:59:60Z",
            "9999-12-31-14:00",
            "1900-01-01+14:00",
            "12:00:00+99:99",
            "٣",
            "\u202e",
            "é" * 10_000,
        ),
    ]
)


class Mutant(bytes):
    """A mutated notice that tells in few words what was done to it."""

    def __repr__(self):
        return f"Mutant({self.story})"


@st.composite
def mutated(draw):
    """A notice with one to six elements removed, doubled, moved, renamed, emptied or filled with nonsense."""
    subtype = draw(st.sampled_from(["16", "E3"]))
    root, story = etree.fromstring(xml_of(subtype)), [subtype]
    for _ in range(draw(st.integers(1, 6))):
        nodes = [node for node in root.iter() if node is not root]
        if not nodes:
            break
        node = nodes[draw(st.integers(0, len(nodes) - 1))]
        action = draw(st.sampled_from(["drop", "double", "text", "attribute", "move", "rename", "wrap"]))
        story.append(f"{action} {root.getroottree().getpath(node)}")
        if action == "drop":
            node.getparent().remove(node)
        elif action == "double":
            node.addnext(copy.deepcopy(node))
        elif action == "text":
            node.text = draw(NASTY)
        elif action == "attribute":
            for key in list(node.attrib):
                node.set(key, draw(NASTY))
        elif action == "move":
            other = nodes[draw(st.integers(0, len(nodes) - 1))]
            if node not in other.iterancestors() and node is not other:
                other.append(node)
        elif action == "rename":
            node.tag = nodes[draw(st.integers(0, len(nodes) - 1))].tag
        else:
            node.append(copy.deepcopy(node))
    mutant = Mutant(etree.tostring(root))
    mutant.story = "; ".join(story)
    return mutant


def taken_or_refused(data):
    try:
        notice = eforms.parse(data, cpv.builtin())
    except eforms.NoticeRefused as refused:
        assert refused.issues
        assert all(CODE.fullmatch(issue.code) and issue.message_fr for issue in refused.issues)
        return
    assert notice.title and notice.buyers and notice.lots
    assert differences(eforms.parse(eforms.write(notice), cpv.builtin()), notice) == []


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mutated())
def test_mutated_notices(data):
    taken_or_refused(data)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 100_000), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 100_000)
)
def test_corrupted_bytes(changes, cut):
    data = bytearray(xml_of())
    for place, value in changes:
        data[place % len(data)] = value
    taken_or_refused(bytes(data[: max(1, len(data) - cut % len(data))] if cut % 3 == 0 else data))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes(data):
    taken_or_refused(data)
