"""What lies beside the road: late bids, a procedure nobody answered, signed documents, commissions."""

from datetime import timedelta
from html import unescape
from io import BytesIO
from io import StringIO
from megalis.portal.awards import commissions
from megalis.portal.awards import late
from megalis.portal.awards import meetings
from megalis.portal.awards import notification
from megalis.portal.awards import signing
from megalis.portal.awards import steps
from megalis.portal.awards.rules import quorum
from megalis.portal.awards.tasks import Meetings
from megalis.portal.consultations import api as consultations
from megalis.portal.consultations import workflow
from megalis.portal.consultations.dossier import preparing
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.exchanges.attachments import Attachment
from megalis.portal.consultations.meeting import IBidJudgement
from megalis.portal.consultations.meeting import ISignedDocuments
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import mail
from megalis.portal.kernel import outbox
from megalis.portal.organisations import create
from megalis.portal.organisations import people
from plone import api
from pypdf import PdfReader
from tests.awards.conftest import ROLES
from tests.awards.scene import Awarding
from tests.awards.scene import FILE
from tests.awards.scene import NAMES
from tests.awards.scene import SIRETS
from tests.awards.test_analysis import fill
from tests.deposits.scene import bid
from zope.component import getAdapter

import csv
import dataclasses
import pytest
import transaction


DAY = timedelta(days=1)
MEMBERS = """président ; Anne Le Goff ; anne@plougastel.example ; maire
titulaire ; Yann Prigent ; yann@plougastel.example
Titulaire ; Soazig Tanguy ; soazig@plougastel.example
tit ; Erwan Kermarrec
suppléant ; Nolwenn Guéguen ; nolwenn@plougastel.example
voix consultative ; Comptable public ; comptable@dgfip.example"""
PDF = b"%PDF-1.4 acte d'engagement signe"
LOST = {"decision": "infructueux", "winner": "", "winner_siret": "", "amount": None}


def code(function, *values, **more):
    with pytest.raises((Refused, workflow.Refused)) as refused:
        function(*values, **more)
    return refused.value.code


def read(browser):
    return " ".join(unescape(browser.contents).split())


def pdf_text(piece):
    with piece.blob.open() as stream:
        reader = PdfReader(BytesIO(stream.read()))
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


class TestLateBids:
    @pytest.fixture
    def tardy(self, as_agents):
        scene = Awarding(as_agents, bidders=2)
        who = dataclasses.replace(scene.company(SIRETS[2], NAMES[2]), email="tard@granit.example")
        demand, tails = bid(scene.consultation, who, (None, "offre", FILE))
        scene.late, _made = service.finish(scene.consultation, who, demand, tails, clock.now())
        return scene.open()

    def test_a_late_bid_stays_out_of_the_analysis_and_waits_for_a_decision(self, tardy):
        assert [item.id for item in late.undecided(tardy.consultation)] == [tardy.late.id]
        assert {row["etat"] for row in opening.rows(tardy.consultation) if row["depot"] == tardy.late.id} == {
            "hors-delai"
        }

    def test_it_is_kept_sealed_then_rejected_with_a_letter_once(self, tardy):
        person, sheet = people.get(tardy.buyer), {"signataire": "La maire"}
        late.decide(tardy.consultation, tardy.late.id, late.KEPT, "On vérifie", person, sheet)
        assert messages.sent(tardy.consultation) == [] and late.undecided(tardy.consultation) == []
        late.decide(tardy.consultation, tardy.late.id, late.REJECTED, "Aucun incident constaté.", person, sheet)
        (message,) = messages.sent(tardy.consultation)
        text = message.deliveries[0].text
        assert clock.french(tardy.late.received, seconds=True) in text and "Aucun incident constaté." in text
        refused = code(late.decide, tardy.consultation, tardy.late.id, late.KEPT, "", person, sheet)
        assert refused == "tardif.fait"
        assert journal.count(tardy.consultation, "pli-tardif") == 2

    def test_who_was_told_of_it_is_not_written_to_as_rejected_besides(self, tardy):
        workflow.fire(tardy.consultation, "analyser")
        taken = {"decision": "attribue", "winner": NAMES[0], "winner_siret": SIRETS[0], "amount": 9, "reason": ""}
        workflow.decide(tardy.consultation, {"": taken})
        workflow.fire(tardy.consultation, "decider")
        rejected = dict(letters.rejected(tardy.consultation))
        assert {item.name for item in rejected} == {NAMES[1], NAMES[2]}
        (author,) = (item for item in rejected if item.name == NAMES[2])
        told = getAdapter(tardy.consultation, IBidJudgement).told(author, "")
        received, limit = (clock.french(at, seconds=True) for at in (tardy.late.received, tardy.consultation.deadline))
        assert received in told["reason"] and limit in told["reason"]
        late.decide(tardy.consultation, tardy.late.id, late.REJECTED, "", people.get(tardy.buyer), {"signataire": "A"})
        assert [item.name for item, _lots in letters.rejected(tardy.consultation)] == [NAMES[1]]

    def test_what_is_not_late_is_not_decided_here(self, tardy):
        person = people.get(tardy.buyer)
        assert code(late.decide, tardy.consultation, "zz", late.KEPT, "", person, {}) == "tardif.inconnu"
        assert code(late.decide, tardy.consultation, tardy.late.id, "zz", "", person, {}) == "tardif.choix"


