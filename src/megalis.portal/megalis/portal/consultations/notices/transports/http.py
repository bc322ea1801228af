"""One HTTP exchange with a service of publication: bounded in time and size, never redirected, every accident named.

Codes of ``NotNow``: ``reseau.adresse``, ``reseau.muet`` (nothing came), ``reseau.panne``, ``service.cle`` (401, 403),
``service.cadence`` (429), ``service.panne`` (5xx), ``service.page`` (something else than JSON), ``service.taille``.
"""

from dataclasses import dataclass
from datetime import datetime
from datetime import UTC
from email.utils import parsedate_to_datetime
from megalis.portal.consultations.notices.transports import NotNow
from urllib.parse import urlsplit

import http.client
import json
import re
import ssl


TIMEOUT = 20
MAX_ANSWER = 20 * 1024 * 1024
SHOWN = 4000
LONGEST_WAIT = 24 * 3600
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Answer:
    """``status``, ``body`` (bytes), ``kind`` (content type without its parameters), ``after`` (seconds or None)."""

    status: int
    body: bytes
    kind: str = ""
    after: int | None = None

    @property
    def text(self):
        """The beginning of the body, as it is kept in a history."""
        return self.body[: SHOWN * 4].decode("utf-8", "replace")[:SHOWN]

    def json(self):
        """Return the JSON object of the body; NotNow ``service.page`` when it is none."""
        try:
            found = json.loads(self.body)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            what = (
                "une page HTML" if "html" in self.kind or self.body[:200].lstrip().startswith(b"<") else "autre chose"
            )
            raise NotNow(
                "service.page",
                f"Le service a répondu {what} au lieu d’une réponse lisible (HTTP {self.status}) : nouvel essai plus tard.",
                self.after,
                self.text,
                self.status,
            )
        return found


def check_address(address):
    """Return the parts of a service's address; NotNow ``reseau.adresse``: https, or http on this machine."""
    parts = urlsplit(address or "")
    try:
        port = parts.port
    except ValueError:
        port = -1
    local = parts.scheme == "http" and parts.hostname in LOOPBACK
    if not parts.hostname or port == -1 or parts.username or not (parts.scheme == "https" or local):
        raise NotNow(
            "reseau.adresse",
            f"« {str(address)[:80]} » n’est pas l’adresse d’un service : elle commence par https://, sans nom ni mot de passe.",
        )
    return parts


def exchange(method, address, headers=None, body=None, timeout=TIMEOUT):
    """Return the Answer to a request; NotNow on whatever keeps one from being had, 401, 403, 429 and 5xx included."""
    parts = check_address(address)
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(method, target, body, {"Accept": "application/json", **(headers or {})})
        response = connection.getresponse()
        data = response.read(MAX_ANSWER + 1)
        kind = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        answer = Answer(response.status, data, kind, wait_of(response.getheader("Retry-After")))
    except TimeoutError as error:
        raise NotNow(
            "reseau.muet", f"Le service n’a rien répondu en {timeout} secondes : nouvel essai plus tard."
        ) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        name = type(error).__name__
        raise NotNow("reseau.panne", f"Le service ne répond pas ({name}) : nouvel essai plus tard.") from error
    finally:
        connection.close()
    if len(data) > MAX_ANSWER:
        raise NotNow("service.taille", f"La réponse dépasse {MAX_ANSWER // 1048576} Mo : elle n’est pas lue.")
    return _judged(answer)


def _judged(answer):
    status = answer.status
    if status in (401, 403):
        text = f"Le service refuse la clé de la plateforme (HTTP {status}) : l’exploitant doit la vérifier."
        raise NotNow("service.cle", _with(text, answer), answer.after, answer.text, status)
    if status == 429:
        wait = f" dans {answer.after} secondes" if answer.after else " plus tard"
        raise NotNow(
            "service.cadence",
            f"Le service demande d’attendre (HTTP 429) : nouvel essai{wait}.",
            answer.after or 60,
            answer.text,
            status,
        )
    if status >= 500:
        text = f"Le service est en panne (HTTP {status}) : nouvel essai plus tard."
        raise NotNow("service.panne", _with(text, answer), answer.after, answer.text, status)
    if 300 <= status < 400:
        text = f"Le service renvoie ailleurs (HTTP {status}) : l’exploitant doit vérifier son adresse."
        raise NotNow("service.renvoi", text, answer.after, answer.text, status)
    return answer


def _with(text, answer):
    """Add to a sentence what the other side said, when it said it in JSON."""
    try:
        said = answer.json().get("message") or answer.json().get("code")
    except NotNow:
        return text
    return f"{text} Il dit : « {str(said)[:200]} »." if said else text


def wait_of(header, now=None):
    """Return the seconds of a ``Retry-After`` (a number or an HTTP date), at most a day; None without one that is read."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(int(text), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0, min(int((moment - (now or datetime.now(UTC))).total_seconds()), LONGEST_WAIT))
