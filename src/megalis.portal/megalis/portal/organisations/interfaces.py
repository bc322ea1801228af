"""What a collectivité, a service, a company and an establishment are, and what other rooms may offer them."""

from megalis.portal import _
from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import rules
from plone.namedfile.field import NamedBlobImage
from plone.supermodel import model
from zope import schema
from zope.interface import Interface
from zope.interface import Invalid
from zope.interface import invariant
from zope.interface.interfaces import IObjectEvent


LOGO_TYPES = ("image/png", "image/jpeg", "image/webp")
LOGO_BYTES = 1_000_000


def constraint(check):
    """Return a zope.schema constraint that accepts what ``check`` accepts and says why it refuses the rest."""

    def accepts(value):
        try:
            check(value)
        except Refused as refused:
            raise Invalid(refused.message) from refused
        return True

    return accepts


def _logo(value):
    if value is None:
        return
    if value.contentType not in LOGO_TYPES:
        raise Refused("logo.type", f"Le logo est de type « {value.contentType} » : donnez une image PNG, JPEG ou WebP.")
    if value.getSize() > LOGO_BYTES:
        raise Refused("logo.taille", f"Le logo pèse {value.getSize()} octets : 1 Mo au plus.")


class IAddress(model.Schema):
    """Where an organisation is and how to reach it."""

    street = schema.Text(title=_("Adresse"), required=False, default="")
    postal_code = schema.TextLine(title=_("Code postal"), required=False, default="")
    city = schema.TextLine(title=_("Ville"), required=False, default="")
    phone = schema.TextLine(title=_("Téléphone"), required=False, default="", constraint=constraint(rules.phone))
    email = schema.TextLine(
        title=_("Courriel"),
        required=False,
        default="",
        constraint=constraint(lambda value: value and rules.email(value)),
    )


class ICollectivite(IAddress):
    """A public buyer. Its SIREN names its groups of agents for ever, so it never changes."""

    siren = schema.TextLine(
        title=_("SIREN"), description=_("Neuf chiffres, clé vérifiée."), constraint=constraint(numbers.siren)
    )
    siret = schema.TextLine(
        title=_("SIRET du siège"),
        description=_("Quatorze chiffres, clé vérifiée."),
        constraint=constraint(numbers.siret),
    )
    acronym = schema.TextLine(title=_("Sigle"), required=False, default="")
    legal_category = schema.Choice(
        title=_("Nature juridique"),
        description=_("Catégorie juridique de l’INSEE."),
        vocabulary="megalis.portal.LegalCategories",
        required=False,
    )
    department = schema.Choice(title=_("Département"), vocabulary="megalis.portal.Departments", required=False)
    arrondissement = schema.TextLine(title=_("Arrondissement"), required=False, default="")
    website = schema.URI(title=_("Site web"), required=False)
    logo = NamedBlobImage(
        title=_("Logo"), description=_("PNG, JPEG ou WebP, 1 Mo au plus."), required=False, constraint=constraint(_logo)
    )
    member_since = schema.Date(title=_("Adhérent depuis"), required=False)
    external_id = schema.ASCIILine(title=_("Identifiant externe"), required=False, default="")

    @invariant
    def siret_belongs_to_siren(data):
        siret, siren = getattr(data, "siret", None), getattr(data, "siren", None)
        if siret and siren and not siret.startswith(siren):
            raise Invalid("Le SIRET du siège doit commencer par le SIREN de la collectivité : corrigez l’un des deux.")


class IService(IAddress):
    """A service of a collectivité, or a service inside another."""

    acronym = schema.TextLine(title=_("Sigle"), required=False, default="")
    external_id = schema.ASCIILine(title=_("Identifiant externe"), required=False, default="")


class IEntreprise(IAddress):
    """A company, by its SIREN or by its number in its own country (``identifier``)."""

    identifier = schema.ASCIILine(title=_("Identifiant"))
    country = schema.Choice(title=_("Pays"), vocabulary="megalis.portal.Countries", default="FR")
    legal_form = schema.TextLine(title=_("Forme juridique"), required=False, default="")
    naf = schema.TextLine(
        title=_("Code NAF (APE)"), description=_("Par exemple 43.21A."), required=False, default="",
        constraint=constraint(rules.naf),
    )  # fmt: skip
    size = schema.Choice(title=_("Effectif"), vocabulary="megalis.portal.CompanySizes", required=False)
    certificate = schema.Bool(
        title=_("L’entreprise détient un certificat électronique"),
        description=_("Il sert à signer un marché attribué, jamais à déposer un pli."),
        required=False,
        default=False,
    )
    external_id = schema.ASCIILine(title=_("Identifiant externe"), required=False, default="")


class IEtablissement(IAddress):
    """A place of a company, with its SIRET."""

    siret = schema.ASCIILine(title=_("SIRET"), constraint=constraint(lambda value: value and numbers.siret(value)))
    head_office = schema.Bool(title=_("Siège de l’entreprise"), required=False, default=False)
    external_id = schema.ASCIILine(title=_("Identifiant externe"), required=False, default="")


class IOrganisation(Interface):
    """Marks what has members with roles: a collectivité or a company."""


class ICollectivites(Interface):
    """Marks the public directory of the collectivités."""


class IEntreprises(Interface):
    """Marks the private folder of the companies."""


class IConsultationsOf(Interface):
    """Adapter of (collectivité, request): ``__call__() -> HTML`` of its public consultations, supplied by their room."""


class IPublicPagesOf(Interface):
    """Named adapter of (collectivité, request): ``__call__() -> [(French label, URL)]`` of the public pages a room has of it."""


class ISignInMethod(Interface):
    """Named utility: a way to sign in, offered on the sign-in page.

    ``title``: French name; ``order``: int; ``available(request) -> bool``; ``render(request) -> HTML`` of its block.
    """


class IRolesChanged(IObjectEvent):
    """A person's roles changed in the organisation ``object``: ``userid``, ``before`` and ``after`` (frozensets of keys)."""
