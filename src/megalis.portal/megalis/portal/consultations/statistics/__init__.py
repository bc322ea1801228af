"""Statistics of consultations, for a collectivité and for the region: counted in memory from what the search keeps."""
