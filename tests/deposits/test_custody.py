"""The custody of keys in a site: margins, bids given to a new deputy, incidents, what bids to come are sealed to."""

from base64 import b64decode
from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from megalis.portal import sealing
from megalis.portal.deposits import keys
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.deposits.custody import coverage
from megalis.portal.deposits.custody import incidents
from megalis.portal.deposits.custody import relays
from megalis.portal.deposits.custody import reminders
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import outbox
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone import api
from pypdf import PdfReader
from tests.deposits.acts import code_of
from tests.deposits.acts import deposit
from tests.deposits.scene import bid
from tests.deposits.test_holders import close

import hashlib
import pytest


def margin_of(scene):
    (held,) = coverage.alive(scene.town, clock.now())
    return held.coverage.margin


def key_of(scene, pair):
    return next(key for key in keys.all_keys(scene.town) if key.fingerprint == pair.fingerprint)


def newcomer(scene, role="suppleant"):
    """Return ``(userid, pair)`` of a holder who comes after the deposits."""
    userid = scene.agent("porteurs")
    return userid, scene.add_key(userid, role)


def give(scene, giver, pair, to, limit=None):
    """Do what the holder's browser does, batch after batch; return how many bids were given."""
    identities = sealing.parse_identities(pair.identity.encode())
    target, count = key_of(scene, to), 0
    while True:
        found = relays.batch(scene.consultation, target.id, giver)
        if not found["plis"] or count == limit:
            return count
        recipient = sealing.parse_recipient(found["recipient"])
        rows = [
            {"pli": row["pli"], "octets": octets(sealing.relay_header(b64decode(row["entete"]), identities, recipient))}
            for row in found["plis"]
        ]
        demand = {"pour": target.id, "par": pair.fingerprint, "relais": rows}
        count += relays.keep(scene.consultation, demand, giver, "Agent titulaire")["gardes"]


def octets(data):
    return b64encode(data).decode()


@pytest.fixture
def holder_roles(scene):
    with api.env.adopt_roles(["Manager", "PorteurDeCle"]):
        yield scene


