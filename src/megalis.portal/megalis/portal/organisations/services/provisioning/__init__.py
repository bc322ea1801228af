"""The portal core tells who exists: organismes, services, agents, entreprises, établissements, inscrits.

Each resource is named by the identifier the other system gives it; a PUT may be sent again at any time and has the same
result. The fields are those a salle des marchés publics receives from the core of the regional portal.
"""
