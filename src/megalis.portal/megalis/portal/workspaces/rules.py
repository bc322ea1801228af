"""Who may do what in a workspace, and what its things may be: plain functions over values."""

from dataclasses import dataclass
from datetime import timedelta
from megalis.portal.formats import richtext
from megalis.portal.formats.joined import Bounds
from megalis.portal.formats.joined import megabytes
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.wordindex import folded

import re


@dataclass(frozen=True)
class Role:
    """``key`` ends the name of the group that bears it; ``role`` is Zope's name."""

    key: str
    role: str
    title: str
    help: str


LEADER, WORKER, READER = "animateurs", "contributeurs", "lecteurs"
ROLES = (
    Role(LEADER, "AnimateurEspace", "Animateur", "gère les membres et les réglages, anime les forums"),
    Role(WORKER, "ContributeurEspace", "Contributeur", "dépose, écrit, prend des tâches"),
    Role(READER, "LecteurEspace", "Lecteur", "lit sans modifier"),
)
BY_KEY = {role.key: role for role in ROLES}
PUBLIC, RESTRICTED, SECRET = "public", "restreint", "secret"
VISIBILITIES = {
    PUBLIC: "Public : toute personne connectée le lit",
    RESTRICTED: "Restreint : les agents voient son nom et demandent à entrer",
    SECRET: "Secret : ses membres seuls savent qu’il existe",
}
OUTSIDERS = {PUBLIC: ("Agent", "Inscrit"), RESTRICTED: (), SECRET: ()}
TITLE = richtext.TITLE
DESCRIPTION = 1_000
NOTE = 500
FILE = Bounds(most=100, size=100_000_000)
QUOTA = 2_000_000_000  # bytes
INVITED = 50  # addresses at once
INVITATION = timedelta(days=14)
LOCK = timedelta(hours=8)
DEPTH = 8  # folders inside one another
TODO, DOING, DONE, DROPPED = "a-faire", "en-cours", "fait", "abandonne"
TASK_STATES = {TODO: "À faire", DOING: "En cours", DONE: "Fait", DROPPED: "Abandonné"}
TASK_MOVES = {
    TODO: (DOING, DONE, DROPPED),
    DOING: (TODO, DONE, DROPPED),
    DONE: (DOING,),
    DROPPED: (TODO,),
}
BOARD = (TODO, DOING, DONE)
PROPOSED, ADOPTED, REJECTED = "proposee", "adoptee", "rejetee"
DECISION_STATES = {PROPOSED: "Proposée", ADOPTED: "Adoptée", REJECTED: "Rejetée"}
DECISION_MOVES = {PROPOSED: (ADOPTED, REJECTED), ADOPTED: (), REJECTED: ()}


@dataclass(frozen=True)
class Rights:
    """What a person may do in a workspace he reads."""

    works: bool = False
    leads: bool = False
    archived: bool = False

    @property
    def writes(self):
        return (self.works or self.leads) and not self.archived


def check_writes(rights):
    """Refuse (``espace.archive``, ``espace.lecture``) a change where there may be none."""
    if rights.archived:
        raise Refused("espace.archive", "Cet espace est archivé : on le lit, on n’y change plus rien.")
    if not rights.writes:
        raise Refused("espace.lecture", "Vous lisez cet espace sans y écrire : demandez ce droit à un animateur.")


def check_leads(rights):
    """Refuse (``espace.animateur``) who does not lead."""
    if not rights.leads:
        raise Refused("espace.animateur", "Seuls les animateurs de cet espace peuvent le faire.")


def check_role(key):
    """Return a role's key; Refused ``espace.role``."""
    if key not in BY_KEY:
        raise Refused("espace.role", f"« {str(key)[:30]} » n’est pas un rôle : choisissez dans la liste.")
    return key


def check_visibility(value):
    """Return a visibility; Refused ``espace.visibilite``."""
    if value not in VISIBILITIES:
        raise Refused("espace.visibilite", "Choisissez qui voit l’espace : public, restreint ou secret.")
    return value


def check_leader_left(roles, userid, role):
    """Refuse (``espace.dernier``) that the last leader of ``{userid: role}`` become ``role`` (None: leave)."""
    leaders = {name for name, key in roles.items() if key == LEADER}
    if leaders == {userid} and role != LEADER:
        raise Refused("espace.dernier", "C’est le dernier animateur : nommez-en d’abord un autre, puis recommencez.")


def brought(before, wanted, leading, members):
    """Return ``{userid: role, or None to leave}`` when those whom collectivités send change.

    ``before`` and ``wanted``: collectivité -> userids; ``leading``: the collectivité whose people lead; ``members``: those
    who are there: nobody's role changes, and who was there without being sent stays.
    """
    now = {userid for userids in wanted.values() for userid in userids}
    then = {userid for userids in before.values() for userid in userids}
    found = dict.fromkeys(then - now & members)
    for userid in sorted(now - members - then):
        found[userid] = LEADER if userid in wanted.get(leading, ()) else WORKER
    return found


