"""The shell of every page: one main template of our own for the whole site, stock Plone pages included.

It asks the catalog nothing, renders no viewlet and no portlet; Plone's own bundles and toolbar come only on
stock pages and only for signed-in people who may edit there.
"""

from AccessControl import getSecurityManager
from Acquisition import aq_base
from Acquisition import aq_inner
from Acquisition import aq_parent
from functools import cached_property
from functools import lru_cache
from html import escape
from megalis.portal.kernel import clock
from megalis.portal.kernel import settings
from megalis.portal.kernel.interfaces import IScreenHelp
from megalis.portal.kernel.typography import cut
from megalis.portal.kernel.typography import french
from megalis.portal.theme.interfaces import IAccountSummary
from plone.base.interfaces import IPloneSiteRoot
from Products.CMFCore.utils import getToolByName
from Products.CMFPlone.browser.main_template import MainTemplate
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from Products.statusmessages.interfaces import IStatusMessage
from urllib.parse import quote
from zope.component import getMultiAdapter
from zope.component import queryMultiAdapter
from zope.component import queryUtility
from zope.i18n import translate
from zope.interface import implementer


SITE = "e-mégalis"
DOORS = (
    ("entreprises", "Entreprises", "/espace-entreprise", "briefcase"),
    ("agents", "Agents publics", "/espace-agent", "building"),
)
PATH_DOORS = {"espace-entreprise": "entreprises", "entreprises": "entreprises", "consultations": "entreprises",
              "inscription": "entreprises", "simulation": "entreprises", "espace-agent": "agents"}  # fmt: skip
FOOT = (
    ("Aide", (("Salle de simulation : tester son poste", "/simulation"), ("Guides par métier", "/aide"), ("Guides pas à pas", "/guides"),
              ("Formations", "/formations"), ("Joindre l’assistance", "/contact"))),
    ("Informations", (("Actualités", "/actualites"), ("Agenda", "/agenda"), ("Documents", "/documents"),
                      ("Questions fréquentes", "/faq"), ("Glossaire", "/glossaire"), ("Espace presse", "/communiques"),
                      ("Calendrier des services", "/calendrier-des-services"),
                      ("Lettre d’information", "/infolettre"), ("Rechercher partout", "/recherche"))),
    ("Confiance", (("Vérifier un accusé de dépôt", "/verifier"), ("Journal public et exports", "/journal"),
                   ("Toutes les consultations", "/consultations"), ("Chiffres clés", "/chiffres-cles"),
                   ("Données essentielles des marchés", "/donnees-essentielles"),
                   ("Registres des actes", "/registres-des-actes"))),
    ("Le site", (("Accessibilité : non conforme", "/accessibilite"), ("Mentions légales", "/mentions-legales"),
                 ("Données personnelles", "/donnees-personnelles"), ("Registre des traitements", "/registre-des-traitements"),
                 ("Votre avis", "/formulaires/satisfaction"))),
)  # fmt: skip
MESSAGES = {
    "info": ("mg-note--ok", "st-ok", "status"),
    "warning": ("mg-note--soon", "warning", "alert"),
    "error": ("mg-note--bad", "st-bad", "alert"),
}
POLICY = "object-src 'none'; base-uri 'self'; frame-ancestors 'self'; form-action 'self'"
STRICT = (
    f"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; "
    f"style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; {POLICY}"
)
STOCK_TITLES = {
    "login": "Se connecter",
    "login_form": "Se connecter",
    "logged-out": "Session ouverte par votre navigateur",
    "sitemap": "Plan du site",
}
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
CURRENT = ' aria-current="true"'
OURS = "megalis.portal."


class OurMainTemplate(MainTemplate):
    """``context/main_template/macros/master`` on every page of the site; Plone's own frame only for its dialogs."""

    main_template = ViewPageTemplateFile("templates/main_template.pt")


@lru_cache(maxsize=512)
def class_is_ours(cls):
    """Tell whether a view class, or one it was made from by ZCML, is written in this product."""
    return any(base.__module__.startswith(OURS) for base in cls.__mro__)


def is_ours(view):
    """Tell whether ``view`` is a page of this product: by its class, else by the file of its template."""
    if class_is_ours(type(view)):
        return True
    filename = getattr(getattr(view, "index", None), "filename", "") or ""
    return "/megalis/portal/" in filename