class TestNobodyAnswered:
    def test_the_absence_of_bids_is_stated_without_a_key_and_declared_infructueux(self, functional_portal, visit):
        with api.env.adopt_roles(ROLES):
            scene = Awarding(functional_portal, bidders=0)
            transaction.commit()
        agent = visit(scene.buyer)
        agent.open(f"{scene.consultation.absolute_url()}/@@gestion")
        agent.getLink("Constater l’absence de pli").click()
        agent.getControl("Constater l’absence de pli").click()
        assert "L’absence de pli est constatée" in read(agent), read(agent)
        assert "Aucune offre n’a été reçue dans les délais" in read(agent)
        agent.getControl("Arrêter la décision").click()
        assert "La décision est arrêtée" in read(agent), read(agent)
        agent.getLink("Notifier").click()
        agent.getControl("Notifier").click()
        assert "La consultation est notifiée" in read(agent), read(agent)
        transaction.begin()
        assert consultations.decisions(scene.consultation)[""]["decision"] == "infructueux"
        assert journal.count(scene.consultation, "sans-pli") == 1
        clock.set_for_tests()

    def test_a_bid_in_time_is_opened_by_a_key_and_nothing_else(self, as_agents):
        scene = Awarding(as_agents, bidders=1)
        assert not late.may_declare_none(scene.consultation)
        assert code(late.declare_none, scene.consultation, "Anne") == "sans-pli"
        assert consultations.state(scene.consultation) == "close"


class TestSignedDocuments:
    @pytest.fixture
    def decided(self, scene):
        taken = {"decision": "attribue", "winner": NAMES[0], "winner_siret": SIRETS[0], "amount": 9, "reason": ""}
        workflow.decide(scene.consultation, {"": taken})
        workflow.fire(scene.consultation, "decider")
        return scene

    def test_they_are_kept_as_they_are_with_their_fingerprint(self, decided):
        piece = Attachment("acte.pdf", PDF)
        signing.add(decided.consultation, "", (piece,), "tous", "Anne")
        (kept,) = signing.documents(decided.consultation)
        assert kept.piece.sha256 == piece.sha256
        (event,) = journal.events(decided.consultation, "piece-signee")
        assert event["pieces"] == [piece.told()]
        again = (Attachment("autre-nom.pdf", PDF),)
        assert code(signing.add, decided.consultation, "", again, "tous", "Anne") == "signature.double"

    def test_each_holder_has_those_signed_with_it_and_those_signed_for_all(self, scene):
        scene.consultation.framework = "bons-de-commande"
        other = {"name": NAMES[1], "siret": SIRETS[1]}
        taken = {"decision": "attribue", "winner": NAMES[0], "winner_siret": SIRETS[0], "amount": 9, "reason": ""}
        workflow.decide(scene.consultation, {"": {**taken, "holders": (other,)}})
        workflow.fire(scene.consultation, "decider")
        mine, common = Attachment("acte.pdf", PDF), Attachment("commun.pdf", PDF + b" ")
        key = notification.key_of(other)
        signing.add(scene.consultation, "", (mine,), "tous", "Anne", key)
        signing.add(scene.consultation, "", (common,), "tous", "Anne")
        found = getAdapter(scene.consultation, ISignedDocuments)
        told = {item.name: found.of(item, lots) for item, lots in letters.winners(scene.consultation)}
        assert told == {NAMES[0]: [common], NAMES[1]: [mine, common]}
        piece = (Attachment("b.pdf", PDF + b"  "),)
        assert code(signing.add, scene.consultation, "", piece, "tous", "A", "zz") == "signature.titulaire"

    def test_those_kept_before_a_lot_could_have_several_holders_are_for_all(self, decided):
        signing.add(decided.consultation, "", (Attachment("acte.pdf", PDF),), "tous", "Anne")
        (kept,) = signing.documents(decided.consultation)
        names = [name for name in signing.Signed.__slots__ if name != "holder"]
        former = signing.Signed.__new__(signing.Signed)
        former.__setstate__((None, {name: getattr(kept, name) for name in names}))
        assert former.holder == "" and former.piece is kept.piece

    def test_only_for_what_is_awarded_and_by_somebody(self, decided):
        pieces = (Attachment("acte.pdf", PDF),)
        assert code(signing.add, decided.consultation, "7", pieces, "tous", "A") == "signature.lot"
        assert code(signing.add, decided.consultation, "", pieces, "zz", "A") == "signature.signataire"
        assert code(signing.add, decided.consultation, "", (), "tous", "A") == "signature.vide"

    def test_not_before_the_decision(self, scene):
        assert code(signing.add, scene.consultation, "", (Attachment("a.pdf", PDF),), "tous", "A") == "signature.etape"


