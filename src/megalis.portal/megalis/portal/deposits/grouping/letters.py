"""The mails of a joint bid (asked, answered), its document to seal, and what waits on the dashboards."""

from megalis.portal.consultations import dossiers
from megalis.portal.deposits.grouping import rules
from megalis.portal.deposits.grouping import store
from megalis.portal.formats import operators
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.kernel.interfaces import Task
from megalis.portal.organisations import mails
from megalis.portal.organisations import membership
from megalis.portal.theme import mail
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID
from urllib.parse import urlencode


def addresses(company):
    """Return the addresses of the active users of a company (content)."""
    return [member.email for member in membership.members(company) if member.active and member.email]


def send_asked(consultation, grouping, member):
    """Ask a company whether it joins: its accounts, or the address its leader gave."""
    lots = f" (lots {', '.join(grouping.lots)})" if grouping.lots else ""
    paragraphs = [
        f"{grouping.name} ({operators.worded(grouping.siret)}) vous demande de répondre avec elle à la consultation "
        f"{consultation.reference}, « {consultation.title} »{lots}.",
        f"{rules.FORMS[grouping.form]} : {rules.FORM_HELP[grouping.form]}. {grouping.name} en serait le mandataire.",
        *([f"Votre part : {member.part}."] if member.part else []),
        f"Remise des plis avant le {clock.french(consultation.deadline, seconds=True)} (heure de Paris). Sans votre accord, "
        "vous n’êtes engagé en rien ; l’acheteur ne connaît pas cette demande.",
    ]
    subject = f"{grouping.name} vous propose un groupement : {consultation.reference}"
    if member.company:
        url = f"{consultation.absolute_url()}/@@groupement#demandes"
        for address in addresses(uuidToObject(member.company, unrestricted=True)):
            mails.send(address, subject, paragraphs, url, "Répondre à la demande")
        return
    token = store.sign(consultation, grouping.id, member.id)
    pairs = {"groupement": grouping.id, "membre": member.id, "jeton": token}
    url = f"{consultation.absolute_url()}/@@groupement-accord?{urlencode(pairs)}"
    mails.send(member.email, mail.flat(subject), paragraphs, url, "Répondre à la demande")


def send_answered(consultation, grouping, member):
    """Tell the leader what a member answered."""
    verb = "accepte" if member.answer == rules.AGREED else "refuse"
    subject = f"{member.name} {verb} votre groupement : {consultation.reference}"
    for address in addresses(uuidToObject(grouping.company, unrestricted=True)):
        mails.send(
            address,
            subject,
            [f"{member.name} {verb} d’entrer dans votre groupement pour la consultation {consultation.reference}."],
            f"{consultation.absolute_url()}/@@groupement",
            "Voir le groupement",
        )


def draw(data):
    """Return the PDF of a composition, the document to seal with the bid."""
    story = [
        pdf.paragraph(f"{data['reference']} — {data['objet']}", "big"),
        pdf.space(),
        pdf.facts(
            [
                ("Forme", f"{rules.FORMS[data['forme']]} ({rules.FORM_HELP[data['forme']]})"),
                ("Lots", ", ".join(data["lots"]) or "Marché non alloti"),
                ("Mandataire", f"{data['mandataire']['nom']} ({operators.worded(data['mandataire']['siret'])})"),
                ("Arrêtée le", clock.french(clock.from_rfc3339(data["arrete"]), seconds=True)),
            ]
        ),
        pdf.paragraph("Membres", "h2"),
        pdf.table(
            ["Entreprise", "Numéro", "Part", "Accord donné"],
            [
                (
                    row["nom"],
                    row["siret"],
                    row["part"] or "—",
                    f"{clock.french(clock.from_rfc3339(row['accord']), weekday=False)}, par "
                    f"{'son compte' if row['par'] == 'compte' else 'le lien reçu par courriel'}",
                )
                for row in data["membres"]
            ],
            [52, 32, 46, 40],
        ),
        pdf.space(4),
        pdf.paragraph(
            "Ce document se scelle avec la réponse. La plateforme en garde l’empreinte : retrouvé dans un pli ouvert, il fait "
            "paraître le mandataire et les membres au registre.",
            "soft",
        ),
    ]
    return pdf.build("Composition du groupement", story)


class CompanyTasks:
    """Named adapter of (person, request): the requests to join that wait, where the company follows or was asked."""

    def __init__(self, person, request):
        self.person = person

    def __call__(self):
        company = self.person.entreprise
        if company is None:
            return []
        uid = IUUID(company)
        found = []
        for brain in dossiers.of(company):
            if brain.review_state != "publiee" or brain.deadline <= clock.now():
                continue
            consultation = brain.getObject()
            for grouping, member in store.asked_of(consultation, uid):
                if member.answer == rules.ASKED:
                    url = f"{brain.getURL()}/@@groupement#demandes"
                    title = f"{grouping.name} vous propose un groupement : « {brain.Title} »"
                    found.append(Task(title, url, brain.deadline, "do", "Groupements", "Répondre"))
        return found
