"""The life of an act, as a table: every state meets every event, and each outcome is written here."""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import UTC
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from megalis.portal.formats.actes import deadlines
from megalis.portal.formats.actes import lifecycle
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import states
from megalis.portal.formats.actes.lifecycle import Courrier
from megalis.portal.formats.actes.lifecycle import Dossier
from megalis.portal.formats.actes.lifecycle import Evenement
from megalis.portal.formats.refusal import Refused
from tests.formats.actes_samples import MESSAGES

import pytest


NOW = datetime(2026, 3, 16, 10, 0, tzinfo=UTC)
DAY = NOW.date()

# One row a state, what each event makes of it; an event that is not listed is a refusal for a person, a remark for the
# préfecture. « = » keeps the state.
TABLE = """
brouillon            a-signer:a-signer poste:poste refus:abandonne
a-signer             signe:brouillon refus:abandonne
poste                controle:a-transmettre controle-refuse:refuse-controle refus:abandonne
refuse-controle      correction:brouillon refus:abandonne
abandonne            detruit:detruit 1-2:=tardif 1-3:=tardif ANO:=tardif 6-2:=tardif
a-transmettre        envoi:en-envoi refus:abandonne
en-envoi             transmis:transmis envoi-echoue:a-transmettre envoi-refuse:envoi-refuse arret:envoi-incertain 1-2:acquitte 1-3:anomalie ANO:anomalie
envoi-incertain      transmis:transmis renvoi:a-transmettre 1-2:acquitte 1-3:anomalie ANO:anomalie
envoi-refuse         renvoi:a-transmettre correction:brouillon 1-2:acquitte 1-3:anomalie ANO:anomalie
transmis             4h:sans-reponse 1-2:acquitte 1-3:anomalie ANO:anomalie
sans-reponse         renvoi:a-transmettre 1-2:acquitte 1-3:anomalie ANO:anomalie
anomalie             correction:brouillon renvoi:a-transmettre 1-2:acquitte 1-3:=doublon ANO:=doublon
acquitte             6-1:annulation-demandee delai-controle:controle-echu a-archiver:a-archiver 1-2:=doublon 1-3:=tardif ANO:=tardif
controle-echu        6-1:annulation-demandee a-archiver:a-archiver archive:archive 1-2:=doublon 1-3:=tardif ANO:=tardif
annulation-demandee  6-2:annule annulation-abandonnee:acquitte 1-2:=doublon 1-3:=tardif ANO:=tardif
annule               detruit:detruit 1-2:=tardif 1-3:=tardif ANO:=tardif 6-2:=doublon
a-archiver           envoye-sae:envoye-sae erreur-envoi-sae:erreur-envoi-sae sae-impossible:sae-impossible 1-2:=doublon 1-3:=tardif ANO:=tardif
envoye-sae           recu-sae:recu-sae archive:archive erreur-sae:erreur-sae 1-2:=doublon 1-3:=tardif ANO:=tardif
recu-sae             archive:archive erreur-sae:erreur-sae 1-2:=doublon 1-3:=tardif ANO:=tardif
archive              detruit:detruit 1-2:=doublon 1-3:=tardif ANO:=tardif
erreur-sae           a-archiver:a-archiver 1-2:=doublon 1-3:=tardif ANO:=tardif
erreur-envoi-sae     a-archiver:a-archiver 1-2:=doublon 1-3:=tardif ANO:=tardif
sae-impossible       a-archiver:a-archiver 1-2:=doublon 1-3:=tardif ANO:=tardif
detruit              1-2:=tardif 1-3:=tardif ANO:=tardif 6-2:=tardif
"""
EXPECTED = {row.split()[0]: dict(item.split(":") for item in row.split()[1:]) for row in TABLE.strip().splitlines()}


def at(etat, **values):
    return Dossier(etat, NOW, **values)


def event(nom, **values):
    return Evenement(nom, NOW + timedelta(hours=1), **values)


def code_of(dossier, nom, **values):
    with pytest.raises(Refused) as caught:
        lifecycle.advance(dossier, event(nom, **values))
    return caught.value.code


def test_the_table_knows_every_state_and_every_event():
    assert set(EXPECTED) == set(states.ETATS) == set(lifecycle.TRANSITIONS)
    assert {name for row in EXPECTED.values() for name in row} == set(lifecycle.EVENTS)


