"""Whom a guide is for, as ``kinds.AUDIENCES`` names them."""

AGENTS, COMPANIES = ("agents",), ("entreprises",)
