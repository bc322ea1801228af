"""From the closing to the opening, on a real site: what is late, who opens, in which order, what is told."""

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from megalis.portal import sealing
from megalis.portal.consultations import api as consultations
from megalis.portal.deposits import closing
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.kernel import clock
from megalis.portal.kernel import export
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import Refusal
from megalis.portal.ledger.export import verify_export
from plone import api
from tests.deposits.acts import code_of
from tests.deposits.acts import deposit
from tests.deposits.acts import OFFER

import pytest


class TestClosingAndOpening:
    @pytest.fixture
    def closed(self, scene, portal):
        scene.kept = deposit(scene)
        scene.late = deposit(scene, bidder=scene.company("55208131700018", "En retard"), at=scene.consultation.deadline)
        clock.set_for_tests(scene.consultation.deadline + timedelta(seconds=11))
        return scene

    def open_(self, scene, envelope):
        with api.env.adopt_roles(["PorteurDeCle"]):
            opening.start(scene.consultation, envelope, scene.holder)

    def test_before_the_deadline_nobody_opens(self, scene):
        deposit(scene)
        assert code_of(self.open_, scene, "candidature") == "pas-close"

    def test_in_the_seconds_after_the_deadline_the_closing_is_awaited(self, scene, stop_clock):
        deposit(scene)
        stop_clock(scene.consultation.deadline + timedelta(seconds=1))
        assert code_of(self.open_, scene, "candidature") == "cloture"

    def test_the_closing_counts_what_came_in_time(self, closed):
        assert closing.close(closed.consultation)
        (event,) = journal.events(closed.consultation, "cloture")
        assert event["depots"] == 1
        assert recipients.gate(closed.consultation).accepted == (closed.kept.id,)

    def test_a_deposit_that_crosses_the_closing_is_late(self, closed):
        closing.close(closed.consultation)
        crossing = deposit(
            closed,
            bidder=closed.company("35600000000014", "Poste"),
            at=closed.consultation.deadline - timedelta(seconds=1),
        )
        assert crossing.late

    def test_only_a_holder_of_one_of_its_keys_opens(self, closed):
        with pytest.raises(Refusal) as caught:
            opening.start(closed.consultation, "candidature", closed.buyer)
        assert caught.value.status == 403

    def test_envelopes_open_kind_by_kind_and_the_holder_reads_what_was_sealed(self, closed, tmp_path):
        assert code_of(self.open_, closed, "offre") == "ordre"
        self.open_(closed, "candidature")
        offer = next(
            row for row in opening.rows(closed.consultation) if row["enveloppe"] == "offre" and not row["hors_delai"]
        )
        assert code_of(opening.hand_out, closed.consultation, offer["pli"], closed.holder, "Agent") == "attente"
        self.open_(closed, "offre")
        pli = opening.hand_out(closed.consultation, offer["pli"], closed.holder, "Agent")
        identities = sealing.parse_identities(closed.pairs[closed.deputy].identity.encode())
        opened = sealing.open_(BytesIO(b"".join(pli.read())), identities, tmp_path / "out", context=offer["contexte"])
        assert opened is not None
        assert (tmp_path / "out" / "prix é.pdf").read_bytes() == OFFER[2]["prix é.pdf"]

    def test_a_late_pli_is_never_handed_out(self, closed):
        self.open_(closed, "candidature")
        late = next(
            row for row in opening.rows(closed.consultation) if row["hors_delai"] and row["enveloppe"] == "candidature"
        )
        assert code_of(opening.hand_out, closed.consultation, late["pli"], closed.holder, "Agent") == "hors-delai"

    def test_the_opening_moves_the_consultation_on(self, closed):
        self.open_(closed, "candidature")
        assert consultations.state(closed.consultation) == "ouverture"

    def test_verdicts_are_kept_and_told(self, closed):
        self.open_(closed, "candidature")
        row = next(row for row in opening.rows(closed.consultation) if row["etat"] == "a-ouvrir")
        key = closed.pairs[closed.holder].fingerprint
        documents = [{"nom": "dc1.pdf", "taille": 12, "sha256": sha256(b"%PDF-1.4 dc1").hexdigest()}]
        demand = {"pli": row["pli"], "verdict": "intact", "documents": documents, "fingerprint": key}
        opening.record_verdict(closed.consultation, demand, closed.holder, "Agent titulaire")
        assert opening.progress(closed.consultation) == {"candidature": (1, 1)}
        assert journal.events(closed.consultation, "verdict")[0]["documents"] == documents

    def test_the_exported_journal_holds_together(self, closed, portal, tmp_path):
        for envelope in ("candidature", "offre"):
            self.open_(closed, envelope)
        journal.merge(portal)
        path = tmp_path / "journal.jsonl"
        with path.open("wb") as out:
            export.write(portal, out)
        with path.open("rb") as stream:
            report = verify_export(stream, key=journal.signer().verifier)
        assert (report.closings, report.openings) == (1, 2)