@pytest.mark.parametrize("nom", lifecycle.EVENTS)
@pytest.mark.parametrize("etat", states.ETATS)
def test_each_state_meets_each_event(etat, nom):
    outcome = EXPECTED[etat].get(nom)
    before = at(etat, reception=DAY)
    if outcome is None and nom not in ("1-2", "1-3", "ANO", "6-2"):
        assert code_of(before, nom) == "actes.transition"
        return
    after = lifecycle.advance(before, event(nom))
    if outcome is None or outcome.startswith("="):
        assert after.dossier == before
        assert after.remarque == (outcome[1:] if outcome else "inattendu")
        assert (lifecycle.TELL_OPERATOR in after.effets) == (after.remarque != "doublon")
    else:
        assert (after.dossier.etat, after.remarque) == (outcome, "")
        assert after.dossier.depuis == NOW + timedelta(hours=1)


def test_every_state_shows_as_a_code_that_agents_know():
    assert all(etat.code in states.public_codes() for etat in states.ETATS.values())
    assert all(etat.code in states.public_codes() for etat in states.ETATS_COURRIER.values())
    assert sorted(states.public_codes()) == list(range(-1, 23))
    assert at("acquitte").public == 4 and at("annule").public == 0 and at("anomalie").public == -1


def test_every_state_can_be_reached_and_only_the_last_ones_lead_nowhere():
    reached = {"brouillon"}
    while True:
        more = {to for etat in reached for to, _effects in lifecycle.TRANSITIONS[etat].values()} - reached
        if not more:
            break
        reached |= more
    assert reached == set(states.ETATS)
    assert [etat for etat, known in lifecycle.TRANSITIONS.items() if not known] == ["detruit"]


def test_an_act_is_acknowledged_stamped_and_keeps_the_day_of_the_prefecture():
    dossier, effects = at("brouillon"), []
    for nom in ("poste", "controle", "envoi", "transmis"):
        step = lifecycle.advance(dossier, event(nom))
        dossier, effects = step.dossier, effects + list(step.effets)
    assert effects == [lifecycle.CHECK, lifecycle.SEND]
    step = lifecycle.advance(dossier, event("1-2", reception=date(2026, 3, 17)))
    assert step.dossier.reception == date(2026, 3, 17)
    assert step.effets == (lifecycle.STAMP, lifecycle.SLIP, lifecycle.TELL_DEPOSITOR)
    again = lifecycle.advance(step.dossier, event("1-2", reception=date(2026, 3, 20)))
    assert (again.dossier, again.effets, again.remarque) == (step.dossier, (), "doublon")


def test_a_sending_cut_short_is_seen_and_never_repeated_by_itself():
    cut = lifecycle.advance(at("en-envoi"), event("arret"))
    assert cut.dossier.etat == "envoi-incertain"
    assert lifecycle.SEND not in cut.effets and lifecycle.RETRY not in cut.effets
    assert lifecycle.TELL_OPERATOR in cut.effets
    assert lifecycle.advance(cut.dossier, event("1-2", reception=DAY)).dossier.etat == "acquitte"


def test_an_acknowledgement_after_the_cancellation_changes_nothing():
    step = lifecycle.advance(at("annulation-demandee", reception=DAY), event("6-2"))
    assert lifecycle.UNPUBLISH in step.effets
    late = lifecycle.advance(step.dossier, event("1-2"))
    assert (late.dossier, late.remarque) == (step.dossier, "tardif")


DIALOGUES = [
    ("2-1", None, "2-2", None, 21),
    ("3-1", "3-2", "3-3", "3-5", 7),
    ("3-1", "3-2", "3-4", "3-5", 7),
    ("4-1", "4-2", "4-3", "4-5", 7),
    ("4-1", "4-2", "4-4", "4-5", 7),
]


@pytest.mark.parametrize(("letter", "ar", "answer", "ar_answer", "first"), DIALOGUES)
def test_each_letter_of_the_prefecture_has_its_exchange(letter, ar, answer, ar_answer, first):
    step = lifecycle.advance(at("acquitte", reception=DAY), event(letter, date_courrier=DAY))
    assert step.effets == ((f"envoyer:{ar}",) if ar else ()) + (lifecycle.TELL_DEPOSITOR,)
    assert step.dossier.courriers[0].public == first
    if ar:
        step = lifecycle.advance(step.dossier, event(ar))
        assert step.dossier.courriers[0].public == 8
        assert code_of(step.dossier, ar) == "actes.courrier"
    step = lifecycle.advance(step.dossier, event(answer))
    assert step.effets == (f"envoyer:{answer}",)
    assert (step.dossier.courriers[0].public, step.dossier.courriers[0].reponse) == (9, answer)
    assert code_of(step.dossier, answer) == "actes.courrier"
    if ar_answer:
        step = lifecycle.advance(step.dossier, event(ar_answer, reception=date(2026, 4, 2)))
        assert (step.dossier.courriers[0].public, step.dossier.courriers[0].acquitte) == (11, date(2026, 4, 2))
        assert lifecycle.advance(step.dossier, event(ar_answer)).remarque == "doublon"
    assert step.dossier.etat == "acquitte"


