"""A company registers itself: the account exists only once its e-mail address is confirmed.

Nothing here tells a stranger whether an address or a company already has an account: the answer of the page is the same
and the mail says the rest to the owner of the address. The second user of a company waits for its administrator.
"""

from datetime import timedelta
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import create
from megalis.portal.organisations import directory
from megalis.portal.organisations import links
from megalis.portal.organisations import mails
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations import rules
from megalis.portal.organisations.signin import passwords
from megalis.portal.organisations.signin.tokens import SPENT
from persistent import Persistent
from zope.component.hooks import getSite


PENDING = "inscriptions"
REQUESTS = "demandes"
ADMINISTRATOR = "administrateur"
WAITING = "en-attente"


class Pending(Persistent):
    """A registration whose address is not confirmed: the person, the hash of the password, the company."""

    def __init__(self, person, company, password_hash):
        self.id = uuidhex()
        self.person = person
        self.company = company
        self.password_hash = password_hash
        self.at = clock.now()

    @property
    def expired(self):
        return clock.now() >= self.at + timedelta(hours=links.REGISTRATION[1])


class Request(Persistent):
    """Someone asks to join a company."""

    def __init__(self, userid):
        self.id = uuidhex()
        self.userid = userid
        self.at = clock.now()


def begin(person, company, password):
    """Take a registration and write the mail that confirms it; return nothing, whoever is known already.

    ``person``: dict email, fullname, phone. ``company``: dict national, foreign, country, title and IEntreprise fields.
    Refused: the codes of ``rules``, ``formats.siren`` and ``signin.policy``.
    """
    person, company, password_hash = _checked(person, company, password)
    if people.door().throttle("inscription", person["email"]):
        return
    if people.by_email(person["email"]) is not None:
        mails.send(
            person["email"],
            "Vous avez déjà un compte e-mégalis",
            [
                "Quelqu’un, sans doute vous, vient de demander une inscription avec cette adresse, qui est déjà celle d’un "
                "compte. Rien n’a été changé.",
                "Connectez-vous, ou choisissez un nouveau mot de passe si vous l’avez oublié.",
            ],
            mails.url("/mot-de-passe-perdu"),
            "Choisir un nouveau mot de passe",
        )
        return
    pending = Pending(person, company, password_hash)
    facts_for_write(getSite(), PENDING)[pending.id] = pending
    mails.send(
        person["email"],
        "Confirmez votre inscription à e-mégalis",
        [
            f"Vous avez demandé un compte pour {company['title']} sur le portail e-mégalis. Il sera ouvert quand vous aurez "
            "confirmé cette adresse, dans les 48 heures.",
            "Si vous n’avez rien demandé, ne faites rien : aucun compte ne sera ouvert.",
        ],
        links.link(links.REGISTRATION, "inscription-confirmer", {"id": pending.id}),
        "Confirmer mon inscription",
    )


def open_verified(person, company, password):
    """Open at once the account of somebody whose address is known to be his (an invitation was sent there).

    Values and answer as of ``begin`` and ``confirm``; Refused as ``begin``, and ``courriel.pris``.
    """
    person, company, password_hash = _checked(person, company, password)
    people.check_free(person["email"], person["email"])
    return _open(person, company, password_hash)


def _checked(person, company, password):
    """Return (person, company, hash of the password) once every value is good."""
    person = {
        "email": rules.email(person["email"]),
        "fullname": rules.person_name(person["fullname"]),
        "phone": rules.phone(person.get("phone", "")),
    }
    company = dict(company)
    national = company.pop("national", "")
    identifier, country = rules.company_identifier(national, company.pop("foreign", ""), company.pop("country", "FR"))
    company |= {"identifier": identifier, "country": country, "title": rules.title(company["title"])}
    company["siret"] = numbers.siret(national) if len("".join(filter(str.isdigit, national or ""))) == 14 else ""
    people.check_password(password, person["email"], person["fullname"], company["title"])
    return person, company, passwords.hash_password(password)


def find(token):
    """Return the Pending of a confirmation link; Refused ``jeton.…``."""
    payload = links.read(links.REGISTRATION, token)
    kept = facts(getSite(), PENDING)
    pending = kept.get(payload["id"]) if kept is not None else None
    if pending is None:
        raise Refused("jeton.servi", "Ce lien a déjà servi : votre adresse est confirmée, connectez-vous.")
    return pending


