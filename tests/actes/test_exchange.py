"""An act goes to the préfecture and comes back acknowledged, refused, discussed or cancelled."""

from datetime import date
from io import BytesIO
from megalis.portal.actes import archiving
from megalis.portal.actes import arriving
from megalis.portal.actes import gateway
from megalis.portal.actes import leaving
from megalis.portal.actes import letters
from megalis.portal.actes import outcome
from megalis.portal.actes import registre as registres
from megalis.portal.actes import service
from megalis.portal.formats.actes import codec
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.transports.outcomes import Unknown
from plone.namedfile.file import NamedBlobFile
from pypdf import PdfReader
from tests.actes.conftest import a_pdf
from tests.actes.conftest import mails
from tests.actes.conftest import ready
from tests.actes.conftest import rounds
from tests.actes.conftest import transmit
from tests.actes.conftest import Upload
from zipfile import ZipFile

import pytest


@pytest.fixture
def portal(functional_portal):
    """The worker commits: each test has a database of its own."""
    return functional_portal


def acknowledged(portal, world, office, **more):
    acte = ready(world, **more)
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    return acte


def test_an_act_with_two_annexes_is_acknowledged_stamped_and_told(portal, world, office):
    acte = ready(world, annexes=2)
    originals = [piece.file.data for piece in acte.pieces]
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    assert acte.identifier == "022-212202782-20260316-D2026_001-DE"
    assert acte.reception is not None
    stamped = acte.pieces[0].stamped.data
    assert stamped.startswith(originals[0])
    assert acte.identifier in PdfReader(acte.pieces[0].stamped.open()).pages[0].extract_text()
    assert [piece.file.data for piece in acte.pieces] == originals
    assert acte.slip.data.startswith(b"%PDF")
    told = [mail for mail in mails(portal) if mail["subject"].startswith("Acquitté")]
    assert {mail["to"] for mail in told} == {"redacteurs-actes@a.exemple.fr", "transmetteurs-actes@a.exemple.fr"}
    assert [moment.code for moment in acte.history if moment.code] == ["1-2"]
    assert acte.history[-1].files[0][0].endswith(".xml")
    assert [event["etat"] for event in journal.events(acte, "acte")][-1] == "acquitte"


def test_what_is_missing_is_said_at_once_and_nothing_leaves(portal, world, office):
    acte = service.draft(world.a, {"numero": "X", "date_decision": None, "nature": 1, "matiere": "", "objet": ""}, "")
    with pytest.raises(Refused) as refusal:
        service.transmit(acte, world.transmetteurs)
    assert refusal.value.code == "actes.date"
    assert acte.etat == states.BROUILLON
    assert not office.receptions()


def test_an_anomaly_comes_back_with_its_reason_and_the_act_can_be_corrected(portal, world, office):
    acte = ready(world, objet="Voirie [anomalie]")
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ANOMALIE)
    assert "Anomalie demandée" in acte.history[-1].words
    service.update(acte, {"objet": "Voirie"}, world.redacteurs)
    assert acte.etat == states.BROUILLON
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)


def test_a_request_for_documents_is_acknowledged_by_itself_then_answered(portal, world, office):
    acte = acknowledged(portal, world, office)
    office.letter(acte.identifier, "pieces")
    rounds(portal, lambda: acte.dossier.courriers and acte.dossier.courriers[0].etat == states.COURRIER_ACQUITTE)
    letter = acte.dossier.courriers[0]
    assert "Le plan annexé" in next(moment.words for moment in acte.history if moment.code == "3-1")
    service.answer(acte, "3-1", letter.date, "3-4", [Upload("plan.pdf", a_pdf("Plan"))], world.transmetteurs)
    rounds(portal, lambda: acte.dossier.courriers[0].etat == states.REPONSE_ACQUITTEE)


