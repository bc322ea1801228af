"""What is done with partners and programmes; the company is asked before anything of it is followed."""

from Acquisition import aq_inner
from Acquisition import aq_parent
from megalis.portal.deposits.history import index
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.richtext import line
from megalis.portal.kernel import clock
from megalis.portal.kernel import proofs
from megalis.portal.organisations import directory
from megalis.portal.organisations import mails
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations import rules as words
from megalis.portal.organisations.signin import lost
from megalis.portal.trainings import create
from megalis.portal.trainings import statistics
from megalis.portal.trainings.partners import rules
from plone import api
from plone.dexterity.utils import createContentInContainer
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import getSite


PLACE = "partenaires"
ROLE = "Partenaire"
REALM, ANSWER = "programmes", "accord"
TRIED = "megalis.essai"
TITLE, TEXT = 150, 4_000


def partner_of(programme):
    return aq_parent(aq_inner(programme))


def partners(site):
    """Return the partners, by title."""
    place = site.get(PLACE)
    return sorted(place.objectValues(), key=lambda item: item.title.casefold()) if place is not None else []


def programmes(partner):
    return sorted(partner.objectValues(), key=lambda item: item.title.casefold())


def own(site, userid):
    """Return the partners a person works for."""
    return [partner for partner in partners(site) if ROLE in partner.get_local_roles_for_userid(userid)]


def new_partner(place, values):
    return _make(place, "Partenaire", _partner(values))


def change_partner(partner, values):
    _change(partner, _partner(values))


def new_programme(partner, values):
    return _make(partner, "Programme", _programme(values))


def change_programme(programme, values):
    _change(programme, _programme(values))


def _make(container, portal_type, values):
    name = create.free_id(container, values["title"])
    return createContentInContainer(container, portal_type, checkConstraints=False, id=name, **values)


def _change(content, values):
    for key, value in values.items():
        setattr(content, key, value)
    content.reindexObject()


def _common(values):
    text = (values.get("description") or "").replace("\r\n", "\n").strip()
    if len(text) > TEXT:
        raise Refused(
            "partenaire.texte", f"La présentation : {len(text)} signes, {TEXT} au plus. Abrégez.", "description"
        )
    return {"title": line(values["title"], TITLE, "partenaire.titre", "Le nom"), "description": text}


def _partner(values):
    website = (values.get("website") or "").strip()
    if website and not website.startswith(("https://", "http://")):
        raise Refused("partenaire.site", f"« {website[:60]} » : une adresse commence par https://.", "website")
    contact = words.email(values["contact"]) if values.get("contact") else ""
    return _common(values) | {"website": website, "contact": contact}


def _programme(values):
    return _common(values) | {"target": rules.target(values["target"])}


def add_person(partner, email, fullname=""):
    """Let somebody work for a partner; an account is made when there is none at that address. Return the userid."""
    email = words.email(email)
    userid = people.by_email(email)
    if userid is None:
        userid = people.create(people.AGENT, email, fullname)
        lost.ask(email)
    partner.manage_setLocalRoles(userid, [ROLE])
    _secure(partner)
    return userid


def remove_person(partner, userid):
    """Take that back."""
    partner.manage_delLocalRoles([userid])
    _secure(partner)


def _secure(partner):
    partner.reindexObject(idxs=["allowedRolesAndUsers"])


def persons(partner):
    """Return the people of a partner, by name."""
    found = (people.get(userid) for userid, roles in partner.get_local_roles() if ROLE in roles)
    return sorted((one for one in found if one is not None), key=lambda one: one.fullname.casefold())


def enrol(programme, siret, name, email, by):
    """Ask a company into a programme: its administrators when it has an account, else the address the partner gives.

    Return the Member. Refused as ``rules.check_new``, and the codes of ``organisations.rules``.
    """
    siret = rules.check_new(programme.members, siret)
    company = directory.entreprise(siret[:9])
    if company is not None:
        name, asked = company.title, _administrators(company)
    else:
        name, asked = words.title(name), [words.email(email)]
    member = rules.Member(siret[:9], siret, name, asked[0] if asked else "", by, clock.now())
    programme.members[member.siren] = member
    for address in asked:
        _ask(programme, member, address)
    return member


def _administrators(company):
    found = (people.get(userid) for userid in membership.administrators(company))
    return sorted(person.email for person in found if person is not None and person.active and person.email)


def _ask(programme, member, address):
    partner = partner_of(programme)
    paragraphs = [
        f"{partner.title} propose à {member.name} d’entrer dans le programme « {programme.title} ».",
        "Avec votre accord, et pas autrement, ce partenaire saura si votre entreprise a un compte, un certificat, a suivi une "
        "formation, essayé un dépôt, et si elle a déposé un pli une fois la consultation close. Il ne voit ni vos réponses, ni "
        "leur contenu, ni les consultations. Le même lien permet de retirer votre accord quand vous voulez.",
    ]
    mails.send(
        address, f"Programme « {programme.title} » : votre accord", paragraphs, answer_url(programme, member.siren),
        "Répondre", sender=partner.title,
    )  # fmt: skip


def _proof(programme, siren):
    return f"{api.content.get_uuid(programme)}:{siren}"


def answer_url(programme, siren):
    """Return the address by which a company answers, and changes its mind."""
    token = proofs.sign(REALM, _proof(programme, siren), ANSWER)
    return f"{programme.absolute_url()}/@@accord?entreprise={siren}&jeton={token}"


def asked(programme, siren, token):
    """Return the Member a signed link is about, or None."""
    member = programme.members.get(siren) if siren else None
    proved = member is not None and proofs.signed(REALM, _proof(programme, siren), token, ANSWER)
    return member if proved else None


def answer(programme, siren, agrees):
    """Keep what a company answers."""
    made = programme.members[siren] = rules.answered(programme.members[siren], agrees, clock.now())
    return made


def remove(programme, siren):
    """Take a company out of a programme, all that was kept of it included; Refused ``programme.inconnue``."""
    if siren not in programme.members:
        raise Refused("programme.inconnue", "Cette entreprise n’est plus dans le programme : rechargez la page.", siren)
    del programme.members[siren]


def tried(event):
    """Note that somebody of a company tried a deposit (ITrialReceived); once is enough."""
    person = people.get(event.userid)
    company = person.entreprise if person is not None else None
    if company is not None and TRIED not in IAnnotations(company):
        IAnnotations(company)[TRIED] = clock.now()


def progress(programme):
    """Return (Member, dict of rules.STEPS -> bool) of the companies that agreed."""
    now = clock.now()
    trained = {row.identifier for row in statistics.came(getSite())}
    found = []
    for member in programme.agreed:
        company = directory.entreprise(member.siren)
        has = company is not None
        found.append((member, {
            "account": has and bool(_administrators(company)),
            "certificate": has and bool(company.certificate),
            "trained": member.siren in trained,
            "trial": has and TRIED in IAnnotations(company),
            "deposit": has and index.has_answered(company, now),
        }))  # fmt: skip
    return found
