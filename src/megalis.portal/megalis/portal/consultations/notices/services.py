"""To whom this site is connected: each service off, simulated or real, its address; its key is never in the database."""

from megalis.portal.consultations.notices import simulation
from megalis.portal.consultations.notices.transports import http
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.consultations.notices.transports.concentrateur import Concentrateur
from megalis.portal.consultations.notices.transports.ted import ADDRESS
from megalis.portal.consultations.notices.transports.ted import Ted
from megalis.portal.consultations.rules.thresholds import BOAMP
from megalis.portal.consultations.rules.thresholds import JOUE
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import secrets
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations

import os


KEY = "megalis.notices.services"
OFF, SIMULATED, REAL = "arret", "simulation", "reel"
MODES = {OFF: "Non relié", SIMULATED: "Simulation sur cette machine", REAL: "Relié"}
TITLES = {JOUE: "JOUE (TED)", BOAMP: "BOAMP (concentrateur national)"}
CLIENTS = {JOUE: Ted, BOAMP: Concentrateur}
# support: variable of the address, of the key, name of the file of the key
OUTSIDE = {
    JOUE: ("MEGALIS_TED_URL", "MEGALIS_TED_KEY", "ted-cle"),
    BOAMP: ("MEGALIS_CONCENTRATEUR_URL", "MEGALIS_CONCENTRATEUR_KEY", "concentrateur-cle"),
}


def _kept(site):
    annotations = getattr(site, "__annotations__", None)
    return annotations.get(KEY, {}) if annotations is not None else {}


def told(site, support):
    """Return ``{mode, address, at, by}`` of a service; off until the operator says otherwise."""
    default = {"mode": OFF, "address": os.environ.get(OUTSIDE[support][0]) or (ADDRESS if support == JOUE else "")}
    found = {**default, "at": None, "by": "", **_kept(site).get(support, {})}
    return found | {"address": found["address"] or default["address"]}


def mode(site, support):
    """Return OFF, SIMULATED or REAL; a support that is no service (newspaper, profile) has none."""
    return told(site, support)["mode"] if support in CLIENTS else ""


def key(support):
    """Return the key others gave the operator for a service, or ""."""
    _url, variable, name = OUTSIDE[support]
    return secrets.given(name, variable)


def tell(site, support, wanted, address, by):
    """Connect a service, or not; Refused ``service.*`` on an address that is none, or a real service without its key."""
    if support not in CLIENTS or wanted not in MODES:
        raise Refused("service.choix", "Ce choix n’existe pas : rechargez la page.")
    address = (address or "").strip()
    if wanted == REAL:
        try:
            http.check_address(address)
        except NotNow as error:
            raise Refused("service.adresse", error.message, address) from error
        if not key(support):
            _url, variable, name = OUTSIDE[support]
            raise Refused(
                "service.cle",
                f"La clé de {TITLES[support]} n’est pas posée : donnez-la par la variable {variable} ou le fichier {name} du "
                "dossier des secrets, puis recommencez.",
            )
    annotations = IAnnotations(site)
    if KEY not in annotations:
        annotations[KEY] = PersistentMapping()
    annotations[KEY][support] = {"mode": wanted, "address": address, "at": clock.now(), "by": by}
    journal.record(
        site, {"type": "service-publication", "support": support, "mode": wanted, "adresse": address, "par": by}
    )


def client(site, support):
    """Return the client of a service; NotNow ``service.arret`` while it is off. Starts the simulator when it is played."""
    kept = told(site, support)
    if kept["mode"] == SIMULATED:
        return CLIENTS[support](simulation.service(support).address, simulation.KEY)
    if kept["mode"] == REAL:
        return CLIENTS[support](kept["address"], key(support))
    raise NotNow("service.arret", f"La plateforme n’est plus reliée à {TITLES[support]} : l’avis attend.")
