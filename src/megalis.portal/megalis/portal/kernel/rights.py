"""Which roles have a permission on one content, whatever stands above it."""

from AccessControl.Permission import Permission


def allow(content, name, roles):
    """Give the permission ``name`` on ``content`` to exactly these roles (``manage_permission`` knows fewer names on a leaf)."""
    Permission(name, (), content).setRoles(tuple(roles))
