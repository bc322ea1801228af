"""Upgrade steps, one dated folder each."""
