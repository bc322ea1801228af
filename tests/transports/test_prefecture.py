"""Archives sent to the simulated préfecture by HTTPS, and its answers read by IMAP or in its maildir."""

from datetime import date
from io import BytesIO
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes.assembly import answer_part
from megalis.portal.formats.actes.assembly import cancel_part
from megalis.portal.formats.actes.assembly import classification_part
from megalis.portal.formats.actes.classification import from_message
from megalis.portal.formats.refusal import Refused
from megalis.portal.transports.outcomes import Refusal
from megalis.portal.transports.outcomes import Sending
from megalis.portal.transports.outcomes import TryLater
from megalis.portal.transports.outcomes import Unknown
from megalis.portal.transports.simulator import paper
from megalis.portal.transports.simulator import scenario
from megalis.portal.transports.simulator.prefecture import Prefecture
from pypdf import PdfReader
from tests.transports import acts

import dataclasses
import imaplib
import pytest
import socket
import ssl
import time


@pytest.fixture
def office(tmp_path):
    with Prefecture(tmp_path / "prefecture") as made:
        yield made


def test_an_act_sent_is_acknowledged_by_mail(office, tmp_path):
    identifier, sending = acts.sending("DEL_1")
    transport = office.transport()
    receipt = transport.send(sending)
    assert receipt.name == sending.name and not receipt.already
    (answer,) = acts.read(transport, tmp_path, 1)
    (message,) = acts.messages(answer)
    assert isinstance(message, model.ARActe) and message.id_acte == identifier
    assert message.acte.objet == "Voirie communale"
    assert [event["nom"] for event in office.receptions()] == [sending.name]


def test_an_answer_stays_until_it_is_acknowledged_and_keeps_its_key(office, tmp_path):
    transport = office.transport()
    transport.send(acts.sending("DEL_1")[1])
    (first,) = acts.read(transport, tmp_path, 1)
    (tmp_path / "b").mkdir()
    (again,) = acts.read(transport, tmp_path / "b", 1)
    assert again.key == first.key
    transport.acknowledge(again)
    transport.acknowledge(first)
    (tmp_path / "c").mkdir()
    assert list(transport.fetch(tmp_path / "c")) == []


def test_an_answer_acknowledged_may_be_kept_in_a_folder_of_the_mailbox(office, tmp_path):
    transport = office.transport(kept="Traites")
    transport.send(acts.sending("DEL_1")[1])
    (answer,) = acts.read(transport, tmp_path, 1)
    transport.acknowledge(answer)
    assert len(office.letterbox.letters("Traites")) == 1
    assert office.letterbox.letters("INBOX") == []


def test_the_maildir_gives_the_same_answers(office, tmp_path):
    transport = office.transport(maildir=True)
    identifier, sending = acts.sending("DEL_1")
    transport.send(sending)
    (answer,) = acts.read(transport, tmp_path, 1)
    assert acts.messages(answer)[0].id_acte == identifier
    transport.acknowledge(answer)
    transport.acknowledge(answer)
    (tmp_path / "encore").mkdir()
    assert list(transport.fetch(tmp_path / "encore")) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("[pieces]", ["1-2", "3-1"]),
        ("[observations]", ["1-2", "4-1"]),
        ("[courrier]", ["1-2", "2-1"]),
        ("[defere]", ["1-2", "5-1"]),
        ("[anomalie]", ["1-3"]),
        ("[ar pieces observations]", ["1-2", "3-1", "4-1"]),
        ("[double]", ["1-2", "1-2"]),
        ("[pieces desordre]", ["3-1", "1-2"]),
        ("[annule]", ["1-2", "6-2"]),
        ("[lent=0.2]", ["1-2"]),
        ("[utf-8]", ["1-2"]),
        ("[menteur]", ["1-2"]),
        ("[rien de connu]", ["1-2"]),
    ],
)
def test_the_object_of_an_act_says_what_is_answered(office, tmp_path, words, expected):
    identifier, sending = acts.sending("DEL_1", f"Création d’un cimetière {words}")
    transport = office.transport()
    transport.send(sending)
    found = acts.read(transport, tmp_path, len(expected))
    assert acts.codes(found) == expected
    for item in found:
        for message in acts.messages(item):
            assert getattr(message, "id_acte", identifier) == identifier
            acte = getattr(message, "acte", None)
            assert acte is None or acte.objet.startswith("Création d'un cimetière")


