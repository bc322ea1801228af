"""The events of a consultation's journal in words: nobody reads the code of one."""

from megalis.portal.deposits.browser import told
from pathlib import Path

import megalis.portal.deposits
import pytest
import re


ROOMS = Path(megalis.portal.deposits.__file__).parents[1]
# recorded with the site, a collectivité or a company, never with a consultation
ELSEWHERE = {
    "annonces", "cle", "cle-interface", "cle-retrouvee", "cle-revoquee", "coffre", "donnees-essentielles", "groupement",
    "modele", "modele-courrier", "niveaux", "regle", "service-publication", "verrou",
}  # fmt: skip


def test_every_event_of_a_consultation_has_its_words():
    written = {
        name
        for room in ("consultations", "deposits", "awards", "marches", "interchange")
        for path in (ROOMS / room).rglob("*.py")
        for name in re.findall(r'"type": "([a-z-]+)"', path.read_text("utf-8"))
    }
    assert len(written) > 40
    assert written - ELSEWHERE - set(told.EVENT_LABELS) == set()


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (
            {"type": "analyse", "lot": "2", "entreprise": "Granit d’Armor", "champs": {}, "par": "Anne"},
            "lot 2, Granit d’Armor, Anne",
        ),
        ({"type": "sans-pli", "par": "Anne"}, "Anne"),
        (
            {"type": "piece-signee", "lot": "", "pieces": [{"nom": "acte.pdf"}], "signataire": "tous", "par": "Anne"},
            "acte.pdf, Anne",
        ),
        ({"type": "notification", "lot": "1", "titulaires": [{"nom": "A"}, {"nom": "B"}]}, "lot 1, A, B"),
        ({"type": "justificatif", "fait": "demandés", "detail": "3 pour 1 entreprise", "par": "Anne"},
         "demandés, 3 pour 1 entreprise, Anne"),
        ({"type": "avis", "genre": "attribution", "support": "joue", "fait": "envoi"}, "attribution, joue, envoi"),
        ({"type": "gel", "gel": True, "motif": "Recours"}, "gel, Recours"),
        ({"type": "elimination", "fichiers": 3, "bordereau": "2031-01", "octets": 9}, "3 fichiers, bordereau 2031-01"),
    ],
)  # fmt: skip
def test_what_follows_the_opening_is_told_in_a_line(event, line):
    assert told.detail(event).replace("\N{NO-BREAK SPACE}", " ") == line
