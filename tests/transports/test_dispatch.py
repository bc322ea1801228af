"""Answers sorted by act and by flow, whatever their names and e-mails say; and an act that lives through all of them."""

from datetime import date
from datetime import datetime
from datetime import UTC
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import model as pes_model
from megalis.portal.transports import dispatch
from megalis.portal.transports.outcomes import Incoming
from megalis.portal.transports.outcomes import spooled
from megalis.portal.transports.simulator.prefecture import Prefecture
from tests.formats import actes_samples as samples
from tests.formats import pes_flows as flows
from tests.transports import acts

import dataclasses
import pytest


NOW = datetime(2026, 3, 16, 9, tzinfo=UTC)


@pytest.fixture
def came(tmp_path):
    """Return a function: names and bytes of files -> ``Incoming``."""

    def make(**files):
        held = [spooled(tmp_path, rank, name, data) for rank, (name, data) in enumerate(files.items())]
        return Incoming("1", tuple(held))

    return make


def built(message):
    return codec.build(message, strict=False)


ENVELOPE = built(samples.MESSAGES["reponse"])


@pytest.mark.parametrize("code", ["1-2", "2-1", "3-1", "3-5", "4-1", "4-5", "5-1", "6-2"])
def test_a_message_says_its_act(came, code):
    letter = samples.LETTRE.nom
    (found,) = dispatch.actes(
        came(
            **{
                "enveloppe.xml": ENVELOPE,
                "n-importe-quoi.xml": built(samples.MESSAGES[code]),
                letter: acts.PDF,
                "x.pdf": b"",
            }
        )
    )
    assert (found.code, found.id_acte, found.siren, found.problem) == (code, samples.ACT_ID, samples.SIREN, "")
    assert set(found.files) == ({letter} & {item.nom for item in model.files_of(found.message)})


def test_an_anomaly_is_placed_by_its_name_or_by_the_act_it_gives_back(came):
    anomaly = built(samples.MESSAGES["1-3"])
    acte = samples.ACTE
    expected = f"035-{samples.SIREN}-{acte.date:%Y%m%d}-{acte.numero}-DE"
    (found,) = dispatch.actes(came(**{f"{samples.ACT_ID}-1-3_1.xml": anomaly}))
    assert (found.code, found.id_acte) == ("1-3", samples.ACT_ID)
    (found,) = dispatch.actes(came(**{f"035-{samples.SIREN}----1-3_1.xml": anomaly}))
    assert found.id_acte == expected
    (found,) = dispatch.actes(came(**{"a.xml": ENVELOPE, "b.xml": anomaly}))
    assert found.id_acte == expected
    (found,) = dispatch.actes(came(**{"b.xml": anomaly}))
    assert found.id_acte == "" and "quel acte" in found.problem


def test_a_refused_envelope_is_placed_by_its_name(came):
    (found,) = dispatch.actes(came(**{"ANO_EACT--213502388--20260316-7.xml": built(samples.MESSAGES["anomalie"])}))
    assert (found.code, found.enveloppe, found.siren) == ("ANO", "EACT--213502388--20260316-7.xml", samples.SIREN)


@pytest.mark.parametrize("code", ["7-2", "7-3"])
def test_a_classification_is_about_no_act(came, code):
    (found,) = dispatch.actes(came(**{"a.xml": ENVELOPE, "b.xml": built(samples.MESSAGES[code])}))
    assert (found.code, found.id_acte, found.problem, found.siren) == (code, "", "", samples.SIREN)


def test_what_is_not_an_answer_is_told_and_not_lost(came):
    found = dispatch.actes(
        came(**{"a.xml": b"<autre/>", "b.xml": b"pas du xml", "c.xml": built(samples.MESSAGES["1-1"]), "d.XML": b""})
    )
    assert [item.name for item in found] == ["a.xml", "b.xml", "c.xml", "d.XML"]
    assert all(item.problem and not item.code for item in found)


def test_real_answers_are_sorted(came, referentiels):
    folder = referentiels("actes/samples")
    names = ("044-214400152----1-3_1.xml", "EACT--SPREF0441-214400152-20181012-9.xml")
    (found,) = dispatch.actes(came(**{name: (folder / name).read_bytes() for name in names}))
    assert (found.code, found.id_acte, found.siren) == ("1-3", "044-214400152-20181001-123456-DE", "214400152")
    name = "006-210600235-20180522-684-AI-1-2_5279.xml"
    (found,) = dispatch.actes(came(**{name: (folder / name).read_bytes()}))
    assert (found.code, found.id_acte, found.siren) == ("1-2", "006-210600235-20180522-684-AI", "210600235")


def test_flows_are_placed_by_their_key(came):
    element = (
        '<ElementACQUIT><DomaineAck V="5"/><EtatAck V="1"/><NumBord V="7"/><ExerciceBord V="2026"/></ElementACQUIT>'
    )
    found = dispatch.pes(
        came(**{"a": flows.acquit(element), "b": flows.flow(), "c": b"<a/>", "d": b"", "e": flows.acquit(element)[:80]})
    )
    assert (found[0].kind, found[0].entete.key, found[0].outcome) == (
        pes_model.ACQUIT,
        ("FLUX1", "123"),
        acquit.ACCEPTED,
    )
    assert all(item.problem and not item.kind for item in found[1:])


def test_real_accounts_are_sorted(came, referentiels):
    folder = referentiels("pes/samples")
    names = ("006111_190130123456-ACK-A3020100_A0000MIX_KO.xml", "HELIOS_SIMU_RETOUR_1565181244_184723364.xml")
    mixed, returned = dispatch.pes(came(**{name: (folder / name).read_bytes() for name in names}))
    assert (mixed.kind, mixed.outcome) == (pes_model.ACQUIT, acquit.MIXED)
    assert (returned.kind, returned.entete.collectivite) == (pes_model.RETOUR, "12345678900012")


def test_an_act_lives_through_what_the_prefecture_answers(tmp_path):
    identifier, sending = acts.sending("DEL_1", "Voirie [observations double]")
    dossier = lifecycle.Dossier(states.TRANSMIS, NOW)
    remarks = []
    with Prefecture(tmp_path / "prefecture") as office:
        transport = office.transport()
        transport.send(sending)
        for incoming in acts.read(transport, tmp_path, 4):
            (answer,) = dispatch.actes(incoming)
            assert (answer.id_acte, answer.siren) == (identifier, acts.SIREN)
            received = getattr(answer.message, "date_reception", None)
            day = getattr(answer.message, "date_courrier", None)
            suite = lifecycle.advance(dossier, lifecycle.Evenement(answer.code, NOW, received, day))
            dossier = suite.dossier
            remarks.append(suite.remarque)
    assert dossier.etat == states.ACQUITTE and dossier.reception == date.today()
    assert [letter.code for letter in dossier.courriers] == ["4-1"]
    assert remarks == ["", lifecycle.TWICE, "", lifecycle.TWICE]


def test_an_answer_is_never_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        dispatch.ActesAnswer("a", None).code = "1-2"
