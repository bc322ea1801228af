"""How sure the platform is of who acts, apart from what he may do: three levels, and what a request reaches.

A right says that an agent may transmit; the level says what it takes to believe that it is he. Source: CGCT, R. 2131-1-B (the
device authenticates who sends an act), and the practice of operators (a certificate of authentication to transmit).
"""

from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import settings
from megalis.portal.organisations import people
from megalis.portal.organisations.signin import certificates


SESSION, PASSWORD, CERTIFICATE = "session", "mot-de-passe", "certificat"
LEVELS = {
    SESSION: "La session de l’agent suffit",
    PASSWORD: "Le mot de passe est redemandé",
    CERTIFICATE: "Le certificat électronique de l’agent est exigé",
}
ORDER = tuple(LEVELS)


def known():
    """Return the levels this platform can ask for, as (key, words)."""
    return [(key, words) for key, words in LEVELS.items() if key != CERTIFICATE or settings.asks_certificates()]


def check_level(level):
    """Refuse (``assurance.niveau``) a level that is none, or that this platform cannot ask for."""
    if level not in LEVELS:
        raise Refused("assurance.niveau", "Choisissez ce qui est demandé à qui transmet.", level)
    if level == CERTIFICATE and not settings.asks_certificates():
        raise Refused(
            "assurance.niveau", "Cette plateforme ne demande pas de certificat : choisissez un autre niveau.", level
        )


def own_certificate(request):
    """Return the Certificate that came with the request when it is the one its account has, else None."""
    person, shown = people.current(request), certificates.presented(request)
    account = people.door().accounts.get(person.userid) if person is not None else None
    kept = account.certificate if account is not None else None
    return shown if shown is not None and kept is not None and kept.sha256 == shown.sha256 else None


def reached(request, password=""):
    """Return the level of a request. ``password`` is the one typed again; a program that signs in by HTTP Basic gives it each time."""
    if own_certificate(request) is not None:
        return CERTIFICATE
    if (getattr(request, "_auth", "") or "").lower().startswith("basic "):
        return PASSWORD
    person = people.current(request)
    return PASSWORD if password and person is not None and people.door().confirms(person.userid, password) else SESSION


def is_reached(wanted, request, password=""):
    """Tell whether a request reaches the level that is wanted."""
    return ORDER.index(reached(request, password)) >= ORDER.index(wanted or SESSION)


def check(wanted, request, password=""):
    """Refuse (``assurance.mot-de-passe``, ``assurance.certificat``) a request under the level that is wanted."""
    if is_reached(wanted, request, password):
        return
    if wanted == CERTIFICATE:
        raise Refused(
            "assurance.certificat",
            "Votre collectivité exige le certificat électronique de l’agent : présentez le vôtre, enregistré sur « Mon compte ».",
        )
    if password:
        raise Refused(
            "assurance.mot-de-passe", "Ce n’est pas votre mot de passe, ou le compte est fermé un moment : vérifiez-le."
        )
    raise Refused(
        "assurance.mot-de-passe", "Redonnez votre mot de passe : votre collectivité le demande pour transmettre."
    )
