"""Messages of @CTES for the tests: one of each kind, and strategies that make any of them."""

from datetime import date
from hypothesis import strategies as st
from megalis.portal.formats import siren
from megalis.portal.formats.actes import model
from megalis.portal.formats.actes.latin import latin1

import dataclasses


SIREN = "213502388"
ACT_ID = f"035-{SIREN}-20260316-DEL_42-DE"
DAY = date(2026, 3, 16)
STEM = f"{ACT_ID}-1-1"

FICHIER = model.Fichier(f"99_DE-{STEM}_1.pdf")
ANNEXE = model.Fichier(f"21_RP-{STEM}_2.pdf", "c2lnbmF0dXJl")
ACTE = model.Acte(
    DAY, "DEL_42", 1, (8, 4), "Aménagement de l'école, marché n° 3", "", date(2024, 4, 19), FICHIER, (ANNEXE,), True
)
LETTRE = model.Fichier(f"{ACT_ID}-2-1_1.pdf")
ENVELOPPE = model.EnveloppeCLMISILL(
    model.Collectivite(SIREN, "035", "3", "31"),
    model.Referent("Yann Le Goff", "0299000000", "actes@rennes.test"),
    ("retour@megalis.test", "actes@rennes.test"),
    (model.Fichier(f"{STEM}_0.xml"),),
)
CLASSIFICATION = model.RetourClassification(
    date(2024, 4, 19),
    (
        model.NatureActe(
            1, "Délibérations", "DE", (model.TypePJ("99_DE", "Délibération"), model.TypePJ("21_RP", "Rapport"))
        ),
    ),
    (model.Matiere(8, "Domaines", (model.Matiere(4, "Aménagement", (model.Matiere(1, "Bâtiments"),)),)),),
)

MESSAGES = {
    "1-1": ACTE,
    "1-2": model.ARActe(ACT_ID, DAY, ACTE, date(2024, 4, 19)),
    "1-3": model.AnomalieActe(DAY, "002", "Classification périmée", ACTE, date(2024, 4, 19)),
    "2-1": model.CourrierSimple(ACT_ID, DAY, LETTRE),
    "2-2": model.ReponseCourrierSimple(ACT_ID, DAY, LETTRE),
    "3-1": model.DemandePieceComplementaire(ACT_ID, DAY, "Le plan de masse", LETTRE),
    "3-2": model.ARDemandePieceComplementaire(ACT_ID, DAY),
    "3-3": model.RefusPieceComplementaire(ACT_ID, DAY, LETTRE),
    "3-4": model.PieceComplementaire(ACT_ID, DAY, (LETTRE, model.Fichier("plan.png"))),
    "3-5": model.ARPieceComplementaire(ACT_ID, DAY, date(2026, 3, 20)),
    "4-1": model.LettreObservations(ACT_ID, DAY, "Incompétence", LETTRE),
    "4-2": model.ARLettreObservations(ACT_ID, DAY),
    "4-3": model.RejetLettreObservations(ACT_ID, DAY, LETTRE),
    "4-4": model.ReponseLettreObservations(ACT_ID, DAY, LETTRE),
    "4-5": model.ARReponseRejetLettreObservations(ACT_ID, DAY, date(2026, 3, 20)),
    "5-1": model.DefereTA(ACT_ID, DAY, "Détournement de pouvoir", (LETTRE,)),
    "6-1": model.Annulation(ACT_ID),
    "6-2": model.ARAnnulation(ACT_ID, DAY),
    "7-1": model.DemandeClassification(date(2024, 4, 19)),
    "7-2": CLASSIFICATION,
    "7-3": model.ReponseClassificationSansChangement(date(2024, 4, 19)),
    "enveloppe": ENVELOPPE,
    "reponse": model.EnveloppeMISILLCL(
        model.Prefecture("035", "3"), None, (model.Fichier(f"{ACT_ID}-1-2_1.xml"),), SIREN
    ),
    "anomalie": model.AnomalieEnveloppe(DAY, "005", "SIREN inconnu", ENVELOPPE),
}

