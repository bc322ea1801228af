"""The attendance sheet people sign and the certificate of who came, as PDF."""

from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.kernel import settings
from megalis.portal.trainings.rules import roster
from megalis.portal.trainings.rules import sessions


WIDE = 257  # millimetres between the margins of a landscape page
SPARE = 4  # empty lines for who comes without being on the list
COLUMNS = 4  # dates a page is wide enough for


def sheet(session):
    """Return the bytes of the attendance sheet: a page for every few dates, a box a person and a date."""
    found = sorted(roster.seated(session.entries), key=lambda entry: entry.name.casefold())
    rows = [(entry.name, entry.where) for entry in found] + [("", "")] * SPARE
    story = [pdf.facts(_facts(session), WIDE), pdf.space(4)]
    for first in range(0, len(session.spans), COLUMNS):
        spans = session.spans[first : first + COLUMNS]
        width = (WIDE - 110) / len(spans)
        head = ("Nom", "Organisme", *(_short(*span) for span in spans))
        body = [(name, where, *("\n\n" for _span in spans)) for name, where in rows]
        story += [pdf.table(head, body, (55, 55, *(width for _span in spans))), pdf.space(4)]
    story.append(pdf.paragraph("Signature du formateur :"))
    return pdf.build(f"Feuille d’émargement : {session.module.title}", story, wide=True)


def _short(begins, ends):
    local = clock.paris(begins)
    return f"{local:%d/%m/%Y}, {local:%H:%M} à {clock.paris(ends):%H:%M}"


def _facts(session):
    return [
        ("Dates", "\n".join(sessions.days(session.spans))),
        ("Lieu", session.place),
        ("Organisateur", session.organiser),
        ("Formateur", session.trainer or "à désigner"),
    ]


def certificate(session, entry):
    """Return the bytes of the certificate of somebody who came: what he came to, and for how long."""
    spans = [session.spans[rank] for rank in sorted(entry.present)]
    attended = sessions.french_hours(sessions.hours(spans))
    total = sessions.french_hours(sessions.hours(session.spans))
    module = session.module
    story = [
        pdf.paragraph(f"{session.organiser} et {settings.operator_name()} attestent que"),
        pdf.space(2),
        pdf.paragraph(entry.name, "big"),
        pdf.paragraph(entry.where, "soft"),
        pdf.space(2),
        pdf.paragraph("a suivi la formation"),
        pdf.space(2),
        pdf.paragraph(module.title, "big"),
        pdf.space(4),
        pdf.facts(
            [
                ("Dates suivies", "\n".join(sessions.days(spans))),
                ("Durée suivie", f"{attended} sur {total}"),
                ("Lieu", session.place),
                ("Formateur", session.trainer or session.organiser),
                ("Objectifs", module.objectives),
                ("Numéro", entry.id[:12].upper()),
            ]
        ),
    ]
    return pdf.build("Attestation de formation", story)
