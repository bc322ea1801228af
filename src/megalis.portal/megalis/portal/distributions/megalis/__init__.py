"""The e-mégalis site: French, Europe/Paris, with or without demonstration content."""
