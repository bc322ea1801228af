"""What would leave for a support now: its bytes, its rubrics, and what the rules say of it beside each of them."""

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from functools import lru_cache
from lxml import etree
from megalis.portal.consultations.notices import awarding
from megalis.portal.consultations.notices import composing
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices import rubrics
from megalis.portal.consultations.notices import special
from megalis.portal.consultations.notices import store
from megalis.portal.consultations.notices import telling
from megalis.portal.consultations.rules.thresholds import BOAMP
from megalis.portal.consultations.rules.thresholds import JAL
from megalis.portal.consultations.rules.thresholds import PROFILE
from megalis.portal.formats import boamp
from megalis.portal.formats import eforms
from megalis.portal.formats import jal
from megalis.portal.formats.eforms.contests import write_contest
from megalis.portal.formats.eforms.validation import validate
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.short_notice import short_of
from megalis.portal.formats.verdict import Finding


FAMILY = (lifecycle.CALL, lifecycle.CHANGE, lifecycle.CANCEL)  # versions of one notice
SPECIAL = (lifecycle.PRIOR, lifecycle.INTENTION, lifecycle.MODIFICATION, lifecycle.COMPLETION)
# Our own refusals -> the field whose rubric shows them.
_FIELD = {
    "avis.acheteur": "BT-500-Organization-Company",
    "avis.titre": "BT-21-Procedure",
    "avis.dossier": "BT-15-Lot",
    "avis.echeance": "BT-131(d)-Lot",
    "avis.departement": "BT-5071-Procedure",
    "avis.sous-type": "BT-105-Procedure",
    "avis.decision": "BT-105-Procedure",
    "avis.titulaire": "BT-105-Procedure",
    "avis.recettes": "BT-105-Procedure",
    "concours.prime": "BT-44-Lot",
}


@dataclass
class Draft:
    """A notice as it would leave. ``text`` is what people read when they read no rubrics: plain text or XML."""

    support: str
    kind: str
    form: str
    data: bytes = b""
    subtype: str = ""
    notice: str = ""
    version: str = "01"
    previous: str = ""
    errors: tuple = ()
    warnings: tuple = ()
    rubrics: list = field(default_factory=list)
    said: tuple = ()  # the rubrics as they are kept with what is sent

    @property
    def sendable(self):
        return bool(self.data) and not self.errors

    @property
    def text(self):
        return self.data.decode("utf-8", "replace")


def draw(call, support, kind, records, now, reason="", told=(), outcomes=(), extra=special.NOTHING):
    """Return the Draft of a notice of a Call; what cannot be written is an error of it, never an exception.

    ``records`` are those of the support, oldest first; ``told`` are ``(lot number or "", sentence)`` of what changes;
    ``outcomes`` the decisions, for what follows them; ``extra`` what a special notice asks besides.
    """
    now = now.replace(microsecond=0)  # no form of notice keeps more
    outcomes = awarding.completed(outcomes, extra.companies)
    rows = telling.rows(call, kind, outcomes, extra)
    draft = Draft(support, kind, form_of(call, support, kind), said=rubrics.kept(rows))
    if support == PROFILE:
        return replace(draft, rubrics=rows)
    family = FAMILY if kind in FAMILY else (kind,)
    draft.version = f"{sum(item.kind in family for item in records) + 1:02d}"
    before = store.last_standing(records)
    draft.previous = before.business_id if before is not None and kind in (lifecycle.CHANGE, lifecycle.CANCEL) else ""
    try:
        if kind in SPECIAL:
            _special(draft, call, now, records, outcomes, extra)
        else:
            _write(draft, call, now, reason, told, outcomes, extra)
        verdict = judge(draft.data, draft.form)
        draft.errors, draft.warnings = verdict
    except eforms.NoticeRefused as refused:
        draft.errors = tuple(Finding(item.code, item.message_fr, item.line, path=item.xpath) for item in refused.issues)
    except Refused as refused:
        draft.errors = (Finding(refused.code, refused.message, field=_FIELD.get(refused.code, "")),)
    root = etree.fromstring(draft.data) if draft.data and draft.form == store.EFORMS else None
    numbers = tuple(lot.number for lot in call.lots)
    draft.rubrics = rubrics.with_findings(rows, (*draft.errors, *draft.warnings), root, numbers)
    return draft


def form_of(call, support, kind):
    """Return the form a notice takes on a support; what is no call nor its change is always one of eForms."""
    if support == PROFILE:
        return store.DECLARED
    if support == JAL:
        return store.TEXT
    if support == BOAMP and kind in FAMILY and composing.is_short(call):
        return store.SHORT
    return store.EFORMS


def _write(draft, call, now, reason, told, outcomes, extra):
    change = None
    if draft.kind in (lifecycle.CHANGE, lifecycle.CANCEL):
        cancelled = draft.kind == lifecycle.CANCEL
        change = composing.change_of(call, draft.previous, reason, told or [("", reason)], cancelled)
    if draft.kind == lifecycle.AWARD:
        draft.notice = composing.notice_id(call.uid, lifecycle.AWARD)
        draft.data = awarding.write(
            call, outcomes, now, version=draft.version, direct=special.direct_of(call), extra=extra
        )
        draft.subtype = _subtype(draft.data)
        return
    # A newspaper and the national short notice know no subtype; eForms are composed under the one of the procedure.
    subtype = None if draft.form == store.EFORMS else "E3"
    notice = composing.notice_of(call, now, draft.version, change, subtype)
    draft.notice = notice.notice_id
    if draft.form == store.EFORMS:
        draft.subtype = notice.subtype
        draft.data = _eforms(call, notice)
    else:
        short = short_of(notice, call.departments)
        draft.data = boamp.to_xml(short) if draft.form == store.SHORT else jal.text(short).encode()


def _special(draft, call, now, records, outcomes, extra):
    if draft.kind == lifecycle.PRIOR:
        special.check_prior(extra, now)
        draft.data, draft.notice = special.prior(call, extra, now, draft.version)
    elif draft.kind == lifecycle.COMPLETION:
        draft.data, draft.notice = special.completion(call, outcomes, extra, now, draft.version)
        draft.version = "01"  # as many as contracts
    elif draft.kind == lifecycle.INTENTION:
        draft.data, draft.notice = special.intention(call, outcomes, now, draft.version)
    else:
        before = store.last_standing(records, (lifecycle.AWARD,)) or store.last_standing(records)
        if before is None or not before.notice:
            text = "L’avis d’attribution n’est pas parti d’ici vers ce support : celui de la modification le cite."
            raise Refused("avis.modification", text)
        draft.previous = before.business_id
        draft.data, draft.notice = special.modification(call, outcomes, extra, before.business_id, now, draft.version)
        draft.version = "01"  # each modification is a notice of its own
    draft.subtype = _subtype(draft.data)


def _eforms(call, notice):
    if notice.subtype in ("23", "24"):
        return write_contest(notice, composing.contest_of(call))
    if notice.subtype in ("25", "26"):
        raise Refused(
            "avis.sous-type",
            "Un marché sans publicité ni mise en concurrence n’a pas d’avis de marché : son avis d’attribution paraît une "
            "fois la décision prise.",
        )
    return eforms.write(notice)


def _subtype(data):
    root = etree.fromstring(data)
    return next((node.text or "" for node in root.iter("{*}SubTypeCode")), "")


@lru_cache(maxsize=64)
def judge(data, form):
    """Return ``(errors, warnings)`` of the bytes of a notice; strictly, as those who receive it will."""
    if form != store.EFORMS:
        return (), ()
    verdict = validate(data, strict=True)
    return verdict.errors, verdict.warnings
