"""Who belongs to a workspace and as what: people join and leave groups named after it, and nothing is ever reindexed.

The workspace gives each group its role once. What a person may do follows at his very next request.
"""

from hashlib import sha256
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.rights import allow
from megalis.portal.organisations import mails
from megalis.portal.organisations import people
from megalis.portal.organisations import rules as organisation_rules
from megalis.portal.workspaces import rules
from megalis.portal.workspaces.content import Invitation
from megalis.portal.workspaces.content import Member
from plone import api
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID

import secrets


READ = ("View", "Access contents information", "List folder contents")
WORK = "megalis: Work in workspace"
LEAD = "megalis: Lead workspace"
WRITE_FORUM = "megalis: Write in forum"
MODERATE_FORUM = "megalis: Moderate forum"


def _groups():
    return api.portal.get_tool("acl_users").source_groups


def group_id(espace, role):
    """Return the id of the group of a role in a workspace."""
    return f"espace-{IUUID(espace)}-{role}"


def install(espace):
    """Make the groups of a new workspace and give each its role, once."""
    groups, known = _groups(), set(_groups().listGroupIds())
    for role in rules.ROLES:
        name = group_id(espace, role.key)
        if name not in known:
            groups.addGroup(name, f"{espace.title} : {role.title.lower()}s")
        espace.manage_setLocalRoles(name, [role.role])
    open_to(espace, espace.visibility)


def uninstall(espace):
    """Remove the groups of a workspace that goes."""
    groups = _groups()
    for role in rules.ROLES:
        if group_id(espace, role.key) in groups.listGroupIds():
            groups.removeGroup(group_id(espace, role.key))


def open_to(espace, visibility):
    """Say who reads a workspace besides its members; it and its forums are reindexed, nothing else is in the catalog."""
    espace.visibility = rules.check_visibility(visibility)
    members = [role.role for role in rules.ROLES]
    for name in READ:
        allow(espace, name, (*members, *rules.OUTSIDERS[visibility], "Manager"))
    espace.reindexObjectSecurity()


def set_archived(espace, person, archived):
    """Close a workspace to any change, or open it again; its members go on reading it."""
    espace.archived_at = clock.now() if archived else None
    workers = () if archived else ("AnimateurEspace", "ContributeurEspace")
    leaders = () if archived else ("AnimateurEspace",)
    for name, roles in ((WORK, workers), (WRITE_FORUM, workers), (MODERATE_FORUM, leaders)):
        allow(espace, name, (*roles, "Manager"))
    _journal(espace, "archivage" if archived else "reouverture", person.userid, person.userid)


def rights(espace):
    """Return the Rights of the person of this request."""
    may = api.user.has_permission
    return rules.Rights(
        works=may(WORK, obj=espace), leads=may(LEAD, obj=espace), archived=espace.archived_at is not None
    )


def role_of(espace, userid):
    """Return the key of a person's role, or None."""
    member = espace.members.get(userid)
    return member.role if member is not None else None


def roles(espace):
    """Return ``{userid: role key}``."""
    return {userid: member.role for userid, member in espace.members.items()}


def leaders(espace):
    """Return the userids of the leaders."""
    return [userid for userid, key in roles(espace).items() if key == rules.LEADER]


def set_role(espace, userid, role, by):
    """Give a person a role in a workspace (None: he leaves it), journalled; Refused ``espace.role``, ``espace.dernier``."""
    before = role_of(espace, userid)
    if role is not None:
        rules.check_role(role)
    if before == role:
        return
    if before is not None:
        rules.check_leader_left(roles(espace), userid, role)
        _groups().removePrincipalFromGroup(userid, group_id(espace, before))
    if role is not None:
        _groups().addPrincipalToGroup(userid, group_id(espace, role))
    if role is None:
        del espace.members[userid]
        _let_go(espace, userid)
    elif before is None:
        espace.members[userid] = Member(role, by)
    else:
        espace.members[userid].role = role
    espace.asks.pop(userid, None)
    _journal(espace, "membre", userid, by, avant=before or "", apres=role or "")
    people.forget_cached()


def _let_go(espace, userid):
    """Free what somebody who leaves had taken for himself."""
    for document in espace.documents.values():
        if document.lock is not None and document.lock[0] == userid:
            document.lock = None


def _journal(espace, fact, userid, by, **more):
    event = {"type": "espace", "fait": fact, "espace": IUUID(espace), "personne": userid, "par": by}
    journal.record(espace, event | more)


