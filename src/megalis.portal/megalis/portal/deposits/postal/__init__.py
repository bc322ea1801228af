"""Parts of the dossier sent by post on demand: what may be asked, who asked, when it left and arrived."""
