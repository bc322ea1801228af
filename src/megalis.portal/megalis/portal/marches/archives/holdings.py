"""What a consultation holds, sort by sort, with the fingerprints of its files and the day each may go."""

from Acquisition import aq_base
from dataclasses import dataclass
from datetime import date
from megalis.portal.consultations import api
from megalis.portal.consultations import reached
from megalis.portal.consultations.interfaces import IFichierOuvert
from megalis.portal.consultations.meeting import ICompanyFiles
from megalis.portal.consultations.rules import decisions
from megalis.portal.consultations.rules import phase
from megalis.portal.deposits import store as deposits
from megalis.portal.formats import operators
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.marches import store
from megalis.portal.marches.archives import freezing
from megalis.portal.marches.archives import rules
from megalis.portal.marches.rules import amending
from megalis.portal.marches.rules import holders_of
from megalis.portal.marches.rules import notified_name
from megalis.portal.marches.rules.deadlines import day_of
from plone import api as plone_api
from zope.component import queryAdapter


ABOUT = "entreprise:"  # begins the place of a file of ICompanyFiles
ENDED = (phase.NOTIFIEE, phase.ARCHIVEE, phase.ANNULEE)


@dataclass(frozen=True)
class Item:
    """One file: where it is (``deposit/pli`` or the id in the folder), its name, owner, size and fingerprint."""

    place: str
    name: str
    owner: str
    lot: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Holding:
    """The documents of one sort: from when they are counted (None: not yet), until when kept, whether they may go."""

    sort: str
    start: date | None
    until: date | None
    rule: rules.Rule
    items: tuple
    ready: bool

    @property
    def title(self):
        return rules.TITLES[self.sort]

    @property
    def size(self):
        return sum(item.size for item in self.items)


def started(consultation):
    """Return the day from which the documents of the procedure are counted, None while it is not over."""
    instants = reached.of(consultation)
    if api.workflow_state(consultation) not in ENDED:
        return None
    found = instants.get(phase.NOTIFIEE) or instants.get(phase.ANNULEE)
    return clock.paris(found).date() if found else None


def executed(consultation, today):
    """Return the day its contracts were all carried out, None while one runs or its duration is not known."""
    records = [r for r in store.of_origin(plone_api.portal.get(), api.uuid(consultation)) if r.versions]
    told = []
    for record in records:
        raw = record.last.raw
        told.append((day_of(raw.get(notified_name(record.kind))), amending.in_force(record.kind, raw)[1]))
    return rules.end_of_execution(told, today)


def holders(consultation):
    """Return ``{lot: SIREN of its holders}`` as decided and as contracted."""
    found = {}
    for number, kept in api.decisions(consultation).items():
        if kept["decision"] == decisions.ATTRIBUE:
            numbers = (kept.get("winner_siret", ""), *(item["siret"] for item in kept.get("holders", ())))
            found[number] = {operators.company(number) for number in numbers if number}
    for record in store.of_origin(plone_api.portal.get(), api.uuid(consultation)):
        found.setdefault(record.lot, set()).update(
            operators.company(h.get("id", "")) for h in holders_of(record.kind, record.raw)
        )
    return found


def _retained(won, siret, lot):
    """Tell whether a file of a company belongs to a bid that won: of this lot, of any when it concerns them all."""
    if lot:
        return operators.company(siret) in won.get(lot, ())
    return any(operators.company(siret) in numbers for numbers in won.values())


def of(consultation, today=None):
    """Return the Holdings of a consultation, in the order of ``rules.TITLES``; those that hold nothing are left out."""
    today = today or clock.paris(clock.now()).date()
    frozen = freezing.of(consultation) is not None
    start, execution = started(consultation), executed(consultation, today)
    # A lot awarded without the SIRET of its holder: whose bid won is not known, so that nobody's may go as rejected.
    won = holders(consultation)
    unsure = any(not numbers for numbers in won.values())
    bids, opened = _bids(consultation), [*_opened(consultation), *_about(consultation)]
    kept = {
        rules.BIDS: [item for item, siret in bids if not unsure and not _retained(won, siret, item.lot)],
        rules.REJECTED: [item for item, siret in opened if not unsure and not _retained(won, siret, item.lot)],
        rules.RETAINED: [i for i, siret in (*opened, *bids) if unsure or _retained(won, siret, i.lot)],
        rules.DCE: [
            Item(piece.id, piece.filename, "", ", ".join(piece.lots or ()), piece.size, piece.sha256)
            for piece in api.lines(consultation)
        ],
        rules.PROCEDURE: [Item("journal", f"{journal.count(consultation)} faits du journal", "", "", 0, "")],
        rules.CONTRACT: [
            Item(
                record.key,
                record.raw.get("objet", ""),
                "",
                record.lot,
                0,
                record.last.sha256 if record.versions else "",
            )
            for record in store.of_origin(plone_api.portal.get(), api.uuid(consultation))
        ],
    }
    found = []
    for sort, items in kept.items():
        begins = execution if rules.rule_of(sort, None).since == rules.EXECUTED else start
        if items:
            ready = rules.may_go(sort, begins, today, frozen)
            until = rules.kept_until(sort, begins)
            found.append(Holding(sort, begins, until, rules.rule_of(sort, begins), tuple(items), ready))
    return found


def _bids(consultation):
    """Return ``[(Item, SIRET)]`` of the ciphertexts that are still there."""
    found = []
    for deposit in deposits.deposits(consultation):
        who = deposit.event["deposant"]
        for pli in deposit.plis:
            if pli.parts:
                name = f"Pli {deposit.number or ''} ({pli.envelope})".replace("  ", " ")
                item = Item(f"{deposit.id}/{pli.id}", name, who["nom"], pli.lot or "", pli.size, pli.root.hex())
                found.append((item, who["siret"] or ""))
    return found


def _about(consultation):
    """Return ``[(Item, SIREN)]`` of what the administrations said of the companies, kept as long as their candidatures."""
    held = queryAdapter(consultation, ICompanyFiles)
    return [
        (Item(f"{ABOUT}{key}", name, owner, "", size, digest), siren)
        for key, name, owner, siren, size, digest in (held.found() if held is not None else ())
    ]


def _opened(consultation):
    """Return ``[(Item, SIRET)]`` of the files of opened bids."""
    folder = consultation.get(api.OPENED_FOLDER)
    if folder is None:
        return []
    found = []
    for content in folder.objectValues():
        if not IFichierOuvert.providedBy(content):
            continue
        deposit = deposits.find_deposit(consultation, content.deposit)
        who = deposit.event["deposant"] if deposit is not None else {"nom": "", "siret": ""}
        size, digest = getattr(aq_base(content), "size", 0) or 0, getattr(aq_base(content), "sha256", "") or ""
        found.append(
            (Item(content.getId(), content.title, who["nom"], content.lot or "", size, digest), who["siret"] or "")
        )
    return found
