"""What comes and goes on paper: bids, samples and backup copies received, parts of the dossier sent by post on demand."""
