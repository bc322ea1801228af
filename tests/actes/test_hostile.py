"""What goes wrong on the way of an act: bad answers, two workers, a kill between two steps. Nothing is lost, sent twice or a fault."""

from megalis.portal.actes import arriving
from megalis.portal.actes import gateway
from megalis.portal.actes import leaving
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import classification
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.formats.actes.parts import Matiere
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import outbox
from megalis.portal.transports.outcomes import File
from megalis.portal.transports.outcomes import Incoming
from megalis.portal.transports.simulator.prefecture import CLASSIFICATION
from tests.actes.conftest import a_pdf
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import transmit
from tests.actes.conftest import Upload
from ZODB.POSException import ConflictError

import datetime
import pytest
import transaction


@pytest.fixture
def portal(functional_portal):
    """The worker commits: each test has a database of its own."""
    return functional_portal


@pytest.fixture
def received(portal, world, office):
    acte = ready(world, annexes=0)
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    return acte


@pytest.fixture
def give(portal, tmp_path):
    """Return a function: names and bytes of the files of one answer, as if a préfecture had sent it."""

    def receive(**files):
        kept = []
        for rank, (name, data) in enumerate(files.items()):
            path = tmp_path / f"{rank}"
            path.write_bytes(data)
            kept.append(File(name, path))
        arriving.receive(portal, Incoming("cle", tuple(kept), "Réponse"))
        return [orphan.reason for orphan in arriving.orphans(portal)]

    return receive


def acknowledgement(acte):
    return next(moment.files[0] for moment in acte.history if moment.code == "1-2")


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>'
    b"<a>&c;&c;&c;&c;</a>"
)
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


@pytest.mark.parametrize(
    "data",
    [b"", b"<", b"\xff\xfe<\x00a\x00/\x00>\x00", BOMB, EXTERNAL, b"<a>" * 50_000, b"\0" * 5000, b"<autre/>"],
    ids=["vide", "coupe", "utf-16", "bombe", "externe", "profond", "zeros", "inconnu"],
)
def test_an_answer_that_cannot_be_read_is_kept_aside_whole_with_its_reason(portal, world, give, data):
    (reason,) = give(**{"044-x.xml": data})
    assert reason
    assert "passwd" not in reason.lower()
    assert arriving.orphans(portal)[0].files[0][1].data == data


def test_an_acknowledgement_that_lies_about_its_encoding_still_finds_its_act(portal, world, office, give):
    acte = ready(world, objet="Été à la crèche")
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    name, file = acknowledgement(acte)
    liar = file.data.decode("iso-8859-1").encode("utf-8")
    assert give(**{name: liar}) == []
    assert "déjà reçu" in acte.history[-1].words


@pytest.mark.parametrize("etat", ["acquitte", "annule"])
def test_an_acknowledgement_that_comes_again_changes_nothing_even_after_the_cancellation(
    portal, world, received, give, etat
):
    if etat == "annule":
        service.cancel(received, world.transmetteurs)
        rounds(portal, lambda: received.etat == states.ANNULE)
    name, file = acknowledgement(received)
    before, slip = received.reception, received.slip
    assert give(**{name: file.data}) == []
    assert received.etat == etat
    assert (received.reception, received.slip) == (before, slip)
    assert "rien n’a changé" in received.history[-1].words


def test_a_letter_about_a_cancelled_act_is_kept_with_it_and_told(portal, world, received, office):
    service.cancel(received, world.transmetteurs)
    rounds(portal, lambda: received.etat == states.ANNULE)
    office.letter(received.identifier, "courrier")
    rounds(portal, lambda: bool(received.dossier.courriers))
    assert received.etat == states.ANNULE
    assert "trop tard" in next(moment.words for moment in received.history if moment.code == "2-1")


def test_an_answer_of_another_siren_reaches_no_act_of_ours(portal, world, received, give):
    name, file = acknowledgement(received)
    other = received.identifier.replace("212202782", "212201131")
    data = file.data.replace(received.identifier.encode(), other.encode())
    (reason,) = give(**{name.replace("212202782", "212201131"): data})
    assert other in reason
    assert received.etat == states.ACQUITTE
    assert sum(moment.code == "1-2" for moment in received.history) == 1


def test_an_answer_about_an_act_nobody_knows_is_kept_with_its_files(portal, world, received, give):
    name, file = acknowledgement(received)
    data = file.data.replace(received.identifier.encode(), received.identifier.replace("D2026_001", "PERDU").encode())
    (reason,) = give(**{name: data, "lettre.pdf": a_pdf()})
    assert "PERDU" in reason
    assert len(arriving.orphans(portal)[0].files) == 2


def test_a_bad_answer_does_not_keep_the_good_one_beside_it_from_its_act(portal, world, office, give):
    acte = ready(world, objet="Voirie [muet]")
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.TRANSMIS)
    arrived = model.ARActe(acte.identifier, service.today(), None, CLASSIFICATION)
    good = codec.build(arrived, strict=False)
    reasons = give(**{"a.xml": BOMB, f"{acte.identifier}-1-2_1.xml": good})
    assert len(reasons) == 1
    assert acte.etat == states.ACQUITTE


