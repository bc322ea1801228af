"""The receipt and the minutes as PDF, and the rows that their pages show too."""

from megalis.portal.consultations import api
from megalis.portal.consultations.rules import suites
from megalis.portal.deposits import opening
from megalis.portal.deposits import recipients
from megalis.portal.deposits import rules
from megalis.portal.deposits import store
from megalis.portal.deposits.grouping import store as grouping
from megalis.portal.deposits.paper import documents as paper
from megalis.portal.formats import operators
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel import pdf
from megalis.portal.kernel import settings
from megalis.portal.organisations import people
from megalis.portal.theme import words
from zope.component.hooks import getSite


def envelope_title(pli):
    """Return ``Offre, lot 2`` of a pli row (dict with enveloppe and lot)."""
    label = rules.ENVELOPE_LABELS[pli["enveloppe"]]
    return f"{label}, lot {pli['lot']}" if pli["lot"] else label


def instant(text):
    """Return ``12/03/2026 à 11:42:07`` in Paris of an RFC 3339 text."""
    return f"{clock.paris(clock.from_rfc3339(text)):%d/%m/%Y à %H:%M:%S}"


def receipt_rows(deposit):
    """Return (document name, envelope title, size in words, commitment) for each document of a deposit."""
    event = deposit.event
    plis = {row["pli"]: row for row in event["plis"]}
    return [
        (row["nom"], envelope_title(plis[row["pli"]]), words.size(row["taille"]), row["engagement"])
        for row in event["documents"]
    ]


def margin(deposit):
    """Return in words how long before (or after) the deadline the last byte came."""
    received, deadline = (clock.from_rfc3339(deposit.event[name]) for name in ("recu", "echeance"))
    if received < deadline:
        return f"{clock.remaining(deadline, received)} avant la date limite"
    if received == deadline:
        return "à la seconde même de la date limite, donc hors délai"
    return f"{clock.remaining(received, deadline)} après la date limite"


def receipt_pdf(deposit):
    """Return the bytes of the receipt (arrêté du 22 mars 2019, art. 2 II)."""
    event = deposit.event
    place = journal.place(getSite(), deposit.entry)
    late = deposit.late
    verb = "Pli reçu HORS DÉLAI le" if late else "Pli déposé le"
    story = [
        pdf.paragraph(f"{verb} {instant(event['recu'])}", "big"),
        pdf.paragraph(f"Heure de Paris, dernier octet reçu {margin(deposit)}.", "soft"),
        pdf.space(),
        pdf.facts(
            [
                ("Numéro d’accusé", event["numero"]),
                ("Opérateur", event["operateur"]),
                ("Acheteur", f"{event['acheteur']['nom']} (SIRET {event['acheteur']['siret']})"),
                ("Objet", f"{event['consultation']['reference']}, {event['consultation']['objet']}"),
                (
                    "Opérateur économique",
                    f"{event['deposant']['nom']} ({operators.worded(event['deposant']['siret'])})",
                ),
                ("Date limite", instant(event["echeance"])),
                (
                    "Journal",
                    f"feuille {place}" if place is not None else "inscription promise, preuve dans quelques secondes",
                ),
                ("Engagement", pdf.paragraph(deposit.commitment.hex(), "mono")),
                (
                    "Horodatage RFC 3161",
                    instant(deposit.token["horodatage"]) if deposit.token else "horodatage interne",
                ),
            ]
        ),
        pdf.paragraph("Plis scellés", "h2"),
        pdf.table(
            ["Enveloppe", "Taille scellée", "Empreinte (racine des parties)"],
            [(envelope_title(row), words.size(row["taille"]), row["racine"]) for row in event["plis"]],
            [45, 30, 95],
            mono={2},
            right={1},
        ),
        pdf.paragraph("Documents", "h2"),
        pdf.table(
            ["Document", "Enveloppe", "Taille", "Engagement"],
            receipt_rows(deposit),
            [58, 32, 20, 60],
            mono={3},
            right={2},
        ),
        pdf.space(),
        pdf.paragraph(
            "L’engagement d’un document est SHA-256(sel || SHA-256 du fichier) : la plateforme ne connaît ni le fichier ni "
            "son empreinte, et ne peut pas lire le pli. Votre accusé JSON contient les sels et se vérifie sans elle : "
            "megalis receipt verify.",
            "soft",
        ),
        pdf.space(4),
        pdf.qr(f"{settings.public_url()}/verifier#{deposit.commitment.hex()}"),
    ]
    return pdf.build("Accusé de dépôt", story)


def _holder(item):
    """Return the name and role of the holder of a recipient."""
    role = rules.ROLE_LABELS[item["role"]].lower()
    if item["role"] == "secours":
        return "la clé de secours"  # whoever took it out of the safe: the constats name him
    person = people.get(item["porteur"])
    return f"{person.fullname} ({role})" if person is not None else role


