"""The permissions of the room, as checked in Python; ``permissions.zcml`` declares them."""

MANAGE_ORGANISATIONS = "megalis: Manage organisations"
MANAGE_AGENTS = "megalis: Manage agents"
MANAGE_KEYS = "megalis: Manage keys"
MANAGE_COMPANY = "megalis: Manage company"
PROVISION = "megalis: Provision"
