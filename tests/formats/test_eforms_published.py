"""Published notices and SDK examples, read by the parser and, apart from it, by the XPaths of ``fields.json``.

The second reading knows nothing of the parser: it evaluates the absolute XPaths of the SDK on the file.
"""

from collections import Counter
from datetime import datetime
from datetime import UTC
from decimal import Decimal
from lxml import etree
from megalis.portal.formats import eforms

import json
import pytest


NS = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "ext": "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2",
    "efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "efext": "http://data.europa.eu/p27/eforms-ubl-extensions/1",
    "efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
}
LOT = f"{{{NS['cac']}}}ProcurementProjectLot"
CRITERION = f"{{{NS['cac']}}}SubordinateAwardingCriterion"
COMPANY = f"{{{NS['efac']}}}Company"
PERIODS = {
    "deadline": "BT-131",
    "participation_deadline": "BT-1311",
    "question_deadline": "BT-13",
    "interest_deadline": "BT-630",
}


class SecondReading:
    """One file seen through the absolute XPaths of the SDK."""

    def __init__(self, path, fields):
        self.root = etree.parse(str(path)).getroot()
        self.fields = fields
        notice_language = self.texts("BT-702(a)-notice")
        self.languages = ["FRA", *notice_language]

    def nodes(self, field):
        return self.root.xpath(self.fields[field], namespaces=NS)

    def texts(self, field):
        return [" ".join((node.text or "").split()) for node in self.nodes(field) if (node.text or "").strip()]

    def best(self, nodes):
        for language in self.languages:
            for node in nodes:
                if node.get("languageID") == language and (node.text or "").strip():
                    return " ".join(node.text.split())
        return next((" ".join(node.text.split()) for node in nodes if (node.text or "").strip()), "")

    def by_lot(self, field):
        found = {}
        for node in self.nodes(field):
            lot = next(node.iterancestors(LOT))
            found.setdefault(lot.findtext("cbc:ID", namespaces=NS), []).append(node)
        return found

    def moment_by_lot(self, term):
        days, times = self.by_lot(f"{term}(d)-Lot"), self.by_lot(f"{term}(t)-Lot")
        found = {}
        for lot, (day, *_more) in days.items():
            time = times[lot][0].text if lot in times else "23:59:59" + day.text[10:]
            text = f"{day.text[:10]}T{time}".replace("Z", "+00:00")
            found[lot] = datetime.fromisoformat(text).astimezone(UTC)
        return found


def flat(text):
    return " ".join(text.split())


def plain(nodes):
    return [node.text.strip() for node in nodes if (node.text or "").strip()]


