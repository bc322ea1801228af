"""Agents of organismes and inscrits of entreprises."""

from AuthEncoding import AuthEncoding
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations import people
from megalis.portal.organisations import roles
from megalis.portal.organisations import rules
from megalis.portal.organisations.services.provisioning import fields
from megalis.portal.organisations.services.provisioning.base import Resource
from megalis.portal.organisations.services.provisioning.buyers import organisme_of
from plone import api

import re


HASHES = ("SSHA", "SHA256")
PROFILES = {"administrateur": ("e-administrateurs", "e-repondants"), "repondant": ("e-repondants",)}


def imported_hash(document):
    """Return the password to keep from ``motDePasse`` and ``typeHash`` (SSHA or SHA256), or None without password.

    Whoever has another kind of hash, or none, chooses a password by the lost-password page. Kept better at first sign-in.
    """
    value, kind = document.get("motDePasse", ""), document.get("typeHash", "").upper()
    if not value:
        return None
    if kind not in HASHES:
        raise Refused(
            "typehash",
            f"« {kind[:20]} » n’est pas admis : typeHash vaut SSHA ou SHA256, ou laissez motDePasse vide.",
            kind,
        )
    reference = value if value.startswith("{") else f"{{{kind}}}{value}"
    shapes = {"SSHA": r"\{SSHA\}[A-Za-z0-9+/_=-]{36,60}", "SHA256": r"\{SHA256\}[0-9a-f]{64}"}
    if not re.fullmatch(shapes[kind], reference) or not AuthEncoding.is_encrypted(reference):
        raise Refused("typehash", f"motDePasse n’est pas une empreinte {kind} : ne l’envoyez jamais en clair.")
    return reference.encode()


class PersonResource(Resource):
    """What agents and inscrits share. A person is known by his userid here."""

    account_kind = ""
    required = ("email", "nom", "prenom")
    extras = ()

    def checked(self, document):
        return fields.check(document, self.fields, self.required)

    def find(self, external):
        userid = people.by_external(external)
        if userid is not None and people.get(userid).kind != self.account_kind:
            raise Refused("compte.genre", f"« {external} » est l’identifiant d’un compte d’un autre genre.", external)
        return userid

    def organisation(self, document):
        """Return where the document puts the person."""
        raise NotImplementedError

    def keys(self, document):
        """Return the role keys the document gives."""
        raise NotImplementedError

    def values(self, document):
        """Return the account values of the document."""
        return {
            "email": rules.email(document["email"]),
            "fullname": rules.person_name(f"{document['prenom']} {document['nom']}"),
            "phone": rules.phone(document.get("telephone", "")),
        }

    def login(self, document):
        return document.get("identifiant") or document.get("login") or document["email"]

    def create(self, external, document):
        values = self.values(document)
        where, keys = self.organisation(document), self.keys(document)
        userid = people.by_email(values["email"])
        if userid is None:
            extra = {"password_hash": imported_hash(document), "login": self.login(document), "by": self.by}
            userid = people.create(self.account_kind, external_id=external, **values, **extra)
        else:
            person = people.get(userid)
            if person.external_id:
                raise Refused("courriel.pris", f"{values['email']} est déjà l’adresse de « {person.external_id} ».")
            if person.kind != self.account_kind:
                raise Refused("compte.genre", f"{values['email']} est l’adresse d’un compte d’un autre genre.")
            people.update(userid, by=self.by, external_id=external, **values)
        membership.set_roles(where, userid, keys, by=self.by, check=False)
        fields.kept(people.door().accounts[userid], document, self.extras)
        return userid

    def update(self, userid, external, document):
        where, keys = self.organisation(document), self.keys(document)
        person = people.get(userid)
        changed = people.update(userid, by=self.by, **self.values(document))
        changed = fields.kept(people.door().accounts[userid], document, self.extras) or changed
        for other in (*person.collectivites, *filter(None, [person.entreprise])):
            if other != where and self.leaves(other):
                membership.remove(other, userid, by=self.by, check=False)
                changed = True
        if membership.roles_of(userid, where) != keys:
            membership.set_roles(where, userid, keys, by=self.by, check=False)
            changed = True
        if not person.active:
            people.reactivate(userid, by=self.by)
            changed = True
        return changed

    def leaves(self, other):
        """Tell whether a person put in one organisation leaves the ``other`` one he was in."""
        return True

    def close(self, userid):
        was = people.is_active(userid)
        membership.remove_everywhere(userid, by=self.by)
        people.deactivate(userid, by=self.by)
        return was

    def base(self, userid, external):
        """Return the common fields, the person and the names he was given."""
        person = people.get(userid)
        kept = fields.given_back(people.door().accounts[userid])
        first, last = kept.pop("prenom", ""), kept.pop("nom", "")
        document = {
            "@id": f"{api.portal.get().absolute_url()}/@{self.kind}/{external}",
            "idExterne": external,
            "actif": person.active,
            "email": person.email,
            "nom": last,
            "prenom": first,
            "telephone": person.phone,
            **kept,
        }
        return person, document


