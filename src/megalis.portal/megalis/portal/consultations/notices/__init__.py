"""Notices: what is published of a consultation, where, and what the newspapers and bulletins answered."""
