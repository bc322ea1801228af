"""The national hub played on this machine, as our own adapter speaks to it. Nothing is published."""

from collections import deque
from datetime import datetime
from hashlib import sha256
from megalis.portal.formats import boamp
from megalis.portal.formats.eforms import reading
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.refusal import Refused
from megalis.portal.simulators.publication import DELAY
from megalis.portal.simulators.publication import Register
from megalis.portal.simulators.server import Reply
from megalis.portal.simulators.server import Service
from megalis.portal.simulators.ted import judge
from megalis.portal.simulators.ted import KEY

import re


STATES = {"received": "recu", "published": "publie", "stopped": "arrete", "failed": "refuse"}
FORMATS = ("eforms", boamp.FORMAT)
_ONE = re.compile(r"/v1/avis/([0-9a-f-]{36}-[0-9]{2})(/arret)?")


class Concentrateur:
    """The service: ``start()`` serves it. ``delay`` in seconds before a notice is published, ``file`` keeps what it got.

    ``refusals``: (code, words) for which the next notices are refused, whatever they say.
    """

    def __init__(self, delay=DELAY, file=None, key=KEY):
        self.register = Register(delay, file)
        self.key = key
        self.refusals = deque()

    def start(self, port=0):
        """Return the running Service."""
        return Service(self.answer, port)

    def answer(self, request):
        """Return the Reply to a Request."""
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "cle", "Clé inconnue.")
        found = _ONE.fullmatch(request.path)
        if not found:
            return _error(404, "adresse", "Cette adresse n’existe pas.")
        key = found[1]
        if request.method == "PUT" and not found[2]:
            return self._put(key, request)
        row = self.register.get(key)
        if row is None:
            return _error(404, "avis.inconnu", "Cet avis n’est pas connu.")
        if request.method == "POST" and found[2]:
            if not self.register.stop(key):
                return _error(409, "avis.parti", "Cet avis a paru ou n’est plus en cours.")
            return Reply(200, _told(self.register.get(key)))
        return Reply(200, _told(row))

    def _put(self, key, request):
        row = self.register.get(key)
        if row is not None:
            if row["sha256"] != sha256(request.body).hexdigest():
                return _error(409, "avis.autre", "Un autre avis porte déjà cette clé.")
            return Reply(200, _told(row))
        form = request.headers.get("x-avis-format", "")
        if form not in FORMATS:
            return _error(422, "format", f"Format inconnu : « {form[:40]} ».")
        motives = _motives(form, request.body)
        if self.refusals:
            code, words = self.refusals.popleft()
            motives = [{"code": code, "message": words, "chemin": ""}]
        row = self.register.add(key, request.body, "failed" if motives else "received", key=key, motives=motives)
        return Reply(202, _told(row))


def _motives(form, data):
    try:
        if form == boamp.FORMAT:
            boamp.read(data)
            return []
        reading.load(data)
    except Refused as refused:
        return [{"code": refused.code, "message": refused.message, "chemin": ""}]
    except NoticeRefused as refused:
        return [{"code": item.code, "message": item.message_fr, "chemin": item.xpath} for item in refused.issues]
    return [{"code": rule, "message": words, "chemin": path} for rule, path, words in judge(data)]


def _told(row):
    published = row["state"] == "published"
    year = datetime.fromisoformat(row["received"]).year
    return {
        "identifiant": row["key"],
        "etat": STATES[row["state"]],
        "recu": row["received"],
        "reference": f"{year % 100:02d}-{row['number']}" if published else "",
        "parution": row["published"],
        "motifs": row["motives"],
    }


def _error(status, code, message):
    return Reply(status, {"code": code, "message": message})
