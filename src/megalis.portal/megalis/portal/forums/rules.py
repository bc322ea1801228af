"""Who may do what in a forum, what a message may be, how pages and unread marks count: plain functions over values."""

from dataclasses import dataclass
from megalis.portal.formats import richtext
from megalis.portal.formats.joined import Bounds
from megalis.portal.formats.refusal import Refused


AGENTS, COMPANIES, ALL, MEMBERS = "agents", "entreprises", "tous", "membres"
AUDIENCES = {AGENTS: "Les agents publics", COMPANIES: "Les entreprises", ALL: "Toutes les personnes inscrites"}
AUDIENCE_ROLES = {AGENTS: ("Agent",), COMPANIES: ("Inscrit",), ALL: ("Agent", "Inscrit")}
AFTER, BEFORE = "apres", "avant"
MODERATIONS = {
    AFTER: "Après publication : tout message paraît aussitôt",
    BEFORE: "Avant publication : un modérateur lit d’abord",
}
PAGE = 50
TITLE = richtext.TITLE
DESCRIPTION = 500
REASON = 500
JOINED = Bounds(most=5, size=10_000_000)
PUBLISHED, WAITING, HIDDEN, REFUSED = "publie", "en-attente", "retire", "refuse"
DELETED = "supprime"  # by its author: nobody puts it back
# state -> {what is done: state it leads to}
MOVES = {
    WAITING: {"accepter": PUBLISHED, "ecarter": REFUSED, "supprimer": DELETED},
    PUBLISHED: {"retirer": HIDDEN, "supprimer": DELETED},
    HIDDEN: {"remettre": PUBLISHED},
    REFUSED: {},
    DELETED: {},
}
REPORTS = 20  # of one person, waiting at once
EDITIONS = 20  # of one message, each kept for the moderators


@dataclass(frozen=True)
class Rights:
    """What a person may do in a forum. Reading is what let him in; ``archived``: nothing moves any more."""

    writes: bool = False
    moderates: bool = False
    archived: bool = False

    @property
    def posts(self):
        return (self.writes or self.moderates) and not self.archived

    @property
    def leads(self):
        return self.moderates and not self.archived


def first_state(moderation, rights):
    """Return the state a new message has: moderators do not wait for themselves."""
    return WAITING if moderation == BEFORE and not rights.moderates else PUBLISHED


def check_open(rights, locked=False):
    """Refuse (``forum.lecture``, ``forum.archive``, ``sujet.ferme``) a message where none is taken."""
    if rights.archived:
        raise Refused("forum.archive", "Ce forum est archivé : on le lit, on n’y écrit plus.")
    if not (rights.writes or rights.moderates):
        raise Refused("forum.lecture", "Vous lisez ce forum sans y écrire : demandez ce droit à son animateur.")
    if locked and not rights.moderates:
        raise Refused(
            "sujet.ferme", "Ce sujet est fermé aux réponses : ouvrez-en un autre si votre question est différente."
        )


def check_leads(rights):
    """Refuse (``forum.moderation``) who does not moderate."""
    if not rights.leads:
        raise Refused("forum.moderation", "Seuls les modérateurs de ce forum peuvent le faire.")


def moved(state, action):
    """Return the state that ``action`` leads to; Refused ``message.etat``."""
    if action not in MOVES.get(state, {}):
        raise Refused("message.etat", "Ce message a changé d’état entre-temps : rechargez la page.", state)
    return MOVES[state][action]


def check_moderation(value):
    """Return how a forum is moderated; Refused ``forum.moderation.choix``."""
    if value not in MODERATIONS:
        raise Refused(
            "forum.moderation.choix", "Choisissez quand les messages sont relus : avant ou après publication."
        )
    return value


def check_audience(value):
    """Return an audience; Refused ``forum.public``."""
    if value not in AUDIENCES:
        raise Refused("forum.public", f"« {str(value)[:30]} » n’est pas un public : choisissez dans la liste.")
    return value


def check_author(person, author, rights, locked, state):
    """Refuse (as ``check_open``, ``message.auteur``, ``message.etat``) who would change what he did not write, or too late."""
    check_open(rights, locked)
    if person != author:
        raise Refused("message.auteur", "Seul l’auteur d’un message le modifie ou le supprime.")
    if "supprimer" not in MOVES[state]:
        raise Refused("message.etat", "Ce message est déjà retiré ou supprimé : rechargez la page.", state)


def check_edition(moderation, rights, state, editions):
    """Refuse (``message.relu``, ``message.editions``) new words under what a moderator has read, or words without end."""
    if state == PUBLISHED and first_state(moderation, rights) == WAITING:
        raise Refused(
            "message.relu",
            "Un modérateur a lu ce message avant qu’il paraisse : il ne se modifie plus. Complétez-le par une réponse, ou "
            "supprimez-le.",
        )
    if editions >= EDITIONS:
        raise Refused(
            "message.editions",
            f"Ce message a déjà été modifié {editions} fois, {EDITIONS} au plus : complétez-le par une réponse.",
        )


def check_into(source, target):
    """Refuse (``sujet.inconnu``, ``sujet.meme``) to put a subject where it cannot go: none, or under itself."""
    if target is None:
        raise Refused("sujet.inconnu", "Ce sujet n’existe pas dans ce forum : choisissez-en un dans la liste.")
    if target == source:
        raise Refused("sujet.meme", "Un sujet ne se range pas sous lui-même : choisissez-en un autre.")


def check_split(rank):
    """Refuse (``sujet.premier``) to cut a subject at its first message: nothing would be left."""
    if rank == 0:
        raise Refused("sujet.premier", "Le premier message porte le sujet : coupez à partir d’une réponse.")


def may_solve(person, author, rights):
    """Tell whether a person may mark the answer that solves a subject: its author, or a moderator."""
    return rights.posts and (rights.moderates or person == author)


def is_unread(latest, seen, since):
    """Tell whether the last message came after what a person has seen, ``since`` being the day he came."""
    return latest > max(seen, since)


def pages(count, size=PAGE):
    """Return how many pages ``count`` messages make, one at least."""
    return max(1, -(-count // size))


def page_of(rank, size=PAGE):
    """Return the page (from 1) that shows the message of ``rank`` (from 0)."""
    return rank // size + 1


def page_links(current, last):
    """Return the page numbers worth a link: the ends, those around, None for what is left out."""
    wanted = sorted({1, 2, last - 1, last, current - 1, current, current + 1} & set(range(1, last + 1)))
    found = []
    for number in wanted:
        if found and found[-1] is not None and number > found[-1] + 1:
            found.append(None)
        found.append(number)
    return found


def in_order(subjects):
    """Return subjects as a forum lists them: pinned ones first, then the last to have moved."""
    return sorted(subjects, key=lambda item: (not item.pinned, -item.latest.key))
