"""Flows sent to the simulated Trésor by FTPS, and its answers read in its folder."""

from datetime import date
from lxml import etree
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import answering
from megalis.portal.formats.pes import model
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import schemas
from megalis.portal.formats.pes import source
from megalis.portal.transports import helios
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import Sending
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.outcomes import Unknown
from megalis.portal.transports.simulator.tresor import Tresor
from tests.formats import pes_flows as flows
from tests.transports.acts import read

import dataclasses
import pytest
import ssl


@pytest.fixture
def office(tmp_path):
    with Tresor(tmp_path / "tresor") as made:
        yield made


def flow(nomfic="FLUX1", **options):
    """Return the bytes of a flow of two bordereaux."""
    two = flows.bordereau(7) + flows.bordereau(8, flows.piece(3, flows.line(1) + flows.line(2)), amount="20.00")
    return flows.flow(options.pop("bordereaux", two), nomfic=nomfic, **options)


def sending(nomfic="FLUX1", name="PESALR2_21350238800019_260316_001.xml", **options):
    entete = model.Entete(typfic="PESALR2", nomfic=nomfic, cod_col="123", poste="035007", cod_bud="00")
    return Sending(name, flow(nomfic, **options), helios.parameters("SERV01", entete))


def acquits(found):
    """Return the ``Acquit`` of answers, by their order."""
    return [acquit.read(source.look(item.files[0].path))[0] for item in found]


def test_a_flow_is_sent_with_its_parameters_and_acknowledged(office, tmp_path):
    transport = office.transport()
    assert transport.send(sending()).name == "PESALR2_21350238800019_260316_001.xml"
    (answer,) = read(transport, tmp_path, 1)
    (found,) = acquits([answer])
    assert found.entete.key == ("FLUX1", "123") and found.outcome == acquit.ACCEPTED
    (event,) = office.receptions()
    assert event["parametres"] == {"P_DEST": "SERV01", "P_APPLI": "GHELPES2", "P_MSG": "PESALR2#123#035007#00"}


def test_an_answer_stays_until_it_is_acknowledged(office, tmp_path):
    transport = office.transport()
    transport.send(sending())
    (first,) = read(transport, tmp_path, 1)
    (tmp_path / "encore").mkdir()
    (again,) = transport.fetch(tmp_path / "encore")
    assert again.key == first.key
    transport.acknowledge(again)
    transport.acknowledge(first)
    (tmp_path / "fin").mkdir()
    assert list(transport.fetch(tmp_path / "fin")) == []


def test_an_answer_replaced_by_another_is_not_removed(office, tmp_path):
    transport = office.transport()
    transport.send(sending())
    (answer,) = read(transport, tmp_path, 1)
    path = office.outtray.folder / answer.subject
    path.write_bytes(b"autre")
    transport.acknowledge(answer)
    assert path.read_bytes() == b"autre"


def test_a_mixed_answer_is_by_line(office, tmp_path):
    transport = office.transport()
    transport.send(sending("[mixte]"))
    (found,) = acquits(read(transport, tmp_path, 1))
    assert found.outcome == acquit.MIXED
    path = tmp_path / "flux.xml"
    path.write_bytes(flow("[mixte]"))
    flux = reading.read(source.look(path))[0]
    merged = acquit.merge(flux, found)
    assert [merged.bordereaux[rank].etat for rank in (0, 1)] == [acquit.ACCEPTED, acquit.REFUSED]
    assert [item.code for item in merged.lignes[1, 0, 1].erreurs] == ["ERREUR_AUTRE"]
    assert merged.lignes[1, 0, 0].erreurs == [] and merged.orphans == []


def test_a_flow_refused_as_a_whole_is_told_so(office, tmp_path):
    transport = office.transport()
    transport.send(sending("[nack]"))
    (found,) = acquits(read(transport, tmp_path, 1))
    assert found.outcome == acquit.REFUSED and found.elements[0].erreurs


