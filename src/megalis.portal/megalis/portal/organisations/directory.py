"""Which organisation has which number: small trees on the site, kept by the same transaction as the organisations.

The catalogue could answer too, but only after indexing, and it would let two writers give the same number twice; here
the second of them conflicts, runs again and sees the first.
"""

from BTrees.OOBTree import OOBTree
from megalis.portal.formats import countries
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused
from persistent import Persistent
from zope.annotation.interfaces import IAnnotations
from zope.component.hooks import getSite


KEY = "megalis.directory"
COLLECTIVITES = "collectivites"
ENTREPRISES = "entreprises"


class Directory(Persistent):
    """``sirens``: SIREN of a collectivité -> path; ``external``: ``kind:id`` -> path; paths are relative to the site."""

    def __init__(self):
        self.sirens = OOBTree()
        self.external = OOBTree()


def prepare(site):
    """Give the site its directory (at installation)."""
    annotations = IAnnotations(site)
    if KEY not in annotations:
        annotations[KEY] = Directory()


def _directory():
    return IAnnotations(getSite())[KEY]


def path_of(content):
    """Return the path of ``content`` under the site, as text."""
    return "/".join(content.getPhysicalPath()[len(getSite().getPhysicalPath()) :])


def _resolve(path):
    return None if path is None else getSite().unrestrictedTraverse(path, None)


def collectivite(siren):
    """Return the collectivité of that SIREN, or None."""
    return _resolve(_directory().sirens.get(siren))


def entreprise(identifier):
    """Return the company of that SIREN (or ``XX-`` foreign identifier), or None."""
    folder = getSite().get(ENTREPRISES)
    return folder.get(identifier.lower()) if folder is not None and identifier else None


def company_of(number):
    """Return the company of a SIRET, SIREN, VAT number or foreign number (``formats.operators``), or None."""
    own = operators.company(number)
    where = operators.country(own)
    if where is None or where is countries.FRANCE:
        return entreprise(own)
    bare = own.removeprefix(f"{where.code}-")
    spelt = (bare, bare.removeprefix(where.nuts or where.code))  # people type a VAT number with its letters, or without
    return next(filter(None, (entreprise(f"{where.code}-{item}") for item in spelt)), None)


def organisation(identifier):
    """Return the collectivité or company that names its groups by ``identifier``, or None."""
    return collectivite(identifier) or entreprise(identifier)


def by_external(kind, external):
    """Return the content (``organismes``, ``services``, ``entreprises``, ``etablissements``) of that external id, or None."""
    return _resolve(_directory().external.get(f"{kind}:{external}"))


def by_code(code):
    """Return the collectivité that the portal core calls ``code`` (its acronyme), or None."""
    return _resolve(_directory().external.get(f"codes:{code.lower()}")) if code else None


def enter_code(content, code):
    """Let the portal core's name of a collectivité find it; Refused ``acronyme.pris`` when it finds another."""
    external = _directory().external
    path = path_of(content)
    before = getattr(content, "core_code", "")
    if before and before != code and external.get(f"codes:{before.lower()}") == path:
        del external[f"codes:{before.lower()}"]
    if code and external.setdefault(f"codes:{code.lower()}", path) != path:
        raise Refused("acronyme.pris", f"L’acronyme « {code} » est déjà celui d’un autre organisme.", code)
    content.core_code = code


def enter(content, kind, siren=None):
    """Write ``content`` in the directory; Refused ``siren.pris`` or ``idexterne.pris`` when another has its number."""
    directory = _directory()
    path = path_of(content)
    if siren and directory.sirens.setdefault(siren, path) != path:
        raise Refused("siren.pris", f"Le SIREN {siren} est déjà celui d’une autre collectivité : vérifiez-le.", siren)
    forget(content, kind)
    external = content.external_id
    if external and directory.external.setdefault(f"{kind}:{external}", path) != path:
        raise Refused("idexterne.pris", f"L’identifiant externe « {external} » est déjà donné ailleurs.", external)


def forget(content, kind, siren=None):
    """Take ``content`` out of the directory (its SIREN only when given: it never changes while it lives)."""
    directory = _directory()
    path = path_of(content)
    if siren and directory.sirens.get(siren) == path:
        del directory.sirens[siren]
    code = getattr(content, "core_code", "")
    if siren and code and directory.external.get(f"codes:{code.lower()}") == path:
        del directory.external[f"codes:{code.lower()}"]
    key = getattr(content, "_external_entered", None)
    if key and directory.external.get(key) == path:
        del directory.external[key]
    external = content.external_id
    content._external_entered = f"{kind}:{external}" if external else None
