"""The rules of what a consultation lacks, decides and tells, in milliseconds and without a site."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.rules import blocking
from megalis.portal.consultations.rules import calendar_lines
from megalis.portal.consultations.rules import checklist
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import versions
from tests.consultations.rules_scene import codes
from tests.consultations.rules_scene import DEADLINE
from tests.consultations.rules_scene import NOW
from tests.consultations.rules_scene import SECOND
from tests.consultations.rules_scene import values

import hashlib
import pytest


def test_a_complete_consultation_has_nothing_missing():
    assert checklist.findings(values(), NOW) == []


@pytest.mark.parametrize(
    "changes, code",
    [
        ({"reference": " "}, "reference.absente"),
        ({"same_reference": ("Toiture",)}, "reference.double"),
        ({"title": ""}, "objet.absent"),
        ({"nature": ""}, "nature.absente"),
        ({"nature": "fournitures", "procedure": "concession"}, "concession.nature"),
        (
            {"procedure": "concession", "lots": (checklist.LotValues("1", "A", nature="fournitures"),)},
            "concession.nature",
        ),
        ({"cpv": ""}, "cpv.absent"),
        ({"cpv": "4523"}, "cpv.forme"),
        ({"deadline": None}, "deadline.absente"),
        ({"deadline": NOW}, "deadline.passee"),
        ({"questions_deadline": DEADLINE}, "dates.questions"),
        ({"planned_opening": DEADLINE - SECOND}, "dates.ouverture"),
        ({"criteria": ()}, "criteres.absents"),
        ({"criteria": ({"name": "", "weight": None},)}, "criteres.nom"),
        ({"criteria": ({"name": "Prix", "weight": 60}, {"name": "Délai", "weight": None})}, "criteres.poids"),
        ({"envelopes": ()}, "enveloppes.absentes"),
        ({"envelopes": ("offre", "technique", "financiere")}, "enveloppes.offre"),
        ({"envelopes": ("candidature", "technique")}, "enveloppes.paire"),
        ({"accepted_formats": ()}, "formats.absents"),
        ({"pieces": ()}, "dce.vide"),
        ({"pieces": (checklist.PieceValues("rc.pdf", "reglement", (), 0),)}, "dce.fichier-vide"),
        ({"pieces": (checklist.PieceValues("rc.pdf", "reglement", ("9",), 5),)}, "dce.lot"),
        ({"contact_email": ""}, "contact.absent"),
        ({"contact_email": "mairie"}, "contact.adresse"),
        ({"lots": (checklist.LotValues("1", "A"), checklist.LotValues("1", "B"))}, "lots.double"),
        ({"lots": (checklist.LotValues("1", ""), checklist.LotValues("2", "B"))}, "lots.titre"),
        ({"lots": tuple(checklist.LotValues(str(n), "x") for n in range(201))}, "lots.trop"),
    ],
)
def test_what_is_missing_has_a_code_and_a_page_that_mends_it(changes, code):
    found = blocking(checklist.findings(values(**changes), NOW))
    assert code in codes(found)
    assert all(finding.target.startswith("@@") for finding in found)


def test_what_waits_for_the_journal_stands_apart_from_the_keys_and_is_mended_where_notices_leave():
    waits = Missing("avis.embargo", "L’avis n’est pas parti.", "@@publicite")
    drill = Missing("cle.exercice", "Aucun exercice.", "../@@cles")
    found = {
        point.title: (point.target, codes(point.findings)) for point in checklist.points(values(), NOW, (waits, drill))
    }
    assert found["Avis au Journal officiel"] == ("@@publicite", ["avis.embargo"])
    assert found["Clés de chiffrement"] == ("../@@cles", ["cle.exercice"])
    assert "Avis au Journal officiel" not in {point.title for point in checklist.points(values(), NOW)}


@pytest.mark.parametrize("nature", ["travaux", "services"])
def test_works_and_services_may_be_conceded_and_supplies_bought(nature):
    assert checklist.findings(values(procedure="concession", nature=nature), NOW) == []
    assert checklist.findings(values(nature="fournitures"), NOW) == []


def test_a_virus_in_the_dossier_is_told_not_refused_since_the_antivirus_may_be_wrong():
    found = checklist.findings(
        values(pieces=(checklist.PieceValues("rc.pdf", "reglement", (), 5, "Canari.EICAR"),)), NOW
    )
    assert codes(found) == ["dce.virus"] and not blocking(found)


def test_weights_that_do_not_make_a_hundred_are_told_not_refused():
    found = checklist.findings(values(criteria=({"name": "Prix", "weight": 60},)), NOW)
    assert codes(found) == ["criteres.somme"]


def test_criteria_of_the_lots_are_enough():
    lot = checklist.LotValues("1", "A", criteria=({"name": "Prix", "weight": 100},))
    other = checklist.LotValues("2", "B", criteria=({"name": "Prix", "weight": 100},))
    assert checklist.findings(values(criteria=(), lots=(lot, other)), NOW) == []


def test_a_decision_names_its_holder_or_its_reason():
    assert codes(decisions.decision_findings("1", None)) == ["decision.absente"]
    assert codes(decisions.decision_findings("1", "attribue", amount=10)) == ["decision.titulaire"]
    assert codes(decisions.decision_findings("1", "sans-suite")) == ["decision.motif"]
    assert decisions.decision_findings("1", "infructueux") == []
    assert decisions.decision_findings("", "attribue", winner="Société A", amount=10) == []


def test_a_member_of_a_group_without_number_is_asked_for_before_the_lot_is_awarded():
    members = [("Société B", "44306184100013"), ("Société C", "")]
    (found,) = decisions.decision_findings("1", "attribue", winner="Société A", amount=10, members=members)
    assert (found.code, found.level) == ("decision.membre", "blocking") and "Lot 1 : « Société C »" in found.message
    assert decisions.decision_findings("1", "attribue", winner="Société A", amount=10, members=members[:1]) == []


def test_a_formal_contract_is_notified_eleven_full_days_after_telling_the_others():
    informed = datetime(2026, 4, 1, 15, 0, tzinfo=UTC)
    end = decisions.standstill_end(informed, 11)
    assert end == datetime(2026, 4, 12, 22, 0, tzinfo=UTC)
    assert codes(decisions.notification_findings(True, 11, informed, False, end - SECOND)) == ["standstill"]
    assert decisions.notification_findings(True, 11, informed, False, end) == []
    assert codes(decisions.notification_findings(True, 11, None, False, end)) == ["information.absente"]


def test_no_standstill_binds_a_mapa_a_sole_candidate_or_a_procedure_without_award():
    assert decisions.notification_findings(True, None, None, False, NOW) == []
    assert decisions.notification_findings(True, 11, None, True, NOW) == []
    assert decisions.notification_findings(False, 11, None, False, NOW) == []


def test_standstill_ends_at_midnight_of_paris_across_the_change_of_hour():
    informed = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)
    assert decisions.standstill_end(informed, 11) == datetime(2026, 3, 31, 22, 0, tzinfo=UTC)


def test_the_fingerprint_of_a_dossier_is_that_of_its_sorted_triples():
    pieces = [("b.pdf", 2, "bb"), ("a.pdf", 1, "aa")]
    expected = hashlib.sha256(b'[["a.pdf",1,"aa"],["b.pdf",2,"bb"]]').hexdigest()
    assert versions.dce_hash(pieces) == expected == versions.dce_hash(reversed(pieces))
    assert versions.dce_hash([]) == hashlib.sha256(b"[]").hexdigest()


class TestCalendarLines:
    """What a consultation draws in a calendar, phase by phase."""

    NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)

    def words(self, state, created=None, published=None, deadline=None, reached=()):
        day = timedelta(days=1)

        def at(days):
            return None if days is None else self.NOW + days * day

        instants = {name: at(days) for name, days in dict(reached).items()}
        found = calendar_lines.spans(state, at(created), at(published), at(deadline), instants, self.NOW)
        return [(s.word, s.kind, (s.start - self.NOW).days, (s.end - self.NOW).days) for s in found]

    def test_a_draft_is_under_way_and_its_deadline_is_to_come(self):
        assert self.words("elaboration", -4, None, 30) == [("brouillon", "ph2", -4, 0), ("plis", "ph4", 0, 30)]
        assert self.words("a-valider", -4) == [("brouillon", "ph2", -4, 0)]
        assert self.words("elaboration", -40, None, -1) == [("brouillon", "ph2", -40, 0)]

    def test_an_open_one_awaits_bids_until_its_deadline(self):
        assert self.words("publiee", -40, -30, 3) == [("plis", "ph1", -30, 3)]

    def test_a_closed_one_waits_to_be_opened(self):
        assert self.words("close", -40, -30, -2) == [("plis", "ph3", -30, -2), ("à ouvrir", "ph2", -2, 0)]

    def test_each_phase_ends_where_the_next_begins(self):
        reached = {"publiee": -30, "ouverture": -8, "analyse": -6}
        assert self.words("analyse", -40, -30, -10, reached) == [
            ("plis", "ph3", -30, -10),
            ("à ouvrir", "ph3", -10, -8),
            ("ouverture", "ph3", -8, -6),
            ("analyse", "ph2", -6, 0),
        ]

    def test_a_notified_one_is_over(self):
        reached = {"ouverture": -20, "analyse": -15, "decidee": -9, "notifiee": -2}
        assert [kind for _word, kind, *_days in self.words("notifiee", -60, -50, -20, reached)] == ["ph3"] * 4

    def test_a_cancelled_one_stops_at_its_deadline(self):
        assert self.words("annulee", -60, -50, -20, {"annulee": -10}) == [("plis", "ph3", -50, -20)]
