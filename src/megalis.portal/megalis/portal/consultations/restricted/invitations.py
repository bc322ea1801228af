"""Who is invited to a restricted consultation: by his account, by a code, or by both.

An invitation opens the consultation to a company as a whole, through a local role of the groups of its people: a colleague
who joins it tomorrow finds it too. It leaves with the publication; nobody is told of a draft.
"""

from megalis.portal.consultations import api
from megalis.portal.consultations import dossiers
from megalis.portal.consultations import legal
from megalis.portal.consultations.interfaces import IRestrictedConsultation
from megalis.portal.consultations.meeting import IAudience
from megalis.portal.consultations.restricted import codes
from megalis.portal.consultations.restricted import letters
from megalis.portal.consultations.rules import posting
from megalis.portal.consultations.rules import rectification
from megalis.portal.consultations.rules import suites
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.facts import facts
from megalis.portal.kernel.facts import facts_for_write
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import directory
from megalis.portal.organisations import roles
from megalis.portal.organisations import rules
from persistent import Persistent
from plone import api as plone_api
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID
from zope.component import adapter
from zope.interface import implementer


NAME = "invites"
ROLE = "Invite"
READY = "prete"
SENT = "envoyee"
OPENED = "ouverte"
WITHDRAWN = "retiree"
STATES = {READY: "Prête", SENT: "Envoyée", OPENED: "Code saisi", WITHDRAWN: "Retirée"}
MAX_TEXT = 5000


class Invitation(Persistent):
    """One company that may answer: ``company`` is the uuid of its content, "" while no account of it is known.

    ``lots``: numbers it may answer for, empty for all; ``asked``: what is asked of this one alone (completions).
    ``address``: where its letter is posted, for who answered on paper; then ``email`` may be "". ``posted``: the day the
    last letter left, ``posted_at`` when that was noted, ``tracking`` its number. ``reason``: why it was taken back.
    """

    address = reason = tracking = ""
    posted = posted_at = None

    def __init__(self, name, email, siret="", company="", lots=(), asked="", address=""):
        self.id = uuidhex()
        self.name = name
        self.email = email
        self.siret = siret
        self.company = company
        self.lots = tuple(lots)
        self.asked = asked
        self.address = address
        self.made = clock.now()
        self.state = READY
        self.state_at = self.made
        self.code = ""  # digest of the code that opens it

    @property
    def stands(self):
        return self.state != WITHDRAWN


def every(consultation):
    """Return every invitation ever made, by name of company."""
    kept = facts(consultation, NAME)
    return sorted(kept.values() if kept is not None else (), key=lambda item: (item.name.casefold(), item.made))


def standing(consultation):
    """Return the invitations that stand."""
    return [item for item in every(consultation) if item.stands]


def of_company(consultation, company):
    """Return the standing invitation of a company (uuid), or None."""
    return next((item for item in standing(consultation) if company and item.company == company), None)


def find(consultation, invitation_id):
    """Return the Invitation; Refused ``invites.inconnu``."""
    kept = facts(consultation, NAME)
    found = kept.get(str(invitation_id)) if kept is not None else None
    if found is None:
        raise Refused("invites.inconnu", "Cette invitation n’existe pas : rechargez la page.", str(invitation_id)[:40])
    return found


def answered(consultation, invitation):
    """Return how the invited company answered: ``electronique``, ``papier`` or ""."""
    if any(invitation.company and row["company"] == invitation.company for row in api.candidates(consultation)):
        return "electronique"
    on_paper = any(_is_of(invitation, row) for row in api.paper_candidates(consultation))
    return "papier" if on_paper else ""


def _is_of(invitation, row):
    if invitation.company or invitation.siret:
        number = operators.company(invitation.siret)
        return (invitation.company and row["company"] == invitation.company) or (
            number and operators.company(row["siret"]) == number
        )
    return not row["siret"] and row["name"].casefold() == invitation.name.casefold()


def deposited(consultation, invitation):
    """Tell whether the invited company has deposited something, here or on paper."""
    return bool(answered(consultation, invitation))


