"""Programs' way in: the REST services of the organisations."""
