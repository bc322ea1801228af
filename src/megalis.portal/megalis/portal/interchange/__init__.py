"""The room of the software of the collectivités: consultations come in, registers and results leave, keys open the door.

Nothing here knows the files of one software: ``formats.interchange`` reads and writes them.
"""
