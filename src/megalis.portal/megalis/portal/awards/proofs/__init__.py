"""Proofs that the buyer asks of the administrations instead of the companies (R. 2143-13)."""
