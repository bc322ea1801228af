"""Notices become drafts: the référentiels' real ones, those of our own writer, and what is refused."""

from dataclasses import replace
from datetime import datetime
from datetime import UTC
from megalis.portal.consultations import api
from megalis.portal.consultations import bulk_import
from megalis.portal.consultations import create
from megalis.portal.consultations import importing
from megalis.portal.consultations.rules import drafting
from megalis.portal.formats.eforms import Money
from megalis.portal.formats.eforms import NoticeRefused
from megalis.portal.formats.eforms import parse
from megalis.portal.formats.eforms import write
from megalis.portal.formats.eforms.generator import generate
from megalis.portal.kernel import journal
from plone import api as plone_api
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import NOW

import io
import json
import pytest
import transaction


UTC = UTC


def contract_notices(referentiels):
    """Return every published notice and SDK example that the reader takes, by file name."""
    files = [
        *sorted(referentiels("eforms-published").glob("*.xml")),
        *sorted(referentiels("eforms-sdk-1.15.1/examples/notices").glob("*.xml")),
    ]
    return files


def test_every_contract_notice_of_the_referentiels_becomes_a_draft_or_is_refused_with_codes(world, referentiels):
    taken = refused = 0
    for number, path in enumerate(contract_notices(referentiels)):
        data = path.read_bytes()
        try:
            notice = parse(data)
        except NoticeRefused:
            with pytest.raises(importing.ImportRefused) as caught:
                importing.import_notice(data, world.a, f"R-{number}")
            assert all(reason["code"] and reason["message"] for reason in caught.value.reasons), path.name
            refused += 1
            continue
        draft = importing.import_notice(data, world.a, f"R-{number}").consultation
        assert draft.title == (notice.title or notice.lots[0].title)[:400], path.name
        assert draft.cpv == notice.cpv, path.name
        assert draft.deadline == notice.deadline, path.name
        assert draft.procedure == notice.procedure_fr
        assert len(api.lots(draft)) == (len(notice.lots) if len(notice.lots) > 1 else 0), path.name
        for lot, told in zip(api.lots(draft), notice.lots, strict=False):
            assert (lot.title, lot.cpv) == (told.title[:400], told.cpv or None), path.name
        weights = [c["weight"] for c in (draft.criteria or [c for lot in api.lots(draft) for c in lot.criteria])]
        assert set(weights) <= {c.weight for lot in notice.lots for c in lot.criteria}, path.name
        assert bool(weights) == any(lot.criteria for lot in notice.lots), path.name
        taken += 1
    assert taken >= 12
    assert refused >= 60


def test_the_published_french_notice_has_its_title_buyer_lots_and_date(referentiels):
    path = referentiels("eforms-published") / "16-2024-OJS017-00047522.xml"
    _notice, draft = importing.read(path.read_bytes())
    assert draft.buyer_siret == "20003441100013"
    assert draft.fields["reference"] == "2024-FCS-0010"
    assert draft.fields["deadline"] == datetime(2024, 2, 28, 10, 0, tzinfo=UTC)
    assert draft.fields["cpv"] == "90511100"
    assert [lot["number"] for lot in draft.lots] == ["1", "2"]


@pytest.fixture
def notices():
    return list(generate(12, "consultations", NOW))


def test_the_notices_of_our_generator_come_back_whole(world, notices):
    for notice in notices:
        done = importing.import_notice(write(notice), world.a)
        draft = done.consultation
        assert draft.title == notice.title
        assert draft.nature in ("travaux", "fournitures", "services")
        assert draft.deadline == notice.deadline
        assert api.state(draft) == "elaboration"
        assert draft.contact_email == notice.buyers[0].email
        assert draft.guided is (draft.procedure != "procedure-adaptee")


def test_the_same_notice_twice_is_refused_by_its_reference(world, notices):
    data = write(notices[0])
    importing.import_notice(data, world.a)
    with pytest.raises(importing.ImportRefused) as caught:
        importing.import_notice(data, world.a)
    assert [reason["code"] for reason in caught.value.reasons] == ["reference.double"]
    assert importing.import_notice(data, world.a, "Autre référence").consultation.reference == "Autre référence"


