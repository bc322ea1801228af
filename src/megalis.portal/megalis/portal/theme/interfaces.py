"""What pages may tell the shell, and what other rooms may hand to it."""

from zope.interface import Attribute
from zope.interface import Interface


class IAccountSummary(Interface):
    """Adapter of (site, request): who is signed in, in the words of the header.

    Registered by the room that knows people; without one the shell shows the account's name and address.
    """

    title = Attribute("who, in a few words: a full name, or the collectivité or company acted for")
    subtitle = Attribute("as what: a role, an établissement; may be empty")
    door = Attribute("'entreprises', 'agents' or '': the door this person came in by")
    links = Attribute("list of (icon, label, path below the site): entries of the account menu, before sign-out")


class IShellPage(Interface):
    """What a view may define to steer the shell; every attribute is optional.

    Without them the shell reads ``label`` (forms) or ``title``, then the content's own title.
    """

    page_title = Attribute("text of the heading, of the window and of the last breadcrumb")
    crumb_title = Attribute("text of the last breadcrumb, where the heading is too long; content may define it too")
    crumb_url = Attribute("of content: method that returns where its breadcrumb leads, when not to its own address")
    page_intro = Attribute("one sentence under the heading")
    over_title = Attribute("on a form: what it is about, in small above the heading")
    crumbs = Attribute("list of (title, URL or None) put between the content's ancestors and the page itself")
    door = Attribute("'entreprises' or 'agents': the door shown as current")
    searching = Attribute("True on a page that is itself a search: no second search in the header")
    home = Attribute("True on the home page: no search in the header, no breadcrumbs")
    heading = Attribute("False when the page writes its own h1 inside its main slot by other means")