def test_letters_bring_their_document(office, tmp_path):
    transport = office.transport()
    transport.send(acts.sending("DEL_1", "Budget [pieces]")[1])
    letter = acts.read(transport, tmp_path, 2)[1]
    (message,) = acts.messages(letter)
    assert message.document.nom in [file.name for file in letter.files]


def test_answers_keep_the_official_schema(office, tmp_path, referentiels):
    referentiels("actes/actesv1_1.xsd")
    transport = office.transport()
    words = "[ar courrier pieces observations defere annule]"
    transport.send(acts.sending("DEL_1", words)[1])
    transport.send(acts.sending("DEL_2", "[anomalie]", serie=2)[1])
    transport.send(acts.sending("DEL_3", "[anomalie-enveloppe]", serie=3)[1])
    transport.send(acts.packed([classification_part(acts.COLLECTIVITE)], 4))
    transport.send(acts.packed([classification_part(acts.COLLECTIVITE, office.classification)], 5))
    found = acts.read(transport, tmp_path, 10)
    for item in found:
        for file in item.files:
            if file.name.endswith(".xml"):
                received = codec.parse(file.path.read_bytes())
                assert received.schema and received.warnings == (), file.name


def test_an_unknown_root_arrives_as_it_is(office, tmp_path):
    transport = office.transport()
    transport.send(acts.sending("DEL_1", "[inconnu]")[1])
    (answer,) = acts.read(transport, tmp_path, 1)
    with pytest.raises(Refused) as refusal:
        codec.parse(answer.files[0].path.read_bytes())
    assert refusal.value.code == "actes.racine"


def test_the_dialogue_goes_on(office, tmp_path):
    identifier, sending = acts.sending("DEL_1", "[pieces observations]")
    transport = office.transport()
    transport.send(sending)
    _ar, asked, objected = [acts.messages(item)[0] for item in acts.read(transport, tmp_path, 3)]
    answers = [
        answer_part(model.ARDemandePieceComplementaire, asked),
        answer_part(model.PieceComplementaire, asked, (("pdf", acts.PDF),)),
        answer_part(model.ReponseLettreObservations, objected, (("pdf", acts.PDF),)),
        cancel_part(identifier),
    ]
    for serie, part in enumerate(answers, 2):
        transport.send(acts.packed([part], serie))
    (tmp_path / "suite").mkdir()
    found = acts.read(transport, tmp_path / "suite", 6)
    assert sorted(acts.codes(found)) == ["1-2", "3-1", "3-5", "4-1", "4-5", "6-2"]


def test_the_classification_is_given_when_it_is_asked_for_and_new(office, tmp_path):
    transport = office.transport()
    transport.send(acts.packed([classification_part(acts.COLLECTIVITE)], 1))
    (answer,) = acts.read(transport, tmp_path, 1)
    known = from_message(acts.messages(answer)[0])
    assert known.date == office.classification and known.codes("8.4.1") == (8, 4, 1)


def test_an_act_under_an_old_classification_is_an_anomaly(office, tmp_path):
    old = acts.classification(date(2020, 1, 1))
    transport = office.transport()
    transport.send(acts.sending("DEL_1", known=old)[1])
    (answer,) = acts.read(transport, tmp_path, 1)
    assert acts.messages(answer)[0].nature == "002"


def test_an_act_received_twice_is_told_the_second_time(office, tmp_path):
    transport = office.transport()
    transport.send(acts.sending("DEL_1")[1])
    transport.send(acts.sending("DEL_1", serie=2)[1])
    assert acts.codes(acts.read(transport, tmp_path, 2)) == ["1-2", "1-3"]


def test_an_archive_that_is_none_gets_an_anomaly_or_nothing_but_no_crash(office, tmp_path):
    transport = office.transport()
    transport.send(Sending("MEG-TACT--213502388--20260316-1.tar.gz", b"\x1f\x8bpas une archive"))
    _identifier, part = acts.act("DEL_1")
    broken = dataclasses.replace(part, fichiers=())
    transport.send(acts.packed([broken], 2))
    (answer,) = acts.read(transport, tmp_path, 1)
    (anomaly,) = acts.messages(answer)
    assert isinstance(anomaly, model.AnomalieEnveloppe)
    assert answer.files[0].name == "ANO_TACT--213502388--20260316-2.xml"
    assert office.receptions()[0]["motif"] and office.receptions()[1]["actes"] == []


