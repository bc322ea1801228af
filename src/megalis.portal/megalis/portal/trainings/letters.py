"""The mails of a session: each says the fact, then when and where."""

from megalis.portal.kernel import clock
from megalis.portal.organisations import mails
from megalis.portal.trainings import links
from megalis.portal.trainings.rules import sessions


SEE = "Voir la session"


def facts(session):
    """Return the paragraphs that say when, where and by whom."""
    dates = " ; ".join(sessions.days(session.spans))
    found = [f"Dates : {dates}.", f"Lieu : {session.place}. Organisé par {session.organiser}."]
    return found + ([f"À savoir : {session.note}"] if session.note else [])


def send(session, entry, subject, paragraphs, label=SEE, when=True):
    """Queue one mail to who enrolled; the link of who has no account is his key."""
    if not entry.email:
        return
    url = links.own(session, entry) if entry.guest else session.absolute_url()
    told = facts(session) if when else []
    mails.send(entry.email, subject, [*paragraphs, *told], url, label, sender=session.organiser)


def confirm(session, email, url):
    """Ask who wrote an address whether it is his: nobody is enrolled before."""
    title = session.module.title
    words = [
        f"Une inscription à « {title} » a été demandée avec cette adresse. Confirmez-la : la place n’est à vous qu’ensuite.",
        "Le lien sert deux jours. Si vous n’avez rien demandé, n’en faites rien : la demande s’efface seule.",
    ]
    mails.send(email, f"Confirmez votre inscription : {title}", [*words, *facts(session)], url,
               "Confirmer mon inscription", sender=session.organiser)  # fmt: skip


def already(session, entry):
    """Answer who asks again: what he may do stands behind the link."""
    title = session.module.title
    send(session, entry, f"Déjà inscrit : {title}", [f"Vous êtes déjà inscrit à « {title} » : rien n’a changé."])


def enrolled(session, entry):
    title = session.module.title
    last = "Un empêchement ? Annulez depuis la page de la session : votre place ira à quelqu’un d’autre."
    send(session, entry, f"Inscription confirmée : {title}", [f"Vous êtes inscrit à « {title} ».", last])


def waits(session, entry, rank):
    title = session.module.title
    words = [
        f"La session de « {title} » est complète : vous êtes en liste d’attente, en position {rank}.",
        "Si une place se libère, elle est à vous et un courriel vous l’annonce.",
    ]
    send(session, entry, f"Liste d’attente : {title}", words)


def promoted(session, entry):
    title = session.module.title
    words = [
        f"Une place s’est libérée : vous êtes inscrit à « {title} ».",
        "Vous ne pouvez plus venir ? Annulez depuis la page de la session.",
    ]
    send(session, entry, f"Une place pour vous : {title}", words)


def given_up(session, entry, by_staff=False):
    title = session.module.title
    who = "L’organisateur a annulé votre inscription" if by_staff else "Votre inscription est annulée"
    send(session, entry, f"Inscription annulée : {title}", [f"{who} à « {title} »."])


def called_off(session, entry, reason):
    title = session.module.title
    words = [f"La session de « {title} » n’aura pas lieu. Motif : {reason}", "D’autres dates sont au catalogue."]
    send(session, entry, f"Session annulée : {title}", words)


def changed(session, entry):
    title = session.module.title
    send(session, entry, f"Session modifiée : {title}", [f"Les dates ou le lieu de « {title} » ont changé."])


def reminder(session, entry):
    title = session.module.title
    day = clock.french_date(session.start)
    words = [f"Rappel : « {title} » commence {day}."]
    send(session, entry, f"Rappel : {title}, {day}", words)


def after(session, entry):
    title = session.module.title
    words = [
        f"Vous avez suivi « {title} » : votre attestation est prête.",
        "Quatre questions, sans votre nom, aident à faire mieux la prochaine fois.",
    ]
    send(session, entry, f"Votre attestation : {title}", words, label="Attestation et avis", when=False)
