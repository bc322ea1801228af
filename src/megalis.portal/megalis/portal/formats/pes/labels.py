"""What the codes of a flow mean, in French, as the official schemas say it."""

DOMAINES = {"depense": "Dépenses", "recette": "Recettes"}
PIECES = {
    "depense": {
        "01": "Mandat ordinaire", "02": "Mandat correctif", "03": "Mandat d’ordre budgétaire", "04": "Mandat d’ordre mixte",
        "05": "Mandat émis après paiement", "06": "Mandat global", "07": "Mandat d’admission en non-valeur",
        "08": "Mandat collectif", "09": "Mandat sur marché", "10": "Mandat de rattachement",
    },
    "recette": {
        "01": "Titre ordinaire", "02": "Titre correctif", "03": "Titre d’ordre budgétaire", "04": "Titre d’ordre mixte",
        "05": "Titre émis après paiement", "06": "Titre récapitulatif avec rôle", "07": "Titre récapitulatif sans rôle",
        "09": "Titre de majoration", "10": "Titre en plusieurs années", "11": "Titre de rattachement",
        "12": "Ordre de recette de l’ordonnateur", "14": "Produits constatés d’avance", "15": "Titre ORMC",
    },
}  # fmt: skip
SUPPORTS = {"01": "jointe au flux", "02": "sur disque", "03": "sur papier"}

PAID, REJECTED, TAKEN, PENDING, CANCELLED = "paye", "rejete", "pris-en-charge", "en-instance", "annule"
# EtatPce of a Retour: (code, what it comes to, words).
_RETOUR = {
    "depense": {
        "01": (PENDING, "En instance"), "02": (TAKEN, "Pris en charge"), "04": (REJECTED, "Rejeté"),
        "05": (PAID, "Soldé, payé"),
    },
    "recette": {
        "01": (PENDING, "En instance"), "02": (TAKEN, "Pris en charge"), "03": (TAKEN, "Pris en charge en partie"),
        "04": (REJECTED, "Rejeté"), "05": (CANCELLED, "Annulé"),
    },
}  # fmt: skip
KINDS = {PAID: "ok", REJECTED: "bad", TAKEN: "run", PENDING: "soon", CANCELLED: "closed"}


def piece(domaine, code):
    """Return the name of a kind of pièce: « Mandat ordinaire », the bare word when the code says nothing."""
    return PIECES.get(domaine, {}).get(code.strip(), "Mandat" if domaine == "depense" else "Titre")


def retour(domaine, code):
    """Return (what it comes to, French words) of the state of a pièce in a Retour; ("", code) of an unknown one."""
    return _RETOUR.get(domaine, {}).get(code.strip(), ("", f"État {code}" if code else "Sans état"))


def iban(text):
    """Return an IBAN that is recognised and cannot be copied: its country, and its four last signs."""
    text = text.replace(" ", "")
    return f"{text[:4]} … {text[-4:]}" if len(text) > 8 else ""
