"""A flow goes to the Trésor and its answers come back on its lines; nothing is sent twice unseen, nothing is lost."""

from datetime import timedelta
from megalis.portal.formats.pes import acquit
from megalis.portal.formats.pes import outcome
from megalis.portal.formats.pes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.helios import arriving
from megalis.portal.helios import digest
from megalis.portal.helios import gateway
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.helios import service
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.transports.outcomes import Unknown
from pathlib import Path
from tests.formats import pes_flows as flows
from tests.helios.conftest import deposited
from tests.helios.conftest import mails
from tests.helios.conftest import rounds
from tests.helios.conftest import SENDER
from tests.helios.conftest import transmit
from tests.organisations.conftest import BRIEUC
from ZODB.POSException import ConflictError

import pytest
import re
import transaction


@pytest.fixture
def portal(functional_portal):
    """The worker commits: each test has a database of its own."""
    return functional_portal


def answered(portal, world, nomfic, **options):
    flux = deposited(world, nomfic, **options)
    transmit(world, flux)
    rounds(portal, lambda: flux.etat in states.ANSWERED)
    return flux


def came(portal, path, data, name="ACK.xml"):
    """Give the bytes of an answer as if they had come."""
    target = Path(path, name)
    target.write_bytes(data)
    arriving.receive(portal, name, target)


def test_a_flow_is_sent_under_its_name_and_accepted(portal, world, office):
    flux = answered(portal, world, "FLUX1")
    assert flux.etat == states.ACQUITTE
    day = f"{clock.paris(clock.now()):%y%m%d}"
    (event,) = office.receptions()
    assert event["nom"] == flux.sent_as == f"PESALR2_{BRIEUC}_{day}_001.xml"
    assert event["sha256"] == flux.sha256
    assert event["parametres"]["P_DEST"] == "SERV01"
    told = [mail for mail in mails(portal) if mail["subject"].startswith("Accepté par le Trésor")]
    assert {mail["to"] for mail in told} == {"redacteurs-pes@a.exemple.fr", SENDER}
    events = [event["evenement"] for event in journal.events(flux, "pes")]
    assert events == ["depot", "controle", "transmission", "envoi", "transmis", "acquit"]
    assert flux.history[-1].files[0][1].data.startswith(b"<?xml")


def test_a_mixed_answer_is_laid_over_the_very_line_that_is_wrong(portal, world, office):
    flux = answered(portal, world, "FLUX1 [mixte]")
    assert flux.etat == states.MIXTE
    heads = outcome.heads([tete.bordereau() for tete in flux.lecture.tetes], flux.elements)
    assert [outcome.shown(heads[index]) for index in (0, 1)] == [acquit.ACCEPTED, outcome.WITH_BORDEREAU]
    (anomaly,) = outcome.anomalies(flux.elements)
    assert (anomaly.bordereau, anomaly.piece, anomaly.ligne) == ("8", "3", "2")
    assert any("pièce 3, ligne 2" in mail["text"] for mail in mails(portal))


def test_a_refused_flow_says_why(portal, world, office):
    flux = answered(portal, world, "FLUX1 [nack]")
    assert flux.etat == states.REFUSE
    assert outcome.anomalies(flux.elements)[0].lieu == "Le flux entier"


def test_a_return_waits_in_the_inbox_with_what_was_paid_and_rejected(portal, world, office):
    flux = answered(portal, world, "FLUX1 [retour]")
    rounds(portal, lambda: len(world.registre.retours) == 1)
    assert flux.etat == states.ACQUITTE
    (found,) = world.registre.retours.values()
    assert found.counts == {"paye": 1, "rejete": 1}
    assert not found.read_by
    assert any("1 payée, 1 rejetée" in mail["subject"] for mail in mails(portal))
    arriving.receive(portal, "encore.xml", Path(_copy(found.file)))
    assert len(world.registre.retours) == 1


def _copy(file):
    with file.open() as stream:
        return stream.name


def test_a_return_for_a_siret_we_sent_for_finds_its_register(portal, world, office):
    answered(portal, world, "FLUX1 [retour]", siret="21350238800019")
    rounds(portal, lambda: len(world.registre.retours) == 1)


def test_an_acknowledgement_that_comes_twice_changes_nothing(portal, world, office):
    flux = deposited(world, "FLUX1 [double]")
    transmit(world, flux)
    rounds(portal, lambda: any("déjà reçu" in moment.words for moment in flux.history))
    assert flux.etat == states.ACQUITTE and len(flux.answers) == 1


