"""What pages say of a deadline: whether there is a leave to give, how it may move, what became of it and who knows."""

from datetime import timedelta
from html import unescape
from megalis.portal.consultations.rules import rectification
from tests.consultations.conftest import at
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import DEADLINE
from tests.consultations.conftest import NOW
from tests.consultations.conftest import publish

import pytest


OLD = DEADLINE
DAY = timedelta(days=1)


def plain(body):
    return " ".join(unescape(body).replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ").split())


class TestRules:
    def test_it_may_go_both_ways_until_somebody_has_deposited(self):
        words = rectification.deadline_may(OLD, None, "lundi 16 mars 2026")
        assert "reculée, ou avancée" in words and words.endswith("au plus tôt le lundi 16 mars 2026.")
        assert rectification.deadline_may(OLD, None).endswith("le temps dû aux entreprises.")
        assert rectification.deadline_may(OLD, NOW, "x").endswith("elle ne peut plus qu’être reculée.")
        assert rectification.deadline_may(None, None) == "Elle n’est pas fixée."

    def test_a_move_is_said_with_its_direction(self):
        assert rectification.deadline_moved(OLD, OLD + DAY).startswith("Date limite reculée au ")
        assert rectification.deadline_moved(OLD, OLD - DAY).startswith("Date limite avancée au ")
        assert rectification.deadline_moved(OLD, OLD) == rectification.deadline_moved(None, OLD) == ""

    @pytest.mark.parametrize(
        "people, moved, words",
        [
            (
                0,
                True,
                "Personne ne s’était identifié : aucun courriel n’est parti, la page publique porte la nouvelle date.",
            ),
            (0, False, "Personne ne s’était identifié : aucun courriel n’est parti."),
            (1, True, "Un destinataire prévenu."),
            (12, False, "12 destinataires prévenus."),
        ],
    )
    def test_who_was_told_is_counted_and_nobody_is_said_too(self, people, moved, words):
        assert rectification.told(people, moved) == words


class TestPages:
    def leave(self, world, visit, consultation):
        status, _headers, body = visit(consultation, "delai", user=world.valideurs)
        assert status == 200
        return plain(body)

    def test_the_page_of_the_leave_says_why_there_is_none_to_give(self, world, visit):
        draft = complete_draft(world.a)
        assert "le délai suffit." in self.leave(world, visit, draft)
        kept, draft.deadline = draft.deadline, None
        assert "n’est pas encore fixée" in self.leave(world, visit, draft)
        draft.deadline = kept
        publish(world, draft)
        page = self.leave(world, visit, draft)
        assert (
            "ne se donne qu’avant" in page and "Rectifier la date limite" in page and "Donner la dérogation" not in page
        )
        at(DEADLINE + DAY)
        assert "La date limite est passée" in self.leave(world, visit, draft)

    def test_a_rectification_says_how_the_deadline_may_move_then_how_it_did(self, world, visit):
        tender = complete_draft(
            world.a, procedure="appel-offres-ouvert", nature="services", cpv="90910000", estimated_value=300_000
        )
        publish(world, tender)
        at(NOW + DAY)
        page = plain(visit(tender, "rectifier", user=world.valideurs)[2])
        assert "Aucun pli n’est arrivé : elle peut être reculée, ou avancée" in page and "au plus tôt le " in page
        later = f"{tender.deadline + 7 * DAY:%Y-%m-%dT%H:%M}"
        asked = {"motif": "Demandes des entreprises", "deadline": later, "planned_opening": ""}
        assert visit(tender, "rectifier", method="POST", user=world.valideurs, token=True, **asked)[0] == 303
        assert tender.version == 2
