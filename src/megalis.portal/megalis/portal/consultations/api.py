"""What other rooms may ask of a consultation. Every instant is an aware UTC datetime."""

from Acquisition import aq_base
from Acquisition import aq_chain
from Acquisition import aq_inner
from megalis.portal.consultations import contents
from megalis.portal.consultations.interfaces import IConsultation
from megalis.portal.consultations.interfaces import IRestrictedConsultation
from megalis.portal.consultations.meeting import IAudience
from megalis.portal.consultations.meeting import IDepositFacts
from megalis.portal.consultations.meeting import IPublicationCondition
from megalis.portal.consultations.rules import phase
from megalis.portal.consultations.rules import versions
from megalis.portal.formats import nuts
from megalis.portal.kernel import clock
from megalis.portal.organisations.interfaces import ICollectivite
from plone import api
from plone.uuid.interfaces import ATTRIBUTE_NAME
from plone.uuid.interfaces import IUUID
from zope.component import queryAdapter
from zope.component import subscribers

import re


OPENED_FOLDER = "plis-ouverts"
KINDS = ("Consultation", "ConsultationRestreinte")  # the portal types that live the life of a consultation
WORKFLOW = "consultation_workflow"


def workflow_state(consultation):
    """Return the stored state of the workflow, which knows nothing of the clock."""
    # Where the workflow tool keeps it: the tool finds out anew, each time, which workflow is asked.
    history = getattr(aq_base(consultation), "workflow_history", None) or {}
    if history.get(WORKFLOW):
        return history[WORKFLOW][-1]["review_state"]
    return api.content.get_state(consultation, default=phase.ELABORATION)


def state(consultation, now=None):
    """Return the phase at ``now`` (the server's clock by default): one of ``rules.phase.PHASES``."""
    return phase.phase(workflow_state(consultation), consultation.deadline, now or clock.now())


def state_label(consultation, now=None):
    """Return the phase in French words."""
    return phase.LABELS[state(consultation, now)]


def is_public(consultation):
    """True when the consultation was ever published: everyone may read it, or all those invited."""
    return bool(consultation.published_at) and workflow_state(consultation) not in phase.DRAFTS


def is_restricted(consultation):
    """True when only invited companies may read and answer: nothing of it is ever told to the public."""
    return IRestrictedConsultation.providedBy(consultation)


def origin(consultation):
    """Return the consultation that this one follows, or None."""
    name = getattr(aq_base(consultation), "origin_name", "")
    return buyer(consultation).get(name) if name else None


def followings(consultation):
    """Return the restricted consultations that follow this one, oldest first."""
    home = buyer(consultation)
    names = getattr(aq_base(consultation), "_followings", ())
    return [home[name] for name in names if name in home]


def selection(consultation):
    """Return ``(verdicts, concluded)``: ``{(candidate, lot or ""): {"admitted", "reason"}}`` and when, or None.

    A ``candidate`` is the uuid of a company, or what IDepositFacts calls so of one that applied on paper.

    The verdicts bind from the instant they are concluded.
    """
    base = aq_base(consultation)
    kept = {key: dict(value) for key, value in getattr(base, "_selection", {}).items()}
    return kept, getattr(base, "_selected", None)


def is_rejected(consultation, company, lot):
    """True once the candidature of a company (its uuid, or the ``candidate`` of one on paper) for a lot ("" or None: undivided) was rejected for good."""
    base = aq_base(consultation)
    if getattr(base, "_selected", None) is None:
        return False
    return base._selection.get((company, lot or ""), {}).get("admitted") is False


def buyer(consultation):
    """Return the collectivité that owns the consultation, or None outside of any."""
    return next((item for item in aq_chain(aq_inner(consultation)) if ICollectivite.providedBy(item)), None)


def consultation_of(content):
    """Return the consultation that ``content`` is or stands in, or None."""
    return next((item for item in aq_chain(aq_inner(content)) if IConsultation.providedBy(item)), None)


def _number_key(text):
    """Sort 2 before 10 and 2A after 2."""
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", text or "")]


def lots(consultation):
    """Return the lots as a list of ILot, by number (2 before 10); empty when the contract is not divided."""
    found = [consultation._getOb(name) for name in contents.of(consultation).lots]
    return sorted(found, key=lambda lot: _number_key(lot.number))


def pieces(consultation, lot=None, version=None):
    """Return the pieces of the DCE by name, as a list of IPieceDCE.

    ``lot`` keeps those of this lot number and those common to all; ``version`` (int) gives a former dossier instead of
    the one that stands.
    """
    return [consultation._getOb(line.id) for line in lines(consultation, lot, version)]