def test_a_defere_is_told_and_calls_for_no_message():
    step = lifecycle.advance(at("acquitte"), event("5-1"))
    assert step.effets == (lifecycle.TELL_DEPOSITOR,)
    assert step.dossier.courriers[0].public == 21


def test_a_letter_received_twice_is_acknowledged_twice_and_kept_once():
    first = lifecycle.advance(at("acquitte"), event("3-1", date_courrier=DAY))
    again = lifecycle.advance(first.dossier, event("3-1", date_courrier=DAY))
    assert (again.dossier, again.effets, again.remarque) == (first.dossier, ("envoyer:3-2",), "doublon")
    other = lifecycle.advance(first.dossier, event("3-1", date_courrier=date(2026, 3, 20)))
    assert len(other.dossier.courriers) == 2
    answered = lifecycle.advance(other.dossier, event("3-4", date_courrier=DAY))
    assert [item.etat for item in answered.dossier.courriers] == ["reponse-envoyee", "recu"]


@pytest.mark.parametrize(
    ("etat", "remark"), [("acquitte", ""), ("transmis", "inattendu"), ("annule", "tardif"), ("archive", "")]
)
def test_a_letter_is_kept_whatever_the_state(etat, remark):
    step = lifecycle.advance(at(etat), event("4-1"))
    assert len(step.dossier.courriers) == 1
    assert (step.dossier.etat, step.remarque) == (etat, remark)


def test_an_answer_to_no_letter_is_refused_and_an_acknowledgement_of_none_is_remarked():
    assert code_of(at("acquitte"), "3-4") == "actes.courrier"
    assert lifecycle.advance(at("acquitte"), event("3-5")).remarque == "inattendu"
    received = lifecycle.advance(at("acquitte"), event("3-1")).dossier
    assert lifecycle.advance(received, event("3-5")).remarque == "inattendu"


def test_a_message_is_an_event_with_the_dates_it_bears():
    ar = lifecycle.event_of(MESSAGES["1-2"], NOW)
    assert (ar.nom, ar.reception, ar.quand) == ("1-2", DAY, NOW)
    assert lifecycle.advance(at("transmis"), ar).dossier.reception == DAY
    letter = lifecycle.event_of(MESSAGES["3-1"], NOW)
    assert (letter.nom, letter.date_courrier) == ("3-1", DAY)
    assert lifecycle.event_of(MESSAGES["anomalie"], NOW).nom == "ANO"
    known = {*lifecycle.EVENTS, *lifecycle.LETTRES}
    assert all(lifecycle.event_of(MESSAGES[code], NOW).nom == code for code in known & set(model.CODES))


def test_the_dialogue_covers_every_message_there_is():
    known = set(lifecycle.LETTRES) | set(lifecycle.EVENTS)
    for lettre in lifecycle.LETTRES.values():
        known |= {lettre.ar, lettre.ar_reponse, *lettre.reponses}
    about_acts = {code for code in model.CODES if not code.startswith("7-")} - {"1-1"}
    assert about_acts <= known


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*lifecycle.EVENTS, *model.CODES]), st.integers(0, 3)), max_size=25))
def test_whatever_happens_in_any_order_the_dossier_stays_whole(happenings):
    dossier = at("brouillon")
    for rank, (nom, day) in enumerate(happenings):
        what = Evenement(nom, NOW + timedelta(hours=rank), None, DAY + timedelta(days=day))
        try:
            step = lifecycle.advance(dossier, what)
        except Refused as refusal:
            assert refusal.code in ("actes.transition", "actes.courrier")
            continue
        assert step.dossier.etat in states.ETATS
        assert len(step.dossier.courriers) >= len(dossier.courriers)
        assert dossier.reception is None or step.dossier.etat in ("detruit", "brouillon") or step.dossier.reception
        dossier = step.dossier
    assert dossier.public in states.public_codes()


# --- times


