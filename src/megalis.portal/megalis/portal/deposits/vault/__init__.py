"""The vault: documents a company uses in answer after answer, with the day they expire.

It is private to the company, and it is no sealed envelope: the platform keeps these documents as they are.
"""
