"""Key holders come and go: who may open what is left, what publication asks, what the registers tell afterwards."""

from datetime import timedelta
from io import BytesIO
from megalis.portal import sealing
from megalis.portal.consultations import workflow
from megalis.portal.consultations.workflow import Refused
from megalis.portal.deposits import closing
from megalis.portal.deposits import documents
from megalis.portal.deposits import keys
from megalis.portal.deposits import letters
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.deposits import tasks
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.http import Refusal
from megalis.portal.ledger.listed import verify_listed
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api
from tests.deposits.scene import bid
from tests.deposits.scene import Scene

import hashlib
import pytest


OFFER = ("1", "offre", {"prix é.pdf": b"%PDF-1.4 prix"})


class Bare(Scene):
    """A collectivité whose keys are still to be made."""

    def add_key(self, userid, role):
        return None


@pytest.fixture
def scene(portal):
    with api.env.adopt_roles(["Manager"]):
        found = Bare(portal, lots=("1", "2"), envelopes=("offre",))
        yield found
    clock.set_for_tests()


def give(scene, **roles):
    """Make and prove keys: role -> userid; return role -> pair."""
    return {role: Scene.add_key(scene, userid, role) for role, userid in roles.items()}


def fire_publication(scene):
    with api.env.adopt_roles(["Manager", "Valideur"]):
        workflow.fire(scene.consultation, "soumettre")
        workflow.fire(scene.consultation, "publier")


def missing(scene):
    with pytest.raises(Refused) as caught:
        fire_publication(scene)
    return sorted(finding.code for finding in caught.value.findings if finding.code.startswith("cle"))


def deposit(scene, *plis, bidder=None, at=None, **more):
    scene.bidder = getattr(scene, "bidder", None) or scene.company()
    demand, tails = bid(scene.consultation, bidder or scene.bidder, *(plis or (OFFER,)), **more)
    return service.finish(scene.consultation, bidder or scene.bidder, demand, tails, at or clock.now())[0]


def close(scene):
    clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=11))
    closing.close(scene.consultation)


def start(scene, userid):
    with api.env.adopt_roles(["PorteurDeCle"]):
        opening.start(scene.consultation, "offre", userid)


def opened(scene, userid, pair, folder):
    """Open every pli as ``userid`` with ``pair``; return the documents' names."""
    start(scene, userid)
    names = []
    for row in opening.rows(scene.consultation):
        if row["etat"] == "a-ouvrir":
            pli = opening.hand_out(scene.consultation, row["pli"], userid, "Agent")
            identities = sealing.parse_identities(pair.identity.encode())
            found = sealing.open_(
                BytesIO(b"".join(pli.read())), identities, folder / row["pli"], context=row["contexte"]
            )
            names += [document.name for document in found.documents]
    return names


class TestPublication:
    def test_without_any_key(self, scene):
        assert missing(scene) == ["cle-suppleant", "cle-titulaire"]

    def test_with_a_titulaire_alone(self, scene):
        give(scene, titulaire=scene.holder)
        assert missing(scene) == ["cle-suppleant"]

    def test_with_keys_nobody_drilled_for_sixty_days(self, scene):
        give(scene, titulaire=scene.holder, secours=scene.holder)
        for key in keys.all_keys(scene.town):
            key.last_drill -= timedelta(days=61)
        assert missing(scene) == ["cle-suppleant-exercice", "cle-titulaire-exercice"]

    def test_with_keys_whose_holders_left(self, scene):
        give(scene, titulaire=scene.holder, suppleant=scene.deputy)
        membership.remove(scene.town, scene.deputy, check=False)
        assert missing(scene) == ["cle-suppleant"]

    def test_a_titulaire_and_the_key_of_the_safe_suffice(self, scene):
        give(scene, titulaire=scene.holder, secours=scene.holder)
        fire_publication(scene)
        assert [item["role"] for item in recipients.gate(scene.consultation).recipients] == ["titulaire", "secours"]


