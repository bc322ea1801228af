"""The minutes of a grouping as a PDF: the convention, its members and their signatures, the needs consolidated."""

from megalis.portal.groupings import surveying
from megalis.portal.groupings.rules import consolidation
from megalis.portal.groupings.rules import convention
from megalis.portal.groupings.rules import survey
from megalis.portal.groupings.rules import units
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.theme.words import euros


WIDE = 257  # millimetres between the margins of a landscape page


def _dates(grouping):
    if not grouping.start or not grouping.end:
        return "à compléter"
    return f"du {grouping.start:%d/%m/%Y} au {grouping.end:%d/%m/%Y}"


def draw(grouping, now):
    """Return the bytes of the minutes at ``now``."""
    story = [
        pdf.paragraph("Convention (L. 2113-6 à L. 2113-8 du code de la commande publique)", "h2"),
        pdf.facts(
            [
                ("Objet", grouping.title),
                ("Coordonnateur", grouping.members[grouping.coordinator].name),
                ("Périmètre", grouping.scope or "à compléter"),
                ("Mission du coordonnateur", convention.MISSIONS.get(grouping.mission, "à compléter")),
                ("Commission d’appel d’offres", convention.COMMISSIONS.get(grouping.commission, "à compléter")),
                ("Durée", _dates(grouping)),
                ("Règles de fonctionnement", grouping.functioning or "à compléter"),
                ("État", convention.LABELS[grouping.stage]),
            ],
            WIDE,
        ),
        pdf.paragraph("Membres", "h2"),
        pdf.table(
            ("Collectivité", "État", "Depuis le", "Signataire", "Délibération"),
            _members(grouping),
            (70, 40, 50, 52, 45),
        ),
    ]
    if grouping.lines:
        story += _needs(grouping, now)
    return pdf.build(f"Groupement de commandes : {grouping.title}", story, wide=True)


def _members(grouping):
    return [
        (
            member.name,
            convention.STATES[member.state],
            clock.french(member.since, weekday=False),
            member.signatory,
            member.deliberation,
        )
        for member in grouping.active
    ]


def _needs(grouping, now):
    table = surveying.table(grouping)
    state = surveying.state(grouping, now)
    said = {
        survey.PREPARED: "L’enquête est en préparation.",
        survey.OPEN: f"L’enquête est ouverte jusqu’au {clock.french(grouping.closes, seconds=True)} : ces totaux sont provisoires."
        if grouping.closes
        else "",
        survey.FROZEN: f"Besoins figés le {clock.french(grouping.closes, seconds=True)}." if grouping.closes else "",
    }[state]
    rows = [
        (
            row.line.lot,
            row.line.title,
            units.UNITS[row.line.unit].title,
            " ; ".join(
                f"{grouping.members[uid].name} : {units.shown(value)}" for uid, value in row.by.items() if value
            ),
            units.shown(row.total),
            f"{units.shown(row.change)} %" if row.change is not None else "",
            euros(row.value),
        )
        for row in table.rows
    ]
    head = ("Lot", "Besoin", "Unité", "Par membre", "Total", "Sur un an", "Estimation HT")
    story = [
        pdf.paragraph("Besoins consolidés", "h2"),
        pdf.paragraph(said),
        pdf.space(2),
        pdf.table(head, rows, (14, 60, 20, 83, 26, 22, 32), right=(4, 5, 6)),
    ]
    missing = [grouping.members[uid].name for uid in table.missing]
    if missing and grouping.sent is not None:
        story += [pdf.space(2), pdf.paragraph(f"Sans réponse : {', '.join(missing)}.")]
    if table.value is not None:
        story += [pdf.space(2), pdf.paragraph(f"Estimation totale : {euros(table.value)} hors taxes.")]
    if state == survey.FROZEN:
        story += [
            pdf.space(2),
            pdf.paragraph(f"Empreinte des besoins (SHA-256) : {consolidation.fingerprint(table)}", "soft"),
        ]
    return story
