"""DUME (ESPD): the request a buyer publishes, the response a company joins to its candidature, versions 2.1 to 4 of the model."""