class TestInscription:
    def test_each_key_of_a_consultation_is_proved_to_stand_in_the_journal(self, scene):
        give(scene, titulaire=scene.holder, suppleant=scene.deputy)
        fire_publication(scene)
        told = service.parameters(scene.consultation, scene.company())
        verifier = journal.signer().verifier
        assert told["journal"] == verifier.text
        places = [
            verify_listed(item["recipient"], item["fingerprint"], item["inscription"], verifier)
            for item in told["destinataires"]
        ]
        assert len(set(places)) == 2


class TestLeaving:
    @pytest.fixture
    def published(self, scene):
        scene.pairs = give(scene, titulaire=scene.holder, suppleant=scene.deputy, secours=scene.holder)
        fire_publication(scene)
        scene.kept = deposit(scene)
        return scene

    def test_the_deputy_opens_what_was_sealed_before_the_titulaire_left(self, published, tmp_path):
        membership.remove(published.town, published.holder, check=False)
        close(published)
        with pytest.raises(Refusal):
            opening.start(published.consultation, "offre", published.holder)
        assert opened(published, published.deputy, published.pairs["suppleant"], tmp_path) == ["prix é.pdf"]

    def test_the_key_of_the_safe_opens_in_the_hands_of_any_holder(self, published, tmp_path):
        """Titulaire and deputy are gone; a colleague who holds keys takes the sheet out of the safe."""
        colleague = published.agent("porteurs")
        for userid in (published.holder, published.deputy):
            membership.remove(published.town, userid, check=False)
        close(published)
        assert opened(published, colleague, published.pairs["secours"], tmp_path) == ["prix é.pdf"]
        (session,) = documents.minutes(published.consultation)["sessions"]
        assert session["agent"] == "la clé de secours"

    def test_the_key_of_the_safe_is_not_for_who_holds_no_key(self, published):
        close(published)
        for userid in (published.buyer, published.agent("lecteurs")):
            with pytest.raises(Refusal) as caught:
                opening.start(published.consultation, "offre", userid)
            assert caught.value.code == "porteur"

    def test_who_left_is_not_reminded_of_a_drill(self, published):
        membership.remove(published.town, published.deputy, check=False)
        before = published.consultation.deadline - timedelta(days=2)
        assert letters.remind_holders(published.consultation, before) == 2  # the titulaire, for his two keys
        clock.set_for_tests(before)
        found = tasks.AgentTasks(people.get(published.deputy), None)()
        assert [task for task in found if "Exercice" in task.title] == []

    def openings(self, scene, userid):
        with api.env.adopt_user(people.get(userid).login):
            told = tasks.AgentTasks(people.get(userid), None)()
        return [
            (task.title, task.url.rpartition("/")[2]) for task in told if task.level == "do" and "plis" in task.title
        ]

    def test_the_opening_is_asked_of_who_holds_a_key_of_the_consultation(self, published):
        late = published.agent("porteurs")
        give(published, suppleant=late)
        asked = [("Ouvrir les plis de « Rénovation du groupe scolaire »", "@@ouverture")]
        assert self.openings(published, published.holder) == []
        close(published)
        assert self.openings(published, published.holder) == self.openings(published, published.deputy) == asked
        assert self.openings(published, late) == self.openings(published, published.buyer) == []

    def test_the_opening_is_asked_of_any_holder_when_only_the_safe_is_left(self, published):
        colleague = published.agent("porteurs")
        close(published)
        assert self.openings(published, colleague) == []
        for userid in (published.holder, published.deputy):
            membership.remove(published.town, userid, check=False)
        assert len(self.openings(published, colleague)) == 1
        assert self.openings(published, published.holder) == []

    def test_the_opening_begun_is_asked_of_its_holders_to_the_end(self, published):
        colleague = published.agent("porteurs")
        close(published)
        start(published, published.holder)

        def told(userid):
            with api.env.adopt_user(people.get(userid).login):
                return [t.action for t in tasks.AgentTasks(people.get(userid), None)() if "Continuer" in t.title]

        assert told(published.holder) == told(published.deputy) == ["Continuer"]
        assert told(colleague) == []
        demand = {"pli": published.kept.plis[0].id, "verdict": "illisible", "documents": []}
        demand["fingerprint"] = published.pairs["titulaire"].fingerprint
        opening.record_verdict(published.consultation, demand, published.holder, "Agent titulaire")
        assert told(published.holder) == told(published.deputy) == []

    def test_a_bid_received_keeps_the_keys_it_was_sealed_to(self, published):
        before = recipients.gate(published.consultation).recipients
        membership.remove(published.town, published.deputy, check=False)
        gate = recipients.fix(published.consultation)
        assert {item["fingerprint"] for item in recipients.openers(gate)} == {item["fingerprint"] for item in before}
        assert [item["role"] for item in gate.recipients] == ["titulaire", "secours"]


