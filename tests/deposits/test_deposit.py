"""A deposit on a real site: what is accepted, refused, kept, replaced, withdrawn, and can be read by nobody."""

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from megalis.portal import sealing
from megalis.portal.consultations import api as consultations
from megalis.portal.deposits import closing
from megalis.portal.deposits import keys
from megalis.portal.deposits import receipts
from megalis.portal.deposits import recipients
from megalis.portal.deposits import service
from megalis.portal.deposits import store
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import secrets
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.interfaces import WorkerTick
from megalis.portal.ledger.receipts import refusal as refused_check
from megalis.portal.ledger.receipts import verify_receipt
from megalis.portal.sealing.parts import PART_SIZE
from tests.deposits.acts import CANDIDACY
from tests.deposits.acts import code_of
from tests.deposits.acts import deposit
from tests.deposits.acts import OFFER
from tests.deposits.scene import bid
from tests.deposits.scene import seal

import os
import pytest


class TestReceiving:
    def test_the_receipt_is_complete_and_verifies_offline(self, scene, portal):
        found = deposit(scene)
        journal.merge(portal)
        receipt = receipts.receipt(found)
        assert [row["nom"] for row in receipt["evenement"]["documents"]] == ["dc1.pdf", "prix é.pdf"]
        checks = verify_receipt(receipt, journal.signer().verifier)
        assert refused_check(checks) is None
        assert {check.name for check in checks if check.state == "ok"} >= {"forme", "cle", "promesse", "inclusion"}

    def test_the_same_demand_again_changes_nothing(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, OFFER)
        first, created = service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
        again, created_again = service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
        assert (created, created_again) == (True, False)
        assert again is first
        assert journal.count(scene.consultation, "depot") == 1

    def test_the_same_identifier_with_another_content_is_refused(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, OFFER)
        service.finish(scene.consultation, scene.bidder, demand, tails, clock.now())
        other, tails = bid(scene.consultation, scene.bidder, OFFER, deposit=demand["depot"])
        assert code_of(service.finish, scene.consultation, scene.bidder, other, tails, clock.now()) == "depot-pris"

    @pytest.mark.parametrize("seconds, late", [(-1, False), (0, True), (1, True)])
    def test_the_deadline_is_kept_to_the_second(self, scene, seconds, late):
        at = scene.consultation.deadline + timedelta(seconds=seconds)
        found = deposit(scene, at=at)
        assert found.late is late
        assert found.event["hors_delai"] is late
        assert refused_check(verify_receipt(receipts.receipt(found))) is None

    def test_a_draft_receives_nothing(self, scene):
        draft = scene.prepare(("1",), ("offre",), 30)
        assert code_of(service.parameters, draft, scene.bidder) == "non-publiee"

    def test_the_file_of_a_signature_comes_with_any_format(self, scene):
        scene.consultation.accepted_formats = ("pdf", "xml")
        told = service.parameters(scene.consultation, scene.bidder)["formats"]
        assert told == ["pdf", "xml", "p7s", "p7m"]

    def test_the_consultation_is_not_modified_by_a_deposit(self, scene):
        before = scene.consultation.modified()
        deposit(scene)
        assert scene.consultation.modified() == before


