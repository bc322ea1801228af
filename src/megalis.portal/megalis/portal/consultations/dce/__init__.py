"""Taking the dossier: whole, by lot, by piece; by anybody, known or not; and the registers of who asked for what."""
