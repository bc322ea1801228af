"""The editorial workflow at work: rules refuse, the workflow moves, the clock publishes whoever looks first.

The rules hang on the workflow's own event, so that a page, REST or a script obeys the same ones (``states``).
"""

from AccessControl import getSecurityManager
from contextlib import contextmanager
from DateTime import DateTime
from megalis.portal.editorial import items
from megalis.portal.editorial import kinds
from megalis.portal.editorial import letters
from megalis.portal.editorial import states
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import trust
from persistent.list import PersistentList
from plone import api
from Products.CMFCore.WorkflowCore import WorkflowException
from zope.globalrequest import getRequest


class Refused(WorkflowException):
    """A transition refused by the rules; ``findings`` (list of states.Missing) in order."""

    def __init__(self, findings):
        # the workflow tool raises again by calling the class with the first exception
        self.findings = list(getattr(findings, "findings", findings))
        super().__init__(" ".join(finding.message for finding in self.findings))

    @property
    def code(self):
        return self.findings[0].code

    @property
    def message(self):
        return str(self)


def roles_here(item):
    """Return the editorial roles of the person here; the technical administrator has all of them."""
    roles = set(getSecurityManager().getUser().getRolesInContext(item))
    if "Manager" in roles:
        roles |= {states.WEBMASTER}
    return frozenset(roles & {states.WRITER, states.REVIEWER, states.WEBMASTER})


def actor():
    """Return the user id of the person here, "" for nobody."""
    return getSecurityManager().getUser().getId() or ""


def possible(item):
    """Return the transitions the person here may ask for, in order."""
    return states.possible(items.state(item), roles_here(item))


def guard(item, event):
    """Refuse what the rules forbid (IBeforeTransitionEvent)."""
    if event.transition is None:
        return
    kwargs = event.kwargs or {}
    by_clock = kwargs.get("horloge") is _KEY
    who, roles = (states.CLOCK, ()) if by_clock else (actor(), roles_here(item))
    found = states.refusals(
        event.transition.id, items.facts(item, who, roles, kwargs.get("comment", ""), kwargs.get("effective"))
    )
    if found:
        raise Refused(found)


def moved(item, event):
    """Set the dates that follow from a transition, tell who has to know (IAfterTransitionEvent)."""
    if event.transition is None:
        return
    name, kwargs = event.transition.id, event.kwargs or {}
    if name == "programmer" and kwargs.get("effective"):
        items.set_dates(item, effective=kwargs["effective"])
    elif name == "publier":
        items.set_dates(item, effective=clock.now())
    elif name == "retirer":
        items.set_dates(item, effective=None)
    elif name == "reprendre":
        items.set_dates(item, effective=None, expires=None)
    item.reindexObject()
    if item.portal_type != kinds.LETTER:
        letters.tell(item, name, actor(), kwargs.get("comment", ""))


def fire(item, name, comment="", effective=None):
    """Make a transition happen for the person here; raise Refused."""
    tool = api.portal.get_tool("portal_workflow")
    kwargs = {"effective": effective} if effective else {}
    try:
        tool.doActionFor(item, name, comment=comment, **kwargs)
    except Refused:
        raise
    except WorkflowException as error:
        found = states.refusals(name, items.facts(item, actor(), roles_here(item), comment, effective))
        raise Refused(found or [states.Missing("redaction.role", "Votre rôle ne le permet pas.")]) from error


_KEY = object()


@contextmanager
def as_clock():
    with api.env.adopt_roles(["Manager"]):
        yield


def due(site, now):
    """Return the entries whose hour has come: list of (brain, transition)."""
    catalog = api.portal.get_tool("portal_catalog")
    hour = {"query": DateTime(now), "range": "max"}
    types = [*kinds.TYPES, kinds.LETTER, kinds.FORM.type]
    ask = catalog.unrestrictedSearchResults
    coming = ask(portal_type=types, review_state=states.SCHEDULED, effective=hour)
    going = ask(portal_type=types, review_state=states.PUBLISHED, expires=hour)
    # the catalog counts minutes: the seconds are looked at here
    found = [(brain, "paraitre") for brain in coming if items.instant(brain.effective) <= now]
    found += [(brain, "expirer") for brain in going if items.instant(brain.expires) <= now]
    return found


def catch_up(site, now=None):
    """Carry out what the clock owes; return how many items moved. Called by the worker and by whoever looks first."""
    found = due(site, now or clock.now())
    if not found:
        return 0
    request = getRequest()
    if request is not None:
        trust(request)
    tool = api.portal.get_tool("portal_workflow")
    moved_ = 0
    for brain, name in found:
        item = brain._unrestrictedGetObject()
        with as_clock():
            try:
                tool.doActionFor(item, name, comment="", horloge=_KEY)
                moved_ += 1
            except WorkflowException:
                item.reindexObject()  # the catalog was behind the item
    return moved_


def tick(event):
    """The worker passes (IWorkerTick)."""
    catch_up(event.site, event.now)


def remark(item, text, userid):
    """Keep a reviewer's remark beside the item."""
    kept = getattr(item, "remarks", None)
    if kept is None:
        kept = item.remarks = PersistentList()
    kept.append({"at": clock.now(), "by": userid, "text": text})