class TestRegisters:
    @pytest.fixture
    def published(self, scene):
        scene.pairs = give(scene, titulaire=scene.holder, suppleant=scene.deputy)
        fire_publication(scene)
        return scene

    def test_the_states_told_by_the_journal_are_those_that_were_kept(self, published):
        first = deposit(published)
        second = deposit(published, remplace=first.id)
        third = deposit(published)
        service.withdraw(published.consultation, published.bidder, third.id, clock.now())
        rival = published.company("55208131700018", "En retard")
        late = deposit(published, bidder=rival, at=published.consultation.deadline)
        told = rules.deposit_states(journal.events(published.consultation, "depot", "retrait-pli"))
        assert told == {d.id: d.state for d in store.deposits(published.consultation)}
        assert (told[first.id], told[second.id], told[third.id], told[late.id]) == (
            "remplace",
            "recu",
            "retire",
            "recu",
        )

    def test_the_minutes_come_from_the_journal(self, published):
        kept = deposit(published)
        close(published)
        start(published, published.holder)
        digest = hashlib.sha256(OFFER[2]["prix é.pdf"]).hexdigest()
        demand = {
            "pli": kept.plis[0].id,
            "verdict": "intact",
            "documents": [{"nom": "prix é.pdf", "taille": 13, "sha256": digest}],
            "fingerprint": published.pairs["titulaire"].fingerprint,
        }
        opening.record_verdict(published.consultation, demand, published.holder, "Agent titulaire")
        facts_for_write(published.consultation, store.VERDICTS)[kept.plis[0].id]["documents"] = []
        (row,) = documents.minutes(published.consultation)["rows"]
        assert (row["result"], row["documents"][0]["sha256"]) == ("Intact", digest)

    def test_uploads_nobody_finished_are_forgotten_by_the_worker(self, published, portal):
        entry = store.add_under_way(published.consultation, "a" * 32, "quelqu’un")

        class Tick:
            site = portal
            now = clock.now()

        closing._hourly.last = None
        closing.forget_due(Tick)
        assert store.under_way(published.consultation) == [entry]
        Tick.now += timedelta(days=8)
        closing.forget_due(Tick)
        assert store.under_way(published.consultation) == []

    def test_the_worker_wakes_only_the_consultations_where_somebody_uploads(self, published, portal, monkeypatch):
        fresh, stale, _idle = (published.prepare(("1",), ("offre",), 30) for _ in range(3))
        now = clock.now()
        store.add_under_way(fresh, "b" * 32, "quelqu’un")
        clock.set_for_tests(now - timedelta(days=8))
        store.add_under_way(stale, "c" * 32, "quelqu’un")
        clock.set_for_tests(now)
        looked = set()
        find = store.under_way
        monkeypatch.setattr(store, "under_way", lambda item: looked.add(item.getId()) or find(item))

        class Tick:
            site = portal

        Tick.now = now
        closing._hourly.last = None
        closing.forget_due(Tick)
        assert looked == {fresh.getId(), stale.getId()}
        assert (len(find(fresh)), find(stale)) == (1, [])
        assert sorted(store.queued()) == sorted([fresh.UID(), stale.UID()])

    def test_a_consultation_closed_for_a_week_leaves_the_queue_with_its_last_upload(self, published, portal):
        consultation = published.consultation
        store.add_under_way(consultation, "a" * 32, "quelqu’un")

        class Tick:
            site = portal
            now = consultation.deadline + timedelta(days=6)

        closing._hourly.last = None
        closing.forget_due(Tick)
        assert store.queued() == [consultation.UID()]
        Tick.now += timedelta(days=2)
        closing._hourly.last = None
        closing.forget_due(Tick)
        assert store.queued() == []

    def test_an_upload_that_goes_on_is_looked_at_again_a_week_after_its_last_part(self, published, portal):
        now = clock.now()
        clock.set_for_tests(now - timedelta(days=8))
        entry = store.add_under_way(published.consultation, "d" * 32, "quelqu’un")
        clock.set_for_tests(now - timedelta(days=2))
        entry.add("e" * 32, store.make_part(b"x"))
        clock.set_for_tests(now)

        class Tick:
            site = portal

        for days, left in ((0, 1), (4, 1), (6, 0)):
            Tick.now = now + timedelta(days=days)
            closing._hourly.last = None
            closing.forget_due(Tick)
            assert len(store.under_way(published.consultation)) == left

    def test_an_upload_whose_consultation_is_gone_leaves_the_queue(self, scene, portal):
        store.add_under_way(scene.consultation, "f" * 32, "quelqu’un")
        scene.town._delObject(scene.consultation.getId())

        class Tick:
            site = portal
            now = clock.now() + timedelta(days=8)

        closing._hourly.last = None
        closing.forget_due(Tick)
        assert store.queued() == []


