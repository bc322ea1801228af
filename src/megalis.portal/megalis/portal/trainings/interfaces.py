"""What the things of the room are."""

from zope.interface import Interface


class IFormations(Interface):
    """Marks the catalogue: it holds the modules."""


class IModule(Interface):
    """Marks a module: what is taught, to whom; it holds its sessions."""


class ISession(Interface):
    """Marks a session: where, when, by whom, and who comes."""


class IPartenaires(Interface):
    """Marks the place of the partners."""


class IPartenaire(Interface):
    """Marks a partner organisation, a chamber for instance; it holds its programmes."""


class IProgramme(Interface):
    """Marks a programme: companies a partner brings in, with a target."""
