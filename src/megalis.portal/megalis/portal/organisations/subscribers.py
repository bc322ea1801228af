"""What happens by itself: a new organisation gets its groups and roles, a removed one gives its numbers back."""

from megalis.portal.organisations import directory
from megalis.portal.organisations import membership
from megalis.portal.organisations import registration


KINDS = {
    "Collectivite": "organismes",
    "Service": "services",
    "Entreprise": "entreprises",
    "Etablissement": "etablissements",
}


def entered(content, event):
    """A new organisation or part of one: write its numbers; give an organisation its groups, once."""
    directory.enter(content, KINDS[content.portal_type], _siren(content))
    if content.portal_type in ("Collectivite", "Entreprise"):
        membership.install(content)


def changed(content, event):
    """An edited one: its external identifier may have changed, its title names its groups."""
    directory.enter(content, KINDS[content.portal_type], _siren(content))
    if content.portal_type in ("Collectivite", "Entreprise"):
        membership.rename(content)


def removed(content, event):
    """One that goes away takes its groups along."""
    if event.newParent is not None or event.oldParent is None:
        return
    directory.forget(content, KINDS[content.portal_type], _siren(content))
    if content.portal_type in ("Collectivite", "Entreprise"):
        membership.uninstall(content)


def _siren(content):
    return content.siren if content.portal_type == "Collectivite" else None


def purge(tick):
    """The worker passes: forget registrations that were never confirmed."""
    if tick.now.minute == 0:
        registration.purge(tick.site)
