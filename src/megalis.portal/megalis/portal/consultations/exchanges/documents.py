"""A letter as the PDF its recipient keeps."""

from megalis.portal.consultations import api
from megalis.portal.formats import siren
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.theme import words


def letter(consultation, message, rank, recipient, now):
    """Return the bytes of the PDF of a letter, dated ``now``, the instant it becomes available."""
    facts = [
        ("Mis à disposition le", f"{clock.french(now, seconds=True)} (heure de Paris)"),
        ("Numéro de l’envoi", f"{message.id[:12]}-{rank + 1}"),
    ]
    text = message.parts.get(rank, {}).get("text") or message.text
    story = _written(consultation, recipient, text, facts)
    signed = [message.sheet.get("signataire", ""), message.sheet.get("qualite", "")]
    if any(signed):
        story += [pdf.space(6), pdf.paragraph("\n".join(part for part in signed if part), "right")]
    if message.attachments:
        story.append(pdf.paragraph("Documents joints", "h2"))
        rows = [(piece.name, piece.sha256) for piece in message.attachments]
        story.append(pdf.table(["Document", "Empreinte SHA-256"], rows, [70, 100], mono=(1,)))
    return pdf.build(message.subject, story)


def to_post(consultation, recipient, subject, text, now):
    """Return the bytes of the PDF of a letter to print, to sign by hand and to post."""
    story = _written(consultation, recipient, text, [("Date", clock.french_date(now, weekday=False))])
    return pdf.build(subject, [*story, pdf.space(6), pdf.paragraph("Signature et qualité du signataire :", "right")])


def _written(consultation, recipient, text, facts):
    """Return the sheet of a letter: who writes to whom, about what, and the text."""
    buyer = api.buyer(consultation)
    town = " ".join(part for part in (buyer.postal_code, buyer.city) if part)
    sender = [buyer.title, *(buyer.street or "").splitlines(), town, f"SIRET {siren.format_siret(buyer.siret)}"]
    french = siren.is_siret(recipient.siret)
    number = f"SIRET {siren.format_siret(recipient.siret)}" if french else words.company(recipient.siret)
    story = [
        pdf.paragraph("\n".join(part for part in sender if part.strip())),
        pdf.space(6),
        pdf.facts(
            [
                ("Destinataire", "\n".join(part for part in (recipient.name, number) if part)),
                ("Consultation", f"{consultation.reference}, {consultation.title}"),
                *facts,
            ]
        ),
        pdf.space(6),
    ]
    for paragraph in text.split("\n\n"):
        story += [pdf.paragraph(paragraph), pdf.space(2)]
    return story
