"""How acts and accounts leave for the State and how its answers come back: real protocols, no Plone, outcomes told apart."""