@pytest.mark.parametrize(
    ("reception", "last"),
    [
        (date(2026, 3, 16), date(2026, 5, 18)),  # the 17th of May is a Sunday
        (date(2026, 1, 5), date(2026, 3, 6)),
        (date(2025, 12, 31), date(2026, 3, 2)),  # no 31st of February: the month ends on the 28th, a Sunday follows
        (date(2026, 3, 12), date(2026, 5, 13)),
        (date(2026, 9, 10), date(2026, 11, 12)),  # the 11th of November is a holiday
    ],
)
def test_two_months_of_clear_days(reception, last):
    assert deadlines.controle(reception) == deadlines.Controle(last, "reception")


def test_a_request_for_documents_starts_the_two_months_again_when_they_are_received():
    asked = Courrier("3-1", date(2026, 4, 1), date(2026, 4, 2))
    waiting = deadlines.controle(DAY, (asked,))
    assert (waiting.motif, waiting.provisoire, waiting.dernier_jour) == ("pieces", True, date(2026, 8, 3))
    sent = Courrier(
        "3-1", date(2026, 4, 1), date(2026, 4, 2), "reponse-acquittee", "3-4", date(2026, 4, 10), date(2026, 4, 13)
    )
    done = deadlines.controle(DAY, (sent,))
    assert (done.motif, done.provisoire, done.dernier_jour) == ("pieces", False, date(2026, 6, 15))


def test_an_objection_starts_them_again_when_it_is_answered_and_an_answer_too_late_counts_as_silence():
    answered = Courrier("4-1", date(2026, 4, 1), date(2026, 4, 2), "reponse-envoyee", "4-4", date(2026, 4, 20))
    assert deadlines.controle(DAY, (answered,)).dernier_jour == date(2026, 6, 22)
    late = Courrier("4-1", date(2026, 4, 1), date(2026, 4, 2), "reponse-envoyee", "4-4", date(2026, 9, 20))
    assert deadlines.controle(DAY, (late,)).dernier_jour == date(2026, 8, 3)


def test_a_plain_letter_or_a_request_after_the_deadline_changes_no_date():
    plain = deadlines.controle(DAY)
    letters = (
        Courrier("2-1", DAY, DAY),
        Courrier("5-1", DAY, DAY),
        Courrier("3-1", date(2026, 6, 1), date(2026, 6, 1)),
    )
    assert deadlines.controle(DAY, letters) == plain


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_the_last_day_is_a_working_day_after_two_months(reception):
    last = deadlines.controle(reception).dernier_jour
    assert last.weekday() < 5
    assert 59 <= (last - reception).days <= 70


def test_four_hours_without_an_answer_and_the_end_of_the_controle_run_out_by_themselves():
    sent = at("transmis")
    assert deadlines.due(sent, NOW + timedelta(hours=3, minutes=59)) == ()
    assert deadlines.due(sent, NOW + timedelta(hours=4)) == ("4h",)
    assert deadlines.due(at("sans-reponse"), NOW + timedelta(hours=9)) == ()
    done = at("acquitte", reception=DAY)
    assert deadlines.due(done, datetime(2026, 5, 18, 23, tzinfo=UTC)) == ()
    assert deadlines.due(done, datetime(2026, 5, 19, 1, tzinfo=UTC)) == ("delai-controle",)
    assert lifecycle.advance(sent, event("4h")).dossier.etat == "sans-reponse"


@pytest.mark.parametrize(
    ("reception", "publication", "since"),
    [(DAY, date(2026, 3, 20), date(2026, 3, 20)), (DAY, date(2026, 3, 1), DAY), (DAY, None, None), (None, DAY, None)],
)
def test_an_act_is_executory_once_received_and_published(reception, publication, since):
    assert deadlines.executory_since(reception, publication) == since


def test_what_is_exchanged_says_which_of_two_letters_of_one_kind_it_is_about():
    first, second = date(2026, 4, 2), date(2026, 4, 9)
    dossier = at("acquitte", reception=DAY)
    for day in (first, second):
        letter = event("3-1", date_courrier=day)
        dossier = lifecycle.advance(dossier, letter).dossier
        assert lifecycle.letter_of(dossier, letter) == ("3-1", day)
    for nom in ("3-2", "3-3", "3-4", "3-5"):
        assert lifecycle.letter_of(dossier, event(nom, date_courrier=first)) == ("3-1", first)
        assert lifecycle.letter_of(dossier, event(nom)) == ("3-1", second), "without a date, the latest"
    assert lifecycle.letter_of(dossier, event("4-3", date_courrier=first)) is None
    assert lifecycle.letter_of(dossier, event("1-2")) is None
