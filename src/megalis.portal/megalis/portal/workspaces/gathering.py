"""The workspace of collectivités that work together (a groupement): opened with it, its people those of its members.

Whoever was brought in by a collectivité leaves with it; whoever was invited besides stays.
"""

from megalis.portal.organisations import membership as organisations
from megalis.portal.organisations import people
from megalis.portal.workspaces import create
from megalis.portal.workspaces import membership
from megalis.portal.workspaces import rules
from persistent.mapping import PersistentMapping
from plone import api
from plone.app.uuid.utils import uuidToObject
from plone.uuid.interfaces import IUUID
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.espace"  # on what gathers: {"espace": uid of its workspace, "brought": {collectivité: userids}}
BROUGHT = ("acheteurs", "valideurs")
PREFIX = "Groupement : "


def agents(uid):
    """Return the userids a collectivité sends: its buyers and validators, its administrators when it has none."""
    place = uuidToObject(uid, unrestricted=True)
    if place is None:
        return set()
    held = {userid for key in BROUGHT for userid in organisations.holders(place, key) if people.is_active(userid)}
    return held or organisations.administrators(place)


def of(content):
    """Return the workspace of what gathers, None before it has one or once it is gone."""
    kept = IAnnotations(content).get(KEY)
    return uuidToObject(kept["espace"], unrestricted=True) if kept else None


def gathered(event):
    """Open the workspace of those who gather, once; bring in who is new, let go who left (GroupGathered)."""
    wanted = {uid: agents(uid) for uid in event.members}
    leaders = wanted.get(event.members[0], set()) if event.members else set()
    notes = IAnnotations(event.object)
    if KEY not in notes:
        espace = _open(event.title, leaders)
        if espace is None:
            return
        notes[KEY] = PersistentMapping(espace=IUUID(espace), brought={})
    espace, kept = of(event.object), notes[KEY]
    if espace is None or espace.archived_at:
        return
    for userid, role in rules.brought(kept["brought"], wanted, event.members[0], set(espace.members)).items():
        membership.set_role(espace, userid, role, "")
    kept["brought"] = {uid: frozenset(userids) for uid, userids in wanted.items()}


def _open(title, leaders):
    me = people.current()
    first = me if me is not None and me.userid in leaders else people.get(min(leaders, default=""))
    if first is None or create.PLACE not in api.portal.get():
        return None
    words = "Ce que les membres du groupement préparent ensemble."
    return create.espace(first, f"{PREFIX}{title}"[: rules.TITLE], words, rules.SECRET)


def dissolved(event):
    """Let the workspace go with what gathered when nothing was ever put in it (GroupDissolved)."""
    espace = of(event.object)
    if espace is not None and is_empty(espace):
        espace.__parent__._delObject(espace.getId())


def is_empty(espace):
    """Tell whether nobody has put anything in a workspace: neither a thing, nor a word in its forums."""
    things = (espace.documents, espace.tasks, espace.dates, espace.decisions, espace.pages, espace.folders)
    return not any(len(kept) for kept in things) and not any(len(forum.sujets) for forum in espace.objectValues())


class OfGroup:
    """ILinks of what gathers: its workspace, for its members."""

    def __init__(self, content, request):
        self.content = content

    def __call__(self):
        espace = of(self.content)
        if espace is None or not api.user.has_permission("View", obj=espace):
            return []
        return [(espace.absolute_url(), "Espace de travail du groupement")]
