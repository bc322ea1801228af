"""A whole consultation as one archive: what every room keeps of it, with hashes, proofs and a manifest for archivists."""
