"""Inviting someone into an organisation by e-mail: the person accepts by a link that serves once."""

from datetime import timedelta
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import directory
from megalis.portal.organisations import links
from megalis.portal.organisations import mails
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations import roles
from megalis.portal.organisations import rules
from megalis.portal.organisations.signin.tokens import SPENT
from persistent import Persistent


NAME = "invitations"
OPEN = "envoyee"
ACCEPTED = "acceptee"
CANCELLED = "annulee"


class Invitation(Persistent):
    """One invitation: to whom, with which role keys, by whom, until when; ``state`` envoyee, acceptee or annulee."""

    def __init__(self, email, keys, by):
        self.id = uuidhex()
        self.email = email
        self.keys = tuple(sorted(keys))
        self.by = by
        self.sent = clock.now()
        self.state = OPEN

    @property
    def expires(self):
        return self.sent + timedelta(hours=links.INVITATION[1])

    @property
    def expired(self):
        return clock.now() >= self.expires


def pending(organisation):
    """Return the invitations that wait for an answer (expired ones too: they can be sent again), newest first."""
    kept = facts(organisation, NAME)
    found = [invitation for invitation in (kept.values() if kept is not None else ()) if invitation.state == OPEN]
    return sorted(found, key=lambda invitation: invitation.sent, reverse=True)


def invite(organisation, email, keys, by):
    """Invite ``email`` with role ``keys``; return the Invitation. Refused: courriel.…, role.…, ``invitation.membre``."""
    email = rules.email(email)
    keys = roles.check_known(keys, membership.roles_for(organisation))
    if not keys:
        raise Refused("role.aucun", "Aucun rôle n’est choisi : cochez-en au moins un.")
    userid = people.by_email(email)
    if userid and membership.roles_of(userid, organisation):
        raise Refused(
            "invitation.membre", f"{email} fait déjà partie de {organisation.title} : changez plutôt ses rôles.", email
        )
    for earlier in pending(organisation):
        if earlier.email == email:
            earlier.state = CANCELLED
    invitation = Invitation(email, keys, by)
    facts_for_write(organisation, NAME)[invitation.id] = invitation
    _send(organisation, invitation)
    _journal(organisation, invitation, "invitation", by)
    return invitation


def send_again(organisation, invitation_id, by):
    """Send an invitation anew, good for two more weeks."""
    invitation = _open(organisation, invitation_id)
    invitation.sent = clock.now()
    _send(organisation, invitation)
    _journal(organisation, invitation, "relance", by)
    return invitation


def cancel(organisation, invitation_id, by):
    """Withdraw an invitation: its link no longer opens anything."""
    invitation = _open(organisation, invitation_id)
    invitation.state = CANCELLED
    _journal(organisation, invitation, "annulation", by)
    return invitation


def find(token):
    """Return (organisation, Invitation) of a link; Refused ``jeton.…`` when it is spent, expired or not ours."""
    payload = links.read(links.INVITATION, token)
    organisation = directory.organisation(payload["organisme"])
    kept = facts(organisation, NAME) if organisation is not None else None
    invitation = kept.get(payload["id"]) if kept is not None else None
    if invitation is None or invitation.state != OPEN:
        raise Refused("jeton.servi", SPENT)
    return organisation, invitation


def accept(organisation, invitation, userid):
    """Let an account in; Refused ``invitation.destinataire`` or ``invitation.porte`` when it is not the one meant."""
    person = people.get(userid)
    if person is None or person.email != invitation.email:
        raise Refused(
            "invitation.destinataire",
            f"Cette invitation a été envoyée à {invitation.email} : connectez-vous avec le compte de cette adresse.",
        )
    kind = kind_of(organisation)
    if person.kind != kind:
        raise Refused(
            "invitation.porte",
            "Un compte d’entreprise et un compte d’agent public restent séparés : demandez une invitation à une autre de "
            "vos adresses.",
        )
    if kind == people.ENTREPRISE and person.entreprise not in (None, organisation):
        raise Refused(
            "invitation.entreprise",
            f"Ce compte appartient à {person.entreprise.title} : quittez d’abord cette entreprise, puis acceptez.",
        )
    invitation.state = ACCEPTED
    membership.add(organisation, userid, invitation.keys, by=invitation.by)
    if person.waiting:
        people.update(userid, waiting="")


def accept_new(organisation, invitation, fullname, password, phone=""):
    """Make the account of someone who has none yet and let him in; return its userid."""
    userid = people.create(kind_of(organisation), invitation.email, fullname, password, phone=phone, by=invitation.by)
    accept(organisation, invitation, userid)
    return userid


def kind_of(organisation):
    """Return the kind of account an organisation takes: ``agent`` or ``entreprise``."""
    return people.AGENT if organisation.portal_type == "Collectivite" else people.ENTREPRISE


def _open(organisation, invitation_id):
    kept = facts(organisation, NAME)
    invitation = kept.get(invitation_id) if kept is not None else None
    if invitation is None or invitation.state != OPEN:
        raise Refused(
            "invitation.inconnue", "Cette invitation n’attend plus de réponse : rechargez la page.", invitation_id
        )
    return invitation


def _send(organisation, invitation):
    payload = {"id": invitation.id, "organisme": organisation.identifier}
    names = ", ".join(roles.BY_KEY[key].title.lower() for key in invitation.keys)
    mails.send(
        invitation.email,
        f"{organisation.title} vous invite sur e-mégalis",
        [
            f"{organisation.title} vous invite à rejoindre son espace sur le portail e-mégalis, avec le rôle : {names}.",
            "Le lien ci-dessous vous fait créer votre compte, ou rejoindre cet espace si vous en avez déjà un. Il sert une "
            "seule fois et vaut quatorze jours.",
            "Si vous n’attendiez pas cette invitation, ne faites rien.",
        ],
        links.link(links.INVITATION, "invitation", payload),
        "Répondre à l’invitation",
        sender=organisation.title,
    )


def _journal(organisation, invitation, fact, by):
    event = {"type": "agent" if organisation.portal_type == "Collectivite" else "compte", "fait": fact}
    event |= {"courriel": invitation.email, "roles": list(invitation.keys), "par": by or ""}
    journal.record(organisation, event)