def is_listed(visibility, is_agent, is_member):
    """Tell whether somebody sees the name of a workspace in the list."""
    return is_member or visibility == PUBLIC or (visibility == RESTRICTED and is_agent)


def addresses(text):
    """Return the e-mail addresses of a text, each once; Refused ``invitation.aucune``, ``.nombre``."""
    found = list(dict.fromkeys(filter(None, re.split(r"[\s,;]+", text.lower()))))
    if not found:
        raise Refused("invitation.aucune", "Aucune adresse n’est donnée : écrivez-en une par ligne.")
    if len(found) > INVITED:
        raise Refused(
            "invitation.nombre", f"{len(found)} adresses, {INVITED} au plus à la fois : faites-le en deux fois."
        )
    return found


def check_invitation(state, expires, now):
    """Refuse (``invitation.servie``, ``.annulee``, ``.expiree``) an invitation that opens nothing any more."""
    if state == "acceptee":
        raise Refused(
            "invitation.servie", "Cette invitation a déjà servi : connectez-vous, l’espace est dans vos espaces."
        )
    if state != "envoyee":
        raise Refused("invitation.annulee", "Cette invitation a été retirée : demandez-en une autre à l’animateur.")
    if now >= expires:
        raise Refused("invitation.expiree", "Cette invitation a expiré : demandez à l’animateur de la renvoyer.")


def check_quota(used, size, quota):
    """Refuse (``espace.quota``) what the workspace has no room for."""
    if used + size > quota:
        raise Refused(
            "espace.quota",
            f"Il reste {megabytes(max(0, quota - used))} sur les {megabytes(quota)} de cet espace, il en faudrait "
            f"{megabytes(size)} : supprimez d’anciens documents, ou demandez plus de place à l’exploitant.",
        )


def lock_of(lock, now):
    """Return a lock ``(userid, name, until)`` while it holds, else None."""
    return lock if lock is not None and now < lock[2] else None


def check_unlocked(lock, userid, now, name="Ce document"):
    """Refuse (``verrou``) a change of what somebody else works on."""
    held = lock_of(lock, now)
    if held is not None and held[0] != userid:
        raise Refused(
            "verrou", f"{name} est réservé par {held[1]} : attendez qu’il le libère, ou demandez-le à un animateur."
        )


def path_of(parents, folder):
    """Return the folders from the top down to ``folder`` ("" is the top); ``parents``: folder -> parent."""
    found = []
    while folder:
        found.append(folder)
        folder = parents.get(folder, "")
        if len(found) > 10 * DEPTH:
            break
    return found[::-1]


def check_folder(parents, folder, target):
    """Refuse (``dossier.inconnu``, ``.boucle``, ``.profondeur``) to put ``folder`` (None: a new one) into ``target``."""
    if target and target not in parents:
        raise Refused("dossier.inconnu", "Ce dossier n’existe plus : rechargez la page.")
    above = path_of(parents, target)
    if folder is not None and folder in above:
        raise Refused("dossier.boucle", "Un dossier ne se range ni dans lui-même ni dans un de ses sous-dossiers.")
    below = _height(parents, folder) if folder is not None else 1
    if len(above) + below > DEPTH:
        raise Refused("dossier.profondeur", f"{DEPTH} dossiers l’un dans l’autre au plus : rangez-le plus haut.")


def _height(parents, folder):
    inside = [name for name, parent in parents.items() if parent == folder]
    return 1 + max((_height(parents, name) for name in inside), default=0)


def moved(moves, state, target, what="tache"):
    """Return ``target`` when ``moves`` lead there from ``state``; Refused ``<what>.etat``."""
    if target not in moves.get(state, ()):
        raise Refused(f"{what}.etat", "Cet état ne suit pas l’état présent : rechargez la page.", target)
    return target


def is_late(due, state, today):
    """Tell whether a task is late."""
    return due is not None and due < today and state in (TODO, DOING)


def in_order(tasks, today):
    """Return tasks: late ones, then by date, undated ones, those done last."""
    return sorted(
        tasks,
        key=lambda item: (item.state in (DONE, DROPPED), item.due is None, item.due or today, item.title.casefold()),
    )


def slug(title):
    """Return what a wiki page's address bears of its title; "" when nothing is left."""
    return re.sub(r"[^a-z0-9]+", "-", folded(title)).strip("-")[:80]


def linked(html, address):
    """Return clean HTML with ``[[Titre]]`` as links; ``address(slug)`` gives ``(url, exists)``."""

    def link(found):
        title = " ".join(found[1].split())
        name = slug(title)
        if not name:
            return found[0]
        url, exists = address(name)
        mark = "" if exists else ' class="mg-new"'
        return f'<a href="{url}"{mark}>{title}</a>'

    return re.sub(r"\[\[([^\[\]<>]{1,150})\]\]", link, html)


def number_of(rank, year):
    """Return how people call a decision: ``2026-007``."""
    return f"{year}-{rank:03d}"


def by_name(title):
    """Return the key that sorts titles as people do: accents apart, « Pièce 2 » before « Pièce 10 »."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", folded(title))]