def test_the_archive_has_the_analysis_the_minutes_and_what_was_signed_though_no_file_of_a_bid_was_filed(scene):
    fill(scene.consultation, marks=(40, 10, 20))
    cao = commissions.keep(scene.town, "", quorum.CAO, "", "", "", True, MEMBERS, "Anne")
    chosen = [(consultations.uuid(scene.consultation), [])]
    meeting = meetings.plan(scene.town, cao, clock.now() + DAY, "Mairie", chosen, "Anne")
    clock.set_for_tests(meeting.at + timedelta(hours=1))
    meetings.attend(scene.town, meeting, {m["key"]: quorum.PRESENT for m in meeting.members}, "", "Anne")
    meetings.close(scene.town, meeting, "Anne")
    others = ({"name": NAMES[1], "siret": SIRETS[1], "amount": 7, "members": ((NAMES[2], SIRETS[2]),)},)
    taken = {"decision": "attribue", "winner": NAMES[0], "winner_siret": SIRETS[0], "amount": 9, "reason": ""}
    workflow.decide(scene.consultation, {"": {**taken, "winner_amount": 8, "holders": others}})
    workflow.fire(scene.consultation, "decider")
    signing.add(scene.consultation, "", (Attachment("acte.pdf", PDF),), "tous", "Anne")
    reads_bids = preparing.may_read_bids(scene.consultation)
    assert not reads_bids
    parts = preparing.parts(scene.consultation, reads_bids)
    found = {f"{part.folder}/{file.path}": file for part in parts for file in part()}
    names = ["analyse.pdf", "analyse.csv", "pv-commission-01.pdf", "signes/001-acte.pdf"]
    assert [name for name in found if name.startswith("attribution/")] == [f"attribution/{name}" for name in names]
    awarding = [part for part in parts if part.folder == "attribution"]
    assert [part.weigh()[0] for part in awarding] == [2, 1, 1]
    told = BytesIO()
    found["consultation/decisions.csv"].data(told)
    rows = list(csv.reader(StringIO(told.getvalue().decode("utf-8-sig")), delimiter=";"))
    assert [row[3:7] for row in rows[1:]] == [
        [NAMES[0], SIRETS[0], "", "8,00"],
        [NAMES[1], SIRETS[1], f"{NAMES[2]} ({SIRETS[2]})", "7,00"],
    ]


