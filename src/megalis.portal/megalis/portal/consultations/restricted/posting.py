"""Letters to post: to those invited who answered on paper, to candidates who are rejected; noted when they have left.

A letter that is posted alone bears the code of its invitation, made when it is printed: nothing here can print it twice. So
it is printed anew, with another code, as long as no dispatch is noted; from then on a further letter only tells what changed.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import letters
from megalis.portal.consultations.restricted import selection
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import posting as rules
from megalis.portal.consultations.rules import rectification
from megalis.portal.consultations.rules import suites
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import DATE
from megalis.portal.formats.tables import INSTANT
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import pdf
from megalis.portal.kernel import settings
from plone.app.uuid.utils import uuidToObject


WORKING = (phase.PUBLIEE, phase.ANNULEE)
ANSWERS = {"electronique": "Pli reçu", "papier": "Reçue sur papier", "": ""}
COLUMNS = (
    Column("Entreprise"), Column("SIRET"), Column("Lots"), Column("Courriel"), Column("Adresse postale"),
    Column("Invitation"), Column("Depuis le (Paris)", INSTANT), Column("Lettre postée le", DATE), Column("Suivi"),
    Column("Délai dû"), Column("Réponse"),
)  # fmt: skip


def known_address(guest):
    """Return the postal address of a guest (of ``launching.guests``) whose company has an account with one, else ""."""
    company = uuidToObject(guest["company"], unrestricted=True) if guest["company"] else None
    if company is None or not company.street or not company.city:
        return ""
    return "\n".join(
        (company.title, *company.street.splitlines(), f"{company.postal_code or ''} {company.city}".strip())
    )


def _changes(consultation, invitation):
    """Return the instants of what an invited company must be told of since it was invited."""
    found = [
        version["at"]
        for version in api.history(consultation)[1:]
        if rectification.concerns(invitation.lots, rectification.lots_touched(version["changes"]))
    ]
    if api.workflow_state(consultation) == phase.ANNULEE:
        ended = [event["instant"] for event in journal.events(consultation, "transition")]
        found += [clock.from_rfc3339(ended[-1])] if ended else []
    return found


def is_due(consultation, invitation):
    """Tell whether a letter is to be posted to a company now."""
    if not invitation.address or invitation.state == invitations.READY:
        return False
    if not invitation.stands:
        return invitation.posted_at is not None and invitation.posted_at < invitation.state_at
    if api.workflow_state(consultation) == phase.ANNULEE and invitation.posted_at is None:
        return False
    opened = invitation.state_at if invitation.state == invitations.SENT else invitation.made
    return rules.is_due(opened, invitation.posted_at, _changes(consultation, invitation))


def due(consultation):
    """Return the invitations whose letter is to be posted."""
    if api.workflow_state(consultation) not in WORKING:
        return []
    return [item for item in invitations.every(consultation) if is_due(consultation, item)]


def letter(consultation, invitation):
    """Return the letter of an invitation as PDF: the invitation with its code, what changed since, or that it is taken back.

    Refused ``invites.lettre`` when none is to be written.
    """
    if not invitation.address or invitation.state == invitations.READY or not consultation.published_at:
        raise Refused(
            "invites.lettre",
            "Aucune lettre ne part maintenant à cette entreprise : donnez son adresse postale avant la publication.",
        )
    common = {
        "buyer": api.buyer(consultation).title,
        "reference": consultation.reference,
        "title": consultation.title,
    }
    if not invitation.stands:
        told = [
            "{buyer} retire l’invitation qui vous avait été faite de répondre à la consultation restreinte {reference}, "
            "« {title} ».",
            f"Motif : {invitation.reason}",
        ]
    elif api.workflow_state(consultation) == phase.ANNULEE:
        told = [
            "{buyer} a annulé la consultation restreinte {reference}, « {title} ». Aucune réponse n’est plus attendue.",
        ]
    else:
        told = _invitation(consultation, invitation)
    title = "Invitation" if invitation.stands else "Invitation retirée"
    return _build(consultation, title, invitation.address, [line.format(**common) for line in told])


def _invitation(consultation, invitation):
    lots = invitation.lots
    relation = suites.WORDS[consultation.relation].lower()
    told = [
        f"{{buyer}} vous invite à répondre à la consultation restreinte {{reference}}, « {{title}} » ({relation}).",
        f"Lots qui vous sont ouverts : {', '.join(lots)}." if lots else "Votre réponse porte sur l’ensemble.",
    ]
    if _changes(consultation, invitation) and invitation.posted:
        told.insert(0, "La consultation a été rectifiée depuis notre lettre précédente : celle-ci la remplace.")
    if invitation.asked:
        told.append(f"Ce qui vous est demandé : {_plain(invitation.asked)}")
    told.append(
        f"Date limite : {clock.french(consultation.deadline, seconds=True)}, heure de Paris, à la seconde. Passé cette seconde "
        "un pli est hors délai."
    )
    door = letters.door(consultation)
    if invitation.email:
        told.append(f"Le dossier et la réponse sont à {door}, avec le code écrit à {invitation.email}.")
    elif invitation.posted_at is not None and invitation.posted_at >= invitation.state_at:
        told.append(f"Le code de notre lettre précédente vaut toujours, à {door}.")
    else:
        code = invitations.new_code(consultation, invitation)
        told.append(
            f"Le dossier est à {door} : inscrivez-y votre entreprise si elle n’a pas de compte, puis saisissez le code {code}. "
            "Il ne sert qu’à elle ; ne le donnez à personne."
        )
    contact = consultation.contact_email or settings.contact_address()
    told.append(
        "Une réponse sur papier n’est reçue que dans les cas où le dossier l’admet ; elle porte alors la référence "
        f"ci-dessus, et doit arriver avant la date limite. Une question : {contact}."
    )
    return told


def _plain(text):
    return str(text).replace("{", "{{").replace("}", "}}")


def _build(consultation, title, address, lines):
    buyer = api.buyer(consultation)
    town = ", ".join(text for text in (buyer.city or "", f"le {clock.french_date(clock.now())}") if text)
    story = [
        pdf.paragraph(buyer.title, "big"),
        *[
            pdf.paragraph(text, "soft")
            for text in (buyer.street, f"{buyer.postal_code or ''} {buyer.city or ''}".strip())
            if text
        ],
        pdf.space(8),
        pdf.paragraph(address, "right"),
        pdf.space(8),
        pdf.paragraph(town, "right"),
        pdf.space(6),
        pdf.paragraph(f"{consultation.reference}, {consultation.title}", "head"),
        pdf.space(4),
    ]
    for line in lines:
        story += [pdf.paragraph(line), pdf.space(3)]
    return pdf.build(title, story)


def note_posted(consultation, invitation, day, tracking):
    """Write that the letter left, on which day, under which number; return what to say of it (findings); Refused."""
    if not is_due(consultation, invitation):
        raise Refused(
            "invites.postee",
            "Aucune lettre n’attend d’être postée à cette entreprise : rechargez la page.",
            invitation.id,
        )
    now = clock.now()
    posted = rules.day(day, consultation.published_at, now)
    tracking = " ".join(str(tracking or "").split())
    if len(tracking) > rules.TRACKING:
        raise Refused(
            "invites.suivi", f"Le numéro de suivi a {len(tracking)} signes, {rules.TRACKING} au plus.", tracking[:40]
        )
    invitation.posted, invitation.posted_at, invitation.tracking = posted, now, tracking
    more = {"jour": posted.isoformat(), "adresse": invitation.address.replace("\n", ", "), "suivi": tracking}
    invitations.tell(consultation, invitation, "poste", **more)
    return short(consultation, invitation)


def short(consultation, invitation):
    """Return the finding (in a list) that a letter was posted with less time left than the law owes to a guest."""
    if invitation.posted is None or not invitation.stands or invitation.email:
        return []
    row = legal.applied(consultation).procedure
    left = clock.paris(consultation.published_at).replace(
        year=invitation.posted.year, month=invitation.posted.month, day=invitation.posted.day
    )
    urgent, why = bool(consultation.urgent), consultation.urgent_reason or ""
    return rules.short_findings(row, max(left, consultation.published_at), consultation.deadline, urgent, why)


def register(consultation):
    """Return the register of invitations: one dict each, in the order of the names; who answered, only after the deadline."""
    told = consultation.deadline is not None and clock.now() >= consultation.deadline
    return [
        {
            "invitation": item,
            "name": item.name,
            "siret": item.siret,
            "lots": ", ".join(item.lots),
            "email": item.email,
            "address": item.address,
            "label": invitations.label(item),
            "since": item.state_at,
            "posted": item.posted,
            "tracking": item.tracking,
            "due": is_due(consultation, item),
            "short": bool(short(consultation, item)),
            "answer": ANSWERS[invitations.answered(consultation, item)] if told else "",
        }
        for item in invitations.every(consultation)
    ]


def cells(row):
    """Return the cells of a line of the register, in the order of COLUMNS."""
    return (
        row["name"], row["siret"], row["lots"], row["email"], row["address"].replace("\n", ", "), row["label"],
        row["since"], row["posted"], row["tracking"], "Non" if row["short"] else "", row["answer"],
    )  # fmt: skip


def rejected_by_post(consultation):
    """Return the candidates that a concluded selection rejects and who have no electronic address: dicts of rows with
    ``reasons``, a list of (lot or "", why)."""
    _kept, concluded = api.selection(consultation)
    found = {}
    for row in selection.rows(consultation) if concluded else ():
        if row["admitted"] is False and not row["email"]:
            found.setdefault(row["candidate"], {**row, "reasons": []})["reasons"].append((row["lot"], row["reason"]))
    return list(found.values())


def rejection_pdf(consultation, row):
    """Return the letter that tells a candidate on paper that he is not kept, and why (R. 2181-1)."""
    buyer = api.buyer(consultation).title
    lines = [
        f"{buyer} n’a pas retenu votre candidature à la consultation {consultation.reference}, « {consultation.title} ».",
        *(f"Lot {lot} : {why}" if lot else f"Motif : {why}" for lot, why in row["reasons"]),
        "Votre offre, si vous en aviez remis une avec elle, n’est pas ouverte.",
    ]
    name = f"{row['name']}\n{operators.worded(row['siret'])}" if row["siret"] else row["name"]
    return _build(consultation, "Candidature non retenue", name, lines)