def compare(notice, seen):
    """Yield what differs between the parser and the second reading."""
    checks = {
        "identifiant": ([notice.notice_id], seen.texts("BT-701-notice")),
        "sous-type": ([notice.subtype], seen.texts("OPP-070-notice")),
        "procédure": ([notice.procedure] if notice.procedure else [], seen.texts("BT-105-Procedure")),
        "titre": (flat(notice.title), seen.best(seen.nodes("BT-21-Procedure"))),
        "description": (flat(notice.description), seen.best(seen.nodes("BT-24-Procedure"))),
        "nature": ([notice.nature], seen.texts("BT-23-Procedure")),
        "cpv": ([notice.cpv], seen.texts("BT-262-Procedure")),
        "cpv additionnels": (sorted(notice.cpv_additional), sorted(set(seen.texts("BT-263-Procedure")))),
        "lots": ([lot.id for lot in notice.lots], [n.text for n in seen.nodes("BT-137-Lot")]),
        "valeur": ([m.amount for m in [notice.value] if m], [Decimal(t) for t in seen.texts("BT-27-Procedure")]),
        "lieux": ([p.nuts for p in notice.places if p.nuts], seen.texts("BT-5071-Procedure")),
    }
    refs = seen.texts("OPT-300-Procedure-Buyer")
    companies = {node.text: next(node.iterancestors(COMPANY)) for node in seen.nodes("OPT-200-Organization-Company")}
    names = [seen.best(companies[ref].findall("cac:PartyName/cbc:Name", NS)) for ref in refs]
    numbers = [plain(companies[ref].findall("cac:PartyLegalEntity/cbc:CompanyID", NS)) for ref in refs]
    mails = [plain(companies[ref].findall("cac:Contact/cbc:ElectronicMail", NS)) for ref in refs]
    checks["acheteurs"] = ([buyer.name for buyer in notice.buyers], names)
    checks["numéros"] = ([list(buyer.company_ids) for buyer in notice.buyers], numbers)
    checks["courriels"] = ([[buyer.email] if buyer.email else [] for buyer in notice.buyers], mails)
    lots = {lot.id: lot for lot in notice.lots}
    per_lot = {
        "titre": (lambda lot: flat(lot.title), "BT-21-Lot", seen.best, ""),
        "description": (lambda lot: flat(lot.description), "BT-24-Lot", seen.best, ""),
        "cpv": (lambda lot: [lot.cpv], "BT-262-Lot", plain, []),
        "cpv additionnels": (
            lambda lot: list(lot.cpv_additional),
            "BT-263-Lot",
            lambda n: list(dict.fromkeys(plain(n))),
            [],
        ),
        "nature": (lambda lot: [lot.nature], "BT-23-Lot", plain, []),
        "types de critères": (lambda lot: [c.type for c in lot.criteria], "BT-539-Lot", plain, []),
        "textes de critères": (
            lambda lot: Counter(flat(c.description) for c in lot.criteria if c.description),
            "BT-540-Lot",
            lambda nodes: Counter(
                seen.best([n for n in nodes if n.getparent() is parent]) for parent in {n.getparent(): 1 for n in nodes}
            ),
            Counter(),
        ),
        "poids": (
            lambda lot: [p.number for c in lot.criteria for p in c.parameters if p.kind == "weight"],
            "BT-541-Lot-WeightNumber",
            lambda nodes: [Decimal(text) for text in plain(nodes)],
            [],
        ),
        "seuils": (
            lambda lot: [p.number for c in lot.criteria for p in c.parameters if p.kind == "threshold"],
            "BT-541-Lot-ThresholdNumber",
            lambda nodes: [Decimal(text) for text in plain(nodes)],
            [],
        ),
        "valeur": (
            lambda lot: [lot.value.amount] if lot.value else [],
            "BT-27-Lot",
            lambda n: [Decimal(t) for t in plain(n)],
            [],
        ),
        "lieux": (lambda lot: [p.nuts for p in lot.places if p.nuts], "BT-5071-Lot", plain, []),
        "documents": (
            lambda lot: [d.url for d in lot.documents if not d.restricted],
            "BT-15-Lot",
            plain,
            [],
        ),
        "dépôt": (lambda lot: [lot.submission_url] if lot.submission_url else [], "BT-18-Lot", plain, []),
        "langues": (lambda lot: list(lot.languages), "BT-97-Lot", plain, []),
        "variantes": (lambda lot: [lot.variants] if lot.variants else [], "BT-63-Lot", plain, []),
        "début": (
            lambda lot: [str(lot.start)] if lot.start else [],
            "BT-536-Lot",
            lambda n: [t[:10] for t in plain(n)],
            [],
        ),
        "fin": (lambda lot: [str(lot.end)] if lot.end else [], "BT-537-Lot", lambda n: [t[:10] for t in plain(n)], []),
        "durée": (lambda lot: [str(lot.duration.number)] if lot.duration else [], "BT-36-Lot", plain, []),
        "accord-cadre": (lambda lot: [lot.framework] if lot.framework else [], "BT-765-Lot", plain, []),
        "reconductions": (
            lambda lot: [str(lot.renewals_max)] if lot.renewals_max is not None else [],
            "BT-58-Lot",
            plain,
            [],
        ),
    }
    for name, (ours, field, theirs, empty) in per_lot.items():
        found = seen.by_lot(field)
        for ref, lot in lots.items():
            checks[f"{ref} {name}"] = (ours(lot), theirs(found[ref]) if ref in found else empty)
    for attribute, term in PERIODS.items():
        found = seen.moment_by_lot(term)
        for ref, lot in lots.items():
            checks[f"{ref} {attribute}"] = (getattr(lot, attribute), found.get(ref))
    return {name: pair for name, pair in checks.items() if pair[0] != pair[1]}