class TestSwappedInStore:
    """Somebody with the database in his hands exchanges ciphertexts after the closing: the opener sees it each time."""

    @pytest.fixture
    def closed(self, scene):
        scene.pairs = give(scene, titulaire=scene.holder, suppleant=scene.deputy)
        fire_publication(scene)
        rival = scene.company("55208131700018", "Autre Charpente")
        scene.mine = deposit(scene, OFFER, ("2", "offre", OFFER[2]))
        scene.theirs = deposit(scene, bidder=rival)
        close(scene)
        start(scene, scene.holder)
        return scene

    def verdict(self, scene, pli, folder):
        row, _deposit, pli = opening.find_row(scene.consultation, pli.id)
        identities = sealing.parse_identities(scene.pairs["titulaire"].identity.encode())
        try:
            sealing.open_(BytesIO(b"".join(pli.read())), identities, folder / "out", context=row["contexte"])
        except sealing.SealingError as error:
            assert not (folder / "out").exists()
            return sealing.verdict(error)
        return "intact"

    def test_with_the_bid_of_a_rival(self, closed, tmp_path):
        mine, theirs = closed.mine.plis[0], closed.theirs.plis[0]
        mine.parts, theirs.parts = theirs.parts, mine.parts
        assert self.verdict(closed, mine, tmp_path) == self.verdict(closed, theirs, tmp_path) == "contexte"

    def test_with_another_lot_of_the_same_bid(self, closed, tmp_path):
        one, two = closed.mine.plis
        one.parts, two.parts = two.parts, one.parts
        assert self.verdict(closed, one, tmp_path) == self.verdict(closed, two, tmp_path) == "contexte"

    @pytest.mark.parametrize("change", ["flip", "cut", "longer", "empty"])
    def test_with_damaged_bytes(self, closed, tmp_path, change):
        pli = closed.mine.plis[0]
        data = bytearray(b"".join(pli.read()))
        if change == "flip":
            data[-20] ^= 1
        data = {"flip": data, "cut": data[:-100], "longer": data + b"x", "empty": b""}[change]
        pli.parts, pli.size = (store.make_part(bytes(data)),), len(data)
        assert self.verdict(closed, pli, tmp_path) in ("altere", "illisible")

    def test_and_what_was_not_touched_opens(self, closed, tmp_path):
        assert self.verdict(closed, closed.theirs.plis[0], tmp_path) == "intact"
