"""Transfers to an archive service: an act with its exchange, or any tree of units, in a manifest the schema admits."""

from datetime import date
from datetime import datetime
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from lxml import etree
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.seda import actes
from megalis.portal.formats.seda import manifest
from megalis.portal.formats.seda import model
from megalis.portal.formats.seda import pes
from tests.formats.actes_samples import ACT_ID
from tests.formats.actes_samples import ACTE
from tests.formats.actes_samples import DAY

import dataclasses
import hashlib
import pytest


NS = {"s": manifest.SEDA}
NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
SERVICES = ("28350001700014", "21350238800019", "21350238800019")


def objet(nom, data=b"x", chemin=""):
    return model.Objet(chemin or f"content/{nom}", nom, len(data), hashlib.sha512(data).hexdigest(), "application/pdf")


EXCHANGE = (
    actes.Echange("1-1", DAY, objet("1-1.xml")),
    actes.Echange("1-2", date(2026, 3, 17), objet("1-2.xml")),
    actes.Echange("3-1", date(2026, 4, 2), objet("3-1.xml"), (objet("demande.pdf"),)),
    actes.Echange("3-4", date(2026, 4, 9), objet("3-4.xml"), (objet("plan.pdf"), objet("coupe.pdf"))),
)
DOSSIER = actes.DossierActe(
    ACT_ID, ACTE, "8.4 Aménagement du territoire", objet("acte.pdf"), (objet("annexe.pdf"),), EXCHANGE, DAY,
    date(2026, 3, 17), date(2026, 3, 20), objet("bordereau.pdf"), objet("tamponne.pdf"),
)  # fmt: skip


def texts(data, path):
    return [node.text for node in etree.fromstring(data).iterfind(path, NS)]


def test_an_act_is_archived_with_its_exchange_and_its_acknowledgement():
    data = manifest.write(actes.versement(DOSSIER, "VERS-1", NOW, *SERVICES, accord="ACCORD-ACTES"))
    root = etree.fromstring(data)
    assert root.findtext("s:Date", namespaces=NS) == "2026-06-01T12:00:00Z"
    assert root.findtext("s:ArchivalAgreement", namespaces=NS) == "ACCORD-ACTES"
    assert texts(data, ".//s:OriginatingAgencyArchiveUnitIdentifier") == [ACT_ID]
    assert texts(data, ".//s:BinaryDataObject/s:FileInfo/s:Filename") == [
        "acte.pdf", "annexe.pdf", "tamponne.pdf", "bordereau.pdf", "1-1.xml", "1-2.xml", "3-1.xml", "demande.pdf",
        "3-4.xml", "plan.pdf", "coupe.pdf",
    ]  # fmt: skip
    assert texts(data, ".//s:FinalAction") == ["Keep"]
    top = root.find(".//s:DescriptiveMetadata/s:ArchiveUnit/s:Content", NS)
    dates = [top.findtext(f"s:{name}Date", namespaces=NS) for name in ("Created", "Sent", "Received", "Registered")]
    assert dates == ["2026-03-16", "2026-03-16", "2026-03-17", "2026-03-20"]


def test_every_reference_leads_to_one_file_and_every_file_is_described():
    root = etree.fromstring(manifest.write(actes.versement(DOSSIER, "VERS-1", NOW, *SERVICES)))
    groups = {node.get("id") for node in root.iterfind(".//s:DataObjectGroup", NS)}
    referred = [node.text for node in root.iterfind(".//s:DataObjectGroupReferenceId", NS)]
    assert sorted(groups) == sorted(referred)
    ids = [node.get("id") for node in root.iter() if node.get("id")]
    assert len(ids) == len(set(ids))


def test_the_official_schema_admits_it(referentiels):
    referentiels("seda-2.1")
    assert manifest.official_schema() is not None
    options = {
        "acces": model.Regle("ACC-00002", DAY),
        "conservation": model.Regle("APP-00001", DAY, "Destroy"),
        "profil": "ACTES",
        "accord": "A",
        "niveau_service": "N1",
    }
    assert manifest.write(actes.versement(DOSSIER, "VERS-1", NOW, *SERVICES, **options))


def test_an_act_without_its_acknowledgement_is_not_archived():
    waiting = dataclasses.replace(DOSSIER, echanges=EXCHANGE[:1])
    with pytest.raises(Refused) as caught:
        actes.versement(waiting, "VERS-1", NOW, *SERVICES)
    assert caught.value.code == "seda.acquittement"


def test_a_file_told_by_two_units_is_named_once():
    shared = objet("avis.pdf")
    units = (model.Unite("Un", fichiers=(shared,)), model.Unite("Deux", fichiers=(shared,)))
    data = manifest.write(model.Versement("V", NOW, "", *SERVICES, units))
    assert len(texts(data, ".//s:BinaryDataObject/s:Uri")) == 1
    assert texts(data, ".//s:DataObjectGroupReferenceId") == ["GROUPE1", "GROUPE1"]