def member(espace, userid):
    """Return the Person of a member; Refused ``membre.inconnu``."""
    person = people.get(userid) if userid in espace.members else None
    if person is None:
        raise Refused("membre.inconnu", "Cette personne n’est pas membre de l’espace : rechargez la page.")
    return person


# asking to come in


def ask(espace, person):
    """Note that somebody would like to come in, and tell the leaders; asked twice, they are told once."""
    if person.userid in espace.members:
        raise Refused("espace.membre", "Vous êtes déjà membre de cet espace.")
    if person.userid in espace.asks:
        return
    espace.asks[person.userid] = clock.now()
    for userid in leaders(espace):
        leader = people.get(userid)
        if leader is not None and leader.email:
            mails.send(
                leader.email,
                f"{person.fullname} demande à entrer dans « {espace.title} »",
                [f"{person.fullname} ({person.email}) demande à entrer dans l’espace de travail « {espace.title} »."],
                f"{espace.absolute_url()}/@@membres",
                "Répondre",
            )


def answer(espace, userid, role, by):
    """Let in as ``role``, or not (None), somebody who asked."""
    if userid not in espace.asks:
        raise Refused("demande.traitee", "Cette demande a déjà reçu sa réponse.")
    person = people.get(userid)
    if role is None or person is None:
        del espace.asks[userid]
        return
    set_role(espace, userid, role, by)
    if person.email:
        mails.send(
            person.email,
            f"Vous êtes membre de « {espace.title} »",
            [f"Votre demande est acceptée : vous entrez dans l’espace de travail « {espace.title} »."],
            espace.absolute_url(),
            "Ouvrir l’espace",
        )


# invitations


def digest(token):
    """Return what is kept of a token."""
    return sha256(token.encode()).hexdigest()


def pending(espace):
    """Return the invitations without an answer, newest first."""
    found = [item for item in espace.invitations.values() if item.state == "envoyee"]
    return sorted(found, key=lambda item: item.sent, reverse=True)


def invite(espace, email, role, person):
    """Invite an address as ``role``; return the Invitation. Refused: courriel.…, ``espace.role``, ``invitation.membre``."""
    email = organisation_rules.email(email)
    rules.check_role(role)
    userid = people.by_email(email)
    if userid and userid in espace.members:
        raise Refused("invitation.membre", f"{email} fait déjà partie de l’espace : changez plutôt son rôle.", email)
    for earlier in pending(espace):
        if earlier.email == email:
            earlier.state = "annulee"
    token = secrets.token_urlsafe(32)
    made = Invitation(digest(token), email, role, person)
    espace.invitations[made.digest] = made
    mails.send(
        email,
        f"{person.fullname} vous invite dans « {espace.title} »",
        [
            f"{person.fullname} vous invite à rejoindre l’espace de travail « {espace.title} » sur e-mégalis, comme "
            f"{rules.BY_KEY[role].title.lower()}.",
            "Le lien ci-dessous sert une seule fois et vaut quatorze jours. Si vous n’attendiez pas cette invitation, ne "
            "faites rien.",
        ],
        mails.url(f"/@@invitation-espace?espace={IUUID(espace)}&jeton={token}"),
        "Répondre à l’invitation",
    )
    _journal(espace, "invitation", email, person.userid, role=role)
    return made


def cancel(espace, key):
    """Withdraw an invitation; return it. Refused ``invitation.traitee``."""
    found = espace.invitations.get(key)
    if found is None or found.state != "envoyee":
        raise Refused("invitation.traitee", "Cette invitation n’attend plus de réponse : rechargez la page.")
    found.state = "annulee"
    return found


def find_space(uid):
    """Return the workspace of a UID that a link bears, or None."""
    found = uuidToObject(uid, unrestricted=True) if uid else None
    return found if found is not None and found.portal_type == "Espace" else None


def find_invitation(espace, token):
    """Return the Invitation of a token, or None."""
    return espace.invitations.get(digest(token)) if espace is not None and token else None


def accept(espace, invitation, person):
    """Let the one who was invited in. Refused ``invitation.…``, ``espace.archive``."""
    rules.check_invitation(invitation.state, invitation.expires, clock.now())
    if person.email.lower() != invitation.email:
        raise Refused(
            "invitation.destinataire",
            f"Cette invitation a été envoyée à {invitation.email} : connectez-vous avec le compte de cette adresse, ou "
            "demandez une invitation à la vôtre.",
        )
    invitation.state = "acceptee"
    if role_of(espace, person.userid) is None:
        set_role(espace, person.userid, invitation.role, invitation.by)
