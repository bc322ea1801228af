"""A notice is judged as the SDK judges it: rule by rule, in French, beside its field; whatever comes."""

from concurrent.futures import ThreadPoolExecutor
from lxml import etree
from megalis.portal.formats import eforms
from megalis.portal.formats.eforms import rules
from megalis.portal.formats.eforms import sdk as sdks
from megalis.portal.formats.eforms.contests import Contest
from megalis.portal.formats.eforms.model import Lot
from megalis.portal.formats.eforms.model import Notice
from megalis.portal.formats.eforms.places import _ATTRIBUTES
from megalis.portal.formats.eforms.places import place
from megalis.portal.formats.eforms.reading import load
from megalis.portal.formats.eforms.validation import newer_rules
from megalis.portal.formats.eforms.validation import validate
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.saxon import Engine
from megalis.portal.formats.schematron import Schematron
from pathlib import Path
from tests.formats.notices import one_of

import dataclasses
import fnmatch
import pytest
import shutil


RECENT = "eforms.regle-recente"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@pytest.fixture(scope="module")
def sdk(referentiels):
    return referentiels("eforms-sdk-1.15.1")


@pytest.fixture(scope="module", autouse=True)
def stylesheets(tmp_path_factory):
    """Keep what the tests compile out of the user's cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEGALIS_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


def told(verdict):
    """Return the sorted (rule, role, path) of a verdict."""
    errors = [(item.code, "ERROR", item.path) for item in verdict.errors]
    return sorted(errors + [(item.code, "WARN", item.path) for item in verdict.warnings])


def official(path):
    """Return the sorted (rule, role, path) of an official report."""
    failed = etree.parse(str(path)).iter(f"{SVRL}failed-assert")
    return sorted((item.get("id"), item.get("role"), item.get("location")) for item in failed)


def test_every_example_of_the_sdk_is_judged_as_its_official_report_judges_it(sdk):
    notices = sorted((sdk / "examples" / "notices").glob("*.xml"))
    differences = {}
    for path in notices:
        verdict = validate(path.read_bytes(), sdk)
        ours = [item for item in told(verdict) if item[0] != RECENT]
        theirs = official(sdk / "examples" / "reports" / f"{path.stem}.svrl")
        refused = any(role == "ERROR" for _rule, role, _place in theirs)
        if ours != theirs or verdict.valid is refused:
            differences[path.name] = set(ours) ^ set(theirs)
    assert differences == {}
    assert len(notices) == 82


def test_a_rule_newer_than_the_reports_warns_and_refuses_where_a_notice_leaves(sdk):
    data = (sdk / "examples" / "notices" / "can_24_minimal.xml").read_bytes()
    verdict, strict = validate(data, sdk), validate(data, sdk, strict=True)
    assert verdict.valid and not strict.valid
    assert {item.code for item in verdict.warnings} == {RECENT}
    assert sorted(item.path for item in verdict.warnings) == sorted(item.path for item in strict.errors)
    assert all(item.code in told.message for item, told in zip(strict.errors, verdict.warnings, strict=True))


def test_the_reports_of_this_sdk_are_older_than_its_rules(sdk):
    tests = {}
    for path in (sdk / "schematrons" / "static").glob("*.sch"):
        for item in etree.parse(str(path)).iter("{*}assert"):
            tests.setdefault(item.get("id"), set()).add(item.get("test"))
    quoted = [
        (item.get("id"), item.get("test"))
        for path in (sdk / "examples" / "reports").glob("*.svrl")
        for item in etree.parse(str(path)).iter(f"{SVRL}failed-assert")
    ]
    assert sum(test not in tests[rule] for rule, test in quoted) > 20
    assert all(fnmatch.filter(tests, pattern) for pattern in newer_rules("1.15"))


def test_a_warning_is_shown_and_lets_pass(sdk):
    verdict = validate((sdk / "examples" / "notices" / "CEI.xml").read_bytes(), sdk)
    assert verdict.valid
    (warning,) = verdict.warnings
    assert (warning.code, warning.field) == ("BR-OPP-00070-0120", "OPP-070-notice")


def test_a_broken_rule_is_told_in_french_with_its_field_line_and_lot(sdk):
    notice = one_of("16", lots=3)
    lots = (notice.lots[0], dataclasses.replace(notice.lots[1], title="x" * 500), *notice.lots[2:])
    data = eforms.write(dataclasses.replace(notice, procedure="", lots=lots))
    verdict = validate(data, sdk)
    missing = next(item for item in verdict.errors if item.field == "BT-105-Procedure")
    assert missing.message.startswith("« Type de procédure » (BT-105) manque : cette information est obligatoire")
    long = next(item for item in verdict.errors if item.code == "BT-21-Lot_length")
    assert long.message == "« Titre » (BT-21) a 500 caractères, le maximum est 400 : raccourcissez le texte."
    assert "x" * 500 in data.decode().splitlines()[long.line - 1]
    assert place(long, load(data)) == ("title", notice.lots[1].id)
    assert place(missing, load(data)) == ("procedure", "")


def test_every_finding_on_an_example_names_its_field(sdk):
    findings = [
        item
        for path in sorted((sdk / "examples" / "notices").glob("INVALID_*.xml"))
        for item in validate(path.read_bytes(), sdk).errors
    ]
    words = sdks.open_sdk(sdk).fields_json
    known = {item["id"] for item in (*words["fields"], *words["xmlStructure"])}
    assert {item.field for item in findings if item.field} <= known
    nameless = {item.code for item in findings if not item.field}  # an empty group, or the notice as a whole
    assert nameless == {"P-0002", "element-not-empty"}
    assert all(item.line > 0 and item.message and "XPath" not in item.message for item in findings)


def test_the_words_of_the_sdk_are_used_when_its_translations_of_rules_are_there(sdk, tmp_path):
    copy = tmp_path / "eforms-sdk-1.15.1"
    copy.mkdir()
    for name in ("fields", "schemas", "schematrons"):
        (copy / name).symlink_to(sdk / name)
    (copy / "translations").mkdir()
    words = "<properties><entry key='rule|text|BR-BT-00105-0022'>Il faut un type d'abord.</entry></properties>"
    (copy / "translations" / "rule_fr.xml").write_text(words)
    verdict = validate(eforms.write(dataclasses.replace(one_of("16"), procedure="")), copy)
    assert "Il faut un type d’abord." in [item.message for item in verdict.errors]


def test_places_are_attributes_of_the_model():
    names = {item.name for kind in (Lot, Notice) for item in dataclasses.fields(kind)}
    beside = {Contest.__name__.lower()}  # handed to ``write_contest`` beside the Notice of its consultation
    assert set(_ATTRIBUTES) <= names | beside


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: b"<a>", "eforms.xml"),
        (
            lambda data: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + data.split(b"?>", 1)[1],
            "eforms.dtd",
        ),
        (lambda data: b"<a/>", "eforms.racine"),
        (lambda data: data.replace(b">16</cbc:SubTypeCode>", b">16 bis</cbc:SubTypeCode>"), "eforms.sous-type"),
        (lambda data: data.replace(b"<cbc:IssueDate>20", b"<cbc:IssueDate>le 20"), "eforms.schema"),
    ],
)
def test_what_is_no_notice_is_refused_before_the_rules(sdk, change, code):
    verdict = validate(change(eforms.write(one_of("16"))), sdk)
    assert {item.code for item in verdict.errors} == {code}


def test_a_notice_of_a_version_that_is_not_installed_is_checked_with_a_warning(sdk):
    verdict = validate(eforms.write(dataclasses.replace(one_of("16"), sdk_version="1.9")))
    assert verdict.valid
    assert [item.code for item in verdict.warnings] == ["eforms.sdk-version"]


def test_a_folder_that_is_no_sdk_is_said_so(tmp_path):
    verdict = validate(eforms.write(one_of("16")), tmp_path)
    (error,) = verdict.errors
    assert error.code == "eforms.sdk-illisible" and str(tmp_path) in error.message


def test_threads_share_the_rules(sdk):
    names = ["cn_24_minimal", "INVALID_cn_24_stage-1", "cn_24_open", "INVALID_cn_24_empty"] * 4
    files = [(sdk / "examples" / "notices" / f"{name}.xml").read_bytes() for name in names]
    alone = {data: told(validate(data, sdk)) for data in set(files)}
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda data: told(validate(data, sdk)), files))
    assert together == [alone[data] for data in files]


def test_a_process_that_starts_finds_the_stylesheets_on_disk(sdk, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_CACHE", str(tmp_path))
    root = load(eforms.write(one_of("16")))
    assert rules.Rules(sdks.open_sdk(sdk)).failures(root, "16") == []
    made = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "schematron").iterdir()}
    assert len(made) == 4
    with monkeypatch.context() as patch:
        patch.setattr(Schematron, "compile", lambda *_args: pytest.fail("compiled again"))
        assert rules.Rules(sdks.open_sdk(sdk)).failures(root, "16") == []
    for path in (tmp_path / "schematron").glob("*.json"):
        path.write_text("[{")
    assert rules.Rules(sdks.open_sdk(sdk)).failures(root, "16") == []


def test_other_rules_under_the_same_version_are_compiled_anew(sdk, monkeypatch, tmp_path):
    monkeypatch.setenv("MEGALIS_CACHE", str(tmp_path / "cache"))
    copy = tmp_path / "sdk"
    shutil.copytree(sdk / "schematrons", copy / "schematrons")
    (copy / "fields").symlink_to(sdk / "fields")
    opened = sdks.Sdk(copy)
    root = load(eforms.write(one_of("16")))
    assert rules.Rules(opened).failures(root, "16") == []
    path = copy / "schematrons" / "static" / "validation-stage-1a.sch"
    path.chmod(0o644)
    path.write_text(path.read_text().replace("P-0001", "P-0009", 1).replace("&gt; 0", "&gt; 9", 1))
    assert [item.assertion.id for item in rules.Rules(opened).failures(root, "16")] == ["P-0009"]


def style(body, **attributes):
    extra = "".join(f' {name}="{value}"' for name, value in attributes.items())
    xsl = "http://www.w3.org/1999/XSL/Transform"
    return f'<xsl:stylesheet xmlns:xsl="{xsl}" version="3.0"{extra}><xsl:template match="/">{body}</xsl:template></xsl:stylesheet>'


@pytest.fixture
def engine():
    engine = Engine()
    yield engine
    engine.close()


@pytest.mark.parametrize("call", ["doc('SECRET')", "unparsed-text('SECRET')", "document('http://127.0.0.1:9/')"])
def test_rules_open_no_file_and_no_address(engine, tmp_path, call):
    secret = tmp_path / "secret.xml"
    secret.write_text("<secret>42</secret>")
    path = tmp_path / "lecture.xsl"
    path.write_text(style(f'<xsl:value-of select="{call.replace("SECRET", secret.as_uri())}"/>'))
    with pytest.raises(Refused) as caught:
        engine.transform([path], b"<a/>")
    assert caught.value.code == "xslt.refus"


def test_an_engine_that_is_late_is_replaced(engine, tmp_path):
    endless, simple = tmp_path / "sans-fin.xsl", tmp_path / "simple.xsl"
    endless.write_text(style('<xsl:value-of select="sum(for $i in 1 to 100000, $j in 1 to 100000 return $i mod 7)"/>'))
    simple.write_text(style('<xsl:value-of select="name(/*)"/>'))
    assert engine.transform([simple], b"<avis/>")[0].endswith("avis")
    engine.timeout = 1
    with pytest.raises(Refused) as caught:
        engine.transform([endless], b"<a/>")
    assert caught.value.code == "xslt.moteur"
    engine.timeout = 120
    assert engine.transform([simple], b"<suite/>")[0].endswith("suite")


def test_a_stylesheet_that_is_none_is_refused_and_the_engine_goes_on(engine, tmp_path):
    bad, simple = tmp_path / "faux.xsl", tmp_path / "simple.xsl"
    bad.write_text("<xsl:")
    simple.write_text(style('<xsl:value-of select="name(/*)"/>'))
    for path, data in ((bad, b"<a/>"), (simple, b"<a>"), (Path("absent.xsl"), b"<a/>")):
        with pytest.raises(Refused) as caught:
            engine.transform([path], data)
        assert caught.value.code == "xslt.refus"
    assert engine.transform([simple], b"<a/>")[0].endswith("a")
