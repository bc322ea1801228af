"""Bourse à la cotraitance: companies that look for partners on a consultation find one another, no address shown.

The buyer does not see who looks for whom: moderation is the operator's.
"""