def text(value, request):
    """Return a title, called when it is a method, translated when it is a message."""
    value = value() if callable(value) else value
    return translate(value, context=request) if value else ""


@implementer(IAccountSummary)
class PlainAccount:
    """The account menu of anyone signed in, while no room says more about him."""

    subtitle = ""
    door = ""
    links = (
        ("user", "Mes coordonnées", "/@@personal-information"),
        ("key", "Changer de mot de passe", "/@@change-password"),
    )

    def __init__(self, site, request):
        user = getSecurityManager().getUser()
        self.title = (user.getProperty("fullname", "") if hasattr(user, "getProperty") else "") or user.getUserName()


def doors_html(base, here, icon):
    """Return the list items of the doors of the site at ``base``; ``here`` is the door the page is behind."""
    return "".join(
        f'<li><a href="{escape(base)}{path}"{CURRENT if key == here else ""}>{icon(name)}{label}</a></li>'
        for key, label, path, name in DOORS
    )


@lru_cache(maxsize=16)
def foot_html(base):
    """Return the columns of links under every page of the site at ``base``: always the same, so made once."""
    columns = []
    for title, links in FOOT:
        items = "".join(f'<li><a href="{escape(base)}{path}">{label}</a></li>' for label, path in links)
        columns.append(f"<div><h2>{title}</h2><ul>{items}</ul></div>")
    return "".join(columns)


