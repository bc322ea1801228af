"""The salle régionale des marchés publics: consultations, lots, DCE, search and registers."""
