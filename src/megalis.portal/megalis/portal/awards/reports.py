"""The analysis as a table to take away and as the report that is printed and signed."""

from megalis.portal.awards import analysis
from megalis.portal.awards import store
from megalis.portal.awards.rules import bid
from megalis.portal.awards.rules import scoring
from megalis.portal.awards.rules import typed
from megalis.portal.consultations import api
from megalis.portal.consultations import gathering
from megalis.portal.formats import tables
from megalis.portal.kernel import pdf
from megalis.portal.theme import words


YES_NO = {True: "admise", False: "écartée", None: "à examiner"}


def analysis_table(consultation):
    """Return ``(columns, rows)`` for ``formats.tables``: one row a bid and a lot, a column a criterion."""
    known = analysis.received(consultation)
    numbers = gathering.decision_numbers(consultation)
    names = list(dict.fromkeys(item.name for lot in numbers for item in analysis.criteria(consultation, lot)))
    columns = [
        *(tables.Column(title) for title in ("Lot", "Entreprise", "SIRET", "Variante", "Groupement")),
        *(tables.Column(title) for title in ("Candidature", "Offre", "Motif")),
        tables.Column("Montant HT", tables.AMOUNT),
        tables.Column("Options HT", tables.AMOUNT),
        *(tables.Column(f"{name}, points", tables.NUMBER) for name in names),
        tables.Column("Total", tables.NUMBER),
        tables.Column("Rang", tables.NUMBER),
        *(tables.Column(title) for title in ("Ex æquo", "Prix bas", "Observation")),
    ]
    return columns, _rows(consultation, numbers, names, known)


def _rows(consultation, numbers, names, known):
    for lot in numbers:
        asked = [item.name for item in analysis.criteria(consultation, lot)]
        for line in bid.ordered(analysis.lines(consultation, lot, known)):
            points = dict(zip(asked, line.verdict.points, strict=False))
            values = line.values
            yield [
                lot,
                line.name,
                line.siret,
                line.variant,
                ", ".join(name for name, _siret in values["members"]),
                YES_NO[values["admissible"]],
                "scellée" if line.state == bid.SEALED else bid.STANDINGS[values["standing"]],
                values["reason"],
                values["amount"],
                values["options"],
                *(points.get(name) for name in names),
                line.verdict.total,
                line.rank,
                "oui" if line.verdict.tied else "",
                f"{round(line.low.gap)} %" if line.low else "",
                values["remark"],
            ]


def analysis_pdf(consultation):
    """Return the bytes of the report of the analysis, all lots."""
    how = store.method(consultation)
    title, text = scoring.FORMULAS[how["formula"]]
    known = analysis.received(consultation)
    titles = {lot.number: lot.title for lot in api.lots(consultation)}
    story = [
        pdf.paragraph(f"{consultation.reference} — {consultation.title}", "big"),
        pdf.space(),
        pdf.facts(
            [
                ("Acheteur", api.buyer(consultation).title),
                ("Note du prix", f"{title} : {text}"),
                ("Prix comparés", "montant HT et options" if how["options"] else "montant HT de l’offre"),
            ],
            width=250,
        ),
    ]
    for lot in gathering.decision_numbers(consultation):
        asked = analysis.criteria(consultation, lot)
        story.append(pdf.paragraph(f"Lot {lot}, {titles[lot]}" if lot else "Offres", "h2"))
        rows = [_told(line, len(asked)) for line in bid.ordered(analysis.lines(consultation, lot, known))]
        if not rows:
            story.append(pdf.paragraph("Aucune offre n’a été reçue."))
            continue
        head = ["Rang", "Entreprise", "Montant HT", *(_head(item) for item in asked), "Total", "Observations"]
        wide = max(14, min(30, 96 // len(asked)))
        rest = 250 - 16 - 52 - 26 - wide * len(asked) - 16
        right = set(range(2, 4 + len(asked)))
        story.append(pdf.table(head, rows, [16, 52, 26, *(wide,) * len(asked), 16, max(24, rest)], right=right))
    story += [pdf.space(8), pdf.paragraph("Établi par :"), pdf.space(20)]
    return pdf.build("Rapport d’analyse des offres", story, wide=True)


def _head(criterion):
    return f"{criterion.name} ({typed.shown(criterion.weight)})" if criterion.weight is not None else criterion.name


def _set_aside(line):
    """Return in a word why a bid is not compared, "" when it is."""
    if line.standing:
        return ""
    if line.state == bid.SEALED:
        return "Scellée"
    if line.values["admissible"] is False:
        return "Candidature écartée"
    if line.state == bid.UNREADABLE:
        return "Illisible"
    return f"Offre {bid.STANDINGS[line.values['standing']].lower()}"


def _told(line, count):
    values = line.values
    place = f"{line.rank}{' ex æquo' if line.verdict.tied else ''}" if line.rank else "—"
    notes = [
        _set_aside(line),
        values["reason"],
        f"Groupement : {', '.join(name for name, _siret in values['members'])}" if values["members"] else "",
        f"Prix bas de {round(line.low.gap)} %" if line.low else "",
        values["remark"],
    ]
    points = [typed.shown(value) for value in line.verdict.points] or [""] * count
    return [
        place,
        line.title,
        words.euros(values["amount"]) if values["amount"] is not None else "",
        *points,
        typed.shown(line.verdict.total),
        ". ".join(note.rstrip(".") for note in notes if note),
    ]
