The open data of the region and of each collectivité have a DCAT catalogue in JSON-LD, to be declared with the buyer's profile on data.gouv.fr.