class TestCommissions:
    @pytest.fixture
    def cao(self, scene):
        scene.cao = commissions.keep(scene.town, "", quorum.CAO, "", "", "", True, MEMBERS, "Anne")
        return scene

    def meet(self, scene, again=False):
        chosen = [(consultations.uuid(scene.consultation), [])]
        return meetings.plan(scene.town, scene.cao, clock.now() + 8 * DAY, "Mairie", chosen, "Anne", again)

    def sit(self, scene, meeting, *absent):
        clock.set_for_tests(meeting.at + timedelta(minutes=5))
        states = {m["key"]: quorum.ABSENT if m["name"] in absent else quorum.PRESENT for m in meeting.members}
        meetings.attend(scene.town, meeting, states, "", "Anne")

    def test_its_members_are_read_line_by_line_and_keep_their_seat(self, cao):
        roles = [member["role"] for member in cao.cao.members]
        assert roles == ["president", "titulaire", "titulaire", "titulaire", "suppleant", "consultatif"]
        keys = {member["name"]: member["key"] for member in cao.cao.members}
        text = commissions.member_lines(cao.cao.members) + "\nsuppléant ; Gaël"
        commissions.keep(cao.town, cao.cao.id, quorum.CAO, "CAO", "5", "", True, text, "Anne")
        assert {m["name"]: m["key"] for m in cao.cao.members if m["name"] in keys} == keys

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "commission.vide"),
            ("roi ; Anne", "commission.membre"),
            ("titulaire", "commission.membre"),
            ("titulaire ; Anne\nprésident ; ANNE", "commission.double"),
            ("titulaire ; Anne ; pas-une-adresse", "courriel"),
        ],
    )
    def test_what_is_no_list_of_members_is_refused(self, scene, text, expected):
        assert code(commissions.read_members, text).startswith(expected)

    def test_its_members_are_convened_by_mail_with_the_agenda_in_a_pdf(self, cao):
        meeting = self.meet(cao)
        assert meetings.convene(cao.town, meeting, people.get(cao.buyer)) == 5
        sent = [item for item in outbox.messages(cao.portal) if item.about == meeting.id]
        assert len(sent) == 5
        composed = mail.compose(sent[0].payload, sent[0].id)
        (piece,) = composed.iter_attachments()
        assert piece.get_filename() == "convocation.pdf" and piece.get_content().startswith(b"%PDF-")
        assert cao.consultation.reference in pdf_text(meeting.notice)
        assert meeting.convened["without"] == ["Erwan Kermarrec"]

    def test_with_its_quorum_it_votes_and_its_minutes_say_so(self, cao):
        meeting = self.meet(cao)
        uid = consultations.uuid(cao.consultation)
        assert code(meetings.vote, cao.town, meeting, uid, "", "X", (1, 0, 0), False, "", "A") == "commission.presence"
        assert code(meetings.close, cao.town, meeting, "Anne") == "commission.avenir"
        self.sit(cao, meeting, "Erwan Kermarrec")
        assert meeting.quorum().words == "4 votants présents sur 4, 3 nécessaires : quorum atteint"
        assert code(meetings.vote, cao.town, meeting, uid, "", "X", (3, 0, 0), False, "", "A") == "commission.voix"
        assert code(meetings.vote, cao.town, meeting, uid, "9", "X", (4, 0, 0), False, "", "A") == "commission.ordre"
        assert (
            code(meetings.vote, cao.town, meeting, uid, "", " ", (4, 0, 0), False, "", "A") == "commission.proposition"
        )
        meetings.vote(cao.town, meeting, uid, "", "Attribuer à Charpentes du Léon", (2, 2, 0), True, "", "Anne")
        meetings.close(cao.town, meeting, "Anne")
        text = pdf_text(meeting.minutes)
        for words in ("Anne Le Goff", "Attribuer à Charpentes du Léon", "voix prépondérante", "quorum atteint"):
            assert words in text
        assert code(meetings.attend, cao.town, meeting, {}, "", "A") == "commission.close"
        assert meetings.told(cao.consultation) == [
            f"Commission d’appel d’offres du {clock.french_date(meeting.at, weekday=False)}"
        ]
        assert steps.steps(cao.consultation, clock.now(), meetings.told(cao.consultation))[2]["css"] == "done"
        assert "Commission" in [step["title"] for step in steps.steps(cao.consultation, clock.now())]
        workflow.decide(cao.consultation, {"": {**LOST, "reason": "Aucune offre acceptable"}})
        workflow.fire(cao.consultation, "decider")
        told = [[step["title"] for step in steps.steps(cao.consultation, clock.now(), met)] for met in ((), ("CAO",))]
        assert ["Commission" in titles for titles in told] == [False, True], "decided without one, none is awaited"
        assert journal.count(cao.consultation, "commission") == 1

    def test_its_meetings_are_tasks_until_their_minutes_are_made(self, cao):
        meeting = self.meet(cao)

        def told():
            return [task.action for task in Meetings(people.get(cao.buyer), None)()]

        assert told() == ["Convoquer"]
        meetings.convene(cao.town, meeting, people.get(cao.buyer))
        assert told() == ["Voir"]
        self.sit(cao, meeting)
        assert told() == ["Noter la réunion"]
        meetings.close(cao.town, meeting, "Anne")
        assert told() == []
        assert Meetings(people.get(cao.holder), None)() == []

    def test_without_its_quorum_it_only_makes_minutes_of_that_and_meets_again(self, cao):
        meeting = self.meet(cao)
        self.sit(cao, meeting, "Yann Prigent", "Soazig Tanguy", "Erwan Kermarrec")
        uid = consultations.uuid(cao.consultation)
        assert code(meetings.vote, cao.town, meeting, uid, "", "X", (2, 0, 0), False, "", "A") == "commission.quorum"
        meetings.close(cao.town, meeting, "Anne")
        assert "carence" in pdf_text(meeting.minutes) and meetings.told(cao.consultation) == []
        again = self.meet(cao, again=True)
        self.sit(cao, again, "Yann Prigent", "Soazig Tanguy", "Erwan Kermarrec", "Nolwenn Guéguen")
        meetings.vote(cao.town, again, uid, "", "Attribuer", (1, 0, 0), False, "", "Anne")
        assert again.votes[uid, ""]["carried"]

    def test_a_meeting_has_a_date_to_come_a_place_and_an_agenda(self, cao):
        uid, soon = consultations.uuid(cao.consultation), clock.now() + DAY
        plan = (meetings.plan, cao.town, cao.cao)
        assert code(*plan, None, "Mairie", [(uid, [])], "A") == "commission.date"
        assert code(*plan, clock.now() - DAY, "Mairie", [(uid, [])], "A") == "commission.passee"
        assert code(*plan, soon, " ", [(uid, [])], "A") == "commission.lieu"
        assert code(*plan, soon, "Mairie", [], "A") == "commission.ordre"
        assert code(*plan, soon, "Mairie", [("zz", [])], "A") == "commission.consultation"
        assert code(*plan, soon, "Mairie", [(uid, ["9"])], "A") == "commission.lot"

    def test_another_collectivites_consultation_is_on_no_agenda(self, cao):
        foreign = consultations.uuid(cao.consultation)
        town = create.collectivite("Commune de Loperhet", "21290140900012", department="29")
        board = commissions.keep(town, "", quorum.OTHER, "", "", "", False, "président ; Jean", "A")
        when = clock.now() + DAY
        assert code(meetings.plan, town, board, when, "Ici", [(foreign, [])], "A") == "commission.consultation"

    def test_on_the_pages_from_the_members_to_the_minutes(self, pages, visit):
        agent = visit(pages.buyer)
        agent.open(f"{pages.consultation.absolute_url()}/@@attribution")
        agent.getLink("Commission").click()
        agent.getControl("Membres").value = "roi ; Anne"
        agent.getControl("Garder la commission").click()
        assert "Rôles" in read(agent) and agent.getControl("Membres").value == "roi ; Anne"
        agent.getControl("Membres").value = MEMBERS
        agent.getControl("Garder la commission").click()
        assert "La commission est gardée" in read(agent), read(agent)
        at = clock.paris(clock.now() + 2 * DAY)
        agent.getControl(name="le").value = f"{at:%Y-%m-%dT%H:%M}"
        agent.getControl(name="lieu").value = "Mairie, salle du conseil"
        agent.getControl(name="consultation").value = [consultations.uuid(pages.consultation)]
        agent.getControl("Préparer la réunion").click()
        assert "Préavis court" in read(agent), read(agent)
        agent.getControl("Envoyer la convocation").click()
        assert "5 convocations envoyées" in read(agent), read(agent)
        clock.set_for_tests(clock.now() + 3 * DAY)
        transaction.begin()
        (meeting,) = meetings.every(pages.town)
        agent.open(f"{pages.town.absolute_url()}/@@reunion?id={meeting.id}")
        for member in meeting.members[:4]:
            agent.getControl(name=f"presence.{member['key']}").value = ["present"]
        agent.getControl("Noter la présence").click()
        assert "quorum atteint" in read(agent)
        agent.getControl(name="choix").value = "Attribuer à Charpentes du Léon"
        agent.getControl(name="pour").value = "3"
        agent.getControl("Noter le vote").click()
        assert "3 voix comptées pour 4 votants" in read(agent)
        agent.getControl(name="abstention").value = "1"
        agent.getControl("Noter le vote").click()
        assert "Adopté" in read(agent), read(agent)
        agent.getControl("Établir le procès-verbal").click()
        agent.getLink("Procès-verbal (PDF)").click()
        assert agent.contents.startswith(b"%PDF-")
