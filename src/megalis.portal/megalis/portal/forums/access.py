"""Who reads, writes and moderates a forum, in Zope's terms: permissions of the forum itself, or those of its workspace."""

from megalis.portal.forums import rules
from megalis.portal.forums.interfaces import IForum
from megalis.portal.forums.interfaces import IForums
from megalis.portal.kernel.rights import allow
from plone import api


READ = ("View", "Access contents information")
WRITE = "megalis: Write in forum"
MODERATE = "megalis: Moderate forum"
OPEN = "megalis: Open forum"
MODERATOR = "ModerateurForum"
STAFF = ("Exploitant", "Manager", MODERATOR)


def entered(content, event):
    """Give a new place or forum of the whole site its readers (IObjectAddedEvent)."""
    if IForums.providedBy(content):
        for name in READ:
            allow(content, name, ("Agent", "Inscrit", "Exploitant", "Manager"))
        content.reindexObjectSecurity()
    elif IForum.providedBy(content) and IForums.providedBy(content.__parent__):
        open_to(content, content.audience)


def open_to(forum, audience):
    """Open a forum of the whole site to an audience; one object is reindexed."""
    roles = rules.AUDIENCE_ROLES[rules.check_audience(audience)]
    forum.audience = audience
    for name in READ:
        allow(forum, name, (*roles, *STAFF))
    allow(forum, WRITE, (*roles, *STAFF))
    allow(forum, MODERATE, STAFF)
    forum.reindexObjectSecurity()


def rights(forum):
    """Return the Rights of the person of this request."""
    may = api.user.has_permission
    return rules.Rights(
        writes=may(WRITE, obj=forum),
        moderates=may(MODERATE, obj=forum),
        archived=is_archived(forum),
    )


def is_archived(forum):
    """Tell whether the workspace around a forum is archived."""
    return bool(getattr(forum.__parent__, "archived_at", None))


def moderators(forum):
    """Return the userids of those who moderate a forum by name."""
    return sorted(name for name, roles in forum.get_local_roles() if MODERATOR in roles)


def set_moderators(forum, userids):
    """Name the moderators of a forum; one object is reindexed."""
    forum.manage_delLocalRoles(moderators(forum))
    for userid in userids:
        forum.manage_setLocalRoles(userid, [MODERATOR])
    forum.reindexObjectSecurity()