def test_of_two_requests_each_has_its_own_exchange_and_its_own_answer_in_the_archive(portal, world, office):
    acte = acknowledged(portal, world, office)
    days = (date(2026, 4, 2), date(2026, 4, 9))
    for day in days:
        message = model.DemandePieceComplementaire(
            acte.identifier, day, description=f"Pièce du {day:%d}", document=model.Fichier("lettre.pdf")
        )
        stored = NamedBlobFile(data=codec.build(message, strict=False), filename="m.xml")
        service.move(acte, "", message=message, files=(("m.xml", stored),))
    for day in days:
        service.answer(acte, "3-1", day, "3-4", [Upload(f"plan-{day.day}.pdf", a_pdf(f"Plan {day}"))], "")
    rounds(portal, lambda: all(item.etat == states.REPONSE_ACQUITTEE for item in acte.dossier.courriers))
    for rank, day in enumerate(days):
        lines = [moment for _rank, moment in letters.exchange(acte, acte.dossier.courriers[rank])]
        assert [line.words for line in lines if line.code == "3-1"] == [
            f"La préfecture demande des pièces : Pièce du {day:%d}"
        ]
        assert [line.words for line in lines if not line.code] == [
            "Réception de la demande de pièces signalée", "Les pièces sont parties",
        ]  # fmt: skip
        assert [name for line in lines if line.code == "3-4" for name, _file in line.files] == [f"plan-{day.day}.pdf"]
        assert [line.code for line in lines].count("3-5") == 1
    with ZipFile(BytesIO(b"".join(archiving.make(acte).archive.read()))) as zipped:
        answers = [name for name in zipped.namelist() if "-3-4/" in name and name.endswith(".pdf")]
    assert sorted("plan-2" in name for name in answers) == [False, True]
    for rank, _day in enumerate(days):
        for moment in acte.history:
            vars(moment).pop("letter", None)  # as lines written before it was kept
        old = [moment for _rank, moment in letters.exchange(acte, acte.dossier.courriers[rank])]
        assert [line.code for line in old].count("3-1") == 1


def test_an_answer_without_a_document_or_of_another_kind_is_refused(portal, world, office):
    acte = acknowledged(portal, world, office)
    office.letter(acte.identifier, "observations")
    rounds(portal, lambda: bool(acte.dossier.courriers))
    day = acte.dossier.courriers[0].date
    for code, uploads, expected in (
        ("3-4", [], "actes.reponse-genre"),
        ("4-4", [], "actes.reponse-document"),
        ("4-4", [Upload("a.pdf", b"")], "actes.fichier-vide"),
        ("4-4", [Upload("a.pdf", a_pdf()), Upload("b.pdf", a_pdf())], "actes.reponse-document"),
        ("4-4", [Upload("a.exe", b"MZ")], "actes.format"),
    ):
        with pytest.raises(Refused) as refusal:
            service.answer(acte, "4-1", day, code, uploads, "")
        assert refusal.value.code == expected


def test_a_cancelled_act_leaves_the_register_and_late_acknowledgements_change_nothing(portal, world, office):
    acte = acknowledged(portal, world, office)
    outcome.publish(acte, world.transmetteurs)
    service.cancel(acte, world.transmetteurs)
    rounds(portal, lambda: acte.etat == states.ANNULE)
    assert acte.unpublished_reason
    again = next(moment.files for moment in acte.history if moment.code == "1-2")
    arriving._deliver(portal, again[0][0], again[0][1].data, arriving.codec.parse(again[0][1].data).message, None, [])
    assert acte.etat == states.ANNULE
    assert "rien n’a changé" in acte.history[-1].words


def test_an_answer_that_comes_twice_is_kept_once_as_a_remark(portal, world, office):
    acte = ready(world, objet="Voirie [double]")
    transmit(world, acte)
    rounds(portal, lambda: sum(moment.code == "1-2" for moment in acte.history) == 2)
    assert acte.etat == states.ACQUITTE
    assert "déjà reçu" in acte.history[-1].words


def test_an_answer_about_an_unknown_act_waits_for_the_operator(portal, world, office):
    office.letter("022-212202782-20260101-INCONNU-DE", "courrier")
    rounds(portal, lambda: bool(arriving.orphans(portal)))
    orphan = arriving.orphans(portal)[0]
    assert "INCONNU" in orphan.reason
    assert len(orphan.files) >= 2


def test_a_server_that_is_away_is_tried_again_and_one_that_refuses_is_told(portal, world, office):
    office.down("panne")
    acte = ready(world)
    transmit(world, acte)
    outbox.drain(portal)
    assert acte.etat == states.A_TRANSMETTRE
    office.down("refus")
    for message in outbox.messages(portal):
        message.next_try = outbox.clock.now()
    outbox.drain(portal)
    assert acte.etat == states.ENVOI_REFUSE
    office.down()
    service.resend(acte, world.transmetteurs)
    rounds(portal, lambda: acte.etat == states.ACQUITTE)


class Cut:
    """A transport that takes the archive and is cut before it can say so; ``there`` is what it tells when asked."""

    def __init__(self, transport, there=None):
        self.transport, self.there, self.sent = transport, there, 0

    def send(self, sending):
        self.sent += 1
        self.transport.send(sending)
        raise Unknown("transport.coupure", "La liaison s’est coupée.")

    def seen(self, sending):
        return self.there

    def fetch(self, folder, limit=100):
        return self.transport.fetch(folder, limit)

    def acknowledge(self, *incoming):
        return self.transport.acknowledge(*incoming)