@pytest.fixture(scope="module")
def fields(referentiels):
    path = referentiels("eforms-sdk-1.15.1") / "fields" / "fields.json"
    return {field["id"]: field["xpathAbsolute"] for field in json.loads(path.read_text("utf-8"))["fields"]}


def check_folder(files, fields):
    """Return (names taken, {name: differences}, {name: refusal codes})."""
    taken, differences, refused = [], {}, {}
    for path in files:
        try:
            notice = eforms.parse(path.read_bytes())
        except eforms.NoticeRefused as refusal:
            refused[path.name] = sorted({issue.code for issue in refusal.issues})
            continue
        taken.append(path.name)
        wrong = compare(notice, SecondReading(path, fields))
        if wrong:
            differences[path.name] = wrong
    return taken, differences, refused


def test_every_published_contract_notice_is_read_right(referentiels, fields):
    files = sorted(referentiels("eforms-published").glob("*.xml"))
    taken, differences, refused = check_folder(files, fields)
    assert differences == {}
    assert len(taken) >= 2
    assert {name.split("-")[0] for name in taken} <= {"16", "17", "E3"}
    assert all(codes == ["eforms.racine"] for codes in refused.values())
    assert not [name for name in refused if name.startswith(("16-", "17-", "E3-"))]


def test_every_valid_example_of_the_sdk_is_read_right(referentiels, fields):
    folder = referentiels("eforms-sdk-1.15.1") / "examples" / "notices"
    files = sorted(path for path in folder.glob("*.xml") if not path.name.startswith("INVALID_"))
    subtypes = {path.name: SecondReading(path, fields).texts("OPP-070-notice") for path in files}
    expected = sorted(name for name, found in subtypes.items() if found and found[0] in ("16", "17", "E3"))
    assert len(expected) >= 13
    taken, differences, refused = check_folder(files, fields)
    assert differences == {}
    assert taken == expected
    assert len(refused) + len(taken) == len(files)
    assert {code for codes in refused.values() for code in codes} <= {"eforms.racine", "eforms.sous-type"}


def test_invalid_examples_are_refused_with_reasons_or_taken_whole(referentiels):
    folder = referentiels("eforms-sdk-1.15.1") / "examples" / "notices"
    files = sorted(folder.glob("INVALID_*.xml"))
    assert files
    for path in files:
        try:
            notice = eforms.parse(path.read_bytes())
        except eforms.NoticeRefused as refusal:
            assert all(issue.code.startswith(("eforms.", "cpv.")) and issue.message_fr for issue in refusal.issues)
        else:
            assert notice.title and notice.buyers and notice.lots


def test_known_facts_of_one_published_notice(referentiels):
    path = referentiels("eforms-published") / "17-2024-OJS044-00128154.xml"
    notice = eforms.parse(path.read_bytes())
    assert notice.language == notice.text_language == "POL"
    assert notice.procedure_fr == "appel-offres-ouvert"
    assert len(notice.lots) == 7
    assert [lot.number for lot in notice.lots] == list("1234567")
    assert notice.deadline == datetime(2024, 3, 18, 10, 30, tzinfo=UTC)
    assert str(notice.published) == "2024-03-01"
    assert notice.lots[0].guarantee_required is True
    assert notice.buyers[0].company_id == "1132520369"


def test_the_french_text_of_a_multilingual_notice_is_taken(referentiels):
    path = referentiels("eforms-sdk-1.15.1") / "examples" / "notices" / "cn_24_multilingual.xml"
    notice = eforms.parse(path.read_bytes())
    assert notice.language == "ENG"
    assert notice.text_language == "FRA"
    assert notice.title.startswith("Fourniture de services informatiques")
    assert notice.buyers[0].name.startswith("Office des publications")


def test_an_invalid_french_number_is_kept_and_remarked(referentiels):
    path = referentiels("eforms-sdk-1.15.1") / "examples" / "notices" / "cn_24_FRA_comments.xml"
    notice = eforms.parse(path.read_bytes())
    assert notice.buyers[0].company_id == "123 456 789"
    assert notice.buyers[0].siren == ""
    assert [issue.code for issue in notice.remarks] == ["siren.cle"]
    assert notice.review.name == "Tribunal administratif de Rouen"
