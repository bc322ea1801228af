"""The messages that ``actes_codec.py`` writes and reads: one of each kind that travels most."""

from datetime import date
from megalis.portal.formats.actes import model


SIREN = "213502388"
ACT_ID = f"035-{SIREN}-20260316-DEL_42-DE"
DAY, IN_FORCE = date(2026, 3, 16), date(2024, 4, 19)
ACTE = model.Acte(
    DAY,
    "DEL_42",
    1,
    (8, 4),
    "Aménagement de la place de l'école, avenant n° 3 au marché de travaux",
    "",
    IN_FORCE,
    model.Fichier(f"99_DE-{ACT_ID}-1-1_1.pdf"),
    (model.Fichier(f"21_RP-{ACT_ID}-1-1_2.pdf"),),
    True,
)
MESSAGES = {
    "1-1": ACTE,
    "1-2": model.ARActe(ACT_ID, DAY, ACTE, IN_FORCE),
    "1-3": model.AnomalieActe(DAY, "002", "Classification périmée", ACTE, IN_FORCE),
    "3-4": model.PieceComplementaire(ACT_ID, DAY, (model.Fichier(f"{ACT_ID}-3-4_1.pdf"),)),
    "6-1": model.Annulation(ACT_ID),
    "enveloppe": model.EnveloppeCLMISILL(
        model.Collectivite(SIREN, "035", "3", "31"),
        model.Referent("Anne Le Bihan", "0299000000", "actes@megalis.test"),
        ("retour@megalis.test",),
        (model.Fichier(f"{ACT_ID}-1-1_0.xml"),),
    ),
}