class Shell:
    """What the main template shows around ``view``; made once a request."""

    def __init__(self, helper, view):
        self.helper = helper
        self.view = view
        self.context = aq_inner(helper.context)
        self.request = helper.request
        self.site = helper.site
        self.portal_url = helper.portal_url
        self.foot = FOOT
        self.operator = settings.operator_name()

    @cached_property
    def user(self):
        """The signed-in user, or None."""
        user = getSecurityManager().getUser()
        return None if user is None or user.getUserName() == "Anonymous User" else user

    @cached_property
    def ours(self):
        return is_ours(self.view)

    @cached_property
    def stock(self):
        """True on a stock Plone page shown to somebody who may edit there: its bundles and toolbar are needed."""
        if self.ours or self.user is None:
            return False
        may = getSecurityManager().checkPermission
        return bool(may("Modify portal content", self.context) or may("Manage portal", self.context))

    @cached_property
    def home(self):
        return bool(getattr(self.view, "home", False))

    @cached_property
    def searching(self):
        """True where the header has no search: on the home page and on pages that are a search themselves."""
        return self.home or bool(getattr(self.view, "searching", False))

    @cached_property
    def own_title(self):
        """The page's title when the view gives one, else ""."""
        stock = STOCK_TITLES.get(getattr(self.view, "__name__", ""))
        if stock and not class_is_ours(type(self.view)):
            return stock
        for name in ("page_title", "label", "title"):
            found = text(getattr(self.view, name, None), self.request)
            if found:
                return found
        return ""

    @cached_property
    def title(self):
        return self.own_title or text(getattr(self.context, "Title", None), self.request) or SITE

    @cached_property
    def intro(self):
        for name in ("page_intro", "description"):
            found = text(getattr(self.view, name, None), self.request)
            if found:
                return found
        return ""

    @property
    def shared(self):
        """What OpenGraph says of a page anybody may share: list of (property, content); nothing to who is signed in."""
        if self.user is not None or not self.ours or self.request.response.getStatus() != 200:
            return []
        said = self.intro or text(getattr(self.context, "Description", None), self.request)
        pairs = [
            ("og:title", self.title),
            ("og:type", "website"),
            ("og:url", self.request.get("ACTUAL_URL", "")),
            ("og:site_name", SITE),
            ("og:locale", "fr_FR"),
        ]
        return [*pairs, ("og:description", cut(" ".join(said.split()), 200))] if said else pairs

    @property
    def window(self):
        return f"Accueil : {SITE}" if self.home else f"{self.title} : {SITE}"

    @cached_property
    def crumbs(self):
        """List of (title, URL or None): home, the ancestors one may see, the view's own, then the page itself."""
        trail = []
        item = self.context
        may = getSecurityManager().checkPermission
        while item is not None and not IPloneSiteRoot.providedBy(item):
            if hasattr(item, "portal_type") and may("View", item):
                name = getattr(aq_base(item), "crumb_title", "") or text(item.Title, self.request) or item.getId()
                url = item.crumb_url() if hasattr(aq_base(item), "crumb_url") else item.absolute_url()
                trail.append((name, url))
            item = aq_parent(aq_inner(item))
        trail.append(("Accueil", self.portal_url))
        trail.reverse()
        more = getattr(self.view, "crumbs", ())
        trail.extend(more)
        here = trail[-1][0] if more else text(getattr(self.context, "Title", None), self.request)
        if self.own_title and self.own_title not in (here, trail[-1][0]):
            trail.append((getattr(self.view, "crumb_title", "") or self.own_title, None))
        return [*trail[:-1], (trail[-1][0], None)]

    @cached_property
    def help(self):
        """(address, title) of the guide of this screen, or None."""
        supplier = queryUtility(IScreenHelp)
        if supplier is None or not self.ours:
            return None
        portal_type = "" if IPloneSiteRoot.providedBy(self.context) else getattr(self.context, "portal_type", "")
        return supplier(self.site, portal_type, getattr(self.view, "__name__", "") or "")

    @cached_property
    def account(self):
        if self.user is None:
            return None
        return queryMultiAdapter((self.site, self.request), IAccountSummary) or PlainAccount(self.site, self.request)

    @cached_property
    def door(self):
        named = getattr(self.view, "door", None)
        if named is not None:
            return named
        path = self.request.get("ACTUAL_URL", "").removeprefix(self.portal_url).strip("/").split("/")[0]
        return PATH_DOORS.get(path.lstrip("@")) or (self.account.door if self.account else "")

    @property
    def doors_html(self):
        return doors_html(self.portal_url, self.door, self.helper.icon)

    @property
    def foot_html(self):
        return foot_html(self.portal_url)

    def part(self, name):
        """Return a view of Plone's that its own templates expect to find; cheaper than the path to it."""
        return getMultiAdapter((self.context, self.request), name=name)

    @property
    def check_permission(self):
        return getToolByName(self.context, "portal_membership").checkPermission

    @property
    def messages(self):
        """Status messages left by the last request, as notes; reading them takes them away."""
        found = []
        for message in IStatusMessage(self.request).show():
            css, icon, role = MESSAGES.get(message.type, MESSAGES["info"])
            words = french(translate(message.message, domain="plone", context=self.request))
            found.append({"css": f"mg-note {css}", "icon": icon, "role": role, "text": words})
        return found

    @cached_property
    def now(self):
        return clock.now()

    @property
    def epoch(self):
        """The server's time in milliseconds since 1970, for the ticking clock."""
        return int(self.now.timestamp() * 1000)

    @property
    def clock_day(self):
        return clock.french_date(self.now)

    @property
    def clock_time(self):
        return f"{clock.paris(self.now):%H:%M:%S}"

    @property
    def clock_iso(self):
        return clock.paris(self.now).isoformat(timespec="seconds")

    @property
    def sign_in(self):
        """Address of the sign-in page, coming back here afterwards; plain when we are on it."""
        here = self.request.get("ACTUAL_URL", "")
        if not self.home and here and not here.endswith(("/login", "/logout", "/logged_out", "/inscription")):
            return f"{self.portal_url}/login?came_from={quote(here, safe='')}"
        return f"{self.portal_url}/login"

    def headers(self):
        """Set what every page answers with; called by the main template."""
        response = self.request.response
        response.setHeader("Content-Type", "text/html; charset=utf-8")
        response.setHeader("Content-Language", "fr")
        response.setHeader("X-Theme-Disabled", "1")  # no Diazo pass over pages that are already ours
        response.setHeader("X-Content-Type-Options", "nosniff")
        response.setHeader("Referrer-Policy", "same-origin")
        if self.ours:
            # on a developer's own machine, inspection tools put scripts into the page
            host = (self.request.get("HTTP_HOST") or "").rpartition(":")[0] or self.request.get("HTTP_HOST") or ""
            response.setHeader("Content-Security-Policy", POLICY if host in LOOPBACK else STRICT)
        if not response.getHeader("Cache-Control"):
            response.setHeader("Cache-Control", "private, no-cache")
        return ""
