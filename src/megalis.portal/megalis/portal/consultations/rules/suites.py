"""What may follow a consultation by invitation: who may be invited, when, for how long. Values in, findings out.

A following has its own deadline, its own sealed answers and its own opening: it is a restricted consultation, tied to the
one it comes from by a *relation*. What the law asks of each stands in the dated rows of ``rules.law``.
"""

from dataclasses import dataclass
from dataclasses import replace
from megalis.portal.consultations.rules import ADVICE
from megalis.portal.consultations.rules import law as laws
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import procedures
from megalis.portal.kernel import clock


PHASE_2 = "phase-2"
TOUR = "tour"
COMPLEMENT = "complement"
SUBSEQUENT = "subsequent"
SPECIFIQUE = "specifique"
RELATIONS = {
    PHASE_2: "Remise des offres",
    TOUR: "Tour de négociation",
    COMPLEMENT: "Demande de compléments",
    SUBSEQUENT: "Marché subséquent",
    SPECIFIQUE: "Marché spécifique",
}
DIRECT = "sans-publicite"  # by invitation from the start: it follows none
WORDS = {**RELATIONS, DIRECT: "Sans publicité ni mise en concurrence"}
LAUNCH = {
    PHASE_2: "Inviter à remettre une offre",
    TOUR: "Ouvrir un tour de négociation",
    COMPLEMENT: "Demander des compléments de candidature",
    SUBSEQUENT: "Passer un marché subséquent",
    SPECIFIQUE: "Passer un marché spécifique",
}
STAGES = (PHASE_2, TOUR)  # the later stages of one and the same award: what they decide is decided for their origin
ACCORD_CADRE = "accord-cadre"
SAD = "systeme-acquisition-dynamique"
CALLED_OFF = ("marches-subsequents", "mixte")  # the accords-cadres that are carried out by subsequent contracts
SELECTION = "@@selection"
PAPERS = "@@registre-papier"
INVITATIONS = "@@invitations"
PROCEDURE = "@@modifier?etape=objet"


ADVISED_OFFERS = 15  # days, for the offers of a second phase to which the law gives no minimum
CONTRACT = "marche-subsequent"  # the procedure of a contract under a framework or a dynamic system
FIRM = ("appel-offres-ouvert", "appel-offres-restreint", "concours")  # decided without negotiation (L. 2124-2)


DECIDING = (phase.DECIDEE, phase.NOTIFIEE)


def decides(relation):
    """False of a request for completion: what it brings is judged where it comes from, it has no award of its own."""
    return relation != COMPLEMENT


def follows(relation):
    """True when a restricted consultation comes from another one."""
    return relation not in ("", DIRECT)


def kind_findings(relation, procedure):
    """Return the finding when a draft was begun for the other sort of procedure: for all, or by invitation (L. 2122-1)."""
    if (relation == DIRECT) == (procedure == DIRECT) or follows(relation):
        return []
    words = (
        "Cette consultation a été commencée sur invitation, sans publicité : elle ne s’ouvre pas à tous."
        if relation
        else "Une consultation sans publicité se fait sur invitation : celle-ci a été commencée pour tous."
    )
    words += " Commencez-en une autre avec la bonne procédure, puis supprimez ce brouillon."
    return [Missing("procedure.invitation", words, PROCEDURE)]


def procedure_of(relation, procedure):
    """Return the procedure that a following bears: its origin's, or that of the contracts under it."""
    return CONTRACT if relation in (SUBSEQUENT, SPECIFIQUE) else procedure


def demands(relation, procedure, day, law=None):
    """Return the law.Procedure that binds a following of ``procedure`` (its origin's) at a date.

    The second phase of a procedure and the contracts of a dynamic system have the times of that procedure's last phase;
    a round and a completion have rows of their own. It bears the name of the procedure that the following bears.
    KeyError for an unknown relation.
    """
    law = law or laws.shipped()
    kept = {"id": procedure_of(relation, procedure)}
    if relation in (PHASE_2, SPECIFIQUE):
        row = law.procedure(procedure, day)
        later = row.phases[1:] or row.phases
        advised = ADVISED_OFFERS if row.delays.get(later[0], laws.NONE).usual is None else None
        return replace(row, phases=later, envelopes=("offre",), advised_days=advised, **kept)
    if relation == TOUR:
        return replace(law.procedure(laws.ROUND, day), standstill=law.procedure(procedure, day).standstill, **kept)
    return replace(law.procedure({COMPLEMENT: laws.COMPLETION, SUBSEQUENT: CONTRACT}[relation], day), **kept)


