"""One endpoint for all resources: PUT makes or updates, GET reads back, DELETE closes; refusals are coded JSON."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.kernel.http import read_json
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post
from megalis.portal.organisations import people
from megalis.portal.organisations import rules
from plone.restapi.services import Service
from zope.component.hooks import getSite
from zope.event import notify
from zope.interface import implementer
from zope.lifecycleevent import ObjectModifiedEvent
from zope.publisher.interfaces import IPublishTraverse

import transaction


# Codes that mean the state of the platform forbids it, not that the document is wrong.
CONFLICTS = ("siren.pris", "siren.immuable", "idexterne.pris", "acronyme.pris", "entreprise.prise", "siret.pris",
             "courriel.pris", "identifiant-connexion.pris", "compte.genre", "organisme.immuable", "entreprise.immuable",
             "service.plein", "siret.immuable")  # fmt: skip
LIMIT = 200_000


@implementer(IPublishTraverse)
class Resource(Service):
    """``@<kind>/<idExterne>``. Subclasses translate; they know their fields and where the thing is."""

    kind = ""
    fields = {}
    required = ()

    def __init__(self, context, request):
        super().__init__(context, request)
        self.params = []

    def publishTraverse(self, request, name):
        self.params.append(name)
        return self

    def reply(self):
        mark = transaction.savepoint(optimistic=True)
        try:
            if len(self.params) != 1:
                raise Refusal("adresse", f"L’adresse est @{self.kind}/<identifiant externe>.", 404)
            external = rules.external_id(self.params[0])
            return getattr(self, self.request.method.lower())(external)
        except Refusal as refusal:
            return self.refuse(mark, refusal.status, refusal.code, refusal.message)
        except Refused as refused:
            return self.refuse(mark, 409 if refused.code in CONFLICTS else 422, refused.code, refused.message)

    def refuse(self, mark, status, code, message):
        mark.rollback()
        self.request.response.setStatus(status)
        return {"code": code, "message": message}

    def get(self, external):
        return self.represent(self.found(external), external)

    def put(self, external):
        require_post(self.request)
        document = self.checked(read_json(self.request, LIMIT))
        thing = self.find(external)
        if thing is None:
            thing = self.create(external, document)
            self.request.response.setStatus(201)
            self.tell(external, "creation")
        elif self.update(thing, external, document):
            self.tell(external, "modification")
        return self.represent(thing, external)

    def delete(self, external):
        require_post(self.request)
        if self.close(self.found(external)):
            self.tell(external, "desactivation")
        return self.reply_no_content()

    def found(self, external):
        thing = self.find(external)
        if thing is None:
            raise Refusal("inconnu", f"Aucun élément de @{self.kind} n’a l’identifiant « {external} ».", 404)
        return thing

    def tell(self, external, fact):
        event = {"type": "provision", "ressource": self.kind, "identifiant": external, "fait": fact, "par": self.by}
        journal.record(getSite(), event)

    @property
    def by(self):
        person = people.current(self.request)
        return person.userid if person is not None else ""

    @staticmethod
    def modified(content, *changes):
        """Tell subscribers when any of ``changes`` is true; return whether one was."""
        if any(changes):
            notify(ObjectModifiedEvent(content))
            return True
        return False

    # what a subclass says

    def checked(self, document):
        """Return the document with its fields checked."""
        raise NotImplementedError  # each resource has its own fields

    def find(self, external):
        """Return the thing of that identifier, or None."""
        raise NotImplementedError

    def create(self, external, document):
        """Return the thing made (or adopted, when it was there without identifier)."""
        raise NotImplementedError

    def update(self, thing, external, document):
        """Bring the thing to the document; return True when something changed."""
        raise NotImplementedError

    def close(self, thing):
        """Deactivate the thing; return True when it was active."""
        raise NotImplementedError

    def represent(self, thing, external):
        """Return the JSON of the thing: the fields of the document, the identifier, ``actif`` and its address."""
        raise NotImplementedError
