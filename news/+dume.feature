DUME : la page publique offre la demande (ESPD), les réponses des candidatures ouvertes se lisent en tableau, et `megalis check dume` contrôle un fichier avant de le sceller.