def time_findings(relation, procedure, sent, deadline, urgent=False, urgent_reason="", law=None):
    """Return the findings about the time an invitation sent at ``sent`` leaves (aware datetimes)."""
    row = demands(relation, procedure, clock.paris(sent).date(), law)
    return procedures.time_findings(row.id, sent, deadline, urgent, urgent_reason, row=row)


@dataclass(frozen=True)
class Stage:
    """Where a consultation stands, as far as what may follow it goes.

    ``opened``: kinds of envelopes whose opening was begun; ``running``: relations of the followings that were not given
    up; ``admitted``: how many candidates the selection kept; ``answered``: how many there were;
    ``holders``: how many companies hold a lot.
    """

    phase: str
    procedure: str
    technique: str = ""
    envelopes: tuple = ()
    opened: tuple = ()
    concluded: bool = False
    answered: int = 0
    admitted: int = 0
    holders: int = 0
    running: tuple = ()


OPENING = (phase.OUVERTURE, phase.ANALYSE)
OFFERS = ("offre", "technique", "financiere")


def technique_of(procedure, framework):
    """Return ``systeme-acquisition-dynamique``, ``accord-cadre`` (one with subsequent contracts) or ""."""
    if procedure == SAD:
        return SAD
    return ACCORD_CADRE if framework in CALLED_OFF else ""


def launch_findings(relation, stage):
    """Return what forbids that a following of this relation be launched now; empty when it may be."""
    check = {
        PHASE_2: _second_phase,
        TOUR: _round,
        COMPLEMENT: _complement,
        SUBSEQUENT: _subsequent,
        SPECIFIQUE: _specific,
    }[relation]
    return list(check(stage))


def _second_phase(stage):
    if stage.technique == SAD:
        yield Missing("suite.sad", "Un système d’acquisition dynamique se poursuit par des marchés spécifiques.")
    elif set(stage.envelopes) & set(OFFERS):
        yield Missing(
            "suite.une-phase",
            "Les offres ont été déposées avec les candidatures : cette procédure n’a pas de seconde phase.",
        )
    elif stage.phase not in OPENING or "candidature" not in stage.opened:
        yield Missing("suite.candidatures", "Ouvrez d’abord les candidatures.", "@@ouverture")
    elif not stage.concluded:
        yield Missing("suite.selection", "Arrêtez d’abord la sélection des candidatures.", SELECTION)
    elif not stage.admitted:
        yield Missing("suite.personne", "Aucune candidature n’est retenue : personne ne peut être invité.", SELECTION)
    elif set(STAGES) & set(stage.running):
        yield Missing("suite.en-cours", "La remise des offres est déjà lancée : suivez-la, ou annulez-la d’abord.")


def _round(stage):
    if stage.procedure in FIRM:
        yield Missing(
            "suite.negociation",
            "Un appel d’offres se décide sans négociation : aucun tour ne peut être ouvert.",
            source="L. 2124-2",
        )
    elif stage.phase not in OPENING or not set(stage.opened) & set(OFFERS):
        yield Missing("suite.offres", "Ouvrez d’abord les offres : une négociation part d’elles.", "@@ouverture")
    elif set(STAGES) & set(stage.running):
        yield Missing("suite.en-cours", "Une étape suivante court déjà : suivez-la, ou annulez-la d’abord.")


def _complement(stage):
    if "candidature" not in stage.envelopes:
        yield Missing(
            "suite.sans-candidature",
            "Cette consultation ne demande pas d’enveloppe de candidature : il n’y a rien à compléter. Pour une pièce qui "
            "manque à une offre, écrivez à l’entreprise par les échanges.",
        )
    elif stage.phase not in OPENING or "candidature" not in stage.opened:
        yield Missing("suite.candidatures", "Ouvrez d’abord les candidatures.", "@@ouverture")
    elif stage.concluded:
        yield Missing("suite.arretee", "La sélection est arrêtée : les candidatures ne se complètent plus.", SELECTION)


def _subsequent(stage):
    if stage.technique != ACCORD_CADRE:
        yield Missing(
            "suite.accord-cadre", "Seul un accord-cadre à marchés subséquents donne lieu à des marchés subséquents."
        )
    elif stage.phase != phase.NOTIFIEE:
        yield Missing(
            "suite.notification", "L’accord-cadre n’est pas notifié, ou il est archivé : attendez sa notification."
        )
    elif not stage.holders:
        yield Missing("suite.titulaires", "Aucun lot n’a de titulaire inscrit : vérifiez les décisions.", "@@decision")


