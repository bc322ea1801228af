"""Addresses of the key room: register, drill, prove, revoke."""

from base64 import b64encode
from megalis.portal.deposits import keys
from megalis.portal.deposits.browser.api import AgentView
from megalis.portal.kernel import clock
from megalis.portal.kernel.http import read_json
from megalis.portal.kernel.http import Refusal
from megalis.portal.kernel.http import require_post

import transaction


def challenge_answer(key, sealed):
    """Return the JSON form of a challenge."""
    return {
        "cle": key.id,
        "fingerprint": key.fingerprint,
        "defi": b64encode(sealed).decode(),
        "expire": clock.rfc3339(key.challenge[1]),
    }


class Register(AgentView):
    """POST ``{"recipient","role"}``: a new key, waiting for its proof."""

    act = "cle"

    def reply(self):
        require_post(self.request)
        demand = read_json(self.request)
        key, sealed = keys.register(self.context, demand.get("recipient"), demand.get("role"), *self.who)
        self.status = 201
        return challenge_answer(key, sealed)


class Drill(AgentView):
    """POST ``{"cle"}``: a new challenge sealed to one's own key."""

    act = "exercice"

    def reply(self):
        require_post(self.request)
        key = keys.get_key(self.context, read_json(self.request).get("cle"))
        if key.holder != self.who[0]:
            raise Refusal("porteur", "Seul le porteur de cette clé peut faire l’exercice.", 403)
        if key.revoked is not None:
            raise Refusal("cle-revoquee", "Cette clé a été révoquée : elle ne peut plus servir.", 409)
        return challenge_answer(key, keys.challenge_for(key))


class Prove(AgentView):
    """POST ``{"cle","reponse"}``: the 32 bytes opened by the key, in hexadecimal."""

    act = "exercice"

    def reply(self):
        require_post(self.request)
        demand = read_json(self.request)
        key = keys.get_key(self.context, demand.get("cle"))
        try:
            return self.prove(demand, key)
        except Refusal as refusal:
            transaction.abort()
            if refusal.code in ("defi-faux", "defi"):
                key.challenge = None  # it has served, whatever the answer
                transaction.commit()
            raise

    def prove(self, demand, key):
        try:
            answer = bytes.fromhex(demand.get("reponse", ""))
        except (TypeError, ValueError) as error:
            raise Refusal("reponse", "Réponse illisible : 64 chiffres hexadécimaux attendus.") from error
        keys.prove(self.context, key, answer, self.who[0])
        return {"ok": True, "cle": key.id, "exercice": clock.rfc3339(key.last_drill)}
