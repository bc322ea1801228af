"""The letters of a restricted consultation: to those invited, to those whose invitation is taken back, to the rejected."""

from megalis.portal.consultations import api
from megalis.portal.consultations.rules import suites
from megalis.portal.kernel import clock
from megalis.portal.kernel import outbox
from megalis.portal.theme import mail
from plone import api as plone_api


INVITATION = """
{buyer} vous invite à répondre à la consultation restreinte {reference}, « {title} » ({relation}).

{lots}

{asked}

Date limite : {deadline}, heure de Paris, à la seconde. Passé cette seconde un pli est hors délai.

Connectez-vous avec le compte de votre entreprise : la consultation l’attend. Si votre entreprise n’a pas encore de compte ici,
inscrivez-la, puis saisissez ce code : {code}. Il ne sert qu’à elle ; ne le donnez à personne.

-> {url} Ouvrir la consultation restreinte
"""
WITHDRAWN = """
{buyer} retire l’invitation qui vous avait été faite de répondre à la consultation restreinte {reference}, « {title} ».

Motif : {reason}
"""
REJECTED = """
{buyer} n’a pas retenu votre candidature à la consultation {reference}, « {title} ».

{reasons}

Votre offre, si vous en aviez déposé une avec elle, reste scellée : personne ne l’ouvrira.

-> {url} Voir la consultation
"""


def _common(consultation):
    buyer = api.buyer(consultation)
    return {"buyer": buyer.title, "reference": consultation.reference, "title": consultation.title}


def _post(consultation, to, subject, template, **values):
    text, html = mail.render(template, **_common(consultation), **values)
    outbox.queue_mail(
        to,
        mail.flat(subject),
        text,
        html,
        sender_name=mail.flat(api.buyer(consultation).title)[:120],
        reply_to=consultation.contact_email or None,
        about=api.uuid(consultation),
    )


def door(consultation):
    """Return the address of the page where a code is typed."""
    return f"{plone_api.portal.get().absolute_url()}/@@consultation-restreinte?c={api.uuid(consultation)}"


def invite(consultation, invitation, code):
    """Queue the invitation, the only place where the code is written."""
    lots = invitation.lots
    words = f"Lots qui vous sont ouverts : {', '.join(lots)}." if lots else "Votre réponse porte sur l’ensemble."
    _post(
        consultation,
        invitation.email,
        f"Invitation : {consultation.reference}, {consultation.title}",
        INVITATION,
        relation=suites.WORDS[consultation.relation].lower(),
        lots=words,
        asked=f"Ce qui vous est demandé : {invitation.asked}"
        if invitation.asked
        else "Le dossier dit ce qui vous est demandé.",
        deadline=clock.french(consultation.deadline, seconds=True),
        code=code,
        url=door(consultation),
    )


def withdrawn(consultation, invitation, reason):
    """Queue the letter of an invitation taken back."""
    subject = f"Invitation retirée : {consultation.reference}, {consultation.title}"
    _post(consultation, invitation.email, subject, WITHDRAWN, reason=reason)


def rejected(consultation, email, reasons):
    """Queue the letter to a candidate who is not kept (R. 2181-1); ``reasons``: list of (lot or "", why)."""
    lines = " ".join(f"Lot {lot} : {why}" if lot else why for lot, why in reasons)
    _post(
        consultation,
        email,
        f"Candidature non retenue : {consultation.reference}, {consultation.title}",
        REJECTED,
        reasons=f"Motif : {lines}",
        url=consultation.absolute_url(),
    )
