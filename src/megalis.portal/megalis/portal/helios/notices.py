"""The mails that tell people what became of their flow."""

from megalis.portal.formats.pes import outcome
from megalis.portal.helios import registre as registres
from megalis.portal.helios import rules
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel import settings
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone.uuid.interfaces import IUUID


WORDS = {
    "controle": "Contrôles faits",
    "transmission": "Transmission décidée",
    "abandon": "Abandonné",
    "envoi": "Envoi commencé",
    "transmis": "Reçu par la passerelle du Trésor",
    "envoi-echoue": "La passerelle ne répond pas ; l’envoi sera repris",
    "envoi-refuse": "Refusé à la transmission",
    "arret": "Envoi coupé avant que son issue soit connue",
    "renvoi": "Renvoi décidé",
    "48h": "Quarante-huit heures sans acquittement du Trésor",
}
SHOWN = 10


def _mails(userids):
    found = (people.get(userid) for userid in userids)
    return [person.email for person in found if person is not None and person.active and person.email]


def addresses(flux):
    """Return the addresses to tell, each once: who deposited, who transmitted, and those of the settings."""
    users = dict.fromkeys(filter(None, (flux.prepared_by, *(moment.by for moment in flux.history if moment.by))))
    diffusion = registres.listed(registres.reglages(registres.around(flux))["diffusion"])
    return tuple(dict.fromkeys([*_mails(users), *diffusion]))


def holders(registre, key="transmetteurs-pes"):
    """Return the addresses of those who transmit for a register, and those of its settings."""
    collectivite = registres.collectivite_of(registre)
    diffusion = registres.listed(registres.reglages(registre)["diffusion"])
    return tuple(dict.fromkeys([*_mails(sorted(membership.holders(collectivite, key))), *diffusion]))


def send(to, subject, lines, url, about=None):
    """Queue the same mail to each address."""
    text = "\n".join([*lines, "", url, ""])
    for address in to:
        outbox.queue_mail(address, " ".join(subject.split()), text, about=about)


def named(flux):
    """Return how a mail names a flow."""
    budget = flux.entete.budget or flux.entete.cod_bud
    return f"Le flux {flux.title}" + (f", budget {budget}" if budget else "")


def tell(flux, event):
    """Tell those who follow the flow what happened to it."""
    happened = WORDS.get(event) or rules.state_label(flux.etat)
    lines = [f"{named(flux)} : {happened.lower()}."]
    found = outcome.anomalies(flux.elements)
    if found and event not in WORDS:
        lines += ["", *(f"- {item.lieu} : {item.libelle or item.code}" for item in found[:SHOWN])]
        if len(found) > SHOWN:
            lines.append(f"- et {len(found) - SHOWN} de plus, sur la page du flux.")
    send(addresses(flux), f"{happened} : {flux.title}", lines, flux.absolute_url(), IUUID(flux))


def tell_operator(flux, event):
    """Tell the operator what he alone may mend."""
    happened = WORDS.get(event) or rules.state_label(flux.etat)
    lines = [f"{happened} : {flux.title} de {registres.collectivite_of(flux).title}."]
    lines.append(f"État : {flux.etat}, le {clock.french(clock.now(), seconds=True)}.")
    send((settings.contact_address(),), f"Flux PES : {happened.lower()}", lines, flux.absolute_url(), IUUID(flux))


def asked(flux):
    """Tell those who may transmit that a flow waits for them."""
    to = holders(registres.around(flux))
    lines = [f"{named(flux)} est prêt. Il attend que vous le transmettiez."]
    send(to, f"À transmettre : {flux.title}", lines, f"{flux.absolute_url()}/@@transmettre", IUUID(flux))


def returned(registre, retour, words):
    """Tell those who transmit that a return of the Trésor came."""
    collectivite = registres.collectivite_of(registre)
    lines = [f"Le Trésor a envoyé le retour {retour.entete.nomfic or retour.name} : {words}."]
    url = f"{collectivite.absolute_url()}/@@pes-retour?id={retour.id}"
    send(holders(registre), f"Retour du Trésor : {words}", lines, url, IUUID(collectivite))
