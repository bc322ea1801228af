"""After the closing: no bid at all, files filed by blocks, bidders told what follows."""

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rectifying import rectify
from megalis.portal.deposits import documents
from megalis.portal.deposits import filing
from megalis.portal.deposits import opening
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.deposits.tasks import AgentTasks
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.organisations import people
from plone import api
from tests.deposits.scene import bid
from tests.deposits.scene import Scene

import dataclasses
import pytest


FILE = {"prix.pdf": b"%PDF-1.4 prix" + bytes(3_000_000)}
ROLES = ["Manager", "Acheteur", "Valideur", "PorteurDeCle"]


@pytest.fixture
def scene(portal):
    with api.env.adopt_roles(ROLES):
        found = Scene(portal, envelopes=("offre",))
        found.publish()
        found.bidder = dataclasses.replace(found.company(), email="marches@leon.example")
        yield found
    clock.set_for_tests()


def deposit(scene, lot):
    demand, tails = bid(scene.consultation, scene.bidder, (lot, "offre", FILE))
    return service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())[0]


def close(scene):
    clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=12))


def letters(portal, subject):
    found = (m.payload for m in outbox.messages(portal) if m.kind == "mail")
    return [(one["to"], " ".join(one["text"].split())) for one in found if subject in one["subject"]]


def decide(scene, **lots):
    kept = {
        number: {"decision": decision, "winner": winner, "winner_siret": "", "amount": 1000, "reason": "motif"}
        for number, (decision, winner) in lots.items()
    }
    workflow.decide(scene.consultation, kept)
    workflow.fire(scene.consultation, "decider")
    workflow.fire(scene.consultation, "notifier")


def open_all(scene):
    close(scene)
    opening.start(scene.consultation, "offre", scene.holder)


def test_without_any_bid_the_holder_states_it_and_the_procedure_goes_on(scene):
    open_all(scene)
    minutes = documents.minutes(scene.consultation)
    assert minutes["sessions"][0]["depots"] == 0 and minutes["rows"] == []
    workflow.fire(scene.consultation, "analyser")
    decide(scene, **{"1": ("infructueux", ""), "2": ("infructueux", "")})
    assert api.content.get_state(scene.consultation) == "notifiee"


def test_each_bidder_is_told_the_decisions_on_the_lots_he_answered_and_no_other(scene, portal):
    deposit(scene, "1")
    open_all(scene)
    workflow.fire(scene.consultation, "analyser")
    decide(scene, **{"1": ("attribue", "Charpentes du Léon"), "2": ("sans-suite", "")})
    ((to, text),) = letters(portal, "Résultat")
    assert to == "marches@leon.example"
    assert "Lot 1 : attribué à Charpentes du Léon." in text
    assert "Lot 2" not in text


def test_who_withdrew_his_bid_is_told_nothing(scene, portal):
    made = deposit(scene, "1")
    service.withdraw(scene.consultation, scene.bidder, made.id, clock.now())
    open_all(scene)
    workflow.fire(scene.consultation, "analyser")
    decide(scene, **{"1": ("infructueux", ""), "2": ("infructueux", "")})
    assert letters(portal, "Résultat") == []


def test_a_bidder_is_told_of_a_rectification_though_he_never_asked_to_follow(scene, portal):
    deposit(scene, "1")
    rectify(scene.consultation, "Délai allongé", {"deadline": scene.consultation.deadline + timedelta(days=2)})
    assert [to for to, _text in letters(portal, "Consultation modifiée")] == ["marches@leon.example"]


class Blocks(BytesIO):
    """A file that is only read by blocks."""

    def read(self, size=-1):
        assert 0 < size <= 1 << 20, f"{size} bytes asked at once"
        return super().read(size)


def test_a_filed_document_goes_by_blocks_and_only_with_the_hash_the_holder_found(scene):
    made = deposit(scene, "1")
    open_all(scene)
    (pli,) = made.plis
    name, data = next(iter(FILE.items()))
    found = [{"nom": name, "taille": len(data), "sha256": sha256(data).hexdigest()}]
    demand = {
        "pli": pli.id,
        "verdict": "intact",
        "documents": found,
        "fingerprint": scene.pairs[scene.holder].fingerprint,
    }
    opening.hand_out(scene.consultation, pli.id, scene.holder, "Porteur")
    opening.record_verdict(scene.consultation, demand, scene.holder, "Porteur")
    assert store.verdicts(scene.consultation)[pli.id]["verdict"] == "intact"
    with pytest.raises(service.Refusal) as caught:
        filing.file_document(scene.consultation, pli.id, name, Blocks(data[:-1]), scene.holder, "Porteur")
    assert caught.value.code == "empreinte"
    kept = filing.file_document(scene.consultation, pli.id, name, Blocks(data), scene.holder, "Porteur")
    assert (kept.size, kept.sha256, kept.title) == (len(data), found[0]["sha256"], name)


def test_a_holder_without_a_key_is_asked_to_make_one_while_keys_are_missing(scene, http_request):
    from megalis.portal.deposits import keys

    newcomer = scene.agent("porteurs")

    def titles():
        return [task.title for task in AgentTasks(people.get(newcomer), http_request)()]

    assert titles() == []
    deputy = next(key for key in keys.active_keys(scene.town) if key.role == "suppleant")
    keys.revoke(scene.town, deputy, "perdue")
    assert titles() == ["Créer votre clé"]


def test_the_public_journal_names_a_consultation_by_its_reference(scene, portal, http_request):
    from megalis.portal.kernel import journal
    from megalis.portal.kernel.browser.pages import Journal

    open_all(scene)
    while journal.merge(portal):
        pass
    rows = {row["label"]: row["detail"] for row in Journal(portal, http_request).rows}
    assert rows["Clôture d’une consultation"] == rows["Ouverture de plis"] == scene.consultation.reference
