"""Organismes and their services."""

from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import create
from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations import rules
from megalis.portal.organisations.services.provisioning import fields
from megalis.portal.organisations.services.provisioning.base import Resource
from megalis.portal.organisations.vocabularies import LEGAL_CATEGORIES
from plone import api
from urllib.parse import urlsplit


def close_organisation(content, by):
    """Suspend an organisation and end every membership of it; return True when it was active."""
    if api.content.get_state(content) == "suspendue":
        return False
    for member in membership.members(content):
        membership.remove(content, member.userid, by=by, check=False)
    api.portal.get_tool("portal_workflow").doActionFor(content, "suspendre")
    return True


def reopen_organisation(content):
    """Make a suspended organisation active again; return True when it was suspended."""
    if api.content.get_state(content) != "suspendue":
        return False
    api.portal.get_tool("portal_workflow").doActionFor(content, "retablir")
    return True


def organisme_of(document):
    """Return the collectivité a document names (idExterneOrganisme, acronymeOrganisme or siren); Refused when none."""
    wanted = (
        ("idExterneOrganisme", lambda value: directory.by_external("organismes", value)),
        ("acronymeOrganisme", directory.by_code),
        ("siren", directory.collectivite),
    )
    for name, find in wanted:
        if document.get(name):
            found = find(document[name])
            if found is None:
                raise Refused(
                    "organisme.inconnu", f"Aucun organisme ne répond à {name} « {document[name][:60]} ».", name
                )
            return found
    raise Refused("organisme.absent", "Nommez l’organisme par idExterneOrganisme, acronymeOrganisme ou siren.")


class Organisme(Resource):
    """``@organismes``."""

    kind = "organismes"
    fields = {
        "acronyme": fields.TEXT, "categorieInsee": fields.TEXT, "sigle": fields.TEXT, "siren": fields.TEXT,
        "nic": fields.TEXT, "denomination": fields.TEXT, "adresse": fields.OBJECT, "description": fields.TEXT,
        "url": fields.TEXT, "email": fields.TEXT, "tel": fields.TEXT, "logoUrl": fields.TEXT,
    }  # fmt: skip
    required = ("siren", "nic", "denomination")

    def checked(self, document):
        document = fields.check(document, self.fields, self.required)
        document["siret"] = numbers.siret(document["siren"] + document["nic"])
        if document.get("categorieInsee") and document["categorieInsee"] not in dict(LEGAL_CATEGORIES):
            raise Refused(
                "categorie", f"La catégorie INSEE « {document['categorieInsee'][:20]} » n’est pas connue ici."
            )
        for name in ("url", "logoUrl"):
            if document.get(name) and urlsplit(document[name]).scheme not in ("http", "https"):
                raise Refused("adresse-web", f"Le champ « {name} » n’est pas une adresse commençant par https://.")
        return document

    def _values(self, document):
        return {
            "title": rules.title(document["denomination"]),
            "description": document.get("description", ""),
            "siret": document["siret"],
            "acronym": document.get("sigle", ""),
            "legal_category": document.get("categorieInsee") or None,
            "website": document.get("url") or None,
            "email": rules.email(document["email"]) if document.get("email") else "",
            "phone": rules.phone(document.get("tel", "")),
            **fields.address_in(document),
        }

    def find(self, external):
        return directory.by_external("organismes", external)

    def create(self, external, document):
        values = self._values(document)
        content = directory.collectivite(document["siret"][:9])
        if content is None:
            content = create.collectivite(values.pop("title"), values.pop("siret"), external_id=external, **values)
            self._extras(content, document)
            return content
        if content.external_id:
            raise Refused(
                "siren.pris", f"Le SIREN {document['siren']} est celui de l’organisme « {content.external_id} »."
            )
        content.external_id = external
        self.update(content, external, document, adopted=True)
        return content

    def update(self, content, external, document, adopted=False):
        if document["siret"][:9] != content.siren:
            raise Refused("siren.immuable", f"Cet organisme a le SIREN {content.siren} : il ne change jamais.")
        changed = [adopted, *fields.put(content, self._values(document)), self._extras(content, document)]
        return self.modified(content, *changed, reopen_organisation(content))

    def _extras(self, content, document):
        code = document.get("acronyme", "")
        renamed = code != content.core_code
        directory.enter_code(content, code)
        return fields.kept(content, document, ("logoUrl",)) or renamed

    def close(self, content):
        return close_organisation(content, self.by)

    def represent(self, content, external):
        return {
            "@id": f"{api.portal.get().absolute_url()}/@organismes/{external}",
            "idExterne": external,
            "actif": api.content.get_state(content) == "active",
            "acronyme": content.core_code,
            "categorieInsee": content.legal_category or "",
            "sigle": content.acronym or "",
            "siren": content.siren,
            "nic": content.siret[9:],
            "denomination": content.title,
            "adresse": fields.address_out(content),
            "description": content.description or "",
            "url": content.website or "",
            "email": content.email or "",
            "tel": content.phone or "",
            "logoUrl": "",
            **fields.given_back(content),
            "page": content.absolute_url(),
        }


