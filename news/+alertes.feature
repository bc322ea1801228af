Alertes par courriel : une recherche s’enregistre en un clic, avec ou sans compte, et prévient dès la publication, chaque jour ou chaque lundi.
