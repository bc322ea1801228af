"""Forums: subjects and messages of people who work on the same things, for a whole audience or inside a workspace."""
