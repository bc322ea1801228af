"""Workspaces: places where people of several collectivités and companies prepare something together."""
