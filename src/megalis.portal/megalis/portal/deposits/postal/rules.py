"""Rules of what is sent by post, as pure functions."""

from megalis.portal.formats.refusal import Refused


KINDS = {"plan": "Plans", "echantillon": "Échantillon", "papier": "Documents sur papier", "autre": "Autre"}
ASKED, SENT, ARRIVED, DECLINED, GIVEN_UP = "demande", "expedie", "recu", "refuse", "renonce"
STATES = {
    ASKED: "À expédier",
    SENT: "Expédié",
    ARRIVED: "Reçu par l’entreprise",
    DECLINED: "Refusé",
    GIVEN_UP: "Demande retirée",
}
NEXT = {
    SENT: (ASKED,),
    ARRIVED: (SENT,),
    DECLINED: (ASKED,),
    GIVEN_UP: (ASKED,),
}
MOST_OFFERS = 50
TEXT, NOTE, STREET = 120, 500, 200


def line(value, code, words, most=TEXT, needed=False):
    """Return a text on one line; Refused ``code``."""
    text = " ".join(str(value or "").split())
    if needed and not text:
        raise Refused(code, f"{words} manque : remplissez ce champ.")
    if len(text) > most:
        raise Refused(code, f"{words} a {len(text)} signes, {most} au plus : abrégez.", text[:40])
    return text


def kind(value):
    """Return the kind of a part; Refused ``envoi.genre``."""
    if not isinstance(value, str) or value not in KINDS:
        raise Refused("envoi.genre", "Choisissez ce qui s’envoie dans la liste.", str(value)[:40])
    return value


def check_title(title, known):
    """Refuse (``envoi.double``) to offer twice what companies could not tell apart."""
    if title.casefold() in (other.casefold() for other in known):
        raise Refused(
            "envoi.double",
            f"« {title} » est déjà dans la liste : proposez-le de nouveau s’il est arrêté, ou précisez le titre.",
            title,
        )


def address(form):
    """Return ``{name, street, postal_code, city, country}`` of a form; Refused ``envoi.adresse``, ``envoi.code-postal``."""
    found = {
        "name": line(form.get("name"), "envoi.adresse", "Le destinataire", needed=True),
        "street": line(form.get("street"), "envoi.adresse", "La rue", STREET, needed=True),
        "postal_code": line(form.get("postal_code"), "envoi.adresse", "Le code postal", 12, needed=True),
        "city": line(form.get("city"), "envoi.adresse", "La ville", needed=True),
        "country": line(form.get("country"), "envoi.adresse", "Le pays") or "France",
    }
    digits = found["postal_code"].replace(" ", "")
    if found["country"].casefold() == "france" and not (digits.isdigit() and len(digits) == 5):
        raise Refused(
            "envoi.code-postal",
            f"« {found['postal_code']} » n’est pas un code postal français : cinq chiffres, ou indiquez le pays.",
            found["postal_code"],
        )
    return found


def check_step(before, after):
    """Refuse (``envoi.etape``) a step that does not follow: what was sent is not sent again."""
    if before not in NEXT[after]:
        raise Refused("envoi.etape", f"Cette demande est déjà « {STATES[before].lower()} » : rechargez la page.")


def check_dispatch(sent, asked, now):
    """Refuse (``envoi.date``) a dispatch before its request or after now; all aware, compared by the minute."""
    if sent > now:
        raise Refused("envoi.date", "L’expédition est dans le futur à l’horloge du serveur : vérifiez la date.")
    if sent < asked.replace(second=0, microsecond=0):
        raise Refused("envoi.date", "L’expédition précède la demande : vérifiez la date.")
