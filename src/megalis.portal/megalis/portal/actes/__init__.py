"""Actes: what a collectivité decides, its transmission to the préfecture, and the public register of what it publishes."""
