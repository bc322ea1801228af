Parts of the dossier sent by post on demand: offered, asked with an address, dispatched with carrier and number, received; each step in the journal.
