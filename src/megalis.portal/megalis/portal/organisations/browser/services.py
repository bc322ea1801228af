"""The tree of services of a collectivité: add, rename, move under another, remove when empty."""

from functools import cached_property
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel.http import Refusal
from megalis.portal.organisations import create
from megalis.portal.organisations import rules
from megalis.portal.organisations.browser.base import Page
from megalis.portal.organisations.browser.collectivites import tree
from zope.event import notify
from zope.lifecycleevent import ObjectModifiedEvent


class Services(Page):
    """``@@services``."""

    page_title = "Services"
    door = "agents"

    @property
    def url(self):
        return f"{self.context.absolute_url()}/@@services"

    @cached_property
    def rows(self):
        """The services: dicts path, title, acronym, email, depth, where (title with its ancestors)."""
        found, trail = [], []
        for depth, service in tree(self.context):
            del trail[depth:]
            trail.append(service.title)
            found.append(
                {
                    "path": self._path(service),
                    "title": service.title,
                    "acronym": service.acronym or "",
                    "email": service.email or "",
                    "depth": depth,
                    "where": " > ".join(trail),
                }
            )
        return found

    def _path(self, service):
        return "/".join(service.getPhysicalPath()[len(self.context.getPhysicalPath()) :])

    def _at(self, path):
        """Return the service at ``path`` below the collectivité, or the collectivité itself when empty."""
        if not path:
            return self.context
        for _depth, service in tree(self.context):
            if self._path(service) == path:
                return service
        raise Refusal("service", "Ce service n’existe plus : rechargez la page.", 404)

    def _values(self):
        return {
            "acronym": self.field("sigle")[:30],
            "email": rules.email(self.field("courriel")) if self.field("courriel") else "",
        }

    def do_ajouter(self):
        service = create.service(self._at(self.field("sous")), self.field("titre"), **self._values())
        self.done(f"Le service « {service.title} » est ajouté.")

    def do_modifier(self):
        service = self._at(self.field("service") or "?")
        service.title = rules.title(self.field("titre"), "service")
        for name, value in self._values().items():
            setattr(service, name, value)
        notify(ObjectModifiedEvent(service))
        self.done(f"Le service « {service.title} » est enregistré.")

    def do_supprimer(self):
        service = self._at(self.field("service") or "?")
        if service.objectIds():
            raise Refused("service.plein", f"« {service.title} » contient d’autres services : retirez-les d’abord.")
        title = service.title
        service.aq_parent._delObject(service.getId())
        self.done(f"Le service « {title} » est supprimé.")
