Le suivi d’une collectivité montre ses consultations par étape sur un calendrier, leurs prochaines dates et les semaines chargées ; un message le matin rappelle les dates aux agents.
