"""The groupings of a consultation, known to their members alone; what is settled is kept with its fingerprint."""

from dataclasses import dataclass
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from megalis.portal.consultations import api
from megalis.portal.consultations import dossiers
from megalis.portal.consultations import ranking
from megalis.portal.deposits import store as deposits
from megalis.portal.deposits.grouping import rules
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.secrets import secret
from megalis.portal.organisations import directory
from megalis.portal.organisations import rules as identities
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID

import hmac
import os


GROUPINGS = "groupements"


@dataclass(frozen=True)
class Member:
    """A company asked to join. ``company``: its uuid when it is registered here, else ""; ``email``: where it was asked."""

    id: str
    siret: str
    name: str
    email: str
    company: str = ""
    part: str = ""
    answer: str = rules.ASKED
    answered: datetime | None = None
    by: str = ""


@dataclass(frozen=True)
class Composition:
    """A composition as it was settled: what the sealed document says, its bytes and fingerprint."""

    at: datetime
    data: dict
    pdf: bytes
    sha256: str


@dataclass(frozen=True)
class Grouping:
    """One joint bid. ``settled``: its Composition, None while it may change; ``former``: those settled before."""

    id: str
    company: str
    siret: str
    name: str
    form: str
    lots: tuple
    made: datetime
    members: tuple = ()
    settled: Composition | None = None
    former: tuple = ()

    @property
    def compositions(self):
        return (*self.former, *((self.settled,) if self.settled is not None else ()))


def groupings(consultation):
    """Return all Groupings, oldest first; for the room itself: no page of the buyer reads them."""
    kept = facts(consultation, GROUPINGS)
    return sorted(kept.values(), key=lambda item: (item.made, item.id)) if kept is not None else []


def led_by(consultation, company):
    """Return the Groupings a company (uuid) leads."""
    return [item for item in groupings(consultation) if item.company == company]


def asked_of(consultation, company):
    """Return ``[(Grouping, Member)]`` of the company (uuid) as a member."""
    return [(item, member) for item in groupings(consultation) for member in item.members if member.company == company]


def find(consultation, grouping_id, company):
    """Return a Grouping that ``company`` leads; Refused ``groupement.inconnu``."""
    kept = facts(consultation, GROUPINGS)
    found = kept.get(grouping_id) if kept is not None and is_uuidhex(grouping_id) else None
    if found is None or found.company != company:
        raise Refused(
            "groupement.inconnu", "Ce groupement n’existe plus, ou votre entreprise n’en est pas le mandataire."
        )
    return found


def _put(consultation, grouping):
    facts_for_write(consultation, GROUPINGS)[grouping.id] = grouping
    return grouping


def _record(consultation, company, fact, grouping, **more):
    """Write the event with the company itself: beside the consultation, its agents would read who groups with whom."""
    event = {
        "type": "groupement",
        "fait": fact,
        "groupement": grouping.id,
        "consultation": api.uuid(consultation),
        **more,
    }
    journal.record(company, event)


def _open_only(consultation):
    if api.state(consultation) != "publiee":
        raise Refused("groupement.etape", "La consultation n’est pas ouverte : un groupement ne se compose plus.")


def _free(grouping):
    if grouping.settled is not None:
        raise Refused("groupement.arrete", "La composition est arrêtée : rouvrez-la d’abord pour la modifier.")


def make(consultation, company, siret, person, form, lots):
    """Return a new Grouping led by ``company`` (content). Refused: the codes of ``rules``, ``groupement.etape``."""
    _open_only(consultation)
    form = rules.form(form)
    lots = rules.lots(lots, [lot.number for lot in api.lots(consultation)])
    rules.check_leads(lots, [item.lots for item in led_by(consultation, IUUID(company))])
    made = Grouping(uuidhex(), IUUID(company), siret, company.title, form, lots, clock.now())
    _record(consultation, company, "creation", made, forme=form, lots=list(lots), par=person.userid)
    return _put(consultation, made)


def ask(consultation, company, grouping, person, siret, name, email, part):
    """Ask a company to join; return ``(Grouping, Member)``.

    One that is registered here is asked through its accounts, under its own name; another by the address typed.
    """
    _open_only(consultation)
    _free(grouping)
    number = rules.member(siret, grouping.siret, [member.siret for member in grouping.members])
    known = directory.company_of(number)
    if known is None:
        email = identities.email(email)
        name = " ".join(str(name or "").split())[:200]
        if not name:
            raise Refused("groupement.nom", "Cette entreprise n’a pas de compte ici : indiquez son nom.", number)
    member = Member(
        uuidhex(),
        number,
        known.title if known is not None else name,
        "" if known is not None else email,
        IUUID(known) if known is not None else "",
        rules.part(part),
    )
    if known is not None:
        dossiers.remember(known, consultation)
    changed = _put(consultation, replace(grouping, members=(*grouping.members, member)))
    _record(consultation, company, "demande", changed, membre=number, par=person.userid)
    return changed, member


