`megalis check eforms FILE...` says whether a notice is what the installed eForms SDK asks: one JSON line a file, reasons in French with their lines.