def test_an_answer_for_an_unknown_flow_or_of_another_kind_waits_for_the_operator(portal, world, office, tmp_path):
    for data, code in (
        (flows.acquit("", nomfic="JAMAIS VU"), "pes.inconnu"),
        (flows.flow(), "pes.sens"),
        (b'<?xml version="1.0" encoding="ISO-8859-1"?><rien/>', "pes.racine"),
        (b"<?xml", "pes.xml"),
    ):
        with pytest.raises(Refused) as refusal:
            came(portal, tmp_path, data)
        assert refusal.value.code == code
    flux = deposited(world, "FLUX9 [inconnu]")
    transmit(world, flux)
    rounds(portal, lambda: bool(arriving.orphans(portal)))
    (orphan,) = arriving.orphans(portal)
    assert "PES_Demain" in orphan.reason and orphan.file.data
    assert flux.etat == states.TRANSMIS


def test_an_answer_in_a_lying_encoding_is_read_all_the_same(portal, world, office):
    assert answered(portal, world, "FLUX1 [mixte menteur]").etat == states.MIXTE


def test_an_answer_about_a_flow_that_never_left_changes_nothing(portal, world, office, tmp_path):
    flux = deposited(world)
    came(portal, tmp_path, flows.acquit('<ElementACQUIT><DomaineAck V="0"/><EtatAck V="1"/></ElementACQUIT>'))
    assert flux.etat == states.DEPOSE and "rien n’a changé" in flux.history[-1].words
    assert not flux.answers


def test_a_gateway_that_is_away_is_tried_again_under_the_same_name_and_one_that_refuses_is_told(portal, world, office):
    flux = deposited(world, "FLUX1 [panne]")
    transmit(world, flux)
    outbox.drain(portal)
    assert flux.etat == states.A_TRANSMETTRE
    name = flux.sent_as
    outbox.hurry(portal, service.KIND)
    outbox.drain(portal)
    assert flux.sent_as == name
    other = deposited(world, "FLUX2 [refus]")
    transmit(world, other)
    outbox.drain(portal)
    assert other.etat == states.ENVOI_REFUSE
    service.abandon(other, world.clerk)
    assert deposited(world, "FLUX2 [refus]")


def test_a_file_that_changed_since_its_deposit_does_not_leave(portal, world, office):
    flux = deposited(world)
    transaction.commit()
    path = Path(_copy(flux.file))
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b'V="10.00"', b'V="90.00"'))
    assert not service.intact(flux)
    transmit(world, flux)
    outbox.drain(portal)
    assert flux.etat == states.ENVOI_REFUSE
    assert "a changé depuis son dépôt" in flux.history[-1].words
    assert not office.receptions()


class Cut:
    """A transport that takes the flow and is stopped before it can say so; ``there`` is what it tells when asked."""

    def __init__(self, transport, error, there=None):
        self.transport, self.error, self.there, self.sent = transport, error, there, 0

    def send(self, sending):
        self.sent += 1
        self.transport.send(sending)
        raise self.error

    def seen(self, sending):
        return self.there

    def fetch(self, folder, limit=100):
        return self.transport.fetch(folder, limit)

    def acknowledge(self, *incoming):
        return self.transport.acknowledge(*incoming)


def test_a_cut_after_the_last_byte_is_shown_never_repeated_and_settled_by_the_answer(portal, world, office):
    cut = Cut(office.transport(), Unknown("transport.incertain", "La liaison s’est coupée."))
    gateway.set_for_tests(cut)
    flux = deposited(world)
    transmit(world, flux)
    outbox.drain(portal)
    assert flux.etat == states.ENVOI_INCERTAIN
    rounds(portal, lambda: flux.etat == states.ACQUITTE)
    assert cut.sent == 1 and len(office.receptions()) == 1


class Killed(BaseException):
    """What a kill is to a worker: nothing of it catches this."""


@pytest.mark.parametrize(("there", "expected"), [(True, states.TRANSMIS), (None, states.ENVOI_INCERTAIN)])
def test_a_worker_killed_between_sending_and_recording_sends_once(portal, world, office, there, expected):
    cut = Cut(office.transport(), Killed(), there)
    gateway.set_for_tests(cut)
    flux = deposited(world)
    transmit(world, flux)
    transaction.commit()
    with pytest.raises(Killed):
        outbox.drain(portal)
    transaction.abort()
    assert flux.etat == states.EN_ENVOI
    for message in outbox.messages(portal):
        message.next_try = clock.now()
    transaction.commit()
    outbox.drain(portal)
    assert flux.etat == expected
    assert cut.sent == 1 and len(office.receptions()) == 1
    rounds(portal, lambda: flux.etat == states.ACQUITTE)