def test_a_classification_that_drops_a_matiere_in_use_keeps_the_draft_from_leaving_and_says_which(portal, world, acte):
    known = classification.builtin()

    def grown(branch):
        below = tuple(grown(item) for item in known.below(branch.code) if item.code != "8.4")
        return Matiere(int(branch.code.rpartition(".")[2]), branch.libelle, below)

    tree = tuple(grown(item) for item in known.below())
    newer = model.RetourClassification(
        CLASSIFICATION + datetime.timedelta(days=30), tuple(known.natures.values()), tree
    )
    changes = registres.keep_classification(world.registre, codec.build(newer, strict=False))
    assert "8.4" in changes.dropped
    found = {finding.code: finding.message for finding in service.findings(acte)}
    assert {"actes.matiere-inconnue", "actes.classification-perimee"} <= set(found)
    assert "8.4" in found["actes.matiere-inconnue"]
    with pytest.raises(Refused):
        service.transmit(acte, world.transmetteurs)
    service.update(acte, {"matiere": "8.3"}, world.redacteurs)
    assert not service.findings(acte)


def test_a_classification_that_drops_a_matiere_leaves_acts_that_were_sent_as_they_are(portal, world, received):
    known = classification.builtin()
    tree = tuple(Matiere(int(top.code), top.libelle, (Matiere(9, "Divers", ()),)) for top in known.below())
    newer = model.RetourClassification(
        CLASSIFICATION + datetime.timedelta(days=30), tuple(known.natures.values()), tree
    )
    registres.keep_classification(world.registre, codec.build(newer, strict=False))
    outcome.publish(received, world.transmetteurs)
    assert received.published_at is not None
    assert outcome.slip(received).startswith(b"%PDF")


def test_151_megabytes_are_refused_at_the_file_that_goes_over_and_the_others_stay(world, monkeypatch):
    acte = ready(world, annexes=0)
    monkeypatch.setattr(service, "LARGEST", acte.pieces[0].size + 1000)
    with pytest.raises(Refused) as refusal:
        service.add_piece(acte, Upload("gros.pdf", a_pdf() + b"\n" * 1000))
    assert refusal.value.code == "actes.taille"
    assert len(acte.pieces) == 1


class Killed(BaseException):
    """The process is gone: nothing after this runs, not even what catches every error."""


class Dying:
    """A transport whose process dies at ``where``: before the first byte, or once the other side has it all."""

    def __init__(self, transport, where):
        self.transport, self.where, self.sent = transport, where, 0

    def send(self, sending):
        if self.where == "avant":
            self.where = ""
            raise Killed
        self.sent += 1
        receipt = self.transport.send(sending)
        if self.where == "apres":
            self.where = ""
            raise Killed
        return receipt

    def seen(self, sending):
        return self.transport.seen(sending)

    def fetch(self, folder, limit=100):
        return self.transport.fetch(folder, limit)

    def acknowledge(self, *incoming):
        return self.transport.acknowledge(*incoming)


@pytest.mark.parametrize("where", ["avant", "apres"])
def test_a_worker_killed_around_the_sending_leaves_an_act_that_arrives_once_or_is_shown_uncertain(
    portal, world, office, where
):
    dying = Dying(office.transport(maildir=True), where)
    gateway.set_for_tests(dying)
    acte = ready(world)
    transmit(world, acte)
    transaction.commit()
    with pytest.raises(Killed):
        outbox.drain(portal)
    transaction.abort()
    assert acte.etat == states.EN_ENVOI
    for message in outbox.messages(portal):
        if message.kind == "acte":
            message.next_try = outbox.clock.now()
    transaction.commit()
    rounds(portal, lambda: acte.etat in (states.ACQUITTE, states.ENVOI_INCERTAIN))
    assert len(office.receptions()) <= 1
    if acte.etat == states.ENVOI_INCERTAIN:
        service.resend(acte, world.transmetteurs)
        rounds(portal, lambda: acte.etat == states.ACQUITTE)
    assert acte.etat == states.ACQUITTE


def test_two_workers_with_one_message_send_it_once(portal, world, office):
    """The second has read the queue before the first took the message: its own taking of it is a conflict."""
    acte = ready(world)
    transmit(world, acte)
    transaction.commit()
    manager = transaction.TransactionManager()
    connection = portal._p_jar.db().open(transaction_manager=manager)
    try:
        theirs = next(
            item for item in outbox.due(connection.get(portal._p_oid), outbox.clock.now()) if item.kind == "acte"
        )
        outbox.drain(portal)
        assert len(office.receptions()) == 1
        theirs.state = "en-cours"
        with pytest.raises(ConflictError):
            manager.commit()
        manager.abort()
    finally:
        connection.close()
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    assert len(office.receptions()) == 1


def test_a_classification_asked_for_twice_is_taken_once_and_nothing_is_stuck(portal, world, office):
    leaving.ask_classification(world.registre)
    leaving.ask_classification(world.registre)
    rounds(portal, lambda: world.registre.asked is None)
    assert registres.classification_of(world.registre).date == office.classification
