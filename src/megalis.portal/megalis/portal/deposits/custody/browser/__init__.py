"""Pages of the custody of keys."""
