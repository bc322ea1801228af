"""« Mes réponses »: all that a company deposited, wherever it did, with the receipts."""
