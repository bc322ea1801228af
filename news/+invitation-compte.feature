Somebody invited into a workspace who has no account makes it from the invitation, as an agent or for a company, and is in at once.
