"""Write a new set of frozen sheets: `python tests/sealing/vectors/feuilles/make.py NAME.json`."""

from megalis.portal.sealing import keys
from megalis.portal.sealing import shares
from pathlib import Path

import json
import sys


def main(target):
    pair = keys.generate()
    made = shares.split(keys.parse_identity(pair.identity), 2, 3)
    found = {"format": "megalis.bzh/vecteurs-feuilles/1", "identite": pair.identity, "empreinte": pair.fingerprint}
    found |= {"seuil": 2, "feuilles": [share.text() for share in made]}
    Path(target).write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
