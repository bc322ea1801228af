"""Readers and writers of external formats; pure, and alone at the bottom of the house."""
