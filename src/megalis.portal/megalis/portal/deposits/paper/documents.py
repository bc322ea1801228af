"""The label to stick on what came, the receipt to give for it, and the lines of the register and of the minutes."""

from megalis.portal.consultations import api
from megalis.portal.consultations import ranking
from megalis.portal.deposits.paper import rules
from megalis.portal.deposits.paper import store
from megalis.portal.formats import operators
from megalis.portal.formats.tables import Column
from megalis.portal.formats.tables import INSTANT
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf
from megalis.portal.kernel import settings


FACTS = {
    "enregistrement": "inscrit",
    "ouverture": "ouvert",
    "destruction": "détruit sans être lu",
    "restitution": "restitué",
    "annulation": "inscription annulée",
}


COLUMNS = (
    Column("Rang"), Column("Numéro"), Column("Reçu le (Paris)", INSTANT), Column("Inscrit le (Paris)", INSTANT),
    Column("Hors délai"), Column("Objet"), Column("Entreprise"), Column("SIRET"), Column("Lots"), Column("Arrivée"),
    Column("Support"), Column("État"), Column("Pourquoi"),
)  # fmt: skip


def instant(moment):
    """Return ``12/03/2026 à 11:42:07`` in Paris."""
    return f"{clock.paris(moment):%d/%m/%Y à %H:%M:%S}"


def names_hidden(consultation):
    """True while a jury must not know whose project it ranks."""
    return ranking.names_hidden(consultation)


def row(consultation, paper, rank, named=True):
    """Return a line of the register as a dict of plain values; ``named``: whether the company may be read now."""
    named = named and not names_hidden(consultation)
    return {
        "paper": paper,
        "rank": f"P{rank}",
        "number": paper.number,
        "kind": rules.KINDS[paper.kind],
        "company": paper.company if named else "",
        "siret": paper.siret if named else "",
        "number_of": operators.worded(paper.siret) if named and paper.siret else "",
        "received": instant(paper.received),
        "entered": instant(paper.entered),
        "late": paper.late,
        "lots": ", ".join(paper.lots),
        "way": rules.WAYS[paper.way],
        "support": rules.SUPPORTS[paper.support],
        "state": state_words(paper),
        "why": why(paper),
    }


def rows(consultation, named=True):
    """Return the lines of the register by hour of arrival."""
    return [row(consultation, paper, rank, named) for rank, paper in enumerate(store.papers(consultation), 1)]


def cells(row):
    """Return the cells of a line of the register, in the order of COLUMNS."""
    paper = row["paper"]
    return (
        row["rank"], row["number"], paper.received, paper.entered, row["late"], row["kind"], row["company"], row["siret"],
        row["lots"], row["way"], row["support"], row["state"], row["why"],
    )  # fmt: skip


def lines(consultation, named):
    """Return the same as lines of the register of deposits: a rank of their own, no size, the address of each."""
    url = consultation.absolute_url()
    return [
        {
            "rank": row["rank"],
            "number": row["number"],
            "received": row["received"],
            "late": row["late"],
            "state": row["paper"].state,
            "badge": ("bad", "Hors délai") if row["late"] else ("", rules.STATES[row["paper"].state]),
            "name": row["company"],
            "siret": row["siret"],
            "grouping": "",
            "plis": [row["kind"]],
            "size": None,
            "support": row["support"],
            "url": f"{url}/@@papier?id={row['paper'].id}",
            "at": row["paper"].received,
        }
        for row in rows(consultation, named)
    ]


def detail(event):
    """Return the line of the journal about a ``papier`` event."""
    parts = (event["numero"], rules.KINDS[event["genre"]], FACTS[event["fait"]], event.get("note", ""))
    return ", ".join(text for text in parts if text)


def state_words(paper):
    """Return the state, with its hour once it changed."""
    words = rules.STATES[paper.state]
    return f"{words} le {instant(paper.ended)} par {paper.ended_by}" if paper.ended else words


def why(paper):
    """Return why a thing was opened or not, in words."""
    ground = rules.GROUNDS.get(paper.ground, "")
    if paper.state == rules.DESTROYED:
        return f"Non ouverte : {paper.note}"
    return " ; ".join(text for text in (ground, paper.note) if text)


def lots_words(paper):
    """Return the lots a thing answers, in words."""
    return ", ".join(paper.lots) or "Tous, ou marché non alloti"


def receipt_pdf(consultation, paper):
    """Return the receipt that is given to who brought a thing, or sent to his company."""
    buyer = api.buyer(consultation)
    late = "Arrivé HORS DÉLAI le" if paper.late else "Reçu le"
    story = [
        pdf.paragraph(f"{late} {instant(paper.received)}", "big"),
        pdf.paragraph("Heure de Paris, relevée à l’arrivée par l’agent qui a reçu.", "soft"),
        pdf.space(),
        pdf.facts(
            [
                ("Numéro", paper.number),
                ("Objet reçu", rules.KINDS[paper.kind]),
                ("Acheteur", f"{buyer.title} (SIRET {buyer.siret})"),
                ("Consultation", f"{consultation.reference}, {consultation.title}"),
                ("Date limite", instant(consultation.deadline)),
                ("Entreprise", f"{paper.company} ({operators.worded(paper.siret)})" if paper.siret else paper.company),
                ("Lots", lots_words(paper)),
                ("Arrivée", rules.WAYS[paper.way]),
                ("Support", rules.SUPPORTS[paper.support]),
                ("Description", paper.description or "—"),
                *([("Mention", "« Copie de sauvegarde » lisible")] if paper.labelled else []),
                ("Inscrit au registre", f"{instant(paper.entered)} par {paper.by}"),
            ]
        ),
        pdf.space(4),
        pdf.paragraph(
            "Une copie de sauvegarde n’est ouverte que dans les cas du code de la commande publique (article R. 2132-11) ; "
            "sinon elle est détruite sans être lue."
            if paper.kind == rules.COPY
            else "Rien n’est ouvert avant la date limite ; ce qui arrive après elle reste fermé.",
            "soft",
        ),
    ]
    return pdf.build("Récépissé de dépôt sur papier", story)


def label_pdf(consultation, paper):
    """Return the label to print and stick on the thing."""
    title = "COPIE DE SAUVEGARDE — NE PAS OUVRIR" if paper.kind == rules.COPY else "NE PAS OUVRIR AVANT LA CLÔTURE"
    story = [
        pdf.paragraph(paper.number, "h1"),
        pdf.paragraph(title, "big"),
        *([pdf.paragraph("ARRIVÉ HORS DÉLAI : RESTE FERMÉ", "big")] if paper.late else []),
        pdf.space(),
        pdf.facts(
            [
                ("Acheteur", api.buyer(consultation).title),
                ("Consultation", f"{consultation.reference}, {consultation.title}"),
                ("Reçu le", instant(paper.received)),
                ("Date limite", instant(consultation.deadline)),
                ("Objet", rules.KINDS[paper.kind]),
                ("Lots", lots_words(paper)),
                *([] if names_hidden(consultation) else [("Entreprise", paper.company)]),
            ]
        ),
        pdf.space(4),
        pdf.qr(f"{settings.public_url()}/{_path(consultation)}/@@papier?id={paper.id}"),
    ]
    return pdf.build("Étiquette", story)


def _path(consultation):
    site = len(api.buyer(consultation).aq_parent.aq_parent.getPhysicalPath())
    return "/".join(consultation.getPhysicalPath()[site:])