words = st.text(
    st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("Cs", "Cc")), min_size=1, max_size=80
).map(lambda text: latin1(text).replace("\n", " ").strip() or "a")
days = st.dates(date(1950, 1, 1), date(2100, 1, 1))
numbers = st.from_regex(r"\A(?:[A-Z0-9][A-Z0-9_]{0,13})?[A-Z0-9]\Z")
sirens = st.integers(1, 99_999_999).map(
    lambda value: next(f"{value:08d}{key}" for key in range(10) if siren.luhn(f"{value:08d}{key}"))
)
departements = st.sampled_from(["022", "029", "035", "056", "02A", "02B", "971"])
file_names = st.from_regex(r"\A[A-Za-z0-9][A-Za-z0-9_-]{0,60}\.(?:pdf|jpg|png|xml)\Z")
ids = st.builds(
    "{}-{}-{:%Y%m%d}-{}-{}".format, departements, sirens, days, numbers, st.sampled_from(["DE", "AR", "CC"])
)
xml_signatures = words.map(lambda text: text.replace("&", "et").replace("<", "(")).map(
    lambda text: model.SignatureXML(f'<ds:Signature xmlns:ds="urn:x" Id="S">{text.replace(">", ")")}</ds:Signature>')
)
signatures = st.one_of(st.just(""), st.from_regex(r"\A[A-Za-z0-9+/]{4,40}={0,2}\Z"), xml_signatures)
fichiers = st.builds(model.Fichier, file_names, signatures)


def several(strategy, least=0, most=4):
    """Return tuples of files or of anything with distinct ``nom``."""
    return st.lists(strategy, min_size=least, max_size=most, unique_by=lambda item: item.nom.lower()).map(tuple)


@st.composite
def actes(draw):
    """Return any act that may be sent."""
    files = draw(several(fichiers, 1, 5))
    return model.Acte(
        draw(days), draw(numbers), draw(st.integers(1, 6)),
        tuple(draw(st.lists(st.integers(1, 99), min_size=2, max_size=5))),
        draw(words), draw(st.just("") | ids), draw(days), files[0], files[1:], draw(st.booleans()),
    )  # fmt: skip


emails = st.from_regex(r"\A[a-z0-9_]{1,12}(?:\.[a-z0-9]{1,8})?@[a-z0-9-]{1,12}\.(?:fr|bzh)\Z")
referents = st.none() | st.builds(
    model.Referent, words, st.just("") | st.from_regex(r"\A0[0-9]{9}\Z"), st.just("") | emails
)
collectivites = st.builds(
    model.Collectivite, sirens, departements, st.from_regex(r"\A[0-9]\Z"), st.sampled_from(["31", "21", "44", "11"])
)
enveloppes = st.builds(
    model.EnveloppeCLMISILL,
    collectivites,
    referents,
    st.lists(emails, min_size=1, max_size=3).map(tuple),
    several(fichiers, 1),
)
prefectures = st.builds(model.Prefecture, departements, st.sampled_from(["", "1", "9"])) | st.builds(
    model.Prefecture, departements, st.just(""), st.just(True)
)


def matieres(depth):
    """Return subjects with up to ``depth`` levels below; the two first levels are never empty."""
    below = st.just(()) if depth == 0 else st.lists(st.deferred(lambda: matieres(depth - 1)), max_size=2).map(tuple)
    if depth >= 4:
        below = st.lists(matieres(depth - 1), min_size=1, max_size=2).map(tuple)
    return st.builds(model.Matiere, st.integers(1, 99), words, below)


natures = st.builds(
    model.NatureActe, st.integers(1, 9), words, st.from_regex(r"\A[A-Z]{2}\Z"),
    st.lists(st.builds(model.TypePJ, st.from_regex(r"\A[0-9]{2}_[A-Z]{2}\Z"), words), min_size=1, max_size=3).map(tuple),
)  # fmt: skip

_BY_FIELD = {
    "id_acte": ids, "date": days, "date_reception": days, "date_courrier": days, "date_depot": days,
    "classification_en_cours": days, "detail": words | st.just(""), "description": words, "motif": words,
    "nature_illegalite": words, "acte": actes(), "document": fichiers, "documents": several(fichiers, 1),
    "pieces": several(fichiers), "enveloppe": enveloppes, "nature": st.sampled_from(["001", "005", "100"]),
    "referent": referents, "destinataire": sirens, "formulaires": several(fichiers, 1), "emetteur": prefectures,
    "natures": st.lists(natures, min_size=1, max_size=3).map(tuple),
    "matieres": st.lists(matieres(4), min_size=1, max_size=2).map(tuple),
}  # fmt: skip


def any_message(kind):
    """Return a strategy of complete messages of the class ``kind``."""
    special = {model.Acte: actes(), model.EnveloppeCLMISILL: enveloppes}
    if kind in special:
        return special[kind]
    names = [item.name for item in dataclasses.fields(kind)]
    return st.builds(kind, **{name: _BY_FIELD[name] for name in names})
