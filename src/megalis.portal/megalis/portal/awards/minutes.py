"""The papers of a commission: its convocation and its minutes, as PDF."""

from megalis.portal.awards.rules import quorum
from megalis.portal.consultations import api
from megalis.portal.kernel import clock
from megalis.portal.kernel import pdf


def _head(collectivite, meeting):
    town = " ".join(part for part in (collectivite.postal_code, collectivite.city) if part)
    sender = [collectivite.title, *(collectivite.street or "").splitlines(), town]
    return [pdf.paragraph("\n".join(part for part in sender if part and part.strip())), pdf.space(5)]


def _lots(consultation, lots):
    titles = {lot.number: lot.title for lot in api.lots(consultation)}
    if not titles:
        return "marché non alloti"
    if len(lots) == len(titles):
        return f"tous les lots ({len(lots)})"
    return ", ".join(f"lot {lot}" for lot in lots)


def convocation(collectivite, meeting, agenda, now):
    """Return the bytes of the convocation."""
    story = [
        *_head(collectivite, meeting),
        pdf.paragraph(
            f"Madame, Monsieur,\n\nJ’ai l’honneur de vous convoquer à la réunion de : {meeting.title}, le "
            f"{clock.french(meeting.at)} (heure de Paris), {meeting.place}."
        ),
    ]
    if meeting.again:
        story.append(
            pdf.paragraph(
                "Faute de quorum à la première convocation, la commission délibérera cette fois sans condition de quorum "
                f"({quorum.SOURCES[meeting.kind]})."
            )
        )
    story += [
        pdf.paragraph("Ordre du jour", "h2"),
        pdf.table(
            ["Référence", "Objet", "Lots"],
            [(item.reference, item.title, _lots(item, lots)) for item, lots in agenda],
            [40, 90, 40],
        ),
        pdf.space(4),
        pdf.paragraph("En cas d’empêchement, merci de prévenir votre suppléant."),
        pdf.space(6),
        pdf.paragraph(f"Fait le {clock.french_date(now, weekday=False)}\nLe président", "right"),
    ]
    return pdf.build(f"Convocation : {meeting.title}", story)


def minutes(collectivite, meeting, agenda, now):
    """Return the bytes of the minutes: of the deliberation, or of the want of quorum."""
    found = meeting.quorum()
    title = "Procès-verbal" if found.reached else "Procès-verbal de carence"
    story = [
        *_head(collectivite, meeting),
        pdf.facts(
            [
                ("Commission", meeting.title),
                ("Réunie le", f"{clock.french(meeting.at)} (heure de Paris)"),
                ("Lieu", meeting.place),
                ("Convoquée le", clock.french(meeting.convened["at"], seconds=True) if meeting.convened else "—"),
                ("Quorum", f"{found.words}. {quorum.SOURCES[meeting.kind]}"),
            ]
        ),
        pdf.paragraph("Présence", "h2"),
        pdf.table(
            ["Nom", "Qualité", "Siège", "Présence", "Signature"],
            [
                (
                    member["name"],
                    member["quality"],
                    quorum.ROLES[member["role"]],
                    quorum.ATTENDANCE.get(meeting.attendance.get(member["key"]), "Non notée"),
                    "",
                )
                for member in meeting.members
            ],
            [50, 40, 28, 22, 30],
        ),
    ]
    for consultation, lots in agenda:
        story.append(pdf.paragraph(f"{consultation.reference} — {consultation.title}", "h2"))
        if not found.reached:
            story.append(pdf.paragraph("La commission, faute de quorum, n’a pas délibéré."))
            continue
        rows = [_vote(meeting, api.uuid(consultation), lot) for lot in lots]
        head = ["Lot", "Proposition", "Pour", "Contre", "Abst.", "Résultat"]
        story.append(pdf.table(head, rows, [14, 80, 14, 16, 14, 32]))
        for lot in lots:
            remark = meeting.votes.get((api.uuid(consultation), lot), {}).get("remark")
            if remark:
                story.append(pdf.paragraph(f"{'Lot ' + lot + ' : ' if lot else ''}{remark}"))
    if meeting.remarks:
        story += [pdf.paragraph("Observations", "h2"), pdf.paragraph(meeting.remarks)]
    story += [pdf.space(6), pdf.paragraph("Le président\n\nLes membres", "right"), pdf.space(20)]
    return pdf.build(f"{title} : {meeting.title}", story)


def _vote(meeting, uid, lot):
    row = meeting.votes.get((uid, lot))
    if row is None:
        return (lot or "—", "non mis aux voix", "", "", "", "ajourné")
    tie = row["carried"] and row["yes"] == row["no"]
    result = "adopté, voix prépondérante du président" if tie else "adopté" if row["carried"] else "rejeté"
    return (lot or "—", row["choice"], row["yes"], row["no"], row["abstained"], result)
