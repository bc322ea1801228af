"""Making a following: a restricted consultation beside its origin, prefilled, whose guests are those the rules allow."""

from megalis.portal.consultations import api
from megalis.portal.consultations import create
from megalis.portal.consultations import gathering
from megalis.portal.consultations import legal
from megalis.portal.consultations import workflow
from megalis.portal.consultations.restricted import invitations
from megalis.portal.consultations.restricted import periods
from megalis.portal.consultations.restricted import selection
from megalis.portal.consultations.rules import BLOCKING
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import Missing
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import posting
from megalis.portal.consultations.rules import suites
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.organisations import directory
from megalis.portal.organisations import rules as words
from persistent.list import PersistentList
from plone.uuid.interfaces import IUUID


SUFFIXES = {
    suites.PHASE_2: "OFFRES",
    suites.TOUR: "TOUR",
    suites.COMPLEMENT: "COMPL",
    suites.SUBSEQUENT: "MS",
    suites.SPECIFIQUE: "MSP",
}


def stage_of(consultation):
    """Return the suites.Stage of a consultation."""
    _kept, concluded = api.selection(consultation)
    admitted = periods.admitted(consultation)
    return suites.Stage(
        phase=api.state(consultation),
        procedure=consultation.procedure,
        technique=periods.technique_of(consultation),
        envelopes=tuple(consultation.envelopes or ()),
        opened=tuple(event["enveloppe"] for event in journal.events(consultation, "ouverture")),
        concluded=concluded is not None or bool(admitted),
        answered=len({_key(row) for row in (*api.candidates(consultation), *api.paper_candidates(consultation))}),
        admitted=len({_key(row) for row in admitted}),
        holders=len(holders(consultation)),
        running=tuple(
            item.relation for item in api.followings(consultation) if api.workflow_state(item) != phase.ANNULEE
        ),
    )


def today():
    return clock.paris(clock.now()).date()


def refusals(consultation, relation):
    """Return what forbids to launch a following of this relation now (list of Missing)."""
    if api.is_restricted(consultation) and relation != suites.TOUR:
        return [Missing("suite.origine", "Cette étape se lance depuis la consultation d’origine.")]
    if consultation.system_name and relation != suites.COMPLEMENT:
        return [Missing("suite.systeme", "Cette étape se lance depuis la consultation qui a créé le système.")]
    return suites.launch_findings(relation, stage_of(consultation))


def demands(consultation, relation):
    """Return the law.Procedure that would bind a following launched today."""
    return suites.demands(relation, consultation.procedure, today(), legal.current())


def offered(consultation):
    """Return the relations that may be launched now, in the order of the law's steps."""
    return [relation for relation in suites.RELATIONS if not refusals(consultation, relation)]


def read_holders(text):
    """Return the other holders of a lot from lines ``SIRET`` or ``SIRET ; name``: tuple of dicts.

    Refused with the codes of ``formats.operators``, which numbers foreign companies too.
    """
    found = []
    for line in str(text or "").splitlines():
        number, _mark, name = line.partition(";")
        if not number.strip():
            continue
        siret = operators.number(number)
        content = directory.company_of(siret)
        name = " ".join(name.split())[:300] or (content.title if content is not None else operators.worded(siret))
        if siret not in {holder["siret"] for holder in found}:
            found.append({"name": name, "siret": siret})
    return tuple(found)


def holder_lines(decision):
    """Return what ``read_holders`` reads of a decision that is kept."""
    return "\n".join(f"{holder['siret']} ; {holder['name']}" for holder in decision.get("holders", ()))


def holders(consultation):
    """Return who holds a lot of a decided consultation, one dict a company and a lot.

    The others of an agreement with several holders stand in the decision too (``holders``).
    """
    known = {operators.company(row["siret"]): row for row in api.candidates(consultation)}
    for item in api.followings(consultation):
        known |= {operators.company(row["siret"]): row for row in api.candidates(item)}
    found = []
    for number, kept in gathering.in_order(consultation, api.decisions(consultation)):
        if kept["decision"] != decisions.ATTRIBUE:
            continue
        first = {"name": kept.get("winner", ""), "siret": kept.get("winner_siret", "")}
        for holder in (first, *kept.get("holders", ())):
            number_of = operators.company(holder["siret"])
            content = directory.company_of(number_of) if number_of else None
            bidder = known.get(number_of, {})
            found.append(
                {
                    "company": IUUID(content) if content is not None else "",
                    "siret": holder["siret"] or bidder.get("siret", ""),
                    "name": holder["name"] or bidder.get("name", ""),
                    "email": bidder.get("email", ""),
                    "lot": number,
                }
            )
    return found


def possible(consultation, relation):
    """Return who may be invited: dicts ``company, siret, name, email, lot``, one a company and a lot."""
    if relation == suites.PHASE_2:
        return selection.admitted(consultation)
    if relation == suites.COMPLEMENT:
        return selection.rows(consultation)
    if relation == suites.SUBSEQUENT:
        return holders(consultation)
    if relation == suites.SPECIFIQUE:
        return periods.admitted(consultation)
    offers = set(suites.OFFERS)
    return [
        row
        for row in (*api.candidates(consultation), *api.paper_candidates(consultation))
        if row["envelopes"] & offers and not api.is_rejected(consultation, row["candidate"], row["lot"])
    ]


def _key(row):
    return row["company"] or row["siret"] or row["name"]


def guests(consultation, relation):
    """Return ``possible`` gathered by company, by name: dicts with ``key``, ``lots`` (numbers, in order) and ``paper``."""
    found = {}
    for row in possible(consultation, relation):
        key = _key(row)
        guest = found.setdefault(key, {"paper": (), **row, "key": key, "lots": []})
        if row["lot"] and row["lot"] not in guest["lots"]:
            guest["lots"].append(row["lot"])
    return sorted(found.values(), key=lambda guest: guest["name"].casefold())