def test_a_return_comes_after_the_acknowledgement(office, tmp_path):
    transport = office.transport()
    transport.send(sending("[retour]"))
    found = read(transport, tmp_path, 2)
    kinds = [source.look(item.files[0].path).root for item in found]
    assert sorted(kinds) == ["PES_ACQUIT", "PES_Retour"]
    returned = next(item for item in found if item.subject.startswith("PES_RETOUR"))
    flux = reading.read(source.look(returned.files[0].path))[0]
    states = [piece.etat for item in flux.bordereaux for piece in item.pieces]
    assert states == [answering.PAID, answering.REJECTED]
    assert flux.entete.collectivite == "21350238800019"


@pytest.mark.parametrize("words", ["[ok]", "[mixte]", "[nack]", "[retour]"])
def test_answers_keep_the_official_schemas(office, tmp_path, referentiels, words):
    referentiels("pes")
    transport = office.transport()
    transport.send(sending(words))
    for item in read(transport, tmp_path, 2 if words == "[retour]" else 1):
        looked = source.look(item.files[0].path)
        held = schemas.of(looked)
        root = etree.parse(str(item.files[0].path)).getroot()
        assert held and any(not schema.findings(root, "pes.schema") for schema in held.values())


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"id_ver": 1}, "ERREUR_VERSION_PES"),
        ({"bordereaux": "", "pjs": ""}, "ERREUR_FLUX_VIDE"),
        ({"encoding": "UTF-8"}, "ERREUR_ENCODING"),
        ({"bordereaux": flows.bordereau(7) + flows.bordereau(7)}, "ERREUR_DOUBLON_BORDEREAU"),
        ({"bordereaux": flows.bordereau(7, amount="99.00")}, "ERREUR_CUMUL_MONTANTS"),
    ],
)
def test_what_the_tresor_checks_is_refused(office, tmp_path, options, code):
    transport = office.transport()
    transport.send(sending(**options))
    (found,) = acquits(read(transport, tmp_path, 1))
    assert code in [error.code for error in found.elements[0].erreurs]


def test_parameters_that_do_not_say_what_the_flow_says_are_refused(office, tmp_path):
    transport = office.transport()
    lying = dataclasses.replace(sending(), parameters=sending().parameters | {"P_MSG": "PESALR2#999#035007#00"})
    transport.send(lying)
    (found,) = acquits(read(transport, tmp_path, 1))
    assert [error.code for error in found.elements[0].erreurs] == ["ERREUR_PES_PARAM"]


def test_a_flow_received_twice_is_told_the_second_time(office, tmp_path):
    transport = office.transport()
    transport.send(sending())
    transport.send(sending(name="PESALR2_21350238800019_260316_002.xml"))
    outcomes = sorted(item.outcome for item in acquits(read(transport, tmp_path, 2)))
    assert outcomes == [acquit.ACCEPTED, acquit.REFUSED]


def test_answers_may_come_twice_late_in_another_encoding_or_be_unknown(office, tmp_path):
    transport = office.transport()
    for rank, words in enumerate(("[double]", "[lent=0.3]", "[utf-8 mixte]", "[inconnu]")):
        transport.send(sending(words, f"PESALR2_21350238800019_260316_{rank:03d}.xml"))
    found = read(transport, tmp_path, 5)
    roots = sorted(source.look(item.files[0].path).root for item in found)
    assert roots == ["PES_ACQUIT"] * 4 + ["PES_Demain"]
    assert len({item.key for item in found}) == 5


def test_a_flow_renamed_once_whole_is_taken_once(office, tmp_path):
    transport = office.transport(".part")
    transport.send(sending())
    assert len(read(transport, tmp_path, 1)) == 1
    (event,) = office.receptions()
    assert event["nom"] == "PESALR2_21350238800019_260316_001.xml"
    assert transport.seen(sending()) is None