def lines(consultation, lot=None, version=None):
    """Return the same pieces as Lines (``contents.Line``), without opening any."""
    kept = contents.of(consultation)
    if version is None:
        found = list(kept.lines())
    else:
        found = [
            line for line in kept.every()
            if line.since <= version and (line.until is None or line.until >= version)
        ]  # fmt: skip
        found.sort(key=lambda line: line.key)
    return found if lot is None else [line for line in found if not line.lots or lot in line.lots]


def piece_named(consultation, name):
    """Return the standing piece of exactly this name, or None."""
    line = contents.of(consultation).named(name)
    return consultation._getOb(line.id) if line is not None and line.filename == name else None


def pieces_count(consultation):
    """Return how many pieces stand in the DCE."""
    return contents.of(consultation).count


def dce_version(consultation, version=None):
    """Return the SHA-256 (hex) of the dossier that stands, or of a former version."""
    if version is None:
        return contents.of(consultation).fingerprint
    return versions.dce_hash((line.filename, line.size, line.sha256) for line in lines(consultation, version=version))


def history(consultation):
    """Return the versions of the dossier, oldest first, as dicts.

    ``{"version": 1, "at": datetime, "reason": "", "dce": hex, "deadline": datetime, "changes": [{"field", "label",
    "before", "after"}]}``; empty while it is a draft.
    """
    return list(getattr(aq_base(consultation), "_versions", ()))


def decisions(consultation):
    """Return the decisions taken, by lot number ("" for a contract that is not divided).

    Each is ``{"decision", "reason", "winner", "winner_siret", "amount" (euros or None), "at"}``, with ``holders`` (the other
    holders of an accord-cadre) and ``members`` (the others of the winner's group) where there are some: see
    ``rules.decisions.holders_of``.
    """
    return {number: dict(kept) for number, kept in getattr(aq_base(consultation), "_decisions", {}).items()}


def departments(consultation):
    """Return the INSEE codes of the départements of execution (``22``, ``29``, ``35``, ``56``...), sorted.

    A whole region counts for each of its départements; without any place, the seat of the buyer counts.
    """
    found = set()
    for place in consultation.places or ():
        found.update(item.code for item in nuts.departements() if item.nuts3.startswith(place) and len(place) >= 3)
    if not found:
        department = getattr(aq_base(buyer(consultation)), "department", None)
        if department:
            found.add(department)
    return sorted(found)


def first_deposit(consultation):
    """Return the instant of the first deposit ever received, or None."""
    facts = queryAdapter(consultation, IDepositFacts)
    return facts.first_received() if facts is not None else None


def deposits_count(consultation):
    """Return the number of deposits received and not withdrawn."""
    facts = queryAdapter(consultation, IDepositFacts)
    return facts.count() if facts is not None else 0


def candidates(consultation):
    """Return who applied in time, one dict a company and a lot: see IDepositFacts."""
    facts = queryAdapter(consultation, IDepositFacts)
    return facts.candidates() if facts is not None else []


def depositor_names(consultation):
    """Return ``{id of a deposit: name of its company}``: see IDepositFacts."""
    facts = queryAdapter(consultation, IDepositFacts)
    return facts.names() if facts is not None else {}


def paper_candidates(consultation):
    """Return who applied in time on paper alone (a bid, or its backup copy that was opened): see IDepositFacts."""
    facts = queryAdapter(consultation, IDepositFacts)
    return facts.paper_candidates() if facts is not None else []


def audience(consultation, lots=()):
    """Return ``[(e-mail, name, last line)]`` of all people to warn of a change, each address once.

    ``lots``: those that change, empty when the change is everybody's.

    ``last line`` is what a listener wants at the end of the message (how to leave), or "".
    """
    found = {}
    for listener in subscribers((consultation,), IAudience):
        for address, name, *last in listener(lots):
            found.setdefault(address.strip().lower(), (address.strip(), name, *(last or ("",))))
    return list(found.values())


def publication_conditions(consultation, now):
    """Return the findings of the other rooms (keys...) about a publication at ``now``."""
    return [finding for condition in subscribers((consultation,), IPublicationCondition) for finding in condition(now)]


def uuid(consultation):
    """Return the 32 hex digits that name the consultation for ever."""
    # The attribute that plone.uuid's adapter reads; the adapter is looked up anew each time.
    return getattr(aq_base(consultation), ATTRIBUTE_NAME)


def find(collectivite=None, **query):
    """Return catalog brains of consultations the current user may see, in ``collectivite`` or everywhere."""
    query.setdefault("portal_type", KINDS)
    if collectivite is not None:
        query["buyer_uid"] = IUUID(collectivite)
    return api.portal.get_tool("portal_catalog").searchResults(**query)


def find_everywhere(**query):
    """Return catalog brains of consultations whatever the user may see: for the worker and for checks only."""
    query.setdefault("portal_type", KINDS)
    return api.portal.get_tool("portal_catalog").unrestrictedSearchResults(**query)
