"""Who is here: persons are Plone users, known by a random id for ever, by an e-mail address they can change.

What decides a right is always a group, never a property of the user: properties can be edited, membership cannot.
"""

from AccessControl import getSecurityManager
from dataclasses import dataclass
from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import directory
from megalis.portal.organisations import roles
from megalis.portal.organisations import rules
from megalis.portal.organisations.signin import passwords
from megalis.portal.organisations.signin import policy
from plone import api
from zope.component.hooks import getSite
from zope.globalrequest import getRequest


AGENT = "agent"
ENTREPRISE = "entreprise"
EXPLOITANT = "exploitant"
KINDS = (AGENT, ENTREPRISE, EXPLOITANT)
OPERATORS = frozenset(("Manager", "Exploitant", "Site Administrator"))
CACHE = "megalis.person"
DOOR = "megalis_door"


@dataclass(frozen=True)
class Person:
    """A person signed in or looked up; ``kind`` is ``agent``, ``entreprise`` or ``exploitant``.

    ``groups``: ids of all his groups; ``external_id``: his number in the portal core, or empty; ``siret``: that of the
    établissement he works in (company), or empty; ``service``: path of his service under the site (agent), or empty;
    ``active``: False once deactivated; ``waiting``: identifier of the company that has not let him in yet, or empty.
    """

    userid: str
    login: str
    fullname: str
    email: str
    kind: str
    groups: frozenset = frozenset()
    phone: str = ""
    external_id: str = ""
    siret: str = ""
    service: str = ""
    active: bool = True
    waiting: str = ""

    @cached_property
    def _memberships(self):
        found = {}
        for name in self.groups:
            parsed = roles.parse_group(name)
            if parsed:
                found.setdefault(parsed[0], set()).add(parsed[1])
        return found

    def roles_in(self, organisation):
        """Return the frozenset of his role keys in the organisation."""
        return frozenset(self._memberships.get(organisation.identifier, ()))

    @cached_property
    def collectivites(self):
        """The collectivités where he has a role, by title."""
        wanted = (number for number, keys in self._memberships.items() if any(not key.startswith("e-") for key in keys))
        found = [content for content in map(directory.collectivite, wanted) if content is not None]
        return tuple(sorted(found, key=lambda content: content.title.casefold()))

    @cached_property
    def entreprise(self):
        """His company (content), or None."""
        for number, keys in sorted(self._memberships.items()):
            if any(key.startswith("e-") for key in keys):
                return directory.entreprise(number)
        return None

    @cached_property
    def where(self):
        """The organisations he speaks from, in words; "" before he has any."""
        if self.entreprise is not None:
            return self.entreprise.title
        return ", ".join(item.title for item in self.collectivites[:2])

    @cached_property
    def etablissement(self):
        """The établissement he works in (content), else the company's head office, or None."""
        company = self.entreprise
        if company is None:
            return None
        places = [place for place in company.objectValues() if place.portal_type == "Etablissement" and place.active]
        chosen = [place for place in places if place.siret == self.siret] or [p for p in places if p.head_office]
        return chosen[0] if chosen else None

    @property
    def home(self):
        """The path of his door's dashboard under the site."""
        return {AGENT: "/espace-agent", ENTREPRISE: "/espace-entreprise"}.get(self.kind, "/exploitation")


def _pas():
    return getSite().acl_users


def door():
    """Return the sign-in plugin, which keeps the accounts."""
    return _pas()[DOOR]


def current(request=None):
    """Return the Person of this request, or None when nobody is signed in."""
    request = request or getRequest()
    user = getSecurityManager().getUser()
    if user is None or user.getId() is None:
        return None
    kept = getattr(request, "other", {}).get(CACHE) if request is not None else None
    if kept is not None and kept[0] == user.getId():
        return kept[1]
    person = _person(user)
    if request is not None:
        request.set(CACHE, (user.getId(), person))
    return person


def forget_cached():
    """Have ``current`` look again (after a change of membership in the same request)."""
    request = getRequest()
    if request is not None:
        request.other.pop(CACHE, None)


def get(userid):
    """Return the Person of that id, or None."""
    user = _pas().getUserById(userid)
    return None if user is None else _person(user)


def by_email(email):
    """Return the userid of the account with that e-mail address, or None."""
    return door().emails.get(str(email or "").strip().lower())


def by_external(external):
    """Return the userid of the account with that external identifier, or None."""
    return door().external.get(external)


def is_active(userid):
    """Tell whether the account may sign in."""
    account = door().accounts.get(userid)
    return account is None or account.active


def _person(user):
    userid = user.getId()
    account = door().accounts.get(userid)
    groups = frozenset(getattr(user, "getGroups", tuple)())
    kinds = {ENTREPRISE if key.startswith("e-") else AGENT for _n, key in filter(None, map(roles.parse_group, groups))}
    if len(kinds) == 1:
        kind = kinds.pop()
    elif account is not None:
        kind = account.kind
    elif kinds or not OPERATORS & set(user.getRoles()):
        kind = AGENT
    else:
        kind = EXPLOITANT
    values = {"userid": userid, "login": user.getUserName(), "kind": kind, "groups": groups}
    if account is None:
        sheet = getattr(user, "getProperty", lambda name, default="": default)
        return Person(fullname=sheet("fullname", "") or user.getUserName(), email=sheet("email", "") or "", **values)
    return Person(
        fullname=account.fullname,
        email=account.email,
        phone=account.phone,
        external_id=account.external_id,
        siret=account.siret,
        service=account.service,
        active=account.active,
        waiting=account.waiting,
        **values,
    )


