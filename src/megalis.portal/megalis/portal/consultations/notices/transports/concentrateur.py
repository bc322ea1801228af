"""The national hub of notices (concentrateur) that feeds the BOAMP: an adapter of ours, documented in ``docs/notices.md``.

No contract and no specification of the hub is public. What it is asked stands here in one place: a notice is put under a
key that is ours, so that putting it twice is putting it once; it is then asked for until it is published or refused.
"""

from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices.transports import http
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.consultations.notices.transports import Reason
from megalis.portal.consultations.notices.transports import ted
from megalis.portal.consultations.notices.transports import Told
from urllib.parse import quote


EFORMS, SHORT = "eforms", "megalis.bzh/avis-mapa/1"
STATES = {
    "recu": lifecycle.RECEIVED,
    "en-cours": lifecycle.RECEIVED,
    "publie": lifecycle.PUBLISHED,
    "refuse": lifecycle.REFUSED,
    "arrete": lifecycle.GIVEN_UP,
}
MAX_REASONS = 50


class Concentrateur:
    """A client with the ``key`` of the platform; ``timeout`` in seconds."""

    name = "BOAMP (concentrateur national)"

    def __init__(self, address, key, timeout=http.TIMEOUT):
        self.address = (address or "").rstrip("/")
        self.key = key
        self.timeout = timeout

    def _exchange(self, method, path, headers=None, body=None):
        if not self.key:
            text = "La clé du concentrateur n’est pas installée : l’exploitant doit la poser."
            raise NotNow("service.cle", text)
        headers = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        return http.exchange(method, f"{self.address}{path}", headers, body, self.timeout)

    def submit(self, notice, version, data, email, form=EFORMS, siret="", **_more):
        """Put the bytes of a notice; return the Told that follows."""
        headers = {
            "Content-Type": "application/xml",
            "X-Avis-Format": form,
            "X-Avis-Acheteur": siret,
            "X-Avis-Courriel": email,
        }
        answer = self._exchange("PUT", f"/v1/avis/{quote(f'{notice}-{version}')}", headers, data)
        if answer.status in (200, 201, 202):
            return self._told(answer)
        return self._refused(answer)

    def status(self, notice, version, **_more):
        """Return the Told of a notice, or None when the hub does not know it."""
        answer = self._exchange("GET", f"/v1/avis/{quote(f'{notice}-{version}')}")
        if answer.status == 404:
            answer.json()  # a page that says 404 is not the word of the hub
            return None
        if answer.status != 200:
            raise NotNow("service.page", f"Le concentrateur n’a pas donné l’état de l’avis (HTTP {answer.status}).")
        return self._told(answer)

    def stop(self, notice, version, **_more):
        """Ask that a notice be not published; return True, or False when it is too late."""
        answer = self._exchange("POST", f"/v1/avis/{quote(f'{notice}-{version}')}/arret")
        return answer.status == 200

    def _told(self, answer):
        said = answer.json()
        state = STATES.get(said.get("etat"))
        if state is None:
            text = f"Le concentrateur donne un état inconnu : « {str(said.get('etat'))[:40]} »."
            raise NotNow("service.etat", text, raw=answer.text)
        link = str(said.get("adresse") or "")[:300]
        return Told(
            state,
            str(said.get("identifiant") or "")[:80],
            ted.moment(said.get("recu")),
            str(said.get("reference") or "")[:40],
            ted.day(said.get("parution")) if state == lifecycle.PUBLISHED else None,
            link if link.startswith(("https://", "http://127.0.0.1")) else "",
            _reasons(said) if state == lifecycle.REFUSED else (),
            answer.text,
        )

    def _refused(self, answer):
        reasons = _reasons(answer.json(), f"HTTP {answer.status}")
        return Told(lifecycle.REFUSED, reasons=reasons, raw=answer.text)


def _reasons(said, code="refus"):
    rows = said.get("motifs")
    rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
    found = [
        Reason(str(row.get("code") or "")[:80], str(row.get("message") or "")[:500], str(row.get("chemin") or "")[:300])
        for row in rows[:MAX_REASONS]
    ]
    return tuple(found) or (Reason(code, str(said.get("message") or "Le concentrateur n’a pas donné de motif.")[:500]),)
