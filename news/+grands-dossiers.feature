Dossiers of 200 lots with 500 files each: names, lists, checks and archives read lines kept beside the pieces; the agents’ pages of the dossier and of a rectification have a hundred pieces each.
