"""The words of the history, and the mails that tell people what became of their act."""

from megalis.portal.actes import registre as registres
from megalis.portal.formats.actes import lifecycle
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.kernel import settings
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from plone.uuid.interfaces import IUUID


WORDS = {
    "poste": "Transmission décidée",
    "controle": "Contrôles passés, en attente de départ",
    "controle-refuse": "Contrôles non passés",
    "correction": "Repris pour correction",
    "refus": "Abandonné",
    "envoi": "Envoi commencé",
    "transmis": "Reçu par le serveur du ministère",
    "envoi-echoue": "Le serveur ne répond pas ; l’envoi sera repris",
    "envoi-refuse": "Refusé par le serveur du ministère",
    "arret": "Envoi coupé avant que son issue soit connue",
    "renvoi": "Renvoi décidé",
    "4h": "Quatre heures sans réponse de la préfecture",
    "delai-controle": "Fin du délai du contrôle de légalité",
    "a-archiver": "À archiver",
    "archive": "Archivé",
    "detruit": "Copie de la plateforme détruite",
    "annulation-abandonnee": "Demande d’annulation abandonnée",
    "1-2": "Acquitté par la préfecture",
    "1-3": "Refusé par la préfecture",
    "ANO": "Envoi refusé par la préfecture",
    "2-1": "Courrier de la préfecture",
    "2-2": "Réponse au courrier",
    "3-1": "La préfecture demande des pièces",
    "3-2": "Réception de la demande de pièces signalée",
    "3-3": "Refus de transmettre les pièces",
    "3-4": "Pièces transmises",
    "3-5": "Pièces reçues par la préfecture",
    "4-1": "Lettre d’observations de la préfecture",
    "4-2": "Réception de la lettre d’observations signalée",
    "4-3": "Rejet des observations",
    "4-4": "Réponse aux observations",
    "4-5": "Réponse aux observations reçue par la préfecture",
    "5-1": "Déféré au tribunal administratif",
    "6-1": "Annulation demandée à la préfecture",
    "6-2": "Annulation enregistrée par la préfecture",
}
LEFT = {
    "2-2": "La réponse au courrier est partie",
    "3-2": "Réception de la demande de pièces signalée",
    "3-3": "Le refus de transmettre les pièces est parti",
    "3-4": "Les pièces sont parties",
    "4-2": "Réception de la lettre d’observations signalée",
    "4-3": "Le rejet des observations est parti",
    "4-4": "La réponse aux observations est partie",
    "6-1": "La demande d’annulation est partie",
}
REMARKS = {
    lifecycle.TWICE: "déjà reçu, rien n’a changé",
    lifecycle.LATE: "arrivé trop tard, rien n’a changé",
    lifecycle.UNEXPECTED: "inattendu à cette étape, rien n’a changé",
}


def words(name, suite, message):
    """Return the line of the history of an event: what happened, what the préfecture said, what is odd about it."""
    text = WORDS.get(name, name)
    detail = (
        getattr(message, "detail", "") or getattr(message, "description", "") or getattr(message, "motif", "") or ""
    )
    detail = " ".join(str(detail).split())[:500]
    if detail:
        text = f"{text} : {detail}"
    return f"{text} ({REMARKS[suite.remarque]})" if suite.remarque else text


def addresses(acte):
    """Return the addresses to tell, each once: who prepared, who transmitted, those of the settings, those of its software."""
    users = dict.fromkeys(filter(None, (acte.prepared_by, *(moment.by for moment in acte.history if moment.by))))
    known = (people.get(userid) for userid in users)
    found = [person.email for person in known if person is not None and person.active and person.email]
    return tuple(dict.fromkeys([*found, *registres.warned(registres.around(acte)), *acte.copies]))


def _send(acte, to, subject, lines):
    text = "\n".join([*lines, "", f"{acte.absolute_url()}/@@suivi", ""])
    for address in to:
        outbox.queue_mail(address, " ".join(subject.split()), text, about=IUUID(acte))


def _about(acte):
    return f"L’acte {acte.numero}, « {acte.objet} », du {acte.date_decision:%d/%m/%Y}"


def tell(acte, event, message):
    """Tell those who follow the act what happened to it."""
    happened = WORDS.get(event.nom, event.nom)
    detail = getattr(message, "detail", "") or getattr(message, "description", "") or ""
    lines = [f"{_about(acte)} : {happened.lower()}.", *(["", " ".join(str(detail).split())] if detail else [])]
    _send(acte, addresses(acte), f"{happened} : {acte.numero}", lines)


def tell_operator(acte, event):
    """Tell the operator what he alone may mend."""
    happened = WORDS.get(event.nom, event.nom)
    told = f"{acte.identifier or acte.numero} de {registres.collectivite_of(acte).title}"
    lines = [f"{happened} : {told}.", f"État : {acte.etat}, le {clock.french(clock.now(), seconds=True)}."]
    _send(acte, (settings.contact_address(),), f"Télétransmission : {happened.lower()}", lines)


def asked(acte):
    """Tell those who may transmit that an act waits for them."""
    collectivite = registres.collectivite_of(acte)
    found = (people.get(userid) for userid in membership.holders(collectivite, "transmetteurs-actes"))
    to = [person.email for person in found if person is not None and person.active and person.email]
    _send(acte, to, f"À transmettre : {acte.numero}", [f"{_about(acte)} est prêt. Il attend que vous le transmettiez."])


def drop_refused(collectivite, name, reason):
    """Tell those whom the settings name that a dropped file was put aside, and why."""
    lines = [f"« {name[:120]} », déposé pour {collectivite.title}, n’est pas devenu un acte.", "", reason]
    lines += ["", "Il est dans le dossier « rejets », son rapport dans « sortie ».", ""]
    for address in registres.warned(registres.of(collectivite)):
        outbox.queue_mail(address, f"Fichier mis de côté : {' '.join(name.split())[:100]}", "\n".join(lines))