@pytest.mark.parametrize(
    ("word", "error", "received"),
    [
        ("panne", TryLater, False),
        ("refus", Refusal, False),
        ("coupure", Unknown, True),
        ("coupure-avant", Unknown, False),
    ],
)
def test_each_way_to_fail_is_told_apart(office, word, error, received):
    with pytest.raises(error):
        office.transport().send(sending(f"[{word}]"))
    assert bool(office.receptions()) is received


def test_what_is_no_flow_is_kept_and_answers_nothing(office, tmp_path):
    broken = dataclasses.replace(sending(), content=flow()[:500])
    office.transport().send(broken)
    (event,) = office.receptions()
    assert event["motif"] and event["reponses"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"P_DEST": ""},
        {"P_DEST": "SERV01\r\nDELE x"},
        {"P_MSG": "PESALR2#123#035007"},
        {"P_MSG": "PESALR2#12é#035007#00"},
    ],
)
def test_parameters_that_could_be_commands_do_not_leave(office, changes):
    wrong = dataclasses.replace(sending(), parameters=sending().parameters | changes)
    with pytest.raises(Refusal) as refusal:
        office.transport().send(wrong)
    assert refusal.value.code == "transport.parametres"


def test_a_header_that_names_no_post_has_no_parameters():
    with pytest.raises(Refusal):
        helios.parameters("SERV01", model.Entete(typfic="PESALR2", cod_col="123", cod_bud="00"))


@pytest.mark.parametrize("name", ["../x.xml", "a/b.xml", "a\r\nb.xml", ""])
def test_a_name_leads_nowhere_else(office, name):
    with pytest.raises(Refusal) as refusal:
        office.transport().send(dataclasses.replace(sending(), name=name))
    assert refusal.value.code == "transport.nom"


def test_a_stranger_is_refused_and_a_stranger_is_not_believed(office, tmp_path):
    transport = office.transport()
    with pytest.raises(TryLater) as failure:
        dataclasses.replace(transport, password="autre").send(sending())
    assert failure.value.code == "transport.droits"
    with pytest.raises(TryLater) as failure:
        list(dataclasses.replace(transport, context=ssl.create_default_context).fetch(tmp_path))
    assert failure.value.code == "transport.serveur"


def test_started_again_it_goes_on_with_what_it_had_to_answer(tmp_path):
    with Tresor(tmp_path / "tresor") as office:
        office.transport().send(sending("[lent=1.5]"))
    with Tresor(tmp_path / "tresor") as office:
        transport = office.transport()
        assert len(read(transport, tmp_path, 1)) == 1
        transport.send(sending("[lent=1.5]", "PESALR2_21350238800019_260316_002.xml"))
        (tmp_path / "suite").mkdir()
        found = acquits(read(transport, tmp_path / "suite", 2))
        assert sorted(item.outcome for item in found) == [acquit.ACCEPTED, acquit.REFUSED]


def test_a_flow_received_just_before_a_kill_is_answered_at_the_next_start(tmp_path):
    folder = tmp_path / "tresor"
    (folder / "recus").mkdir(parents=True)
    (folder / "recus" / "000001-PESALR2_21350238800019_260316_001.xml").write_bytes(flow())
    with Tresor(folder) as office:
        assert acquits(read(office.transport(), tmp_path, 1))[0].outcome == acquit.ACCEPTED


def test_a_stopped_server_took_nothing(tmp_path):
    office = Tresor(tmp_path / "tresor")
    with office:
        transport = office.transport()
    with pytest.raises(TryLater) as failure:
        transport.send(sending())
    assert failure.value.code == "transport.injoignable"


def test_an_answer_that_grows_too_large_is_told_and_not_read(office, tmp_path):
    transport = office.transport()
    transport.send(sending())
    read(transport, tmp_path, 1)
    (tmp_path / "petit").mkdir()
    (found,) = dataclasses.replace(transport, largest=100).fetch(tmp_path / "petit")
    assert found.problem and found.files == ()


def test_a_return_is_written_for_mandats_only(tmp_path):
    assert answering.retour(model.Flux(model.ALLER), date(2026, 3, 16), "R") is None