@pytest.mark.parametrize(
    ("word", "error", "received"),
    [
        ("panne", TryLater, False),
        ("refus", Refusal, False),
        ("erreur", Unknown, True),
        ("coupure", Unknown, True),
        ("coupure-avant", Unknown, False),
    ],
)
def test_each_way_to_fail_is_told_apart(office, word, error, received):
    _identifier, sending = acts.sending("DEL_1", f"[{word}]")
    with pytest.raises(error):
        office.transport().send(sending)
    assert bool(office.receptions()) is received


def test_a_server_that_is_down_says_when_to_come_back(office):
    office.down("panne")
    with pytest.raises(TryLater) as failure:
        office.transport().send(acts.sending("DEL_1")[1])
    assert failure.value.after == 60 and failure.value.code == "transport.indisponible"
    office.down()
    office.transport().send(acts.sending("DEL_1")[1])


def test_a_stopped_server_took_nothing(tmp_path):
    office = Prefecture(tmp_path)
    with office:
        transport = office.transport()
    for attempt in (lambda: transport.send(acts.sending("DEL_1")[1]), lambda: list(transport.fetch(tmp_path))):
        with pytest.raises(TryLater):
            attempt()


def test_started_again_it_goes_on_with_what_it_had_to_answer(tmp_path):
    with Prefecture(tmp_path / "prefecture") as office:
        office.transport().send(acts.sending("DEL_1", "[lent=1.5]")[1])
    with Prefecture(tmp_path / "prefecture") as office:
        transport = office.transport()
        assert acts.codes(acts.read(transport, tmp_path, 1)) == ["1-2"]
        transport.send(acts.sending("DEL_1", serie=2)[1])
        (tmp_path / "suite").mkdir()
        assert acts.codes(acts.read(transport, tmp_path / "suite", 2)) == ["1-2", "1-3"]


def test_an_archive_received_just_before_a_kill_is_answered_at_the_next_start(tmp_path):
    _identifier, sending = acts.sending("DEL_1")
    folder = tmp_path / "prefecture"
    (folder / "recus").mkdir(parents=True)
    (folder / "recus" / f"000001-{sending.name}").write_bytes(sending.content)
    (folder / "recus" / ".recu-moitie").write_bytes(b"moitie")
    with Prefecture(folder) as office:
        assert acts.codes(acts.read(office.transport(), tmp_path, 1)) == ["1-2"]
        assert not (folder / "recus" / ".recu-moitie").exists()


def test_a_letter_may_come_of_its_own_accord(office, tmp_path):
    identifier, sending = acts.sending("DEL_1")
    transport = office.transport()
    transport.send(sending)
    acts.read(transport, tmp_path, 1)
    office.letter(identifier, "observations")
    (tmp_path / "suite").mkdir()
    assert acts.codes(acts.read(transport, tmp_path / "suite", 2)) == ["1-2", "4-1"]


def test_rules_of_a_file_say_what_is_answered(tmp_path):
    path = tmp_path / "scenario.json"
    path.write_text('{"defaut": "muet", "regles": [{"si": "voirie", "alors": "anomalie"}]}', "utf-8")
    rules = scenario.load(path, "ar", scenario.PREFECTURE)
    with Prefecture(tmp_path / "prefecture", scenario=rules) as office:
        transport = office.transport()
        transport.send(acts.sending("DEL_1", "Cimetière")[1])
        transport.send(acts.sending("DEL_2", serie=2)[1])
        assert acts.codes(acts.read(transport, tmp_path, 1, quiet=0.2)) == ["1-3"]


@pytest.mark.parametrize("text", ['{"defaut": "gentil"}', '{"regles": [{"si": "("}]}', "[]", "{", '{"regles": 3}'])
def test_a_scenario_that_is_none_is_refused(tmp_path, text):
    path = tmp_path / "scenario.json"
    path.write_text(text, "utf-8")
    with pytest.raises(scenario.ScenarioError):
        scenario.load(path, "ar", scenario.PREFECTURE)


