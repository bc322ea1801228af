"""Collectivités, services and agents; entreprises and établissements; sign-in and roles."""