def minutes(consultation):
    """Return the minutes of the opening as a dict of plain values, made from the journal and the register only."""
    gate = recipients.gate(consultation)
    closings = journal.events(consultation, "cloture")
    openers = recipients.openers(gate) if gate else []
    holders = {item["fingerprint"]: _holder(item) for item in openers}
    sessions = [
        {
            "label": rules.ENVELOPE_LABELS[event["enveloppe"]],
            "instant": instant(event["instant"]),
            "agent": holders.get(event["cle"], event["cle"][:16]),
            "depots": event["depots"],
        }
        for event in journal.events(consultation, "ouverture")
    ]
    rows = []
    constats = {event["pli"]: event for event in journal.events(consultation, "verdict")}  # the newest of each counts
    joint = {deposit: grouping.said(data) for deposit, data in grouping.shown(consultation).items()}
    for row in opening.rows(consultation):
        verdict = constats.get(row["pli"])
        rows.append(
            {
                **row,
                "title": envelope_title(row),
                "grouping": joint.get(row["depot"], ""),
                "received": instant(row["recu"]),
                "result": opening.VERDICTS[verdict["verdict"]] if verdict else STATES[row["etat"]],
                "documents": verdict["documents"] if verdict else [],
                "opened": f"{instant(verdict['instant'])}, {verdict['agent']}" if verdict else "",
            }
        )
    origin = api.origin(consultation)
    return {
        "origin": (suites.RELATIONS[consultation.relation], origin.reference) if origin is not None else None,
        "closing": closings[0] if closings else None,
        "closed_at": instant(closings[0]["instant"]) if closings else "",
        "checkpoint": journal.checkpoint(getSite()),
        "sessions": sessions,
        "rows": rows,
        "keys": [(rules.ROLE_LABELS[item["role"]], item["fingerprint"]) for item in openers],
        "deposits": len(store.deposits(consultation)),
        "papers": paper.rows(consultation),
    }


def _bidder(row):
    """Return the name, the SIRET and the grouping of a line of the minutes."""
    name = f"{row['deposant_nom']} ({row['siret']})" if row["siret"] else row["deposant_nom"]
    return f"{name}\n{row['grouping']}" if row["grouping"] else name


def _papers(rows):
    """Return what the minutes say of what came on paper, nothing when nothing did."""
    if not rows:
        return []
    return [
        pdf.paragraph("Reçu sur papier", "h2"),
        pdf.table(
            ["Rang", "Objet", "Opérateur économique", "Reçu le", "État", "Pourquoi"],
            [
                (
                    row["rank"],
                    f"{row['kind']}, {row['number']}",
                    row["company"] or "non nommé",
                    f"{row['received']}{', HORS DÉLAI' if row['late'] else ''}",
                    row["state"],
                    row["why"],
                )
                for row in rows
            ],
            [12, 50, 50, 38, 46, 54],
        ),
    ]


STATES = {
    "a-ouvrir": "À ouvrir",
    "attente": "Scellé, ouverture non commencée",
    "hors-delai": "Hors délai, laissé scellé",
    "retire": "Retiré par son auteur, laissé scellé",
    "remplace": "Remplacé par un envoi plus récent, laissé scellé",
    "ecarte": "Candidature non retenue, laissé scellé",
}


def minutes_pdf(consultation):
    """Return the bytes of the minutes of the opening."""
    found = minutes(consultation)
    buyer = api.buyer(consultation)
    closing = found["closing"] or {}
    story = [
        pdf.paragraph(f"{consultation.reference} — {consultation.title}", "big"),
        pdf.space(),
        pdf.facts(
            [
                ("Acheteur", buyer.title),
                *(
                    [("Consultation restreinte", f"{found['origin'][0]}, suite de {found['origin'][1]}")]
                    if found["origin"]
                    else []
                ),
                ("Date limite", clock.french(consultation.deadline, seconds=True)),
                ("Clôture au journal", found["closed_at"]),
                ("Dépôts acceptés", str(closing.get("depots", ""))),
                ("Racine des dépôts", pdf.paragraph(closing.get("racine", ""), "mono")),
            ],
            width=250,
        ),
        pdf.paragraph("Séances d’ouverture", "h2"),
        pdf.table(
            ["Enveloppes", "Commencée le", "Par", "Dépôts"],
            [(row["label"], row["instant"], row["agent"], row["depots"]) for row in found["sessions"]],
            [60, 60, 90, 40],
        ),
        pdf.paragraph("Plis", "h2"),
        pdf.table(
            ["Rang", "Opérateur économique", "Reçu le", "Enveloppe", "Constat", "Ouvert"],
            [
                (
                    row["rang"],
                    _bidder(row),
                    row["received"],
                    row["title"],
                    row["result"],
                    row["opened"],
                )
                for row in found["rows"]
            ],
            [12, 68, 38, 40, 42, 50],
        ),
        pdf.paragraph("Documents trouvés", "h2"),
        pdf.table(
            ["Opérateur économique", "Enveloppe", "Document", "Taille", "SHA-256"],
            [
                (row["deposant_nom"], row["title"], document["nom"], words.size(document["taille"]), document["sha256"])
                for row in found["rows"]
                for document in row["documents"]
            ],
            [55, 40, 65, 20, 70],
            mono={4},
            right={3},
        ),
        *_papers(found["papers"]),
        pdf.paragraph("Clés de la consultation", "h2"),
        pdf.table(["Rôle", "Empreinte"], found["keys"], [50, 200], mono={1}),
        pdf.space(),
        pdf.together(
            pdf.paragraph("Point de contrôle du journal", "h2"),
            pdf.paragraph(found["checkpoint"] or "pas encore signé", "mono"),
            pdf.space(8),
            pdf.paragraph("Signatures des personnes présentes :", "text"),
            pdf.space(25),
        ),
    ]
    return pdf.build("Procès-verbal d’ouverture des plis", story, wide=True)
