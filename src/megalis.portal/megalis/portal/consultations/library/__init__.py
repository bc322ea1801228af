"""Starting from what was already written: relaunching what failed, and the models of a collectivité and of the region."""