def test_a_cut_after_the_last_byte_is_shown_never_repeated_and_settled_by_the_answer(portal, world, office):
    cut = Cut(office.transport(maildir=True))
    gateway.set_for_tests(cut)
    acte = ready(world)
    transmit(world, acte)
    outbox.drain(portal)
    assert acte.etat == states.ENVOI_INCERTAIN
    rounds(portal, lambda: acte.etat == states.ACQUITTE)
    assert cut.sent == 1
    assert len(office.receptions()) == 1


@pytest.mark.parametrize(("there", "expected"), [(True, states.TRANSMIS), (None, states.ENVOI_INCERTAIN)])
def test_a_worker_killed_while_sending_looks_before_it_sends_again(portal, world, office, there, expected):
    acte = ready(world)
    transmit(world, acte)
    message = next(item for item in outbox.messages(portal) if item.kind == "acte")
    message.payload["begun"] = True
    service.move(acte, "envoi")
    cut = Cut(office.transport(maildir=True), there)
    gateway.set_for_tests(cut)
    outbox.drain(portal)
    assert acte.etat == expected
    assert cut.sent == 0


def test_two_people_are_wanted_where_the_collectivite_says_so(portal, world):
    registres.set_reglages(world.registre, {**registres.reglages(world.registre), "deux_personnes": True})
    acte = ready(world)
    with pytest.raises(Refused) as refusal:
        service.transmit(acte, world.redacteurs)
    assert refusal.value.code == "actes.meme-personne"
    service.submit(acte, world.redacteurs)
    assert any(mail["to"].startswith("transmetteurs-actes") for mail in mails(portal))
    service.transmit(acte, world.transmetteurs)
    assert acte.etat == states.A_TRANSMETTRE


def test_a_number_is_held_by_one_act_and_free_again_when_it_is_given_up(portal, world, acte):
    with pytest.raises(Refused) as refusal:
        ready(world)
    assert refusal.value.code == "actes.numero-double"
    service.abandon(acte, "")
    assert ready(world).numero == "D2026_001"


def test_the_classification_is_asked_for_and_kept(portal, world, office):
    world.registre.classification = None
    assert registres.classification_of(world.registre).date is None
    leaving.ask_classification(world.registre)
    rounds(portal, lambda: world.registre.classification is not None)
    assert registres.classification_of(world.registre).date == office.classification


def test_an_act_that_follows_an_older_classification_must_be_looked_at_again(portal, world, acte):
    acte.classification_date = None
    assert "actes.classification-absente" in {item.code for item in service.findings(acte)}
    service.update(acte, {}, "")
    assert not service.findings(acte)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("vide.pdf", b"", "actes.fichier-vide"),
        ("abime.pdf", b"%PDF-1.4 rien", "actes.pdf-illisible"),
        ("programme.exe", b"MZ", "actes.format"),
    ],
)
def test_a_file_that_may_not_go_is_refused_with_the_reason(world, name, data, code):
    acte = ready(world, annexes=0)
    with pytest.raises(Refused) as refusal:
        service.add_piece(acte, Upload(name, data))
    assert refusal.value.code == code
    assert len(acte.pieces) == 1


def test_what_left_is_no_longer_changed(portal, world, office):
    acte = acknowledged(portal, world, office)
    for change in (
        lambda: service.update(acte, {"objet": "Autre"}),
        lambda: service.remove_piece(acte, acte.pieces[0].id),
        lambda: service.add_piece(acte, Upload("a.pdf", a_pdf())),
    ):
        with pytest.raises(Refused) as refusal:
            change()
        assert refusal.value.code == "actes.parti"


def test_four_hours_without_an_answer_are_told(portal, world, office):
    acte = ready(world, objet="Voirie [muet]")
    transmit(world, acte)
    rounds(portal, lambda: acte.etat == states.TRANSMIS)
    later = outbox.clock.now() + outbox.timedelta(hours=4, minutes=1)
    outbox.clock.set_for_tests(later)
    try:
        arriving.timers(portal)
    finally:
        outbox.clock.set_for_tests()
    assert acte.etat == states.SANS_REPONSE
    assert any("Quatre heures" in mail["subject"] for mail in mails(portal))


@pytest.mark.parametrize(("days", "expected"), [(30, states.ACQUITTE), (75, states.CONTROLE_ECHU)])
def test_the_end_of_the_control_is_remarked_once_two_months_have_passed(portal, world, office, days, expected):
    acte = acknowledged(portal, world, office)
    outbox.clock.set_for_tests(outbox.clock.now() + outbox.timedelta(days=days))
    try:
        arriving.timers(portal)
    finally:
        outbox.clock.set_for_tests()
    assert acte.etat == expected
