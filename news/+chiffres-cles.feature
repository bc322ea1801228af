Chiffres clés et statistiques, comptés en direct, par mois et par année, avec un tableau derrière chaque dessin, en CSV, XLSX, PDF et JSON.