def confirm(token):
    """Open the account of a registration; return (userid, company, ``administrateur`` or ``en-attente``).

    The first of a company administers it; the next ones wait for an administrator of it. Refused ``jeton.…``.
    """
    pending = find(token)
    del facts_for_write(getSite(), PENDING)[pending.id]
    if people.by_email(pending.person["email"]) is not None:
        raise Refused("jeton.servi", SPENT)
    return _open(pending.person, pending.company, pending.password_hash)


def _open(person, asked, password_hash):
    company = directory.entreprise(asked["identifier"])
    values = {**person, "siret": asked["siret"], "password_hash": password_hash}
    if company is None:
        company = _make_company(asked)
        userid = people.create(people.ENTREPRISE, **values)
        membership.add(company, userid, {"e-administrateurs", "e-repondants"}, by=userid)
        return userid, company, ADMINISTRATOR
    userid = people.create(people.ENTREPRISE, waiting=company.identifier, **values)
    ask(company, userid)
    return userid, company, WAITING


def _make_company(values):
    values = dict(values)
    siret = values.pop("siret")
    company = create.entreprise(**values)
    if siret:
        address = {name: values[name] for name in ("street", "postal_code", "city") if name in values}
        create.etablissement(company, siret, head_office=True, **address)
    return company


def ask(company, userid):
    """Write the request of ``userid`` to join ``company`` and tell those who can answer."""
    request = Request(userid)
    facts_for_write(company, REQUESTS)[request.id] = request
    person = people.get(userid)
    answerers = [people.get(administrator) for administrator in membership.administrators(company)]
    for answerer in answerers or membership.operators():
        mails.send(
            answerer.email,
            f"{person.fullname} demande à rejoindre {company.title}",
            [
                f"{person.fullname} ({person.email}) a confirmé son adresse et demande à déposer des plis au nom de "
                f"{company.title}. Cette personne n’a aucun droit tant que vous n’avez pas répondu.",
            ],
            f"{company.absolute_url()}/@@utilisateurs",
            "Accepter ou refuser",
        )
    journal.record(company, {"type": "compte", "fait": "demande", "personne": userid})


def requests(company):
    """Return the Request values that wait for an answer, oldest first."""
    kept = facts(company, REQUESTS)
    return sorted(kept.values() if kept is not None else (), key=lambda request: request.at)


def approve(company, request_id, keys, by):
    """Let the person in with role ``keys``; Refused ``demande.inconnue``, ``role.…``."""
    request = _take(company, request_id)
    people.update(request.userid, by=by, waiting="")
    membership.add(company, request.userid, keys, by=by)
    _answer(company, request.userid, True)


def refuse(company, request_id, by):
    """Refuse the person: the account stays, without company."""
    request = _take(company, request_id)
    people.update(request.userid, by=by, waiting="")
    journal.record(company, {"type": "compte", "fait": "refus", "personne": request.userid, "par": by or ""})
    _answer(company, request.userid, False)


def _take(company, request_id):
    kept = facts_for_write(company, REQUESTS)
    request = kept.get(request_id)
    if request is None:
        raise Refused("demande.inconnue", "Cette demande a déjà reçu une réponse : rechargez la page.", request_id)
    del kept[request_id]
    return request


def _answer(company, userid, accepted):
    person = people.get(userid)
    if accepted:
        subject = f"Vous pouvez répondre au nom de {company.title}"
        text = f"L’administrateur de {company.title} a accepté votre demande : votre espace est ouvert."
    else:
        subject = f"Votre demande pour {company.title} n’a pas été acceptée"
        text = f"L’administrateur de {company.title} n’a pas accepté votre demande. Voyez avec lui, puis redemandez."
    mails.send(person.email, subject, [text], mails.url("/espace-entreprise"), "Ouvrir mon espace")


def purge(site):
    """Forget the registrations nobody confirmed in time; return how many."""
    kept = facts(site, PENDING)
    dead = [pending.id for pending in (kept.values() if kept is not None else ()) if pending.expired]
    for key in dead:
        del kept[key]
    return len(dead)