def _specific(stage):
    if stage.technique != SAD:
        yield Missing("suite.pas-sad", "Seul un système d’acquisition dynamique donne lieu à des marchés spécifiques.")
    elif stage.phase not in OPENING or not stage.concluded or not stage.admitted:
        yield Missing(
            "suite.admis", "Ouvrez les candidatures, puis arrêtez la sélection : elle dit qui est admis.", SELECTION
        )


def invited_findings(relation, row, invited, possible, reason=""):
    """Return the findings about how many are invited: ``invited`` of the ``possible`` ones; ``row`` is of ``demands``.

    R. 2142-17: five candidates at least in a restricted call, three in a negotiated one; fewer when fewer have the
    capacities asked (R. 2142-18), which is then written.
    """
    least = (row.least_candidates or 1) if relation == PHASE_2 else 1
    if not invited:
        return [Missing("invites.personne", "Personne n’est invité : invitez au moins une entreprise.", INVITATIONS)]
    if invited >= least:
        return []
    if invited < possible and not reason.strip():
        return [
            Missing(
                "invites.minimum",
                f"{invited} invité{'s' if invited > 1 else ''} : cette procédure en demande au moins {least}, "
                f"et {possible} candidatures sont retenues. Invitez les autres, ou dites pourquoi elles ne le sont pas.",
                INVITATIONS,
                source=row.source,
            )
        ]
    return [
        Missing(
            "invites.peu",
            f"{invited} invité{'s' if invited > 1 else ''} pour {least} attendus : la procédure peut continuer "
            "avec les candidats qui ont les capacités demandées.",
            INVITATIONS,
            ADVICE,
            "R. 2142-18",
        )
    ]


def selection_findings(rows):
    """Return what forbids that a selection be concluded.

    ``rows``: (name of the candidate, lot or "", admitted, reason, numbers of his bids on paper that are still closed).
    Every candidate has his verdict, lot by lot, and a rejection says why (R. 2181-1: he is told it); no candidature is
    judged unread.
    """
    found = []
    for name, lot, admitted, reason, closed in rows:
        where = f"{name}, lot {lot}" if lot else name
        if closed:
            found.append(
                Missing(
                    "selection.papier",
                    f"{where} : le pli sur papier {', '.join(closed)} n’est pas inscrit comme ouvert ; ouvrez-le au registre "
                    "du papier, avec sa candidature, puis arrêtez la sélection.",
                    PAPERS,
                )
            )
        if admitted is None:
            found.append(Missing("selection.absente", f"{where} : dites si la candidature est retenue.", SELECTION))
        elif not admitted and not reason.strip():
            found.append(
                Missing(
                    "selection.motif",
                    f"{where} : dites pourquoi la candidature n’est pas retenue, le candidat en sera informé.",
                    SELECTION,
                    source="R. 2181-1",
                )
            )
    return found


def document_findings(relation, guests, pieces):
    """Return what a request for completion lacks: ``guests`` are (name, what is asked of him), ``pieces`` their number."""
    if relation != COMPLEMENT or pieces:
        return []
    return [
        Missing("invites.demande", f"Dites ce qui est demandé à {name}, ou joignez une pièce au dossier.", INVITATIONS)
        for name, asked in guests
        if not asked.strip()
    ]


def change_findings(now, deadline, deposited=False):
    """Return what forbids that an invitation change at ``now``, or (``deposited``) that it be taken back."""
    if deadline is not None and now >= deadline:
        return [
            Missing("invites.clos", "La date limite est passée : la liste des invités ne change plus.", INVITATIONS)
        ]
    if deposited:
        return [
            Missing(
                "invites.depot",
                "Cette entreprise a déjà déposé un pli : son invitation ne se retire plus.",
                INVITATIONS,
                source="L. 3, égalité de traitement",
            )
        ]
    return []


def late_guest_findings(row, now, deadline, urgent=False, urgent_reason=""):
    """Return what forbids to invite somebody more at ``now``, the consultation being published under ``row``.

    He must have the time the others were owed: else the deadline is put off for all first.
    """
    found = change_findings(now, deadline)
    if found:
        return found
    short = procedures.time_findings(row.id, now, deadline, urgent, urgent_reason, row=row)
    if any(finding.code == "delai.minimum" for finding in short):
        return [
            Missing(
                "invites.delai",
                "Le temps qui reste est plus court que le délai dû à un invité : rectifiez d’abord la date limite, pour tous.",
                INVITATIONS,
                source=row.source,
            )
        ]
    return []
