"""``@@interfaces-logicielles``: the keys of a collectivité, and what its software exchanged lately."""

from functools import cached_property
from megalis.portal.consultations import api
from megalis.portal.formats.interchange.flavours import FLAVOURS
from megalis.portal.interchange import keys
from megalis.portal.interchange import store
from megalis.portal.kernel import settings
from megalis.portal.organisations.browser.base import Page


STATES = {"active": ("open", "Active"), "expiree": ("closed", "Expirée"), "revoquee": ("bad", "Révoquée")}
SHOWN = 50


class Keys(Page):
    """The page of the administrators."""

    door = "agents"
    page_title = "Interfaces logicielles"
    token = ""  # of the key just made: on this answer, and on no other
    made = None

    lives = tuple(keys.LIVES.items())
    scopes = tuple(keys.SCOPES.items())
    formats = tuple((name, flavour.TITLE) for name, flavour in FLAVOURS.items())

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@interfaces-logicielles"

    @property
    def address(self):
        return f"{self.site_url}/@interchange/v1"

    def do_creer(self):
        days = self.field("duree")
        days = int(days) if days.isascii() and days.isdigit() and len(days) < 5 else 0
        by = self.person.userid if self.person is not None else ""
        self.made, self.token = keys.make(self.context, self.field("nom"), self.fields("portee"), days, by)
        self.request.response.setHeader("Cache-Control", "no-store")

    def do_revoquer(self):
        by = self.person.userid if self.person is not None else ""
        key = keys.revoke(self.context, self.field("cle"), by)
        self.done(f"La clé « {key.title} » est révoquée : elle n’ouvre plus rien.", self.url)

    @cached_property
    def rows(self):
        """The keys: list of dicts ``id, title, scopes, created, expires, used, badge, active``."""
        return [
            {
                "id": key.id,
                "title": key.title,
                "scopes": ", ".join(keys.SCOPES[scope].lower() for scope in key.scopes),
                "created": key.created,
                "expires": key.expires,
                "used": key.last_used,
                "badge": STATES[key.state(self.now)],
                "active": key.state(self.now) == "active",
            }
            for key in keys.of(self.context)
        ]

    @cached_property
    def exchanged(self):
        """The consultations that came by this room, newest first: list of dicts."""
        found = []
        for external in store.records(self.context):
            record, consultation = store.find(self.context, external)
            if consultation is not None:
                found.append(
                    {
                        "external": external,
                        "title": consultation.title,
                        "url": f"{consultation.absolute_url()}/@@gestion",
                        "state": api.state_label(consultation, self.now),
                        "received": record.received,
                        "by": record.by,
                    }
                )
        return sorted(found, key=lambda row: row["received"], reverse=True)[:SHOWN]

    @property
    def folder(self):
        """True when the operator shares a folder with this collectivité."""
        root = settings.interchange()
        return root is not None and (root / self.context.siren).is_dir()
