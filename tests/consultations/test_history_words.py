"""What an agent reads of the journal on the page of a consultation, in words, and once where it happened many times."""

from megalis.portal.consultations import rules
from megalis.portal.consultations.browser.manage import phrase
from megalis.portal.consultations.rules import procedures
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from tests.consultations.conftest import NOW

import datetime
import pytest


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"type": "antivirus"}, "Plis ouverts confiés à l’antivirus"),
        ({"type": "signatures"}, "Signatures des documents vérifiées"),
        ({"type": "papier", "fait": "destruction", "numero": "P-1"}, "Registre du papier, destruction : P-1"),
        ({"type": "envoi-postal", "fait": "expedition", "titre": "Plans"}, "Envoi par voie postale, expédié : Plans"),
        (
            {"type": "consultation", "fait": "derogation-delai", "agent": "Anne"},
            "Dérogation au délai minimal donnée par Anne",
        ),
    ],
)
def test_an_event_is_told_in_french(event, words):
    assert phrase(event) == words


def test_what_happens_many_times_running_is_told_once(world, draft, visit):
    for _rank in range(3):
        journal.record(draft, {"type": "versement"})
    _status, _headers, body = visit(draft, "gestion", user=world.acheteurs)
    assert body.count("Fichiers versés dans le dossier réservé") == 1
    assert "(3 fois)" in body


def test_a_single_day_is_written_in_the_singular():
    deadline = NOW + datetime.timedelta(days=1)
    found = procedures.time_findings("procedure-adaptee", NOW, deadline)
    (advice,) = [item for item in found if item.level == rules.ADVICE and item.code == "delai.conseille"]
    assert "n’auraient qu’un jour ;" in advice.message
    assert procedures.days_between(clock.now(), clock.now()) == 0
