"""From a form to an archive the préfecture accepts: what is assembled passes our own check, whatever was entered."""

from datetime import date
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from io import BytesIO
from megalis.portal.formats.actes import archive
from megalis.portal.formats.actes import assembly
from megalis.portal.formats.actes import classification
from megalis.portal.formats.actes import contents
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes import sending
from megalis.portal.formats.refusal import Refused
from tests.formats.actes_samples import ACT_ID
from tests.formats.actes_samples import CLASSIFICATION
from tests.formats.actes_samples import DAY
from tests.formats.actes_samples import ENVELOPPE
from tests.formats.actes_samples import MESSAGES
from tests.formats.actes_samples import numbers
from tests.formats.actes_samples import SIREN

import dataclasses
import pytest


PDF = b"%PDF-1.7\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n"
IN_FORCE = classification.from_message(CLASSIFICATION)
SENDER = assembly.Expediteur(ENVELOPPE.emetteur, ENVELOPPE.referent, ENVELOPPE.adresses_retour, "abc")
PIECES = (
    sending.Piece("Délibération n° 42.PDF", "99_DE", len(PDF), PDF),
    sending.Piece("plan.png", "21_RP", len(PNG), PNG),
)
PROJET = sending.Projet("DEL_42", DAY, 1, "8.4.1", "L’école\nde Châteaulin – 3 €", date(2024, 4, 19), PIECES)


def part(projet=PROJET, **options):
    return assembly.act_part(projet, (PDF, PNG), IN_FORCE, ENVELOPPE.emetteur, **options)


def opened(emission):
    out = BytesIO()
    archive.write(out, emission.fichiers)
    return contents.read(BytesIO(out.getvalue()))


def test_an_act_becomes_an_archive(referentiels):
    referentiels("actes")
    identifier, made = part(papier=True, signatures=("", "c2lnbmF0dXJl"))
    sent = assembly.emission([made], SENDER, 7, date(2026, 3, 18))
    assert str(identifier) == ACT_ID
    assert sent.archive == "abc-EACT--213502388--20260318-7.tar.gz"
    assert sent.noms == (
        "EACT--213502388--20260318-7.xml",
        f"{ACT_ID}-1-1_0.xml",
        f"99_DE-{ACT_ID}-1-1_1.pdf",
        f"21_RP-{ACT_ID}-1-1_2.png",
    )
    found = opened(sent)
    assert (found.errors, found.warnings) == ([], [])
    acte = found.messages[f"{ACT_ID}-1-1_0.xml"]
    assert (acte.objet, acte.matiere, acte.papier) == ("L'école de Châteaulin - 3 euros", (8, 4, 1), True)
    assert acte.annexes[0].signature == "c2lnbmF0dXJl"


def test_several_acts_travel_in_one_envelope():
    parts = [part(dataclasses.replace(PROJET, numero=f"A{rank}"))[1] for rank in range(3)]
    found = opened(assembly.emission(parts, SENDER, 1, DAY))
    assert found.errors == [] and len(found.messages) == 4


@settings(max_examples=40, deadline=None)
@given(numbers, st.text(min_size=1, max_size=200), st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.integers(0, 9999))
def test_whatever_was_entered_what_passes_the_checks_is_a_good_archive(numero, objet, day, serie):
    projet = dataclasses.replace(PROJET, numero=numero, objet=" ".join(objet.split()), date=day)
    if sending.findings(projet, IN_FORCE, day):
        return
    found = opened(assembly.emission([part(projet)[1]], SENDER, serie, day))
    assert (found.errors, found.warnings) == ([], [])


@pytest.mark.parametrize(
    ("letter", "kind", "documents"),
    [
        ("2-1", model.ReponseCourrierSimple, [("PDF", PDF)]),
        ("3-1", model.ARDemandePieceComplementaire, []),
        ("3-1", model.RefusPieceComplementaire, [("pdf", PDF)]),
        ("3-1", model.PieceComplementaire, [("pdf", PDF), ("png", PNG)]),
        ("4-1", model.ARLettreObservations, []),
        ("4-1", model.RejetLettreObservations, [("pdf", PDF)]),
        ("4-1", model.ReponseLettreObservations, [("pdf", PDF)]),
    ],
)
def test_each_answer_becomes_an_archive(letter, kind, documents, referentiels):
    referentiels("actes")
    made = assembly.answer_part(kind, MESSAGES[letter], documents)
    assert (made.message.id_acte, made.message.date_courrier) == (ACT_ID, DAY)
    found = opened(assembly.emission([made], SENDER, 8, DAY))
    assert (found.errors, found.warnings) == ([], [])
    assert len(found.files) == 2 + len(documents)


def test_a_cancellation_and_a_request_for_the_classification_become_archives(referentiels):
    referentiels("actes")
    parts = [assembly.cancel_part(ACT_ID), assembly.classification_part(ENVELOPPE.emetteur, DAY)]
    found = opened(assembly.emission(parts, SENDER, 9, DAY))
    assert (found.errors, found.warnings) == ([], [])
    assert [model.code_of(message) for message in found.messages.values()] == ["", "6-1", "7-1"]


def test_the_prefecture_answers_in_an_archive_of_its_own(referentiels):
    referentiels("actes")
    letter = model.Fichier(f"{ACT_ID}-3-1_1.pdf")
    message = dataclasses.replace(MESSAGES["3-1"], document=letter)
    made = assembly.Part(message, f"{ACT_ID}-3-1_0.xml", ((letter.nom, PDF),))
    files = assembly.reply([made], model.Prefecture("035", "3"), SIREN, 12, DAY)
    out = BytesIO()
    archive.write(out, files)
    found = contents.read(BytesIO(out.getvalue()))
    assert (found.errors, found.warnings) == ([], [])


def test_nothing_is_assembled_under_a_classification_that_never_came():
    with pytest.raises(Refused) as caught:
        assembly.act_part(
            dataclasses.replace(PROJET, matiere="8.4", pieces=PIECES[:1]),
            (PDF,),
            classification.builtin(),
            ENVELOPPE.emetteur,
        )
    assert caught.value.code == "actes.classification-absente"
