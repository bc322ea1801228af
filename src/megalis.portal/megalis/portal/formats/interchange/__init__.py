"""What the software of a buyer and the platform tell each other: one neutral model, and a flavour for each software.

A flavour maps the files of one software to the neutral documents and back; it knows nothing of the platform, and another
takes its place by a line in ``flavours.FLAVOURS``.
"""
