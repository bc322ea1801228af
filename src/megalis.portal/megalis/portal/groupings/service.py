"""What is done with a convention, each act in one transaction with its event in the journal, its mails and its rights."""

from megalis.portal.consultations import create as files
from megalis.portal.formats.refusal import Refused
from megalis.portal.groupings import letters
from megalis.portal.groupings.content import Answer
from megalis.portal.groupings.content import Member
from megalis.portal.groupings.rules import convention
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.kernel.interfaces import GroupDissolved
from megalis.portal.kernel.interfaces import GroupGathered
from megalis.portal.organisations import roles
from megalis.portal.organisations import rules as words
from plone.dexterity.utils import createContent
from plone.uuid.interfaces import IUUID
from zope.event import notify


EVENT = "groupement-commandes"
ROLE = "MembreGroupement"
READERS = ("administrateurs", "acheteurs", "valideurs", "lecteurs")


def told(grouping, fact, by="", **more):
    """Write an event of a grouping in the journal."""
    place = letters.collectivite(grouping.coordinator)
    event = {"type": EVENT, "fait": fact, "groupement": IUUID(grouping), "par": by, **more}
    journal.record(grouping, event | {"acheteur": getattr(place, "siret", "") or ""})


def gathered(grouping):
    """Let other rooms (workspaces) know who works together."""
    notify(GroupGathered(grouping, grouping.title, tuple(member.uid for member in grouping.joined)))


def create(collectivite, values, by=""):
    """Return a new grouping coordinated by a collectivité."""
    slug = f"groupement-{words.slug(values['title'])[:40]}".rstrip("-")
    name = uuidhex() if slug in collectivite.objectIds() else slug
    made = createContent("Groupement", id=name, **values)
    collectivite._setObject(name, made)
    grouping = collectivite[name]
    uid = grouping.coordinator = IUUID(collectivite)
    grouping.members[uid] = Member(uid, collectivite.title, convention.ACCEPTED, clock.now())
    told(grouping, "creation", by, objet=grouping.title)
    gathered(grouping)
    return grouping


def update(grouping, values, by=""):
    """Change what the convention says; who had accepted another text is asked again. Refused ``convention.signee``."""
    convention.check_editable(grouping.states.values())
    changed = sorted(name for name, value in values.items() if getattr(grouping, name, None) != value)
    if not changed:
        return changed
    for name in changed:
        setattr(grouping, name, values[name])
    grouping.reindexObject()
    again = [m for m in grouping.members.values() if m.state == convention.ACCEPTED and m.uid != grouping.coordinator]
    for member in again:
        _move(member, convention.INVITED, by)
    told(grouping, "convention", by, champs=changed)
    if again:
        text = "Le texte de la convention a changé depuis que votre collectivité l’a acceptée : relisez-le, puis acceptez-le de nouveau."
        letters.tell(grouping, [m.uid for m in again], letters.ENGAGING, "Convention de groupement modifiée", [text])
    return changed


def keep_document(grouping, upload, by=""):
    """Keep the signed convention as a file; Refused ``convention.fichier`` and the codes of uploaded files."""
    name, _size = files.check_file(upload, getattr(upload, "filename", "") or "")
    upload.seek(0)
    if not name.lower().endswith(".pdf") or upload.read(5) != b"%PDF-":
        raise Refused(
            "convention.fichier",
            f"« {name[:80]} » n’est pas un PDF : déposez la convention signée au format PDF.",
            name,
        )
    grouping.document = files.blob(upload, name, "application/pdf")
    told(grouping, "document", by, fichier=name)


def invite(grouping, collectivite, by=""):
    """Invite a collectivité; its agents may read the grouping from now on. Refused as ``convention.check_invitation``."""
    uid = IUUID(collectivite)
    convention.check_invitation(grouping.values, uid, grouping.states, grouping.coordinator)
    member = Member(uid, collectivite.title, convention.INVITED, clock.now())
    member.by = by
    grouping.members[uid] = member
    if grouping.sent is not None:
        grouping.answers.setdefault(uid, Answer())
    grant(grouping, collectivite)
    told(grouping, "invitation", by, membre=collectivite.title)
    text = (
        "Votre collectivité est invitée à rejoindre ce groupement. La page donne le périmètre, les règles et la mission du "
        "coordonnateur : un valideur ou un administrateur accepte, puis signe après la délibération."
    )
    letters.tell(
        grouping,
        [uid],
        letters.ENGAGING,
        "Invitation à un groupement de commandes",
        [text],
        label="Répondre à l’invitation",
    )
    return member