def test_a_flow_without_an_outcome_is_sent_again_only_when_a_person_says_so(portal, world, office):
    gateway.set_for_tests(Cut(office.transport(), Unknown("transport.incertain", "Coupé.")))
    flux = deposited(world, "FLUX1 [muet]")
    transmit(world, flux)
    outbox.drain(portal)
    gateway.set_for_tests(office.transport())
    outbox.drain(portal)
    assert len(office.receptions()) == 1
    service.resend(flux, world.sender)
    outbox.drain(portal)
    first, second = office.receptions()
    assert (first["nom"], first["sha256"]) == (second["nom"], second["sha256"])


def test_an_answer_that_comes_before_a_decided_resend_keeps_it_here(portal, world, office, tmp_path):
    gateway.set_for_tests(Cut(office.transport(), Unknown("transport.incertain", "Coupé.")))
    flux = deposited(world, "FLUX1 [muet]")
    transmit(world, flux)
    outbox.drain(portal)
    service.resend(flux, world.sender)
    came(
        portal,
        tmp_path,
        flows.acquit('<ElementACQUIT><DomaineAck V="0"/><EtatAck V="1"/></ElementACQUIT>', nomfic="FLUX1 [muet]"),
    )
    outbox.drain(portal)
    assert flux.etat == states.ACQUITTE and len(office.receptions()) == 1


def test_two_workers_at_once_send_once(portal, world, office):
    flux = deposited(world)
    transmit(world, flux)
    transaction.commit()
    manager = transaction.TransactionManager()
    connection = portal._p_jar.db().open(manager)
    try:
        other = connection.root()["Application"].unrestrictedTraverse(portal.getPhysicalPath())
        (message,) = [item for item in outbox.due(other, clock.now()) if item.kind == service.KIND]
        outbox.drain(portal)
        message.state = "en-cours"
        with pytest.raises(ConflictError):
            manager.commit()
        manager.abort()
    finally:
        connection.close()
    assert len(office.receptions()) == 1


def test_a_paused_queue_keeps_its_flows_until_it_goes_on(portal, world, office):
    outbox.pause(portal, service.KIND)
    flux = deposited(world)
    transmit(world, flux)
    outbox.drain(portal)
    assert flux.etat == states.A_TRANSMETTRE
    (queue,) = [item for item in outbox.queues(portal) if item.kind == service.KIND]
    assert (queue.title, queue.count, queue.since is not None) == ("Envoi des flux PES au Trésor", 1, True)
    outbox.resume(portal, service.KIND)
    rounds(portal, lambda: flux.etat == states.ACQUITTE)


def test_48_hours_without_an_acknowledgement_are_told_once(portal, world, office):
    flux = deposited(world, "FLUX1 [muet]")
    transmit(world, flux)
    outbox.drain(portal)
    arriving.timers(clock.now() + timedelta(hours=47))
    assert flux.etat == states.TRANSMIS
    for _turn in range(2):
        arriving.timers(clock.now() + timedelta(hours=49))
    assert flux.etat == states.SANS_REPONSE
    told = [mail["to"] for mail in mails(portal) if mail["subject"].startswith("Quarante-huit heures")]
    assert sorted(told) == sorted(["redacteurs-pes@a.exemple.fr", SENDER])


def test_the_digest_of_the_morning_names_what_waits_once_a_day(portal, world, office):
    flux = deposited(world, "FLUX1 [muet]")
    transmit(world, flux)
    outbox.drain(portal)
    night = clock.paris(clock.now()).replace(hour=5) + timedelta(days=1)
    digest.turn(night)
    assert not [mail for mail in mails(portal) if "acquittement" in mail["subject"]]
    for hours in (3, 4):
        digest.turn(night + timedelta(hours=hours))
    (mail,) = [mail for mail in mails(portal) if mail["subject"] == "1 flux attend son acquittement"]
    assert mail["to"] == SENDER and "FLUX1 [muet] : transmis, en attente d’acquittement, hier" in mail["text"]
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "releve": False})
    digest.turn(night + timedelta(days=1, hours=3))
    assert len([mail for mail in mails(portal) if "acquittement" in mail["subject"]]) == 1


def test_the_thousandth_flow_of_a_day_waits_for_the_next(portal, world, office, monkeypatch):
    monkeypatch.setattr(rules, "MOST", 1)
    first, second = deposited(world), deposited(world, "FLUX2")
    for flux in (first, second):
        transmit(world, flux)
    outbox.drain(portal)
    assert re.fullmatch(r"PESALR2_\d{14}_\d{6}_001\.xml", first.sent_as)
    (message,) = [item for item in outbox.messages(portal) if item.kind == service.KIND and item.state == "en-attente"]
    assert message.next_try > clock.now() + timedelta(hours=5)
    assert second.etat == states.A_TRANSMETTRE and not second.sent_as