def test_a_client_without_the_certificate_is_turned_away(office):
    transport = office.transport()
    stranger = ssl.create_default_context(cafile=str(office.papers.authority))
    address = dataclasses.replace(transport.address, context=lambda: stranger)
    # The server's alert may be lost with the connection: then nobody can tell, which is what is said.
    with pytest.raises((TryLater, Unknown)) as failure:
        dataclasses.replace(transport, address=address).send(acts.sending("DEL_1")[1])
    assert failure.value.code in ("transport.certificat", "transport.incertain")
    assert office.receptions() == []


def test_a_server_of_another_authority_is_not_believed(office):
    transport = office.transport()
    address = dataclasses.replace(transport.address, context=ssl.create_default_context)
    with pytest.raises(TryLater) as failure:
        dataclasses.replace(transport, address=address).send(acts.sending("DEL_1")[1])
    assert failure.value.code == "transport.serveur"


def test_a_client_that_says_nothing_holds_up_nobody(office):
    with (
        socket.create_connection(("127.0.0.1", office.port)),
        socket.create_connection(("127.0.0.1", office.imap_port)),
    ):
        begun = time.monotonic()
        office.transport().send(acts.sending("DEL_1")[1])
        assert time.monotonic() - begun < 20


def test_a_wrong_password_is_refused_by_the_mailbox(office, tmp_path):
    transport = office.transport()
    letters = dataclasses.replace(transport.letters, password="autre")
    with pytest.raises(TryLater):
        list(letters.fetch(tmp_path))


def test_the_mailbox_answers_what_a_mail_reader_asks(office):
    transport = office.transport()
    transport.send(acts.sending("DEL_1")[1])
    transport.send(acts.sending("DEL_2", serie=2)[1])
    end = time.monotonic() + 60
    while len(office.letterbox.letters()) < 2 and time.monotonic() < end:
        time.sleep(0.02)
    context = ssl.create_default_context(cafile=str(office.papers.authority))
    with imaplib.IMAP4_SSL("127.0.0.1", office.imap_port, ssl_context=context) as box:
        assert box.noop()[0] == "OK"
        with pytest.raises(imaplib.IMAP4.error):
            box.select()
        box.login(office.login, office.password)
        assert b'"INBOX"' in box.list()[1][0]
        assert box.select()[1] == [b"2"]
        assert box.search(None, "ALL")[1] == [b"1 2"]
        assert box.search(None, "UNSEEN", "UID", "2:*")[1] == [b"2"]
        said, data = box.fetch("1", "(UID FLAGS RFC822.SIZE INTERNALDATE BODY.PEEK[])")
        assert said == "OK" and data[0][1].startswith(b"From: ")
        assert f"RFC822.SIZE {len(data[0][1])}".encode() in data[0][0]
        assert box.search(None, "SEEN")[1] == [b""]
        box.fetch("1", "(RFC822)")
        assert box.search(None, "SEEN")[1] == [b"1"]
        box.store("1", "-FLAGS", r"(\Seen)")
        assert box.search(None, "SEEN")[1] == [b""]
        assert box.create("Traites")[0] == "OK" and box.copy("1", "Traites")[0] == "OK"
        assert box.copy("1", "Nulle-part")[0] == "NO"
        box.store("1", "+FLAGS", r"(\Deleted)")
        assert box.expunge()[1] == [b"1"]
        assert box.search(None, "ALL")[1] == [b"1"]
        assert box.status("Traites", "(MESSAGES)")[1] == [b'"Traites" (MESSAGES 1 UNSEEN 1)']
        assert box.select("Traites", readonly=True)[1] == [b"1"]
        for wrong in ("BODYSTRUCTURE", "ENVELOPE"):
            with pytest.raises(imaplib.IMAP4.error):
                box.fetch("1", f"({wrong})")


def test_archives_keep_their_bytes_on_the_way(office):
    _identifier, sending = acts.sending("DEL_1")
    tricky = dataclasses.replace(sending, content=sending.content + b"\r\n--fin--\r\n" * 30_000)
    office.transport().send(tricky)
    (kept,) = (office.folder / "recus").glob("000001-*")
    assert kept.read_bytes() == tricky.content


def test_a_letter_opens_as_a_page_that_says_what_it_is():
    made = paper.page("PRÉFECTURE SIMULÉE", "Le plan (annexé) à l’acte \\ manque. " * 5)
    reader = PdfReader(BytesIO(made), strict=True)
    words = " ".join(reader.pages[0].extract_text().split())
    assert words.startswith("PRÉFECTURE SIMULÉE Le plan (annexé) à l’acte \\ manque.")
