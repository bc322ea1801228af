"""What the public reads: rubriques, items, agenda, feeds."""
