"""The custody of the keys: what each of them opens, how many may be lost, who is given what, what to do when one is gone."""