class TestRelays:
    def test_a_deputy_who_came_after_opens_and_the_bytes_stay(self, holder_roles, tmp_path):
        scene = holder_roles
        kept = [deposit(scene), deposit(scene, bidder=scene.company("55208131700018", "Autre"))]
        plis = [pli for one in kept for pli in one.plis]
        before = [hashlib.sha256(b"".join(pli.read())).digest() for pli in plis]
        late, pair = newcomer(scene)
        assert give(scene, scene.holder, scene.pairs[scene.holder], pair) == 4
        assert [hashlib.sha256(b"".join(pli.read())).digest() for pli in plis] == before
        assert margin_of(scene) == 1  # bids to come are sealed to the two keys of the publication
        close(scene)
        assert margin_of(scene) == 2
        with api.env.adopt_roles(["PorteurDeCle"]):
            opening.start(scene.consultation, "candidature", late)
        identities = sealing.parse_identities(pair.identity.encode())
        for row in opening.rows(scene.consultation):
            if row["etat"] == "a-ouvrir":
                pli = opening.hand_out(scene.consultation, row["pli"], late, "Nouveau")
                mine = opening.presentable(scene.consultation, late)
                found = relays.relays_for(scene.consultation, row["pli"], mine)
                sealed = BytesIO(b"".join(pli.read()))
                sealing.open_(sealed, identities, tmp_path / row["pli"], context=row["contexte"], relays=found)
        assert len(list(tmp_path.iterdir())) == 2

    def test_what_was_given_is_in_the_journal_by_its_digest(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        _late, pair = newcomer(scene)
        give(scene, scene.holder, scene.pairs[scene.holder], pair)
        (event,) = journal.events(scene.consultation, "relais")
        kept = store.relays(scene.consultation)
        told = {row["pli"]: row["relais"] for row in event["plis"]}
        assert told == {p: hashlib.sha256(r[pair.fingerprint].data).hexdigest() for p, r in kept.items()}
        assert (event["par"], event["pour"]) == (scene.pairs[scene.holder].fingerprint, pair.fingerprint)

    def test_nothing_is_given_twice_and_bids_that_come_later_are_taken_up(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        _late, pair = newcomer(scene)
        assert give(scene, scene.holder, scene.pairs[scene.holder], pair) == 2
        assert give(scene, scene.holder, scene.pairs[scene.holder], pair) == 0
        deposit(scene, bidder=scene.company("55208131700018", "Autre"))
        assert give(scene, scene.holder, scene.pairs[scene.holder], pair) == 2

    def test_by_batches_that_can_stop(self, holder_roles, monkeypatch):
        scene = holder_roles
        monkeypatch.setattr(relays, "BATCH", 1)
        deposit(scene)
        _late, pair = newcomer(scene)
        target = key_of(scene, pair)
        assert give(scene, scene.holder, scene.pairs[scene.holder], pair, limit=1) == 1
        assert relays.batch(scene.consultation, target.id, scene.holder)["reste"] == 1
        assert give(scene, scene.holder, scene.pairs[scene.holder], pair) == 1

    def test_not_to_a_key_that_passed_no_drill(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        late = scene.agent("porteurs")
        key, _challenge = keys.register(scene.town, sealing.generate().recipient, "suppleant", late, "Nouveau")
        assert code_of(relays.batch, scene.consultation, key.id, scene.holder) == "exercice"
        assert code_of(relays.keep, scene.consultation, {"pour": key.id}, scene.holder, "A") == "exercice"
        _late, pair = newcomer(scene)
        proved = key_of(scene, pair)
        proved.last_drill -= timedelta(days=61)
        assert code_of(relays.batch, scene.consultation, proved.id, scene.holder) == "exercice"
        keys.revoke(scene.town, proved, "partie")
        assert code_of(relays.batch, scene.consultation, proved.id, scene.holder) == "exercice"

    def test_not_by_who_holds_no_key_of_the_consultation(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        late, pair = newcomer(scene)
        assert code_of(relays.batch, scene.consultation, key_of(scene, pair).id, late) == "porteur"
        assert code_of(relays.batch, scene.consultation, key_of(scene, pair).id, scene.buyer) == "porteur"

    def test_what_is_no_relay_of_that_bid_is_refused(self, holder_roles):
        scene = holder_roles
        one, two = deposit(scene).plis
        _late, pair = newcomer(scene)
        target, mine = key_of(scene, pair), scene.pairs[scene.holder]
        identities = sealing.parse_identities(mine.identity.encode())
        right = octets(
            sealing.relay_header(relays.header_of(one), identities, sealing.parse_recipient(target.recipient))
        )

        def code(pli, data, by=mine.fingerprint):
            demand = {"pour": target.id, "par": by, "relais": [{"pli": pli, "octets": data}]}
            return code_of(relays.keep, scene.consultation, demand, scene.holder, "A")

        assert code(two.id, right) == "relais"
        assert code(one.id, "pas du base64 !") == "relais"
        assert code(one.id, None) == "relais"
        assert code(one.id, octets(relays.header_of(one))) == "relais"
        assert code("0" * 32, right) == "pli-inconnu"
        assert code(one.id, right, pair.fingerprint) == "cle"
        assert store.relays(scene.consultation) == {}
        demand = {"pour": target.id, "par": mine.fingerprint, "relais": [{}] * 51}
        assert code_of(relays.keep, scene.consultation, demand, scene.holder, "A") == "relais"


class TestBidsToCome:
    def test_no_bid_is_sealed_any_more_to_a_revoked_key(self, holder_roles, tmp_path):
        scene = holder_roles
        first = deposit(scene)
        deputy = scene.pairs[scene.deputy]
        keys.revoke(scene.town, key_of(scene, deputy), "départ")
        gate = recipients.gate(scene.consultation)
        assert [item["role"] for item in gate.recipients] == ["titulaire"]
        assert deputy.fingerprint in {item["fingerprint"] for item in recipients.openers(gate)}
        rival = scene.company("55208131700018", "Autre")
        told = service.parameters(scene.consultation, rival)["destinataires"]
        assert [item["fingerprint"] for item in told] == [scene.pairs[scene.holder].fingerprint]
        second = deposit(scene, bidder=rival)
        assert deputy.fingerprint in first.plis[0].context["recipients"]
        assert deputy.fingerprint not in second.plis[0].context["recipients"]
        close(scene)
        start_kind(scene, scene.holder)
        assert {row["etat"] for row in opening.rows(scene.consultation)} == {"a-ouvrir", "attente"}

    def test_a_bid_sealed_to_the_former_keys_is_asked_anew(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        rival = scene.company("55208131700018", "Autre")
        demand, tails = bid(scene.consultation, rival, ("1", "offre", {"prix.pdf": b"%PDF-1.4"}))
        keys.revoke(scene.town, key_of(scene, scene.pairs[scene.deputy]), "départ")
        with pytest.raises(Refusal) as caught:
            service.finish(scene.consultation, rival, demand, tails, clock.now())
        assert caught.value.code == "version"

    def test_the_key_that_replaces_it_is_taken_as_soon_as_it_is_proved(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        keys.revoke(scene.town, key_of(scene, scene.pairs[scene.deputy]), "perdue")
        _late, pair = newcomer(scene)
        gate = recipients.gate(scene.consultation)
        assert pair.fingerprint in {item["fingerprint"] for item in gate.recipients}
        assert [event["type"] for event in journal.events(scene.consultation, "cles-changees")] == ["cles-changees"] * 2

    def test_without_any_key_left_a_bidder_reads_why(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        for pair in scene.pairs.values():
            keys.revoke(scene.town, key_of(scene, pair), "perdue")
        assert code_of(service.parameters, scene.consultation, scene.bidder) == "cles-absentes"

    def test_a_new_key_changes_nothing_where_none_left(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        before = recipients.gate(scene.consultation).recipients
        newcomer(scene)
        assert recipients.gate(scene.consultation).recipients == before


def start_kind(scene, userid, kind="candidature"):
    with api.env.adopt_roles(["PorteurDeCle"]):
        opening.start(scene.consultation, kind, userid)


class TestIncidents:
    def declare(self, scene, pair, kind="perdue", **more):
        values = {"noticed": clock.now(), "text": "Clé USB restée dans le train.", "agent": "Administratrice", **more}
        return incidents.declare(scene.town, key_of(scene, pair).id, kind, **values)

    def mails(self, scene):
        return [
            (message.payload["to"], message.payload["subject"], message.payload["text"])
            for message in outbox.messages(scene.portal)
            if message.kind == "mail" and "pli" in message.payload["text"]
        ]

    def test_a_lost_key_lowers_the_margin_and_tells_nobody_while_another_opens(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        before = len(self.mails(scene))
        incident = self.declare(scene, scene.pairs[scene.deputy])
        (effect,) = incident.effects
        assert (effect.before, effect.after, effect.dead, effect.told) == (1, 0, 0, 0)
        assert len(self.mails(scene)) == before
        assert key_of(scene, scene.pairs[scene.deputy]).revoked is not None

    def test_a_consultation_that_no_bid_reached_yet_is_told_too(self, holder_roles):
        scene = holder_roles
        incident = self.declare(scene, scene.pairs[scene.deputy])
        (effect,) = incident.effects
        assert (effect.before, effect.after, effect.bids) == (1, 0, 0)
        gate = recipients.gate(scene.consultation)
        assert [item["role"] for item in recipients.openers(gate)] == ["titulaire"]

    def test_bidders_are_asked_to_deposit_anew_when_no_key_is_left(self, holder_roles):
        scene = holder_roles
        kept = deposit(scene)
        kept.email = "offres@leon.example"
        self.declare(scene, scene.pairs[scene.deputy])
        incident = self.declare(scene, scene.pairs[scene.holder], "oubliee")
        (effect,) = incident.effects
        assert (effect.after, effect.dead, effect.told) == (-1, 2, 1)
        (mail,) = [item for item in self.mails(scene) if "nouveau" in item[1]]
        assert mail[0] == "offres@leon.example"
        assert "@@repondre" in mail[2]
        newcomer(scene, "titulaire")
        again = deposit(scene, remplace=kept.id)
        assert margin_of(scene) == 0
        assert store.find_deposit(scene.consultation, kept.id).state == "remplace"
        assert again.plis[0].context["recipients"] != kept.plis[0].context["recipients"]

    def test_after_the_deadline_they_are_told_of_the_copy(self, holder_roles):
        scene = holder_roles
        deposit(scene).email = "offres@leon.example"
        close(scene)
        for pair in scene.pairs.values():
            incident = self.declare(scene, pair)
        (effect,) = incident.effects
        assert (effect.after, effect.told) == (-1, 1)
        (mail,) = [item for item in self.mails(scene) if "ne peut pas être ouvert" in item[1]]
        assert "copie de sauvegarde" in mail[2] and "@@accuse" in mail[2]

    def test_a_copied_key_leaves_service_and_still_opens_what_was_sealed_to_it(self, holder_roles, tmp_path):
        scene = holder_roles
        deposit(scene)
        incident = self.declare(scene, scene.pairs[scene.deputy], "exposee")
        assert (incident.effects[0].before, incident.effects[0].after) == (1, 0)
        (held,) = coverage.alive(scene.town, clock.now())
        assert [len(held.coverage.usable(group)) for group in held.coverage.bids] == [2, 2]

    def test_the_key_can_come_back_but_not_into_service(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        pair = scene.pairs[scene.deputy]
        incident = self.declare(scene, pair)
        (held,) = coverage.alive(scene.town, clock.now())
        assert {len(held.coverage.usable(group)) for group in held.coverage.bids} == {1}
        assert code_of(keys.register, scene.town, pair.recipient, "suppleant", scene.deputy, "A") == "cle-revoquee"
        incidents.found_again(scene.town, incident, "Administratrice")
        (held,) = coverage.alive(scene.town, clock.now())
        assert {len(held.coverage.usable(group)) for group in held.coverage.bids} == {2}
        assert code_of(incidents.found_again, scene.town, incident, "A") == "deja-retrouvee"
        assert key_of(scene, pair).revoked is not None

    def test_what_is_declared_badly_is_refused(self, holder_roles):
        scene = holder_roles
        pair = scene.pairs[scene.deputy]
        for changes, code in (
            ({"kind": "mangee"}, "genre"),
            ({"noticed": None}, "constat"),
            ({"noticed": clock.now() + timedelta(days=2)}, "constat"),
            ({"text": "  "}, "circonstances"),
            ({"text": "x" * 4001}, "circonstances"),
        ):
            with pytest.raises(Refusal) as caught:
                self.declare(scene, pair, **changes)
            assert caught.value.code == code
        assert key_of(scene, pair).lost == ""
        self.declare(scene, pair)
        with pytest.raises(Refusal) as caught:
            self.declare(scene, pair)
        assert caught.value.code == "deja-declare"

    def test_the_minutes_say_what_it_changes_and_the_public_journal_not_the_circumstances(self, holder_roles):
        scene = holder_roles
        deposit(scene)
        incident = self.declare(scene, scene.pairs[scene.deputy])
        text = PdfReader(BytesIO(incidents.minutes_pdf(scene.town, incident))).pages[0].extract_text()
        assert "Clé USB restée dans le train." in text and scene.consultation.reference in text
        (event,) = journal.events(scene.town, "incident-cle")
        assert "train" not in str(event)
        assert event["genre"] == "perdue"


class TestWarnings:
    def test_a_holder_is_mailed_months_ahead_once_each_time(self, scene):
        key = key_of(scene, scene.pairs[scene.holder])
        for days, sent in ((91, 0), (89, 2), (88, 0), (29, 2), (6, 2), (5, 0), (-1, 0)):
            assert reminders.warn(scene.town, key.expires - timedelta(days=days)) == sent
        assert key.warned == (90, 30, 7)

    def test_the_dashboard_asks_for_the_next_key(self, scene):
        key = key_of(scene, scene.pairs[scene.holder])
        clock.set_for_tests(key.expires - timedelta(days=20))
        told = reminders.AgentTasks(people.get(scene.holder), None)()
        assert "Créer la clé qui succède à votre clé (titulaire)" in [task.title for task in told]

    def test_the_dashboard_tells_that_one_key_alone_is_left(self, scene):
        deposit(scene)
        membership.remove(scene.town, scene.deputy, check=False)
        with api.env.adopt_user(people.get(scene.holder).login):
            told = reminders.AgentTasks(people.get(scene.holder), None)()
        assert [task.action for task in told] == ["Voir la marge"]

    def test_an_expired_key_seals_no_consultation(self, scene):
        clock.set_for_tests(max(key.expires for key in keys.all_keys(scene.town)))
        assert keys.active_keys(scene.town) == []
