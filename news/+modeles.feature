Ce qui n’a pas abouti se relance, et une consultation se garde comme modèle, pour sa collectivité ou pour la région.