def label(invitation):
    """Return the words of the state of an invitation."""
    if invitation.state == SENT and not invitation.email:
        return f"Postée le {invitation.posted:%d/%m/%Y}" if invitation.posted else "À poster"
    return STATES[invitation.state]


def invite(consultation, name, email, siret="", company="", lots=(), asked="", address=""):
    """Invite a company; sent at once when the consultation is published. Return the Invitation; Refused.

    A company is known by its number; when it has an account here, the invitation opens by that account. With a postal
    ``address`` it is written to by letter too, or alone.
    """
    name, postal = rules.title(name), posting.address(address) if str(address or "").strip() else ""
    email = rules.email(email) if str(email or "").strip() or not postal else ""
    number = siret if company else operators.number(siret) if siret else ""
    if number and not company:
        content = directory.company_of(number)
        company = IUUID(content) if content is not None else ""
    known = {lot.number for lot in api.lots(consultation)}
    for lot in lots:
        if lot not in known:
            raise Refused("lots.inconnu", f"Le lot « {lot} » n’existe pas dans cette consultation.", lot)
    for other in standing(consultation):
        same = (company and other.company == company) or (
            number and operators.company(other.siret) == operators.company(number)
        )
        alike = other.email == email if email else other.name.casefold() == name.casefold()
        if same or (alike and not number):
            reached = other.email or other.address.replace("\n", ", ")
            raise Refused("invites.double", f"{other.name} est déjà invitée ({reached}).", email)
    published = bool(consultation.published_at)
    if published:
        row, urgent = legal.applied(consultation).procedure, bool(consultation.urgent)
        found = suites.late_guest_findings(
            row, clock.now(), consultation.deadline, urgent, consultation.urgent_reason or ""
        )
        if found:
            raise Refused(found[0].code, found[0].message)
    made = Invitation(name, email, number, company, lots, str(asked or "").strip()[:MAX_TEXT], postal)
    facts_for_write(consultation, NAME)[made.id] = made
    tell(consultation, made, "ajout")
    if published:
        send(consultation, made)
    return made


def change(consultation, invitation, email, asked="", address=""):
    """Write other addresses, and what is asked, on an invitation that has not left. Refused ``invites.partie``."""
    if not invitation.stands or consultation.published_at:
        raise Refused("invites.partie", "Cette invitation est partie ou retirée : elle ne se modifie plus.")
    postal = posting.address(address) if str(address or "").strip() else ""
    invitation.email = rules.email(email) if str(email or "").strip() or not postal else ""
    invitation.address = postal
    invitation.asked = str(asked or "").strip()[:MAX_TEXT]


def new_code(consultation, invitation):
    """Return a new code for an invitation, to be written in a letter and nowhere else; a former one is void."""
    codes.forget(invitation.code)
    code = codes.make()
    invitation.code = codes.enter(code, directory.path_of(consultation), invitation.id)
    return code


def send(consultation, invitation):
    """Open the consultation to an invited company and write to it; a former code is void.

    Who has no electronic address waits for his letter: its code is made when it is printed.
    """
    invitation.state, invitation.state_at = SENT, clock.now()
    if invitation.company:
        admit(consultation, invitation)
    if invitation.email:
        letters.invite(consultation, invitation, new_code(consultation, invitation))
        tell(consultation, invitation, "envoi")
    else:
        tell(consultation, invitation, "lettre")


def send_again(consultation, invitation):
    """Write again to somebody who lost the letter, with a new code. Refused ``invites.retiree``, ``invites.clos``."""
    if not invitation.stands or not consultation.published_at:
        raise Refused("invites.retiree", "Cette invitation n’est pas en cours : elle ne se renvoie pas.")
    found = suites.change_findings(clock.now(), consultation.deadline)
    if found:
        raise Refused(found[0].code, found[0].message)
    send(consultation, invitation)


def admit(consultation, invitation):
    """Let the people of the invited company in."""
    company = uuidToObject(invitation.company, unrestricted=True)
    for group in groups_of(company):
        consultation.manage_setLocalRoles(group, [ROLE])
    consultation.reindexObjectSecurity()
    dossiers.remember(company, consultation)


