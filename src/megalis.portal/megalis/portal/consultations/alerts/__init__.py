"""Alerts by e-mail: a saved search that speaks up when a consultation answers to it."""