def grant(content, collectivite):
    """Let the agents of a collectivité read a grouping or a consultation; nothing more comes with it."""
    for key in READERS:
        content.manage_setLocalRoles(roles.group_id(collectivite.identifier, key), [ROLE])
    content.reindexObjectSecurity()


def withdraw(content, collectivite):
    """Take that reading back."""
    content.manage_delLocalRoles([roles.group_id(collectivite.identifier, key) for key in READERS])
    content.reindexObjectSecurity()


def act(grouping, uid, what, by="", signatory="", deliberation=""):
    """Let a member ``accepter``, ``refuser`` or ``signer``; Refused ``membre.etape``, ``membre.signataire``."""
    member = grouping.members.get(uid)
    state = convention.after(member.state if member is not None else "", what)
    if what == "signer":
        signatory, deliberation = " ".join(signatory.split())[:200], " ".join(deliberation.split())[:200]
        if not signatory:
            raise Refused("membre.signataire", "Donnez le nom et la qualité de qui signe pour votre collectivité.")
        if convention.INVITED in grouping.states.values():
            raise Refused(
                "membre.attente",
                "Un membre invité n’a pas encore répondu : la signature commence une fois la liste arrêtée.",
            )
        member.signatory, member.deliberation = signatory, deliberation
    _move(member, state, by)
    more = {"signataire": signatory, "deliberation": deliberation} if what == "signer" else {}
    told(grouping, what, by, membre=member.name, **more)
    if what == "refuser":
        place = letters.collectivite(uid)
        if place is not None:
            withdraw(grouping, place)
    words = {
        "accepter": "a accepté la convention",
        "refuser": "a refusé d’y entrer",
        "signer": "a signé la convention",
    }[what]
    if uid != grouping.coordinator:
        letters.tell(
            grouping, [grouping.coordinator], letters.BUYERS, f"{member.name} {words}", [f"{member.name} {words}."]
        )
    if what == "signer" and grouping.stage == convention.WHOLE:
        told(grouping, "convention-signee", by, membres=[item.name for item in grouping.active])
        uids = [item.uid for item in grouping.active]
        letters.tell(
            grouping,
            uids,
            letters.BUYERS,
            "Convention de groupement signée",
            ["Tous les membres ont signé la convention."],
        )
    gathered(grouping)


def _move(member, state, by):
    member.state, member.since, member.by = state, clock.now(), by


def remove(grouping, uid, by=""):
    """Put a member that has not signed out of the grouping; Refused ``membre.signe|coordonnateur|inconnu``."""
    member = grouping.members.get(uid)
    if member is None:
        raise Refused("membre.inconnu", "Cette collectivité n’est pas membre du groupement : rechargez la page.")
    convention.check_removal(member.state, uid == grouping.coordinator)
    del grouping.members[uid]
    if uid in grouping.answers:
        del grouping.answers[uid]
    place = letters.collectivite(uid)
    if place is not None:
        withdraw(grouping, place)
    told(grouping, "retrait", by, membre=member.name)
    gathered(grouping)


def delete(grouping, by=""):
    """Delete a grouping nobody is bound by; those who were invited are told. Refused as ``convention.check_deletion``."""
    convention.check_deletion(grouping.states.values(), grouping.sent, grouping.consultation)
    others = [member.uid for member in grouping.active if member.uid != grouping.coordinator]
    told(grouping, "suppression", by, objet=grouping.title, membres=[m.name for m in grouping.active])
    place = letters.collectivite(grouping.coordinator)
    subject = "Groupement de commandes abandonné"
    text = f"{place.title} abandonne ce groupement avant toute signature. Votre collectivité n’a rien à faire."
    letters.tell(grouping, others, letters.ENGAGING, subject, [text], at=place)
    notify(GroupDissolved(grouping))
    place._delObject(grouping.getId())
