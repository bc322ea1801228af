"""A préfecture and a Trésor to try against, on this machine, by the real protocols: for tests, demonstrations and developers."""
