"""plone.distribution definitions: a complete site in one go."""