def take_out(consultation, company, grouping, person, member_id):
    """Take a member out before the composition is settled."""
    _open_only(consultation)
    _free(grouping)
    gone = [member for member in grouping.members if member.id == member_id]
    if not gone:
        raise Refused("groupement.membre", "Cette entreprise n’est plus dans le groupement : rechargez la page.")
    _record(consultation, company, "retrait", grouping, membre=gone[0].siret, par=person.userid)
    return _put(consultation, replace(grouping, members=tuple(m for m in grouping.members if m.id != member_id)))


def dissolve(consultation, company, grouping, person):
    """Forget a grouping whose composition was never settled; a settled one is kept, the sealed document names it."""
    _open_only(consultation)
    if grouping.compositions:
        raise Refused(
            "groupement.arrete", "Une composition a été arrêtée : elle peut être dans un pli déposé, et reste."
        )
    del facts_for_write(consultation, GROUPINGS)[grouping.id]
    _record(consultation, company, "dissolution", grouping, par=person.userid)


def answer(consultation, grouping_id, member_id, agreed, by):
    """Write the answer of a member; ``by``: userid of its account, or ``lien`` for who came by the mail. Refused."""
    kept = facts(consultation, GROUPINGS)
    grouping = kept.get(grouping_id) if kept is not None and is_uuidhex(grouping_id) else None
    member = next((m for m in grouping.members if m.id == member_id), None) if grouping is not None else None
    if member is None:
        raise Refused("groupement.membre", "Cette demande n’existe plus : le mandataire l’a retirée.")
    _open_only(consultation)
    _free(grouping)
    given = replace(
        member, answer=rules.AGREED if agreed else rules.DECLINED, answered=clock.now().replace(microsecond=0), by=by
    )
    changed = _put(
        consultation, replace(grouping, members=tuple(given if m.id == member_id else m for m in grouping.members))
    )
    for uid in {grouping.company, member.company} - {""}:
        company = uuidToObject(uid, unrestricted=True)
        if company is not None:
            _record(consultation, company, given.answer, changed, membre=member.siret, par=by)
    return changed, given


def settle(consultation, company, grouping, person, draw):
    """Settle the composition: ``draw(data)`` makes the document to seal. Refused ``groupement.vide``, ``.accord``."""
    _open_only(consultation)
    _free(grouping)
    rules.check_settle([(member.name, member.answer) for member in grouping.members])
    now = clock.now().replace(microsecond=0)
    data = {
        "v": 1,
        "consultation": api.uuid(consultation),
        "reference": consultation.reference,
        "objet": consultation.title,
        "lots": list(grouping.lots),
        "forme": grouping.form,
        "arrete": clock.rfc3339(now),
        "mandataire": {"siret": grouping.siret, "nom": grouping.name},
        "membres": [
            {
                "siret": member.siret,
                "nom": member.name,
                "part": member.part,
                "accord": clock.rfc3339(member.answered),
                "par": "compte" if member.company else "courriel",
            }
            for member in grouping.members
        ],
    }
    pdf = draw(data)
    made = Composition(now, data, pdf, sha256(pdf).hexdigest())
    _record(consultation, company, "arret", grouping, sha256=made.sha256, par=person.userid)
    return _put(consultation, replace(grouping, settled=made))


def reopen(consultation, company, grouping, person):
    """Let a settled composition change again; the document already made stays known, a pli may hold it."""
    _open_only(consultation)
    if grouping.settled is None:
        return grouping
    _record(consultation, company, "reouverture", grouping, par=person.userid)
    return _put(consultation, replace(grouping, former=grouping.compositions, settled=None))


def shown(consultation):
    """Return ``{deposit id: data}`` of the compositions found in opened plis: all that the buyer ever reads.

    Only a document whose fingerprint is that of a composition settled by the very company that deposited counts.
    """
    if ranking.names_hidden(consultation):
        return {}
    kept = {}
    for grouping in groupings(consultation):
        for made in grouping.compositions:
            kept[grouping.company, made.sha256] = made.data
    if not kept:
        return {}
    known = deposits.verdicts(consultation)
    found = {}
    for deposit in deposits.deposits(consultation):
        mine = {digest: data for (company, digest), data in kept.items() if company == deposit.company}
        for pli in deposit.plis:
            verdict = known.get(pli.id)
            if mine and verdict and verdict["verdict"] == "intact":
                for digest in rules.found(verdict["documents"], mine):
                    found[deposit.id] = mine[digest]
    return found


def said(data):
    """Return the composition of ``shown`` in words."""
    return rules.said(data["forme"], data["mandataire"]["nom"], [row["nom"] for row in data["membres"]])


def sign(consultation, grouping_id, member_id):
    """Return the token of the link by which a company without account answers."""
    key = secret("groupements", lambda: os.urandom(32))
    text = f"{api.uuid(consultation)}|{grouping_id}|{member_id}"
    return hmac.new(key, text.encode(), sha256).hexdigest()[:40]


def is_signed(consultation, grouping_id, member_id, token):
    """True when the token is ours."""
    if not all(isinstance(value, str) and value.isascii() for value in (grouping_id, member_id, token)):
        return False
    return hmac.compare_digest(sign(consultation, grouping_id, member_id).encode(), token.encode())
