"""Who deposits: the signed-in user of a company, or in the simulation room anyone at all."""

from dataclasses import dataclass
from dataclasses import field
from hashlib import sha256
from megalis.portal.consultations import api as consultations
from megalis.portal.deposits.interfaces import ISimulation
from megalis.portal.deposits.interfaces import ITrialReceived
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.secrets import secret
from megalis.portal.organisations import people
from plone import api
from plone.uuid.interfaces import IUUID
from zope.interface import implementer

import hmac
import secrets


@dataclass(frozen=True)
class Depositor:
    """``userid`` owns uploads and deposits; ``company`` is the uuid of the entreprise; siret and name go on receipts.

    ``entreprise`` is the company itself where whoever asks has it in his hands.
    """

    userid: str
    company: str
    siret: str
    name: str
    email: str = ""
    entreprise: object = field(default=None, compare=False, repr=False)


TRIAL_COOKIE = "megalis_essai"


def depositor_of(consultation, request):
    """Return the Depositor of this request; Refusal 403 when the user may not deposit."""
    if ISimulation.providedBy(consultation):
        return _trial(request)
    person = people.current(request)
    company = person.entreprise if person is not None else None
    if company is not None and consultations.is_restricted(consultation):
        require_invited(consultation)
    if company is None or not api.user.has_permission("megalis: Deposit", obj=consultation):
        raise Refusal("compte", "Connectez-vous avec un compte d’entreprise pour déposer un pli.", 403)
    establishment = person.etablissement
    siret = getattr(establishment, "siret", None) or getattr(company, "siret", None) or company.identifier
    return Depositor(person.userid, IUUID(company), siret, company.title, person.email, company)


def require_invited(consultation):
    """Refuse (403 ``non-invitee``) a company that is not invited to a restricted consultation."""
    if not api.user.has_permission("megalis: Deposit", obj=consultation):
        raise Refusal(
            "non-invitee",
            "Votre entreprise n’est pas invitée à cette consultation restreinte. Si vous avez reçu un code, saisissez-le sur "
            "la page « Consultation restreinte » ; sinon, demandez à l’acheteur d’inviter votre entreprise.",
            403,
        )


def _trial(request):
    """Return who tries the simulation room: the account, or a random name kept in a cookie for this visit."""
    if not api.user.is_anonymous():
        user = api.user.get_current()
        return Depositor(user.getId(), user.getId(), "00000000000000", "Essai en salle de simulation")
    name = request.cookies.get(TRIAL_COOKIE, "")
    if not (len(name) == 32 and name.isalnum()):
        name = secrets.token_hex(16)
        request.response.setCookie(TRIAL_COOKIE, name, path="/", http_only=True, same_site="Lax")
        request.cookies[TRIAL_COOKIE] = name
    return Depositor(f"essai:{name}", f"essai:{name}", "00000000000000", "Essai en salle de simulation")


@implementer(ITrialReceived)
class TrialReceived:
    """See ITrialReceived."""

    def __init__(self, userid):
        self.userid = userid


def pseudonym(consultation_uid, depositor):
    """Return the 64 hex digits that stand for the bidder in a context: salted, so that nobody else can link them."""
    key = secret("pseudonymes", lambda: secrets.token_bytes(32))
    salt = hmac.digest(key, f"{consultation_uid}/{depositor.userid}".encode(), "sha256")
    return sha256(salt + depositor.siret.encode() + depositor.userid.encode()).hexdigest()
