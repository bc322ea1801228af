"""Making organisations from values: the one way used by forms, registration, provisioning and demonstration."""

from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused
from megalis.portal.organisations import directory
from megalis.portal.organisations import rules
from plone.dexterity.utils import createContent
from zope.component.hooks import getSite


def _add(container, portal_type, name, fields):
    content = createContent(portal_type, id=name, **fields)
    container._setObject(name, content)
    return container[name]


def _free(container, wanted):
    name, rank = wanted, 2
    while name in container:
        name, rank = f"{wanted}-{rank}", rank + 1
    return name


def collectivite(title, siret, **fields):
    """Return a new Collectivite (``fields`` as in ICollectivite); Refused on a wrong or taken SIRET."""
    siret = numbers.siret(siret)
    siren = siret[:9]
    if directory.collectivite(siren) is not None:
        raise Refused(
            "siren.pris", f"Le SIREN {numbers.format_siren(siren)} est déjà celui d’une collectivité inscrite.", siret
        )
    container = getSite()[directory.COLLECTIVITES]
    title = rules.title(title)
    name = _free(container, rules.slug(title))
    return _add(container, "Collectivite", name, {"title": title, "siret": siret, "siren": siren, **fields})


def service(parent, title, **fields):
    """Return a new Service in ``parent`` (a collectivité or a service)."""
    title = rules.title(title, "service")
    return _add(parent, "Service", _free(parent, rules.slug(title)), {"title": title, **fields})


def entreprise(title, identifier, country="FR", **fields):
    """Return a new Entreprise; ``identifier`` as given by ``rules.company_identifier``; Refused ``entreprise.prise``."""
    if directory.entreprise(identifier) is not None:
        raise Refused("entreprise.prise", f"L’entreprise {identifier} est déjà inscrite.", identifier)
    container = getSite()[directory.ENTREPRISES]
    title = rules.title(title)
    fields = {"title": title, "identifier": identifier, "country": country, **fields}
    return _add(container, "Entreprise", identifier.lower(), fields)


def etablissement(company, siret, title="", **fields):
    """Return a new Etablissement of ``company``; Refused when the SIRET is not one of its own or is taken."""
    siret = numbers.siret(siret)
    if siret[:9] != company.siren:
        raise Refused(
            "siret.entreprise",
            f"Le SIRET {numbers.format_siret(siret)} n’est pas d’un établissement de {company.title} : vérifiez-le.",
            siret,
        )
    if siret in company:
        raise Refused("siret.pris", f"L’établissement {numbers.format_siret(siret)} est déjà inscrit.", siret)
    title = rules.title(title or company.title)
    return _add(company, "Etablissement", siret, {"title": title, "siret": siret, **fields})
