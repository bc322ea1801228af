"""What may be asked by post of a consultation, and every request with its steps; each step is an event of the journal."""

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from datetime import datetime
from megalis.portal.consultations import api
from megalis.portal.consultations import dossiers
from megalis.portal.consultations.exchanges import waiting
from megalis.portal.consultations.rules import typing
from megalis.portal.deposits.postal import rules
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import is_uuidhex
from megalis.portal.kernel.ids import uuidhex
from plone.uuid.interfaces import IUUID


OFFERS, REQUESTS = "envois-offerts", "envois-demandes"
WAITS = "envoi"


@dataclass(frozen=True)
class Offer:
    """A part of the dossier that is sent by post. ``piece``: the id of the document it goes with, or ""."""

    id: str
    title: str
    kind: str
    piece: str
    note: str
    made: datetime
    open: bool = True


@dataclass(frozen=True)
class Request:
    """Who asked for an Offer, where to, and what became of it."""

    id: str
    offer: str
    title: str
    company: str
    name: str
    siret: str
    email: str
    userid: str
    address: dict
    asked: datetime
    state: str = rules.ASKED
    carrier: str = ""
    tracking: str = ""
    sent: datetime | None = None
    ended: datetime | None = None
    note: str = ""
    steps: tuple = field(default=())


def _all(consultation, name, key):
    kept = facts(consultation, name)
    return sorted(kept.values(), key=key) if kept is not None else []


def offers(consultation, only_open=False):
    """Return the Offers, oldest first."""
    return [
        item for item in _all(consultation, OFFERS, lambda item: (item.made, item.id)) if item.open or not only_open
    ]


def requests(consultation):
    """Return the Requests, oldest first."""
    return _all(consultation, REQUESTS, lambda item: (item.asked, item.id))


def of_company(consultation, company):
    """Return the Requests of a company (uuid)."""
    return [item for item in requests(consultation) if item.company == company]


def find(consultation, request_id):
    """Return the Request; Refused ``envoi.inconnu``."""
    kept = facts(consultation, REQUESTS)
    found = kept.get(request_id) if kept is not None and is_uuidhex(request_id) else None
    if found is None:
        raise Refused("envoi.inconnu", "Cette demande n’existe pas : rechargez la page.", str(request_id)[:40])
    return found


def _record(consultation, fact, who, **more):
    journal.record(
        consultation,
        {"type": "envoi-postal", "consultation": api.uuid(consultation), "fait": fact, "par": who, **more},
    )


def offer(consultation, person, form):
    """Say that a part is sent by post on demand; return the Offer. Refused ``envoi.*``."""
    if len(offers(consultation)) >= rules.MOST_OFFERS:
        raise Refused("envoi.nombre", f"{rules.MOST_OFFERS} envois au plus par consultation : regroupez-les.")
    piece = str(form.get("piece") or "")
    if piece and piece not in {item.id for item in api.lines(consultation)}:
        raise Refused("envoi.piece", "Cette pièce n’est plus au dossier : rechargez la page.", piece[:40])
    title = rules.line(form.get("title"), "envoi.titre", "Le titre", needed=True)
    rules.check_title(title, [item.title for item in offers(consultation)])
    made = Offer(
        uuidhex(),
        title,
        rules.kind(form.get("kind")),
        piece,
        rules.line(form.get("note"), "envoi.note", "La précision", rules.NOTE),
        clock.now(),
    )
    facts_for_write(consultation, OFFERS)[made.id] = made
    _record(consultation, "offre", person.fullname, envoi=made.id, titre=made.title)
    return made


def close(consultation, person, offer_id, is_open):
    """Stop taking requests for an Offer, or take them again."""
    kept = facts(consultation, OFFERS)
    found = kept.get(offer_id) if kept is not None and is_uuidhex(offer_id) else None
    if found is None:
        raise Refused("envoi.inconnu", "Cet envoi n’existe pas : rechargez la page.", str(offer_id)[:40])
    changed = facts_for_write(consultation, OFFERS)[found.id] = replace(found, open=is_open)
    _record(consultation, "reouverture" if is_open else "arret", person.fullname, envoi=found.id, titre=found.title)
    return changed


def ask(consultation, person, company, offer_id, form):
    """Ask for an Offer; return the Request. Refused ``envoi.*``: closed, asked already, wrong address."""
    found = {item.id: item for item in offers(consultation, only_open=True)}.get(offer_id)
    if found is None or api.state(consultation) != "publiee":
        raise Refused(
            "envoi.clos", "Cet envoi ne se demande plus : la consultation est close, ou l’acheteur l’a arrêté."
        )
    uid = IUUID(company)
    for known in of_company(consultation, uid):
        if known.offer == offer_id and known.state in (rules.ASKED, rules.SENT):
            raise Refused(
                "envoi.double", f"Votre entreprise a déjà demandé « {found.title} » : suivez la demande ci-dessous."
            )
    place = person.etablissement
    made = Request(
        id=uuidhex(),
        offer=offer_id,
        title=found.title,
        company=uid,
        name=company.title,
        siret=getattr(place, "siret", None) or "",
        email=person.email,
        userid=person.userid,
        address=rules.address(form),
        asked=clock.now(),
    )
    facts_for_write(consultation, REQUESTS)[made.id] = made
    waiting.add(consultation, made.id, WAITS, made.asked)
    dossiers.remember(company, consultation)
    _record(consultation, "demande", made.name, demande=made.id, titre=made.title, siret=made.siret)
    return made


def _step(consultation, item, state, who, fact, **values):
    rules.check_step(item.state, state)
    changed = replace(item, state=state, steps=(*item.steps, (clock.now(), state, who)), **values)
    facts_for_write(consultation, REQUESTS)[item.id] = changed
    waiting.done(consultation, item.id)
    more = {name: values[name] for name in ("carrier", "tracking", "note") if values.get(name)}
    french = {"carrier": "transporteur", "tracking": "suivi", "note": "note"}
    told = {french[name]: value for name, value in more.items()}
    _record(consultation, fact, who, demande=item.id, titre=item.title, **told)
    return changed


def dispatch(consultation, item, person, carrier, tracking, sent):
    """Write that a request left; ``sent`` as typed, now without any. Refused ``envoi.*``, ``moment.*``."""
    now = clock.now()
    when = typing.moment(sent) or now
    rules.check_dispatch(when, item.asked, now)
    return _step(
        consultation,
        item,
        rules.SENT,
        person.fullname,
        "expedition",
        carrier=rules.line(carrier, "envoi.transporteur", "Le transporteur", needed=True),
        tracking=rules.line(tracking, "envoi.suivi", "Le numéro de suivi"),
        sent=when,
    )


def decline(consultation, item, person, reason):
    """Write that a request is refused, and why."""
    note = rules.line(reason, "envoi.motif", "Le motif du refus", rules.NOTE, needed=True)
    return _step(consultation, item, rules.DECLINED, person.fullname, "refus", note=note, ended=clock.now())


def arrived(consultation, item, who):
    """Write that it arrived, said by the company or by the agent who read so at the carrier's."""
    return _step(consultation, item, rules.ARRIVED, who, "reception", ended=clock.now())


def give_up(consultation, item, who):
    """Write that the company asks no more."""
    return _step(consultation, item, rules.GIVEN_UP, who, "renonciation", ended=clock.now())
