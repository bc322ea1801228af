"""Who belongs to an organisation and with which roles: people join and leave groups, content is never reindexed."""

from dataclasses import dataclass
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.organisations import people
from megalis.portal.organisations import roles
from megalis.portal.organisations.interfaces import IRolesChanged
from plone import api
from zope.event import notify
from zope.interface import implementer
from zope.interface.interfaces import ObjectEvent


@dataclass(frozen=True)
class Member:
    """A person of an organisation: ``roles`` are role keys (see ``roles.py``), in their usual order."""

    userid: str
    fullname: str
    email: str
    roles: tuple
    active: bool


@implementer(IRolesChanged)
class RolesChanged(ObjectEvent):
    """See IRolesChanged."""

    def __init__(self, organisation, userid, before, after):
        super().__init__(organisation)
        self.userid = userid
        self.before = frozenset(before)
        self.after = frozenset(after)


def _groups():
    return api.portal.get_tool("acl_users").source_groups


def roles_for(organisation):
    """Return the Role values an organisation offers."""
    return roles.COLLECTIVITE if organisation.portal_type == "Collectivite" else roles.ENTREPRISE


def install(organisation):
    """Create the organisation's groups and give each its local role, once; safe to run again."""
    groups = _groups()
    door = roles.AGENTS if organisation.portal_type == "Collectivite" else roles.INSCRITS
    known = set(groups.listGroupIds())
    for role in roles_for(organisation):
        name = roles.group_id(organisation.identifier, role.key)
        if name not in known:
            groups.addGroup(name, f"{organisation.title} : {role.title.lower()}s")
        if door in known:
            groups.addPrincipalToGroup(name, door)
        organisation.manage_setLocalRoles(name, [role.role])
    organisation.reindexObjectSecurity()


def rename(organisation):
    """Let the groups' titles follow the organisation's."""
    groups = _groups()
    for role in roles_for(organisation):
        name = roles.group_id(organisation.identifier, role.key)
        groups.updateGroup(name, f"{organisation.title} : {role.title.lower()}s")


def uninstall(organisation):
    """Remove the organisation's groups, and so every membership."""
    groups = _groups()
    for role in roles_for(organisation):
        name = roles.group_id(organisation.identifier, role.key)
        for parent in (roles.AGENTS, roles.INSCRITS):
            _drop(groups, name, parent)
        if name in groups.listGroupIds():
            groups.removeGroup(name)


def _drop(groups, principal, name):
    if principal in groups._group_principal_map.get(name, ()):
        groups.removePrincipalFromGroup(principal, name)


def holders(organisation, key):
    """Return the set of userids that hold the role ``key`` in the organisation."""
    return set(_groups()._group_principal_map.get(roles.group_id(organisation.identifier, key), ()))


def roles_of(userid, organisation):
    """Return the frozenset of role keys of a person in an organisation."""
    return frozenset(role.key for role in roles_for(organisation) if userid in holders(organisation, role.key))


def administrators(organisation):
    """Return the userids of active people who administer the organisation."""
    found = set()
    for role in roles_for(organisation):
        if role.key in roles.ADMINISTRATORS:
            found |= holders(organisation, role.key)
    return {userid for userid in found if people.is_active(userid)}


def members(organisation):
    """Return the Member values of the organisation, by name."""
    held = {}
    for role in roles_for(organisation):
        for userid in holders(organisation, role.key):
            held.setdefault(userid, []).append(role.key)
    found = []
    for userid, keys in held.items():
        person = people.get(userid)
        if person is not None:
            found.append(Member(userid, person.fullname, person.email, tuple(keys), person.active))
    return sorted(found, key=lambda member: (member.fullname.casefold(), member.userid))


def set_roles(organisation, userid, keys, by=None, check=True):
    """Give a person exactly the roles ``keys`` in the organisation (none: he leaves it), journalled.

    Refused: ``role.inconnu``, ``administrateur.dernier`` (unless ``check`` is false, for an operator's deactivation).
    Effective at the person's next request.
    """
    keys = roles.check_known(keys, roles_for(organisation))
    before = roles_of(userid, organisation)
    if keys == before:
        return keys
    if check:
        roles.check_administrator_left(administrators(organisation), userid, keys)
    groups = _groups()
    for key in before - keys:
        groups.removePrincipalFromGroup(userid, roles.group_id(organisation.identifier, key))
    for key in keys - before:
        groups.addPrincipalToGroup(userid, roles.group_id(organisation.identifier, key))
    event = {"type": "agent" if organisation.portal_type == "Collectivite" else "compte", "personne": userid}
    event |= {"organisme": organisation.identifier, "avant": sorted(before), "apres": sorted(keys), "par": by or ""}
    journal.record(organisation, event)
    people.forget_cached()
    notify(RolesChanged(organisation, userid, before, keys))
    return keys


def add(organisation, userid, keys, by=None):
    """Add roles to those a person has in the organisation; Refused ``role.aucun`` without any."""
    if not keys:
        raise Refused("role.aucun", "Aucun rôle n’est choisi : cochez-en au moins un.")
    return set_roles(organisation, userid, roles_of(userid, organisation) | frozenset(keys), by)


def remove(organisation, userid, by=None, check=True):
    """Take a person out of the organisation: he loses everything there at once. Refused ``administrateur.dernier``."""
    return set_roles(organisation, userid, (), by, check)


def remove_everywhere(userid, by=None):
    """Take a person out of every organisation, last administrator or not (an operator's decision)."""
    person = people.get(userid)
    for organisation in (*person.collectivites, *((person.entreprise,) if person.entreprise else ())):
        remove(organisation, userid, by, check=False)


def operators():
    """Return the people who operate the platform, as Person values."""
    found = (people.get(userid) for userid in _groups()._group_principal_map.get(roles.EXPLOITANTS, ()))
    return [person for person in found if person is not None]