GOOD = model.Versement(
    "V", NOW, "Essai", *SERVICES, (model.Unite("Consultation", "RecordGrp", fichiers=(objet("a.pdf"),)),)
)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"identifiant": " "}, "seda.absent"),
        ({"producteur": ""}, "seda.absent"),
        ({"date": datetime(2026, 6, 1)}, "seda.date"),
        ({"unites": ()}, "seda.absent"),
        ({"unites": (model.Unite("\0"),)}, "seda.titre"),
        ({"unites": (model.Unite("A", "Carton"),)}, "seda.niveau"),
        ({"unites": (model.Unite("A", conservation=model.Regle("APP")),)}, "seda.sort"),
        ({"unites": (model.Unite("A", acces=model.Regle()),)}, "seda.acces"),
        ({"unites": (model.Unite("A", fichiers=(objet("a", chemin="../a"),)),)}, "seda.chemin"),
        ({"unites": (model.Unite("A", fichiers=(objet("a", chemin="/etc/passwd"),)),)}, "seda.chemin"),
        ({"unites": (model.Unite("A", fichiers=(model.Objet("a", "a", 1, "00"),)),)}, "seda.empreinte"),
        ({"unites": (model.Unite("A", fichiers=(model.Objet("a", "a", -1, "0" * 128),)),)}, "seda.taille"),
        ({"unites": (model.Unite("A", fichiers=(model.Objet("a", "", 1, "0" * 128),)),)}, "seda.nom"),
        ({"unites": (model.Unite("A", fichiers=(objet("a", b"1"), objet("a", b"2"))),)}, "seda.double"),
    ],
)
def test_a_transfer_that_breaks_a_rule_is_not_written(change, code):
    assert manifest.write(GOOD)
    with pytest.raises(manifest.TransferRefused) as caught:
        manifest.write(dataclasses.replace(GOOD, **change))
    assert code in {item.code for item in caught.value.findings}


def test_a_tree_too_deep_is_refused():
    unite = model.Unite("fond")
    for _level in range(manifest.MAX_DEPTH):
        unite = model.Unite("niveau", "RecordGrp", sous=(unite,))
    with pytest.raises(manifest.TransferRefused) as caught:
        manifest.write(dataclasses.replace(GOOD, unites=(unite,)))
    assert caught.value.code == "seda.profondeur"


texts_of_people = st.text(max_size=40).map(lambda text: text + "a")
files = st.builds(
    lambda name: objet(
        name.replace("/", "_"), chemin="content/" + hashlib.md5(name.encode("utf-8", "replace")).hexdigest()
    ),
    texts_of_people,
)
units = st.recursive(
    st.builds(
        model.Unite,
        texts_of_people,
        st.sampled_from(model.LEVELS),
        texts_of_people,
        fichiers=st.lists(files, max_size=2).map(tuple),
    ),
    lambda below: st.builds(
        model.Unite, texts_of_people, st.just("RecordGrp"), sous=st.lists(below, max_size=3).map(tuple)
    ),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(st.lists(units, min_size=1, max_size=3).map(tuple))
def test_any_tree_of_units_is_a_manifest_or_a_refusal(tree):
    try:
        data = manifest.write(dataclasses.replace(GOOD, unites=tree))
    except manifest.TransferRefused as refusal:
        assert {item.code for item in refusal.findings} <= {"seda.double"}
        return
    assert len(texts(data, ".//s:BinaryDataObject")) == len({item.chemin for item in manifest.objects(tree)})


def a_flow(*exercices):
    answer = pes.Acquittement(date(2026, 8, 31), "accepté", objet("ack.xml"))
    return pes.DossierFlux("FLUX1", "001", "Budget", DAY, DAY, objet("flux.xml"), (answer,), exercices)


def management(data):
    """Return (rule, first day, final fate, description) of the unit of a flow."""
    unit = etree.fromstring(data).find(".//s:DescriptiveMetadata/s:ArchiveUnit", NS)
    rule = unit.find("s:Management/s:AppraisalRule", NS)
    texts = [rule.findtext(f"s:{name}", namespaces=NS) for name in ("Rule", "StartDate", "FinalAction")]
    return (*texts, unit.findtext("s:Content/s:Description", namespaces=NS))


@pytest.mark.parametrize(
    ("exercices", "code", "expected", "until"),
    [
        (("2026",), "", (None, None, "Keep"), "31/12/2036"),
        (("2025", "2026"), "APP-PES", ("APP-PES", "2027-01-01", "Destroy"), "31/12/2036"),
        ((), "APP-PES", ("APP-PES", "2026-08-31", "Destroy"), "30/08/2036"),
        (("année",), "", (None, None, "Keep"), "30/08/2036"),
    ],
)
def test_a_flow_is_eliminated_under_a_rule_from_the_end_of_its_year_and_never_without_one(
    exercices, code, expected, until
):
    data = manifest.write(pes.versement(a_flow(*exercices), "VERS-2", NOW, *SERVICES, regle=code))
    *found, description = management(data)
    assert tuple(found) == expected
    assert "10 ans à compter de la fin de " in description
    assert f"jusqu’au {until} (durée recommandée, instructions DAF/DPACI" in description
    assert description.endswith("sauf durée fixée par l’accord de versement.")
