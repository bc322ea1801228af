"""The ranking of a jury: until it is recorded, the bidders of a concours have no name on this platform (R. 2162-18)."""

from megalis.portal.consultations import api
from megalis.portal.consultations import legal
from megalis.portal.consultations import workflow
from megalis.portal.consultations.rules import anonymity
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import phase
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal


def is_anonymous(consultation):
    """True when the procedure hides who bids until a ranking, recorded or not."""
    envelopes = tuple(consultation.envelopes or ())
    return anonymity.is_due(legal.applied(consultation).procedure.anonymous, envelopes)


def names_hidden(consultation):
    """True while nobody may learn who bids: every register, page and file that names bidders asks this first."""
    return consultation.ranking is None and is_anonymous(consultation)


def label(consultation, deposit_id):
    """Return the number under which a deposit is known until its author may be."""
    return anonymity.label(api.uuid(consultation), deposit_id)


def record(consultation, projects, ranks, remarks, jurors, certified, name, key=""):
    """Keep the jury's ranking, once; workflow.Refused by ``rules.anonymity``.

    ``projects``: ``{number: deposit id}`` of those opened; ``ranks``: ``{number: rank or EXCLUDED}``; ``remarks``:
    ``{number: text}``; ``name`` and ``key``: who records it and the fingerprint of his key.
    """
    if api.state(consultation) not in (phase.OUVERTURE, phase.ANALYSE) or not is_anonymous(consultation):
        raise workflow.Refused(
            [Missing("classement.etat", "Le classement s’enregistre après l’ouverture des projets.")]
        )
    if consultation.ranking is not None:
        raise workflow.Refused([Missing("classement.fait", "Le classement est déjà enregistré : il ne change plus.")])
    found = anonymity.ranking_findings(tuple(projects), ranks, jurors, certified)
    if found:
        raise workflow.Refused(found)
    now = clock.now()
    rows = tuple(
        {"project": number, "deposit": projects[number], "rank": ranks[number], "remark": remarks.get(number, "")}
        for number in sorted(projects, key=lambda number: (ranks[number] == anonymity.EXCLUDED, ranks[number], number))
    )
    consultation.ranking = {"at": now, "by": name, "jurors": tuple(jurors), "rows": rows}
    event = {
        "type": "classement",
        **workflow.identity(consultation),
        "jury": list(jurors),
        "projets": [
            {"projet": row["project"], "depot": row["deposit"], "rang": row["rank"], "avis": row["remark"]}
            for row in rows
        ],
        "agent": name,
        "cle": key,
    }
    journal.record(consultation, event, instant=now)
