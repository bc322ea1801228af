"""What follows from what others do in a workspace: its groups go with it, its forums are part of its activity."""

from megalis.portal.kernel.rights import allow
from megalis.portal.workspaces import content
from megalis.portal.workspaces import membership
from megalis.portal.workspaces.interfaces import IEspace


READ = ("View", "Access contents information")


def place_entered(place, event):
    """Let signed-in people see the list of workspaces (IObjectAddedEvent)."""
    for name in READ:
        allow(place, name, ("Agent", "Inscrit", "Exploitant", "Manager"))
    place.reindexObjectSecurity()


def removed(espace, event):
    """Remove the groups of a workspace that goes (IObjectRemovedEvent)."""
    if event.object is espace:
        membership.uninstall(espace)


def happened(event):
    """Note in the activity what another room tells of a place in a workspace (kernel.interfaces.Happened).

    Those who follow the forum are told by it: here it is only shown.
    """
    place = event.object
    while place is not None and not IEspace.providedBy(place):
        place = getattr(place, "__parent__", None)
    if place is None:
        return
    base = place.absolute_url()
    url = event.url.removeprefix(base) if event.url.startswith(base) else event.url
    place.activity.append(content.Activity(event.kind, event.userid, event.name, event.words, url))


class Leaders:
    """ILeaders: who leads what stands in a workspace."""

    def __init__(self, espace):
        self.espace = espace

    def __call__(self):
        return membership.leaders(self.espace)
