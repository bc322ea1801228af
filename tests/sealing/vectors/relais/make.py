"""Write a new set of frozen vectors of relays: `python tests/sealing/vectors/relais/make.py NAME.json`."""

from megalis.portal import sealing
from megalis.portal.sealing import keys
from megalis.portal.sealing import relays
from megalis.portal.sealing.header import base64
from megalis.portal.sealing.header import build_header
from megalis.portal.sealing.header import parse_header
from pathlib import Path

import base64 as b64
import json
import sys
import tempfile


def main(target):
    giver, taker = keys.generate(), keys.generate()
    context = {
        "v": 1,
        "profil": "megalis",
        "acheteur": "22350001800013",
        "consultation": "0f" * 16,
        "version_dce": "ab" * 32,
        "lot": "1",
        "enveloppe": "offre",
        "deposant": "cd" * 32,
        "depot": "1e" * 16,
        "recipients": [giver.fingerprint],
        "echeance": "2026-03-16T11:00:00Z",
    }
    content = "Réponse au lot 1.\n"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "offre.txt").write_text(content, "utf-8")
        sealing.seal([folder / "offre.txt"], [giver.recipient], context, folder / "pli.age", mtime=1767225600)
        pli = (folder / "pli.age").read_bytes()
    header = pli[: parse_header(pli).length]
    recipient = keys.parse_recipient(taker.recipient)
    right = relays.relay_header(header, [keys.parse_identity(giver.identity)], recipient)
    parsed = relays.parse_relay(right)
    wrong_mac = parsed.header.signed + b" " + base64(bytes(32)).encode() + b"\n"
    other_key = build_header([recipient.wrap(bytes(16)), *parsed.header.stanzas[1:]], bytes(16))
    other_pli = right.replace(parsed.header.stanzas[1].args[0].encode(), base64(bytes(32)).encode())
    made = {
        "format": "megalis.bzh/vecteurs-relais/1",
        "donneur": giver.identity,
        "identite": taker.identity,
        "destinataire": taker.recipient,
        "contexte": context,
        "contenu": content,
        "pli": b64.b64encode(pli).decode(),
        "relais": [
            {"nom": nom, "relais": b64.b64encode(data).decode(), "ouvre": not code, "code": code}
            for nom, data, code in (
                ("juste", right, ""),
                ("code-faux", wrong_mac, "mac"),
                ("autre-cle-de-fichier", other_key, "mac"),
                ("autre-pli", other_pli, "cle"),
                ("tronque", right[:-2], "entete"),
                ("suivi", right + b"x", "entete"),
            )
        ],
    }
    Path(target).write_text(json.dumps(made, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
