"""What the room writes to its own people: a text waits, comes back, is out."""

from megalis.portal.editorial import states
from megalis.portal.organisations import mails
from megalis.portal.organisations import people
from megalis.portal.organisations import roles
from plone import api


TOLD = {
    "renvoyer": ("À reprendre : {title}", "{who} renvoie votre texte : {comment}"),
    "publier": ("Publié : {title}", "{who} a publié votre texte."),
    "programmer": ("Programmé : {title}", "{who} a programmé la publication de votre texte."),
    "paraitre": ("Paru : {title}", "Votre texte est paru à l’heure dite."),
}
MOST = 50


def reviewers():
    """Return the user ids of who may review."""
    groups = api.portal.get().acl_users.source_groups
    known = set(groups.listGroupIds())
    found = (groups.listAssignedPrincipals(name) for name, role, _t in roles.EDITORIAL_GROUPS
             if role in (states.REVIEWER, states.WEBMASTER) and name in known)  # fmt: skip
    return [userid for entries in found for userid, _title in entries]


def _mail(userid, subject, paragraph, item):
    person = people.get(userid)
    if person is not None and person.active and person.email:
        mails.send(person.email, subject, [paragraph], f"{item.absolute_url()}/@@redaction-fiche", "Voir le texte")


def tell(item, transition, userid, comment=""):
    """Write to who has to know that an item moved; never to who moved it."""
    who = people.get(userid) if userid else None
    name = who.fullname if who is not None else "La plateforme"
    title = item.title or "sans titre"
    if transition == "soumettre":
        for other in dict.fromkeys(reviewers()[:MOST]):
            if other != userid:
                _mail(other, f"À relire : {title}", f"{name} propose « {title} » à la relecture.", item)
    elif transition in TOLD:
        author = getattr(item, "author", "")
        if author and author != userid:
            subject, paragraph = TOLD[transition]
            values = {"title": title, "who": name, "comment": " ".join((comment or "").split())}
            _mail(author, subject.format(**values), paragraph.format(**values), item)
