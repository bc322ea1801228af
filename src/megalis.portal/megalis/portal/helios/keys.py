"""The names flows are known by: NomFic with CodCol, once on the whole platform, since acknowledgements come back under it.

Beside them, the SIRET each register sends for: a PES Retour says no more than that.
"""

from BTrees.OOBTree import OOBTree
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from plone import api
from zope.annotation.interfaces import IAnnotations


FLOWS = "megalis.helios.flux"
SIRETS = "megalis.helios.sirets"


def _kept(name, make=False):
    annotations = IAnnotations(api.portal.get())
    if make and name not in annotations:
        annotations[name] = OOBTree()
    return annotations.get(name, {})


def prepare():
    """Make the trees ahead of the writers, so that the first two of them do not collide."""
    for name in (FLOWS, SIRETS):
        _kept(name, make=True)


def _path(content):
    site = api.portal.get()
    return "/".join(content.getPhysicalPath()[len(site.getPhysicalPath()) :])


def _at(path):
    return api.portal.get().unrestrictedTraverse(path, None) if path else None


def flow(entete):
    """Return the flow known by the key of a header, or None."""
    return _at(_kept(FLOWS).get(entete.key)) if entete.nomfic else None


def check(entete, collectivite):
    """Refuse (``pes.flux-double``) a key that another flow of the platform has."""
    found = flow(entete)
    if found is None:
        return
    ours = found.__parent__.__parent__.getId() == collectivite.getId()
    where = (
        f"il a été déposé ici le {clock.paris(found.deposited_at):%d/%m/%Y}"
        if ours
        else "une autre collectivité l’a déposé"
    )
    raise Refused(
        "pes.flux-double",
        f"Le flux « {entete.nomfic[:100]} » (code collectivité {entete.cod_col}) est déjà sur la plateforme : {where}. "
        "Le Trésor n’admet qu’un flux de ce nom : changez-le (NomFic) dans votre logiciel, ou abandonnez l’autre.",
        entete.nomfic,
    )


def hold(flux):
    """Keep the key of a flow."""
    if flux.entete.nomfic:
        _kept(FLOWS, make=True)[flux.entete.key] = _path(flux)


def release(flux):
    """Let the key of a flow that never left be used again."""
    kept = _kept(FLOWS)
    if kept.get(flux.entete.key) == _path(flux):
        del kept[flux.entete.key]


def sends_for(siret, registre):
    """Remember that a register sent a flow for a SIRET; the first one that did keeps it."""
    if siret:
        _kept(SIRETS, make=True).setdefault(siret, _path(registre))


def register_of(siret):
    """Return the register that sent a flow for a SIRET, or None."""
    return _at(_kept(SIRETS).get(siret))
