"""Signing in: one door for every method, lockout, password policy, tokens sent by mail."""
