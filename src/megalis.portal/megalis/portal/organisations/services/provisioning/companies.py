"""Entreprises and their établissements."""

from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import create
from megalis.portal.organisations import directory
from megalis.portal.organisations import rules
from megalis.portal.organisations.services.provisioning import fields
from megalis.portal.organisations.services.provisioning.base import Resource
from megalis.portal.organisations.services.provisioning.buyers import close_organisation
from megalis.portal.organisations.services.provisioning.buyers import reopen_organisation
from megalis.portal.organisations.vocabularies import countries
from megalis.portal.organisations.vocabularies import size_of
from plone import api


PLACE_FIELDS = {
    "siege": fields.FLAG, "siret": fields.TEXT, "adresse": fields.OBJECT, "idEntreprise": fields.TEXT,
    "codeEtablissement": fields.TEXT,
}  # fmt: skip


def place_siret(document, company):
    """Return the SIRET of an établissement: given, or made of the company's SIREN and ``codeEtablissement`` (NIC)."""
    if document.get("siret"):
        return numbers.siret(document["siret"])
    if document.get("codeEtablissement"):
        return numbers.siret(company.siren + document["codeEtablissement"])
    raise Refused("champ.obligatoire", "Le champ « siret » manque (ou « codeEtablissement »).", "siret")


class Entreprise(Resource):
    """``@entreprises``."""

    kind = "entreprises"
    fields = {
        "siren": fields.TEXT, "sirenEtranger": fields.TEXT, "paysenregistrement": fields.TEXT, "effectif": fields.NUMBER,
        "formeJuridique": fields.TEXT, "codeAPE": fields.TEXT, "capitalSocial": fields.TEXT, "raisonSociale": fields.TEXT,
        "email": fields.TEXT, "etablissements": fields.LIST,
    }  # fmt: skip
    required = ("raisonSociale",)
    extras = ("effectif", "capitalSocial")

    def checked(self, document):
        document = fields.check(document, self.fields, self.required)
        country = document.get("paysenregistrement", "FR").upper()
        if country not in dict(countries()):
            raise Refused("pays.forme", f"« {country[:10]} » n’est pas un code de pays ISO à deux lettres.")
        identifier, country = rules.company_identifier(document.get("siren"), document.get("sirenEtranger"), country)
        document |= {"identifier": identifier, "country": country}
        places = []
        for number, place in enumerate(document.get("etablissements", ())):
            if not isinstance(place, dict):
                raise Refused("champ.type", f"L’établissement n° {number + 1} doit être un objet.")
            places.append(fields.check(place, PLACE_FIELDS, (), f"etablissements[{number}]."))
        document["etablissements"] = places
        if document.get("effectif", 0) < 0:
            raise Refused("effectif", "L’effectif ne peut être négatif.")
        return document

    def _values(self, document):
        return {
            "title": rules.title(document["raisonSociale"]),
            "legal_form": document.get("formeJuridique", ""),
            "naf": rules.naf(document.get("codeAPE", "")),
            "size": size_of(document["effectif"]) if "effectif" in document else None,
            "email": rules.email(document["email"]) if document.get("email") else "",
        }

    def find(self, external):
        return directory.by_external("entreprises", external)

    def create(self, external, document):
        values = self._values(document)
        content = directory.entreprise(document["identifier"])
        if content is None:
            content = create.entreprise(
                values.pop("title"), document["identifier"], document["country"], external_id=external, **values
            )
            fields.kept(content, document, self.extras)
            self._places(content, document)
            return content
        if content.external_id:
            raise Refused(
                "siren.pris", f"L’entreprise {content.identifier} a déjà l’identifiant « {content.external_id} »."
            )
        content.external_id = external
        self.update(content, external, document, adopted=True)
        return content

    def update(self, content, external, document, adopted=False):
        if document["identifier"] != content.identifier:
            raise Refused(
                "siren.immuable", f"Cette entreprise est {content.identifier} : son identifiant ne change jamais."
            )
        changed = [adopted, *fields.put(content, self._values(document)), fields.kept(content, document, self.extras)]
        changed.append(self._places(content, document))
        return self.modified(content, *changed, reopen_organisation(content))

    def _places(self, company, document):
        changed = False
        for place in document["etablissements"]:
            siret = place_siret(place, company)
            values = {"head_office": place.get("siege", False), **fields.address_in(place)}
            if siret in company:
                changed = self.modified(company[siret], *fields.put(company[siret], values)) or changed
            else:
                create.etablissement(company, siret, **values)
                changed = True
        return changed

    def close(self, content):
        return close_organisation(content, self.by)

    def represent(self, content, external):
        french = content.country == "FR"
        places = [place for place in content.objectValues() if place.portal_type == "Etablissement" and place.active]
        return {
            "@id": f"{api.portal.get().absolute_url()}/@entreprises/{external}",
            "idExterne": external,
            "actif": api.content.get_state(content) == "active",
            "siren": content.siren,
            "sirenEtranger": "" if french else content.identifier.partition("-")[2],
            "paysenregistrement": content.country,
            "formeJuridique": content.legal_form or "",
            "codeAPE": content.naf or "",
            "raisonSociale": content.title,
            "email": content.email or "",
            **fields.given_back(content),
            "etablissements": [represent_place(place) for place in sorted(places, key=lambda place: place.siret)],
        }


def represent_place(content):
    """Return the fields of an établissement."""
    return {
        "siege": bool(content.head_office),
        "siret": content.siret,
        "codeEtablissement": content.siret[9:],
        "adresse": fields.address_out(content),
    }


class Etablissement(Resource):
    """``@etablissements``; ``idEntreprise`` is the external identifier of the company."""

    kind = "etablissements"
    fields = PLACE_FIELDS
    required = ("idEntreprise",)

    def checked(self, document):
        return fields.check(document, self.fields, self.required)

    def find(self, external):
        return directory.by_external("etablissements", external)

    def _company(self, document):
        company = directory.by_external("entreprises", document["idEntreprise"])
        if company is None:
            raise Refused(
                "entreprise.inconnue", f"Aucune entreprise n’a l’identifiant « {document['idEntreprise'][:60]} »."
            )
        return company

    def _values(self, document):
        return {"head_office": document.get("siege", False), **fields.address_in(document)}

    def create(self, external, document):
        company = self._company(document)
        siret = place_siret(document, company)
        content = company.get(siret)
        if content is None:
            return create.etablissement(company, siret, external_id=external, **self._values(document))
        if content.external_id:
            raise Refused("siret.pris", f"L’établissement {siret} a déjà l’identifiant « {content.external_id} ».")
        content.external_id = external
        self.modified(content, True, *fields.put(content, self._values(document)))
        return content

    def update(self, content, external, document):
        company = self._company(document)
        if company != content.aq_parent:
            raise Refused("entreprise.immuable", "Un établissement ne change pas d’entreprise.")
        if place_siret(document, company) != content.siret:
            raise Refused("siret.immuable", f"Cet établissement a le SIRET {content.siret} : il ne change jamais.")
        reopened = not content.active
        content.active = True
        return self.modified(content, reopened, *fields.put(content, self._values(document)))

    def close(self, content):
        was = content.active
        content.active = False
        return was

    def represent(self, content, external):
        return {
            "@id": f"{api.portal.get().absolute_url()}/@etablissements/{external}",
            "idExterne": external,
            "actif": content.active,
            "idEntreprise": content.aq_parent.external_id or "",
            **represent_place(content),
        }
