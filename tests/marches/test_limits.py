"""Modifications of a contract: their ground, how far it reaches, and what is said when one goes beyond."""

from datetime import date
from decimal import Decimal
from megalis.portal.kernel import journal
from megalis.portal.marches import recording
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import CONCESSION
from megalis.portal.marches.rules import limits
from megalis.portal.marches.rules import MARCHE

import pytest


DAY = date(2026, 5, 4)
SIGNED = {"montant": 100_000, "codeCPV": "30192000", "dateNotification": "2026-01-05"}
WHY = "Le chantier ne peut pas s’arrêter."


def to(amount, ground, *before, cpv="30192000", known=None, threshold=None, kind=MARCHE):
    """Return the Reckoned of an amount brought by a ground, after modifications ``before`` (their amounts)."""
    name = "valeurGlobale" if kind == CONCESSION else "montant"
    raw = {**SIGNED, name: 100_000, "codeCPV": cpv}
    raw["modifications"] = [{"modification": {"id": rank, name: money}} for rank, money in enumerate(before, 1)]
    return limits.reckon(kind, raw, {name: amount}, limits.Basis(ground), known or {}, DAY, threshold)


class TestLimits:
    @pytest.mark.parametrize(
        "ground, cpv, most",
        [
            (limits.SMALL, "30192000", 109_999),
            (limits.SMALL, "45000000", 114_999),
            (limits.MORE, "30192000", 150_000),
            (limits.UNFORESEEN, "45000000", 150_000),
        ],
    )
    def test_a_ground_reaches_its_limit_and_no_further(self, ground, cpv, most):
        assert to(most, ground, cpv=cpv).over == ()
        over = to(most + 1, ground, cpv=cpv).over
        assert len(over) == 1 and "du montant signé" in over[0] and "R. 2194" in over[0]

    def test_those_of_a_concession_are_its_own(self):
        assert to(109_999, limits.SMALL, cpv="45000000", kind=CONCESSION).over == ()
        assert "R. 3135-8" in to(112_000, limits.SMALL, cpv="45000000", kind=CONCESSION).over[0]

    def test_small_ones_count_together_the_others_one_by_one(self):
        assert to(112_000, limits.SMALL, 106_000, known={1: limits.SMALL}).over
        assert not to(112_000, limits.SMALL, 106_000, known={1: limits.REVIEW}).over
        assert to(112_000, limits.SMALL, 106_000).over, "one without a ground is counted with them"
        assert not to(190_000, limits.MORE, 145_000, known={1: limits.MORE}).over

    def test_a_small_one_stays_below_the_european_threshold_too(self):
        (over,) = to(108_000, limits.SMALL, threshold=Decimal(8_000)).over
        assert "seuil européen" in over

    @pytest.mark.parametrize("ground", [limits.REVIEW, limits.HOLDER, limits.SLIGHT])
    def test_the_other_grounds_have_no_figure(self, ground):
        assert to(400_000, ground).over == ()

    def test_less_is_never_beyond_and_no_amount_is_no_share(self):
        assert to(20_000, limits.SMALL).over == ()
        assert limits.reckon(MARCHE, SIGNED, {"dureeMois": 9}, limits.Basis(limits.SMALL), {}, DAY).share is None

    def test_without_a_ground_nothing_is_modified(self):
        assert [f.code for f in limits.findings(to(1, ""), limits.NONE)] == ["marches.fondement"]
        assert [f.code for f in limits.findings(to(1, "x"), limits.Basis("x"))] == ["marches.fondement"]

    def test_beyond_is_refused_until_it_is_confirmed_with_a_reason(self):
        found = to(160_000, limits.MORE)
        assert [f.code for f in limits.findings(found, limits.Basis(limits.MORE))] == ["marches.limite"]
        assert [f.code for f in limits.findings(found, limits.Basis(limits.MORE, True, "Voilà"))] == [
            "marches.limite-motif"
        ]
        assert limits.findings(found, limits.Basis(limits.MORE, True, WHY)) == []

    def test_each_limit_is_told_with_its_article_and_in_euros(self):
        told = {article: sentence for _words, sentence, article in limits.told(MARCHE, SIGNED, DAY)}
        more = "50 % du montant signé au plus, soit 50 000 €, à chaque modification."
        small = "moins de 10 % du montant signé, soit moins de 10 000 €, ces modifications cumulées ; sous le seuil européen."
        assert {article: " ".join(sentence.split()) for article, sentence in told.items()} == {
            "articles R. 2194-2 et R. 2194-3 du code de la commande publique": more,
            "articles R. 2194-5 et R. 2194-3 du code de la commande publique": more,
            "articles R. 2194-8 et R. 2194-9 du code de la commande publique": small,
        }
        assert "soit" not in limits.told(MARCHE, {**SIGNED, "montant": "?"}, DAY)[0][1]


AVENANT = {"dateNotificationModification": "2026-04-28", "montant": 190000}


class TestRecorded:
    def test_what_goes_beyond_is_kept_with_the_contract_and_in_the_journal(self, world):
        record = world.add()
        recording.publish(record)
        with pytest.raises(recording.Incomplete) as refused:
            recording.amend(record, amending.MODIFICATION, AVENANT, basis=limits.Basis(limits.MORE))
        assert [item.code for item in refused.value.findings] == ["marches.limite"]
        assert "58,3 % du montant signé, 50 % au plus" in refused.value.findings[0].message
        assert len(record.versions) == 1 and record.bases == {}
        recording.amend(record, amending.MODIFICATION, AVENANT, basis=limits.Basis(limits.MORE, True, WHY))
        kept = record.bases["1"]
        assert (kept["ground"], kept["share"], kept["reason"]) == (limits.MORE, "58.33", WHY)
        event = journal.events(world.a, "donnees-essentielles")[-1]
        assert (event["fondement"], event["part"], event["justification"]) == (limits.MORE, "58.33", WHY)
        assert "50 % au plus" in event["depassement"][0]

    def test_a_correction_keeps_its_ground_and_is_held_to_the_limit_again(self, world):
        record = world.add()
        recording.publish(record)
        recording.amend(record, amending.MODIFICATION, {**AVENANT, "montant": 150000}, basis=limits.Basis(limits.MORE))
        recording.amend(record, amending.MODIFICATION, {**AVENANT, "montant": 140000}, 0, "Erreur de saisie")
        assert record.bases["1"]["ground"] == limits.MORE
        with pytest.raises(recording.Incomplete) as refused:
            recording.amend(record, amending.MODIFICATION, AVENANT, 0, "Erreur de saisie")
        assert [item.code for item in refused.value.findings] == ["marches.limite"]