def open_to(consultation):
    """Return the ``guests`` that a following may still invite: those who hold one of its lots, where it has some."""
    origin = api.origin(consultation)
    if origin is None:
        return []
    numbers = {lot.number for lot in api.lots(consultation)}
    found = guests(origin, consultation.relation)
    return [guest for guest in found if _may_answer(guest, numbers)]


def next_rank(consultation, relation):
    """Return the rank of the next following of this relation."""
    return 1 + sum(item.relation == relation for item in api.followings(consultation))


def proposed(consultation, relation):
    """Return ``(reference, title)`` that the launch page proposes."""
    rank = next_rank(consultation, relation)
    many = f"{rank}" if rank > 1 or relation in (suites.TOUR, suites.SUBSEQUENT, suites.SPECIFIQUE) else ""
    root = consultation.reference[: 60 - len(SUFFIXES[relation]) - len(many) - 1]
    title = f"{suites.RELATIONS[relation]}{f' {many}' if many else ''} : {consultation.title}"
    return f"{root}-{SUFFIXES[relation]}{many}", title[:400]


def launch(consultation, relation, reference, deadline, invited, title="", pieces=True, lots=None, fewer_reason=""):
    """Return the draft of a following; Refused.

    ``invited``: dicts ``key`` (of ``guests``), ``email`` and optionally ``address`` (to post to) and ``asked``; ``lots``
    keeps some lots only. The same documents and the same deadline for all: there is one dossier (L. 3).
    """
    found = refusals(consultation, relation)
    if found:
        raise Refused(found[0].code, found[0].message)
    allowed = {guest["key"]: guest for guest in guests(consultation, relation)}
    for item in invited:
        if item["key"] not in allowed:
            raise Refused(
                "invites.interdit", "Cette entreprise ne peut pas être invitée ici : rechargez la page.", item["key"]
            )
    invited = [item for item in invited if _may_answer(allowed[item["key"]], lots)]
    if lots and not invited:
        raise Refused("suite.lots", "Aucune entreprise choisie ne détient un de ces lots : choisissez-en d’autres.")
    row = demands(consultation, relation)
    short = suites.invited_findings(relation, row, len(invited), len(allowed), fewer_reason)
    for finding in short:
        if finding.level == BLOCKING:
            raise Refused(finding.code, finding.message)
    home = api.buyer(consultation)
    reference = create.check_reference(home, reference)
    made = _make(consultation, relation, reference, title, deadline, row, home, lots, allowed, invited)
    made.fewer_reason = " ".join(str(fewer_reason or "").split())[:2000]
    if pieces:
        for item in api.pieces(consultation):
            with item.file.open() as stream:
                numbers = [number for number in item.lots if number in {lot.number for lot in api.lots(made)}]
                if numbers or not item.lots:
                    create.piece(made, stream, item.filename, item.title, item.kind, numbers, item.file.contentType)
    for item in invited:
        guest = allowed[item["key"]]
        kept = [number for number in guest["lots"] if number in {lot.number for lot in api.lots(made)}]
        if guest["paper"]:
            posting.check_ways(guest["name"], item["email"], item.get("address"))
        invitations.invite(
            made,
            guest["name"],
            item["email"],
            guest["siret"],
            guest["company"],
            kept,
            item.get("asked", ""),
            item.get("address", ""),
        )
    told = {"type": "consultation", **workflow.identity(consultation), "fait": "suite", "suite": api.uuid(made)}
    journal.record(consultation, {**told, "relation": relation, "reference_suite": reference})
    return made


def _may_answer(guest, lots):
    """Tell whether a guest holds one of the lots that are kept: an invitation to no lot would open them all."""
    return not lots or not guest["lots"] or bool(set(guest["lots"]) & set(lots))


def _make(consultation, relation, reference, title, deadline, row, home, lots, allowed, invited):
    fields = {
        name: getattr(consultation, name) for name in create.COPIED if name not in ("title", "urgent", "urgent_reason")
    }
    fields |= {
        "reference": reference,
        "procedure": row.id,
        "title": " ".join(str(title or "").split())[:400] or proposed(consultation, relation)[1],
        "envelopes": _envelopes(consultation, relation, row),
        "deadline": deadline,
    }
    if relation in (suites.SUBSEQUENT, suites.SPECIFIQUE):
        fields |= {name: None for name in fields if name.startswith("framework")}
    slug = words.slug(reference)
    year = str(today().year)
    name = slug if slug.startswith(year) else f"{year}-{slug}"
    made = create._add(home, "ConsultationRestreinte", name if name not in home else create.uuidhex(), fields)
    made.origin = api.uuid(consultation)
    made.origin_name = consultation.getId()
    made.relation = relation
    made.rank = next_rank(consultation, relation)
    made.guided = True
    wanted = {number for item in invited for number in allowed[item["key"]]["lots"]}
    for lot in api.lots(consultation):
        if lot.number in wanted and (not lots or lot.number in lots):
            create.lot(made, **{name: getattr(lot, name) for name in create.LOT_FIELDS})
    followings = getattr(consultation, "_followings", None)
    if followings is None:
        followings = consultation._followings = PersistentList()
    followings.append(made.getId())
    made.reindexObject()
    return made


def _envelopes(consultation, relation, row):
    split = tuple(kind for kind in consultation.envelopes or () if kind in ("technique", "financiere"))
    return split if split and relation in (suites.TOUR, suites.SUBSEQUENT) else row.envelopes
