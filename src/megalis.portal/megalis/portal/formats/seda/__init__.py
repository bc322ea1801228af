"""SEDA 2.1 transfers: what an archive service receives of an act or of a consultation, file by file, with its context."""
