"""What a buyer asks of the administrations about the companies that answered: the client, the worker, the page."""

from datetime import timedelta
from html import unescape
from megalis.portal.awards.proofs import client
from megalis.portal.awards.proofs import store
from megalis.portal.awards.proofs.kinds import KINDS
from megalis.portal.consultations.dossier import preparing
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.simulators.administrations import Administrations
from megalis.portal.simulators.server import Reply
from tests.awards.scene import Awarding
from tests.awards.scene import NAMES
from tests.awards.scene import SIRETS

import hashlib
import json
import pytest
import transaction


SIREN, UNKNOWN = SIRETS[0][:9], SIRETS[1][:9]  # the second ends in 0: no administration of the simulator knows it
BUYER = "21290189600012"


@pytest.fixture
def office(monkeypatch):
    """The administrations on this machine, and the platform connected to them."""
    with Administrations().start() as service:
        service.accidents.patience = 60
        monkeypatch.setenv("MEGALIS_API_ENTREPRISE_URL", service.address)
        monkeypatch.setenv("MEGALIS_API_ENTREPRISE_KEY", "cle-de-demonstration")
        yield service


def why(siren=SIREN, kind="fiscale", **more):
    with pytest.raises(NotNow) as refused:
        client.ask(kind, siren, BUYER, "2026-VOI", **more)
    return refused.value.code


class TestTheClient:
    def test_an_attestation_is_a_document_and_an_extract_its_data(self, office):
        found = client.ask("fiscale", SIREN, BUYER, "2026-VOI, voirie")
        assert (
            found.name == f"fiscale-{SIREN}.pdf" and found.data.startswith(b"%PDF-") and found.data.endswith(b"%%EOF\n")
        )
        extract = client.ask("registre", SIREN, BUYER, "2026-VOI")
        assert extract.name == f"registre-{SIREN}.json" and json.loads(extract.data)["siren"] == SIREN

    def test_it_says_who_asks_and_why_and_keeps_its_key_from_the_address_of_the_document(self, office):
        client.ask("vigilance", SIREN, BUYER, "2026-VOI")
        asked, fetched = office.seen
        assert asked.query == {"recipient": BUYER, "context": "Marchés publics", "object": "2026-VOI"}
        assert asked.headers["authorization"] == "Bearer cle-de-demonstration"
        assert fetched.path.startswith("/documents/") and "authorization" not in fetched.headers

    def test_what_an_administration_refuses_is_told_in_its_own_words(self, office):
        found = client.ask("fiscale", "552081310", BUYER, "2026-VOI")
        assert found == client.No("L’administration ne connaît pas cette entreprise.")

    @pytest.mark.parametrize(
        ("accident", "code"),
        [
            ("panne", "service.panne"),
            ("page", "service.page"),
            ("cadence", "service.cadence"),
            ("cle", "service.cle"),
            ("muet", "reseau.muet"),
        ],
    )
    def test_an_accident_decides_nothing(self, office, accident, code):
        office.accidents.add(accident)
        assert why(timeout=1 if accident == "muet" else 30) == code

    @pytest.mark.parametrize("link", ["ftp://ailleurs.example/a.pdf", "http://ailleurs.example/a.pdf", 5, ""])
    def test_a_document_is_fetched_from_no_strange_address(self, office, link):
        office.answer = lambda request: Reply(200, {"data": {"document_url": link}})
        assert why() == "reseau.adresse"

    def test_a_document_that_is_no_pdf_or_too_large_is_not_kept(self, office, monkeypatch):
        office.answer = lambda request: Reply(200, {"data": {"document_url": f"{office.address}/page"}})
        assert why() == "service.document"
        good = Administrations()
        good._service = office
        office.answer = good.answer
        monkeypatch.setattr(client, "MOST", 100)
        assert why() == "service.taille"

    def test_nothing_is_asked_while_the_platform_is_not_connected(self, office, monkeypatch):
        monkeypatch.delenv("MEGALIS_API_ENTREPRISE_KEY")
        assert why() == "service.arret" and not office.seen


def drain(scene, seconds=0):
    clock.set_for_tests(clock.now() + timedelta(seconds=seconds))
    outbox.drain(scene.portal)


def states(scene):
    return {(proof.siren, proof.kind): proof.state for proof in store.last(scene.consultation).values()}


def code(function, *values):
    with pytest.raises(Refused) as refused:
        function(*values)
    return refused.value.code


