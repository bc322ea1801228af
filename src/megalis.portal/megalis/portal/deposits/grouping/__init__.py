"""Joint bidding (groupement momentané d'entreprises): who leads, who belongs to it and agreed, under which form.

The composition travels sealed, as a document of the envelope. Nothing of it is told to the buyer before that document is
found in an opened pli with the very fingerprint that the platform kept.
"""
