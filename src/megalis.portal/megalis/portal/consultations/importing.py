"""A notice becomes a draft: the agent starts from what he already wrote for the official bulletins."""

from dataclasses import dataclass
from megalis.portal.consultations import create
from megalis.portal.consultations.rules import drafting
from megalis.portal.formats.eforms import NoticeRefused
from megalis.portal.formats.eforms import parse
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.organisations import directory


NOTICE_BYTES = 20 * 1024**2


@dataclass
class Imported:
    """What an import gave: the draft consultation and the remarks (code, message) its agent should read."""

    consultation: object
    remarks: list


class ImportRefused(ValueError):
    """A notice that gives no draft; ``reasons`` is a non-empty list of ``{"code", "message", "line", "value"}``."""

    def __init__(self, reasons):
        self.reasons = list(reasons)
        super().__init__("; ".join(f"{reason['code']}: {reason['message']}" for reason in self.reasons))


def _reason(code, message, line=0, value=""):
    return {"code": code, "message": message, "line": line, "value": value}


def read(data):
    """Return ``(notice, draft values)`` of XML bytes; ImportRefused with every reason."""
    if len(data) > NOTICE_BYTES:
        raise ImportRefused([_reason("avis.taille", f"Le fichier fait {len(data)} octets : 20 Mo au plus.")])
    try:
        notice = parse(data)
        return notice, drafting.draft_of(notice)
    except NoticeRefused as refused:
        raise ImportRefused(
            [_reason(issue.code, issue.message_fr, issue.line, issue.value) for issue in refused.issues]
        ) from refused
    except Refused as refused:
        raise ImportRefused([_reason(refused.code, refused.message, 0, refused.value)]) from refused


def import_notice(data, collectivite=None, reference=None):
    """Return Imported: a draft made of an eForms contract notice (XML bytes).

    ``collectivite``: who will own it (with a remark when the notice names another buyer); without one, the collectivité
    of the notice's SIRET. ``reference`` replaces the notice's. ImportRefused when it gives none.
    """
    notice, draft = read(data)
    if collectivite is None:
        collectivite = directory.collectivite(draft.buyer_siren) if draft.buyer_siren else None
        if collectivite is None:
            name = draft.buyer_name or "sans nom"
            message = f"L’acheteur de l’avis ({name}, {draft.buyer_siret or 'sans SIRET'}) n’est pas inscrit ici."
            raise ImportRefused([_reason("avis.acheteur-inconnu", message, 0, draft.buyer_siret)])
    remarks = drafting.buyer_remarks(draft, collectivite.siret, collectivite.title) + draft.remarks
    fields = dict(draft.fields)
    wanted = reference or fields.pop("reference")
    fields.pop("reference", None)
    try:
        consultation = create.draft(collectivite, wanted, fields.pop("title"), lots=draft.lots, **fields)
    except Refused as refused:
        raise ImportRefused([_reason(refused.code, refused.message, 0, refused.value)]) from refused
    consultation.guided = fields["procedure"] != "procedure-adaptee"
    consultation.import_remarks = tuple((remark.code, remark.message) for remark in remarks)
    journal.record(
        consultation, {"type": "consultation", "fait": "import", "avis": notice.notice_id, "version": notice.version}
    )
    return Imported(consultation, remarks)