class TestRefusing:
    def finish(self, scene, demand, tails, bidder=None):
        return code_of(service.finish, scene.consultation, bidder or scene.bidder, demand, tails, clock.now())

    def test_a_bid_of_another_company_replayed(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, OFFER)
        rival = scene.company("55208131700018", "Autre Charpente")
        assert self.finish(scene, demand, tails, rival) == "contexte"

    def test_a_bid_sealed_to_other_keys(self, scene):
        mine = sealing.generate().recipient
        id_ = uuidhex()
        line, data, documents = seal(
            scene.consultation, scene.bidder, OFFER[2], deposit=id_, recipients=[mine, mine[:-1] + mine[-1]][:1]
        )
        demand = {"depot": id_, "plis": [line], "documents": documents}
        assert self.finish(scene, demand, {line["pli"]: data}) == "version"

    def test_a_bid_whose_stanzas_are_not_those_of_the_keys(self, scene):
        good = [item["recipient"] for item in recipients.gate(scene.consultation).recipients]
        stranger = sealing.generate().recipient
        id_ = uuidhex()
        fingerprints = [sealing.fingerprint(recipient) for recipient in good]
        line, data, documents = seal(scene.consultation, scene.bidder, OFFER[2], deposit=id_, recipients=[good[0]])
        line["contexte"]["recipients"] = fingerprints
        demand = {"depot": id_, "plis": [line], "documents": documents}
        assert stranger not in good
        assert self.finish(scene, demand, {line["pli"]: data}) == "contexte"

    def test_a_bid_of_another_lot_declared_as_this_one(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, OFFER)
        demand["plis"][0]["contexte"]["lot"] = "2"
        assert self.finish(scene, demand, tails) == "contexte"

    def test_an_unknown_lot(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, ("9", "offre", OFFER[2]))
        assert self.finish(scene, demand, tails) == "enveloppe"

    def test_truncated_bytes(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, OFFER)
        pli = demand["plis"][0]["pli"]
        assert self.finish(scene, demand, {pli: tails[pli][:-1]}) == "incomplet"

    def test_one_bit_flipped(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, OFFER)
        pli = demand["plis"][0]["pli"]
        changed = bytearray(tails[pli])
        changed[len(changed) // 2] ^= 1
        assert self.finish(scene, demand, {pli: bytes(changed)}) == "incomplet"

    def test_two_plis_exchanged_with_their_hashes(self, scene):
        """Whoever exchanges bytes may exchange sizes and roots too: the context in each header still tells."""
        demand, tails = bid(scene.consultation, scene.bidder, CANDIDACY, OFFER)
        one, two = demand["plis"]
        one["pli"], two["pli"] = two["pli"], one["pli"]
        for field in ("taille", "racine"):
            one[field], two[field] = two[field], one[field]
        assert self.finish(scene, demand, tails) == "contexte"

    def test_more_bytes_than_the_consultation_takes(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, ("1", "offre", {"a.bin": os.urandom(6_000_000)}))
        scene.consultation.max_deposit_bytes = 1000
        scene.consultation.envelopes = ("offre",)
        assert self.finish(scene, demand, tails) == "quota"

    def test_a_pli_sealed_before_the_deadline_was_moved(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, OFFER)
        scene.consultation.deadline += timedelta(days=1)
        assert self.finish(scene, demand, tails) == "version"

    def test_no_byte_at_all(self, scene):
        demand, _tails = bid(scene.consultation, scene.bidder, OFFER)
        assert self.finish(scene, demand, {}) == "pli-absent"

    def test_bytes_that_are_no_pli(self, scene):
        demand, _tails = bid(scene.consultation, scene.bidder, OFFER)
        line = demand["plis"][0]
        garbage = os.urandom(5000)
        line["taille"] = 5000
        line["racine"] = sealing.parts_root([sha256(garbage).digest()]).hex()
        assert self.finish(scene, demand, {line["pli"]: garbage}) == "entete"

    def test_two_plis_for_one_envelope(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, OFFER, OFFER)
        assert self.finish(scene, demand, tails) == "enveloppe-double"

    def test_a_document_list_that_forgets_a_pli(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, CANDIDACY, OFFER)
        demand["documents"].pop()
        assert self.finish(scene, demand, tails) == "documents"

    def test_a_refused_demand_leaves_nothing(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, OFFER, OFFER)
        self.finish(scene, demand, tails)
        assert store.deposits(scene.consultation) == []
        assert journal.count(scene.consultation, "depot") == 0


class TestParts:
    @pytest.fixture
    def big(self, scene):
        demand, tails = bid(scene.consultation, scene.bidder, ("1", "offre", {"plans.zip": os.urandom(2 * PART_SIZE)}))
        ((pli, data),) = tails.items()
        return demand, pli, data

    def put(self, scene, demand, pli, offset, data, digest=None, bidder=None):
        return service.put_part(
            scene.consultation,
            bidder or scene.bidder,
            demand["depot"],
            pli,
            offset,
            data,
            digest or sha256(data).digest(),
        )

    def test_parts_then_the_tail_make_the_deposit(self, scene, big):
        demand, pli, data = big
        assert self.put(scene, demand, pli, 0, data[:PART_SIZE]) == PART_SIZE
        assert self.put(scene, demand, pli, PART_SIZE, data[PART_SIZE : 2 * PART_SIZE]) == 2 * PART_SIZE
        state = service.progress(scene.consultation, scene.bidder, demand["depot"])
        assert state["plis"] == {pli: {"recu": 2 * PART_SIZE}}
        found, _ = service.finish(scene.consultation, scene.bidder, demand, {pli: data[2 * PART_SIZE :]}, clock.now())
        assert b"".join(found.plis[0].read()) == data
        assert b"".join(found.plis[0].read(PART_SIZE - 3, PART_SIZE + 5)) == data[PART_SIZE - 3 : PART_SIZE + 5]
        assert store.under_way(scene.consultation) == []

    def test_a_part_sent_twice_is_acknowledged(self, scene, big):
        demand, pli, data = big
        self.put(scene, demand, pli, 0, data[:PART_SIZE])
        assert self.put(scene, demand, pli, 0, data[:PART_SIZE]) == PART_SIZE

    def test_parts_in_another_order_do_not_make_the_deposit(self, scene, big):
        demand, pli, data = big
        self.put(scene, demand, pli, 0, data[PART_SIZE : 2 * PART_SIZE])
        self.put(scene, demand, pli, PART_SIZE, data[:PART_SIZE])
        finish = (service.finish, scene.consultation, scene.bidder, demand, {pli: data[2 * PART_SIZE :]}, clock.now())
        assert code_of(*finish) == "incomplet"
        assert store.deposits(scene.consultation) == []

    def test_a_wrong_offset_tells_where_to_go_on(self, scene, big):
        demand, pli, data = big
        self.put(scene, demand, pli, 0, data[:PART_SIZE])
        with pytest.raises(Refusal) as caught:
            self.put(scene, demand, pli, 2 * PART_SIZE, data[2 * PART_SIZE :])
        assert (caught.value.status, caught.value.extra) == (409, {"recu": PART_SIZE})

    def test_a_changed_part_is_not_acknowledged_as_the_former(self, scene, big):
        demand, pli, data = big
        self.put(scene, demand, pli, 0, data[:PART_SIZE])
        assert code_of(self.put, scene, demand, pli, 0, bytes(PART_SIZE)) == "offset"

    def test_a_part_that_does_not_have_its_hash(self, scene, big):
        demand, pli, data = big
        assert code_of(self.put, scene, demand, pli, 0, data[:PART_SIZE], bytes(32)) == "empreinte"

    def test_a_part_of_somebody_else(self, scene, big):
        demand, pli, data = big
        self.put(scene, demand, pli, 0, data[:PART_SIZE])
        rival = scene.company("55208131700018", "Autre Charpente")
        assert code_of(self.put, scene, demand, pli, PART_SIZE, data[:9], None, rival) == "depot-pris"

    def test_more_than_the_consultation_takes(self, scene, big):
        demand, pli, data = big
        scene.consultation.max_deposit_bytes = 1024 * 1024
        scene.consultation.envelopes = ("offre",)
        assert code_of(self.put, scene, demand, pli, 0, data[:PART_SIZE]) == "quota"

    def test_uploads_nobody_finished_are_forgotten_after_a_week(self, scene, big):
        demand, pli, data = big
        self.put(scene, demand, pli, 0, data[:PART_SIZE])
        for days, left in ((0, 1), (8, 0)):
            closing._hourly.last = None
            closing.forget_due(WorkerTick(scene.portal, clock.now() + timedelta(days=days)))
            assert len(store.under_way(scene.consultation)) == left


class TestReplacingAndWithdrawing:
    def test_the_former_deposit_is_kept_and_marked(self, scene):
        first = deposit(scene)
        deposit(scene, remplace=first.id)
        assert first.state == store.REPLACED
        assert len(store.deposits(scene.consultation)) == 2

    def test_a_withdrawn_deposit_is_kept_sealed(self, scene):
        found = deposit(scene)
        service.withdraw(scene.consultation, scene.bidder, found.id, clock.now())
        assert found.state == store.WITHDRAWN
        assert consultations.deposits_count(scene.consultation) == 0
        assert consultations.first_deposit(scene.consultation) is not None

    def test_nothing_is_withdrawn_after_the_deadline(self, scene):
        found = deposit(scene)
        deadline = scene.consultation.deadline
        assert code_of(service.withdraw, scene.consultation, scene.bidder, found.id, deadline) == "clos"

    def test_nobody_withdraws_the_deposit_of_another(self, scene):
        found = deposit(scene)
        rival = scene.company("55208131700018", "Autre Charpente")
        assert code_of(service.withdraw, scene.consultation, rival, found.id, clock.now()) == "depot-inconnu"


class TestKeys:
    def test_a_key_not_proved_does_not_count(self, scene):
        pair = sealing.generate()
        keys.register(scene.town, pair.recipient, "secours", scene.holder, "Agent")
        assert len(keys.active_keys(scene.town)) == 2

    def test_a_wrong_answer_proves_nothing_and_uses_up_the_challenge(self, scene):
        pair = sealing.generate()
        key, sealed = keys.register(scene.town, pair.recipient, "secours", scene.holder, "Agent")
        assert code_of(keys.prove, scene.town, key, bytes(32), scene.holder) == "defi-faux"
        answer = sealing.open_challenge(sealed, sealing.parse_identities(pair.identity.encode()))
        assert code_of(keys.prove, scene.town, key, answer, scene.holder) == "defi"

    def test_a_challenge_expires(self, scene):
        pair = sealing.generate()
        key, sealed = keys.register(scene.town, pair.recipient, "secours", scene.holder, "Agent")
        answer = sealing.open_challenge(sealed, sealing.parse_identities(pair.identity.encode()))
        clock.set_for_tests(clock.now() + timedelta(minutes=6))
        assert code_of(keys.prove, scene.town, key, answer, scene.holder) == "defi"

    def test_a_holder_who_left_is_no_longer_sealed_to(self, scene):
        keys.holder_left(scene.town, scene.deputy)
        assert [key.role for key in keys.active_keys(scene.town)] == ["titulaire"]

    def test_the_same_key_twice_is_refused(self, scene):
        recipient = scene.pairs[scene.holder].recipient
        assert code_of(keys.register, scene.town, recipient, "secours", scene.holder, "Agent") == "cle-double"

    @pytest.mark.parametrize("recipient", ["", "age1", "AGE-SECRET-KEY-1QQQ", "ssh-rsa AAAA", None, "x" * 9000])
    def test_what_is_no_public_key_is_refused(self, scene, recipient):
        assert code_of(keys.register, scene.town, recipient, "secours", scene.holder, "Agent") == "cle"


class TestTheServerCannotRead:
    def test_every_secret_of_the_server_opens_nothing(self, scene, tmp_path):
        """All that the platform holds, read byte by byte: no identity among it opens a pli, no plaintext is in it."""
        found = deposit(scene, ("1", "offre", {"prix.pdf": b"%PDF-1.4 CANARI-EN-CLAIR"}))
        ciphertext = b"".join(found.plis[0].read())
        assert b"CANARI" not in ciphertext
        for path in secrets.folder().iterdir():
            data = path.read_bytes()
            candidates = [data[start : start + 32] for start in range(0, max(1, len(data) - 31))]
            for seed in candidates:
                if len(seed) != 32:
                    continue
                for kind in sealing.keys.KINDS.values():
                    with pytest.raises(sealing.SealingError):
                        sealing.open_(BytesIO(ciphertext), [kind(seed)], tmp_path / "never")