def check_free(email, login, userid=None):
    """Refuse (``courriel.pris``, ``identifiant-connexion.pris``) what another account already has."""
    other = by_email(email)
    if other is not None and other != userid:
        raise Refused(
            "courriel.pris", f"L’adresse {email} est déjà celle d’un compte : choisissez-en une autre.", email
        )
    other = door().userid_for(login)
    if other is not None and other != userid:
        raise Refused(
            "identifiant-connexion.pris", f"L’identifiant « {login} » est déjà pris : choisissez-en un autre.", login
        )


def check_password(password, *personal):
    """Refuse (the codes of ``signin.policy``) a password that is not good enough."""
    for code, message in policy.weaknesses(password, *personal):
        raise Refused(code, message)


def create(kind, email, fullname, password=None, login=None, password_hash=None, by=None, **values):
    """Return the userid of a new account.

    ``kind`` is one of KINDS; without password (nor an already made ``password_hash``) nobody can sign in until one is
    chosen by a link. ``values``: phone, external_id, siret, service, waiting. Refused: the codes of ``rules`` and of
    ``signin.policy``, ``courriel.pris``, ``identifiant-connexion.pris``.
    """
    email, fullname = rules.email(email), rules.person_name(fullname)
    login = rules.login(login or email)
    values["phone"] = rules.phone(values.get("phone", ""))
    check_free(email, login)
    if password is not None:
        check_password(password, login, email, fullname)
        password_hash = passwords.hash_password(password)
    userid = uuidhex()
    pas = _pas()
    pas.source_users.addUser(userid, login, password_hash or passwords.hash_password(uuidhex() + uuidhex()))
    pas.portal_role_manager.doAssignRoleToPrincipal(userid, "Member")
    door().open_account(userid, kind, email=email, fullname=fullname, has_password=password_hash is not None, **values)
    _publish(userid, email=email, fullname=fullname)
    if kind == EXPLOITANT:
        pas.source_groups.addPrincipalToGroup(userid, roles.EXPLOITANTS)
    journal.record(
        getSite(), {"type": "compte", "fait": "creation", "personne": userid, "genre": kind, "par": by or ""}
    )
    return userid


def update(userid, by=None, **values):
    """Change fullname, email, phone, external_id, siret, service or waiting of an account; return True when it did."""
    account = door().accounts[userid]
    checks = {"email": rules.email, "fullname": rules.person_name, "phone": rules.phone}
    values = {name: checks.get(name, str)(value) for name, value in values.items()}
    changed = {name: value for name, value in values.items() if getattr(account, name) != value}
    if not changed:
        return False
    if "email" in changed:
        check_free(changed["email"], _pas().getUserById(userid).getUserName(), userid)
        _follow_login(userid, account.email, changed["email"])
    door().change_account(userid, **changed)
    _publish(userid, **{name: changed[name] for name in ("email", "fullname") if name in changed})
    event = {"type": "compte", "fait": "modification", "personne": userid, "champs": sorted(changed), "par": by or ""}
    journal.record(getSite(), event)
    forget_cached()
    return True


def _follow_login(userid, old, new):
    users = _pas().source_users
    if users.getLoginForUserId(userid) == old and users._login_to_userid.get(new) is None:
        users.updateUser(userid, new)


def _publish(userid, **properties):
    member = api.portal.get_tool("portal_membership").getMemberById(userid)
    if properties and member is not None:
        member.setMemberProperties(properties)


def set_password(userid, password, by=None):
    """Give an account a new password: its other sessions end, its lock opens. Refused: the codes of the policy."""
    person = get(userid)
    check_password(password, person.login, person.email, person.fullname)
    door().set_password(userid, passwords.hash_password(password))
    journal.record(getSite(), {"type": "compte", "fait": "mot-de-passe", "personne": userid, "par": by or userid})


def set_certificate(userid, certificate):
    """Keep the ``signin.certificates.Certificate`` an account proves itself by, None to forget it."""
    account = door().accounts[userid]
    if account.certificate == certificate:
        return
    event = {"type": "compte", "fait": "certificat", "personne": userid, "par": userid}
    event["empreinte"] = certificate.sha256 if certificate is not None else ""
    door().set_certificate(userid, certificate)
    journal.record(getSite(), event)


def deactivate(userid, by=None):
    """Close an account: its sessions end and it can no longer sign in. Its roles are taken by ``membership``."""
    if door().set_active(userid, False):
        journal.record(getSite(), {"type": "compte", "fait": "desactivation", "personne": userid, "par": by or ""})


def reactivate(userid, by=None):
    """Open a closed account again; roles are given anew."""
    if door().set_active(userid, True):
        journal.record(getSite(), {"type": "compte", "fait": "reactivation", "personne": userid, "par": by or ""})
