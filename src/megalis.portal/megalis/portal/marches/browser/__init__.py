"""The agents' pages: the contracts of a collectivité, what each lacks, its modifications, files from elsewhere."""