class ServiceResource(Resource):
    """``@services``."""

    kind = "services"
    fields = {
        "idParent": fields.TEXT, "idExterneParent": fields.TEXT, "libelle": fields.TEXT, "acronymeOrganisme": fields.TEXT,
        "idExterneOrganisme": fields.TEXT, "sigle": fields.TEXT, "siren": fields.TEXT, "complement": fields.TEXT,
        "email": fields.TEXT, "formeJuridique": fields.TEXT, "formeJuridiqueCode": fields.TEXT,
    }  # fmt: skip
    required = ("libelle",)
    extras = ("idParent", "complement", "formeJuridique", "formeJuridiqueCode")

    def checked(self, document):
        return fields.check(document, self.fields, self.required)

    def find(self, external):
        return directory.by_external("services", external)

    def _holder(self, document):
        if not document.get("idExterneParent"):
            return organisme_of(document)
        parent = directory.by_external("services", document["idExterneParent"])
        if parent is None:
            raise Refused("parent.inconnu", f"Aucun service n’a l’identifiant « {document['idExterneParent'][:60]} ».")
        return parent

    def _values(self, document):
        email = document.get("email")
        return {
            "title": rules.title(document["libelle"], "service"),
            "acronym": document.get("sigle", ""),
            "email": rules.email(email) if email else "",
        }

    def create(self, external, document):
        values = self._values(document)
        content = create.service(self._holder(document), values.pop("title"), external_id=external, **values)
        fields.kept(content, document, self.extras)
        return content

    def update(self, content, external, document):
        parent = self._holder(document)
        if parent != content.aq_parent:
            raise Refused("organisme.immuable", "Un service ne change pas de parent : fermez-le et créez-en un autre.")
        changed = [*fields.put(content, self._values(document)), fields.kept(content, document, self.extras)]
        reopened = not content.active
        content.active = True
        return self.modified(content, *changed, reopened)

    def close(self, content):
        if any(child.active for child in content.objectValues()):
            raise Refused("service.plein", f"« {content.title} » contient d’autres services : fermez-les d’abord.")
        was = content.active
        content.active = False
        return was

    def represent(self, content, external):
        parent = content.aq_parent
        above = content
        while above.portal_type == "Service":
            above = above.aq_parent
        return {
            "@id": f"{api.portal.get().absolute_url()}/@services/{external}",
            "idExterne": external,
            "actif": content.active,
            "idExterneParent": parent.external_id if parent.portal_type == "Service" else "",
            "libelle": content.title,
            "acronymeOrganisme": above.core_code,
            "idExterneOrganisme": above.external_id or "",
            "sigle": content.acronym or "",
            "siren": above.siren,
            "email": content.email or "",
            **fields.given_back(content),
        }