def groups_of(company):
    """Return the ids of the groups of a company's people."""
    return [roles.group_id(company.identifier, role.key) for role in roles.ENTREPRISE]


def withdraw(consultation, invitation, reason):
    """Take an invitation back before the deadline, unless the company has deposited; Refused."""
    if not invitation.stands:
        return
    reason = " ".join(str(reason or "").split())[:2000]
    published = bool(consultation.published_at)
    if published:
        found = suites.change_findings(clock.now(), consultation.deadline, deposited(consultation, invitation))
        if found:
            raise Refused(found[0].code, found[0].message)
        if not reason:
            raise Refused("invites.motif", "Dites pourquoi : l’entreprise en est informée, et le journal le garde.")
    codes.forget(invitation.code)
    sent = invitation.state != READY and invitation.email
    invitation.code = ""
    invitation.reason = reason
    invitation.state, invitation.state_at = WITHDRAWN, clock.now()
    if invitation.company:
        company = uuidToObject(invitation.company, unrestricted=True)
        if company is not None:
            consultation.manage_delLocalRoles(groups_of(company))
            consultation.reindexObjectSecurity()
    tell(consultation, invitation, "retrait", motif=reason)
    if sent:
        letters.withdrawn(consultation, invitation, reason)


def redeem(code, person, address):
    """Open an invitation by its code for the company of ``person``; return the consultation.

    Refused ``code.verrou|inconnu|entreprise``; a wrong code is counted, which the caller commits with the refusal.
    """
    codes.check_open(person.userid, address)
    company = person.entreprise
    if company is None:
        raise Refused(
            "code.compte",
            "Le code s’ouvre avec un compte d’entreprise : inscrivez votre entreprise, ou connectez-vous avec son compte.",
        )
    consultation, invitation = _of_code(code)
    if invitation is None:
        codes.count_failure(person.userid, address)
        raise Refused(
            "code.inconnu",
            "Ce code n’ouvre rien : recopiez-le depuis le message. Un code remplacé ou retiré ne vaut plus.",
        )
    uid = IUUID(company)
    expected = invitation.company and invitation.company != uid
    if expected or (invitation.siret and operators.company(invitation.siret) != operators.company(company.identifier)):
        codes.count_failure(person.userid, address)
        raise Refused(
            "code.entreprise",
            f"Ce code a été donné à une autre entreprise que {company.title} : demandez à l’acheteur d’inviter la vôtre.",
        )
    other = of_company(consultation, uid)
    if other is not None and other is not invitation:
        raise Refused("code.double", f"{company.title} est déjà invitée à cette consultation par une autre invitation.")
    codes.clear(person.userid)
    if invitation.state != OPENED:
        invitation.company = uid
        invitation.state, invitation.state_at = OPENED, clock.now()
        admit(consultation, invitation)
        tell(consultation, invitation, "code", siren=company.identifier)
    return consultation


def _of_code(code):
    found = codes.find(code)
    if found is None:
        return None, None
    consultation = plone_api.portal.get().unrestrictedTraverse(found[0], None)
    kept = facts(consultation, NAME) if consultation is not None else None
    invitation = kept.get(found[1]) if kept is not None else None
    return consultation, invitation if invitation is not None and invitation.stands else None


def tell(consultation, invitation, fact, **more):
    """Write into the journal what happened to an invitation."""
    event = {
        "type": "invitation",
        "consultation": api.uuid(consultation),
        "fait": fact,
        "invite": {"nom": invitation.name, "siret": invitation.siret},
        **{key: value for key, value in more.items() if value},
    }
    journal.record(consultation, event)


def opened(event):
    """Send every invitation that is ready (IInvitationsOpened)."""
    for invitation in standing(event.object):
        send(event.object, invitation)


@implementer(IAudience)
@adapter(IRestrictedConsultation)
class Guests:
    """Those invited are told of a rectification of their lots, or a cancellation."""

    def __init__(self, consultation):
        self.consultation = consultation

    def __call__(self, lots=()):
        return [
            (item.email, item.name)
            for item in standing(self.consultation)
            if item.email and item.state != READY and rectification.concerns(item.lots, lots)
        ]
