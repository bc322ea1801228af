"""@CTES: the messages between a collectivité and its préfecture, and the rules of their exchange."""