class TestAsking:
    def test_every_proof_of_every_company_comes_and_is_in_the_journal_and_the_archive(self, pages, office):
        scene = pages
        assert store.ask(scene.consultation, [siret[:9] for siret in SIRETS], "Anne") == 3 * len(KINDS)
        assert set(states(scene).values()) == {store.ASKED}
        drain(scene)
        found = states(scene)
        assert {found[UNKNOWN, kind] for kind in KINDS} == {store.REFUSED}
        assert {state for (siren, _kind), state in found.items() if siren != UNKNOWN} == {store.RECEIVED}
        told = journal.events(scene.consultation, "justificatif")
        assert told[0]["fait"] == "demandés" and told[0]["par"] == "Anne"
        proofs = store.received(scene.consultation)
        came = [event for event in told if event["fait"] == "reçu"]
        assert sorted(event["piece"]["sha256"] for event in came) == sorted(proof.piece.sha256 for proof in proofs)
        with proofs[0].piece.blob.open() as stream:
            assert hashlib.sha256(stream.read()).hexdigest() == proofs[0].piece.sha256
        assert office.seen[0].query["recipient"] == scene.town.siret
        (part,) = [part for part in preparing.parts(scene.consultation, False) if part.folder == "justificatifs"]
        assert sorted(file.path for file in part())[0] == f"{NAMES[0]}/fiscale-{SIREN}.pdf"
        assert part.weigh() == (6, sum(proof.piece.size for proof in proofs))

    def test_what_is_there_or_under_way_is_not_asked_again_and_what_failed_is(self, pages, office):
        scene = pages
        store.ask(scene.consultation, [SIREN], "Anne")
        assert store.ask(scene.consultation, [SIREN], "Yann") == 0
        office.accidents.add("panne", "panne", "panne")
        drain(scene)
        assert set(states(scene).values()) == {store.ASKED}
        office.accidents.add(*["panne"] * 100)
        for _try in range(12):
            drain(scene, 24 * 3600)
        assert set(states(scene).values()) == {store.FAILED}
        assert "panne" in store.last(scene.consultation)[SIREN, "fiscale"].message
        office.accidents._next.clear()
        assert store.ask(scene.consultation, [SIREN], "Anne") == len(KINDS)
        drain(scene)
        assert set(states(scene).values()) == {store.RECEIVED}

    def test_only_about_who_answered_and_once_they_are_known(self, as_agents, office):
        scene = Awarding(as_agents)
        closed = clock.now()
        clock.set_for_tests(scene.consultation.deadline - timedelta(days=1))
        assert store.companies(scene.consultation) == {}
        clock.set_for_tests(closed)
        assert code(store.ask, scene.consultation, [SIREN], "Anne") == "justificatif.etape"
        scene.analyse()
        assert store.companies(scene.consultation) == {
            siret[:9]: name for siret, name in zip(SIRETS, NAMES, strict=True)
        }
        assert code(store.ask, scene.consultation, ["356000000"], "Anne") == "justificatif.entreprise"
        assert code(store.ask, scene.consultation, [], "Anne") == "justificatif.entreprise"


def read(browser):
    return " ".join(unescape(browser.contents).replace("\N{NO-BREAK SPACE}", " ").split())


class TestOnThePage:
    def test_a_buyer_asks_from_the_analysis_and_opens_what_came(self, pages, visit, office):
        agent = visit(pages.buyer)
        agent.open(f"{pages.consultation.absolute_url()}/@@analyse")
        agent.getLink("Justificatifs des entreprises").click()
        assert all(name in read(agent) for name in NAMES)
        agent.getControl("Demander les justificatifs de Granit d’Armor").click()
        assert "Les administrations sont interrogées" in read(agent)
        agent.getControl("Demander pour toutes").click()
        transaction.begin()
        outbox.drain(pages.portal)
        transaction.commit()
        agent.reload()
        agent.open(f"{pages.consultation.absolute_url()}/@@justificatifs")
        assert read(agent).count("Reçu") == 6 and read(agent).count("L’administration ne connaît pas") == 3
        agent.getLink(url="piece=", index=0).click()
        assert agent.contents.startswith(b"%PDF-")
        assert "attachment" in agent.headers["Content-Disposition"]

    def test_without_a_connection_the_page_says_what_to_do_instead(self, pages, visit):
        agent = visit(pages.buyer)
        agent.open(f"{pages.consultation.absolute_url()}/@@justificatifs")
        assert "n’est pas reliée à API Entreprise" in read(agent) and "Demander pour toutes" not in read(agent)

    def test_a_key_holder_reads_and_asks_nothing(self, pages, visit, office):
        holder = visit(pages.holder)
        holder.open(f"{pages.consultation.absolute_url()}/@@justificatifs")
        assert NAMES[0] in read(holder) and "Demander" not in read(holder).replace("Demander un document", "")