class Agent(PersonResource):
    """``@agents``; ``idProfil`` is one role key of a collectivité or several parted by commas."""

    kind = "agents"
    account_kind = people.AGENT
    fields = {
        "idProfil": fields.TEXT, "identifiant": fields.TEXT, "email": fields.TEXT, "nom": fields.TEXT, "prenom": fields.TEXT,
        "acronymeOrganisme": fields.TEXT, "idExterneOrganisme": fields.TEXT, "siren": fields.TEXT, "telephone": fields.TEXT,
        "fax": fields.TEXT, "service": fields.TEXT, "adresse": fields.OBJECT,
    }  # fmt: skip
    extras = ("prenom", "nom", "fax", "adresse")

    def checked(self, document):
        document = super().checked(document)
        fields.address_in(document)
        return document

    def organisation(self, document):
        return organisme_of(document)

    def keys(self, document):
        given = [key.strip() for key in document.get("idProfil", "lecteurs").split(",") if key.strip()]
        return roles.check_known(given or ["lecteurs"], roles.COLLECTIVITE)

    def values(self, document):
        values = super().values(document)
        values["service"] = ""
        if document.get("service"):
            service = directory.by_external("services", document["service"])
            if service is None:
                raise Refused("service.inconnu", f"Aucun service n’a l’identifiant « {document['service'][:60]} ».")
            values["service"] = directory.path_of(service)
        return values

    def leaves(self, other):
        return False  # an agent may serve several collectivités; DELETE or the other administrator takes him out

    def represent(self, userid, external):
        person, document = self.base(userid, external)
        service = api.portal.get().unrestrictedTraverse(person.service, None) if person.service else None
        where = person.collectivites
        return {
            **document,
            "identifiant": person.login,
            "service": service.external_id if service is not None else "",
            "organismes": [
                {
                    "idExterne": content.external_id or "",
                    "siren": content.siren,
                    "idProfil": ",".join(
                        role.key for role in roles.COLLECTIVITE if role.key in person.roles_in(content)
                    ),
                }
                for content in where
            ],
        }


class Inscrit(PersonResource):
    """``@inscrits``; ``idEtablissement`` is the external identifier of the établissement, or ``siret`` its SIRET."""

    kind = "inscrits"
    account_kind = people.ENTREPRISE
    fields = {
        "idEtablissement": fields.TEXT, "login": fields.TEXT, "motDePasse": fields.TEXT, "typeHash": fields.TEXT,
        "email": fields.TEXT, "nom": fields.TEXT, "prenom": fields.TEXT, "telephone": fields.TEXT, "siret": fields.TEXT,
        "inscritAnnuaireDefense": fields.FLAG, "profil": fields.TEXT,
    }  # fmt: skip
    extras = ("prenom", "nom", "inscritAnnuaireDefense")

    def _place(self, document):
        if document.get("idEtablissement"):
            place = directory.by_external("etablissements", document["idEtablissement"])
        else:
            company = directory.entreprise(document.get("siret", "")[:9])
            place = company.get(document["siret"]) if company is not None else None
        if place is None:
            raise Refused("etablissement.inconnu", "Nommez un établissement connu, par idEtablissement ou par siret.")
        return place

    def organisation(self, document):
        return self._place(document).aq_parent

    def keys(self, document):
        profile = document.get("profil", "repondant").lower()
        if profile not in PROFILES:
            raise Refused("profil", f"« {profile[:30]} » n’est pas un profil : administrateur ou repondant.", profile)
        return frozenset(PROFILES[profile])

    def values(self, document):
        return {**super().values(document), "siret": self._place(document).siret}

    def represent(self, userid, external):
        person, document = self.base(userid, external)
        company = person.entreprise
        place = company.get(person.siret) if company is not None else None
        administers = company is not None and "e-administrateurs" in person.roles_in(company)
        return {
            **document,
            "login": person.login,
            "idEtablissement": place.external_id or "" if place is not None else "",
            "siret": person.siret,
            "profil": "administrateur" if administers else "repondant" if company is not None else "",
        }