def test_a_notice_of_another_buyer_is_taken_with_a_remark(world, notices):
    done = importing.import_notice(write(notices[0]), world.a)
    assert "avis.acheteur-autre" in [remark.code for remark in done.remarks]


def test_without_a_collectivite_the_siret_of_the_notice_decides(world, notices):
    with pytest.raises(importing.ImportRefused) as caught:
        importing.import_notice(write(notices[0]))
    assert caught.value.reasons[0]["code"] == "avis.acheteur-inconnu"
    notice = notices[0]
    mine = replace(notice.organisations[0], company_ids=(world.a.siret,))
    known = replace(notice, organisations=(mine, *notice.organisations[1:]))
    done = importing.import_notice(write(known))
    assert api.buyer(done.consultation).siret == world.a.siret
    assert "avis.acheteur-autre" not in [remark.code for remark in done.remarks]


def test_a_value_in_another_money_is_told_and_not_taken(notices):
    draft = drafting.draft_of(replace(notices[0], value=Money(1000, "CHF")))
    assert draft.fields["estimated_value"] is None
    assert "avis.devise" in [remark.code for remark in draft.remarks]


@pytest.mark.parametrize(
    "data, code",
    [
        (b"", "eforms"),
        (b"pas du xml", "eforms"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "eforms"),
        (b"<rien/>", "eforms.racine"),
        (b" " * (importing.NOTICE_BYTES + 1), "avis.taille"),
    ],
    ids=["empty", "text", "DTD", "another root", "huge"],
)
def test_what_is_not_a_notice_is_refused_with_a_code(world, data, code):
    with pytest.raises(importing.ImportRefused) as caught:
        importing.import_notice(data, world.a)
    assert caught.value.reasons[0]["code"].startswith(code)


def test_importing_asks_for_nobody_but_is_journalled(world, notices):
    with as_agent(world.acheteurs):
        draft = importing.import_notice(write(notices[1]), world.a).consultation
    facts = [event.get("fait") for event in journal.events(draft, "consultation")]
    assert facts == ["creation", "import"]


def test_the_bulk_command_writes_a_line_a_file_and_tells_by_its_exit_code(world, notices, tmp_path, monkeypatch):
    monkeypatch.setattr(transaction, "commit", lambda: None)
    monkeypatch.setattr(transaction, "abort", lambda: None)
    good, bad = tmp_path / "a.xml", tmp_path / "b.xml"
    good.write_bytes(write(notices[0]))
    bad.write_bytes(b"<rien/>")
    out = io.StringIO()
    slug = world.a.getId()
    options = bulk_import.arguments(["--collectivite", slug, str(good), str(bad), str(tmp_path / "absent.xml")])
    assert bulk_import.run(world.site, options, out) == 1
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["resultat"] for line in lines] == ["importe", "refuse", "refuse"]
    assert lines[0]["adresse"].startswith("/plone/collectivites/")
    assert lines[1]["motifs"][0]["code"] == "eforms.racine"
    assert lines[2]["motifs"][0]["code"] == "fichier.illisible"
    options = bulk_import.arguments(["--collectivite", "personne", str(good)])
    assert bulk_import.run(world.site, options, out) == 2
    with pytest.raises(SystemExit) as caught:
        bulk_import.arguments(["--collectivite", slug])
    assert caught.value.code == 2


def test_opened_bids_are_hidden_from_the_operator_and_from_the_public(world, published):
    kept = create.opened_file(published, io.BytesIO(b"offre"), "../offre.pdf", "a" * 32, "b" * 32, "1", "offre")
    assert (kept.title, kept.size) == ("offre.pdf", 5)
    folder = published["plis-ouverts"]
    for userid in (world.acheteurs, world.valideurs, world.porteurs):
        with as_agent(userid):
            assert plone_api.user.has_permission("View", obj=kept)
    for userid in (world.operator, world.other, world.bidder, world.lecteurs, world.administrateurs):
        with as_agent(userid):
            assert not plone_api.user.has_permission("View", obj=kept)
            assert not plone_api.user.has_permission("Access contents information", obj=folder)
    with plone_api.env.adopt_roles(["Anonymous"]):
        assert plone_api.user.has_permission("View", obj=published)
        assert not plone_api.user.has_permission("View", obj=kept)
