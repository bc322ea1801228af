"""The client of API Entreprise: one question, one answer, every accident named (``notices.transports.http``).

The service answers with the data themselves, or with the address of a document that it keeps for a while; what it refuses is
told in its own words. The key never goes to the address of a document.
"""

from dataclasses import dataclass
from megalis.portal.awards.proofs.kinds import KINDS
from megalis.portal.consultations.notices.transports import http
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.kernel import secrets
from urllib.parse import urlencode

import json
import os


VARIABLES = ("MEGALIS_API_ENTREPRISE_URL", "MEGALIS_API_ENTREPRISE_KEY", "api-entreprise-cle")
MOST = 10_000_000  # bytes of a document
REFUSED = {
    404: "L’administration ne connaît pas cette entreprise, ou n’a pas ce document.",
    422: "L’administration refuse la demande.",
    451: "Ce document ne peut pas être donné pour des raisons de droit.",
}


@dataclass(frozen=True)
class Found:
    """A document: ``name`` of its file, ``data`` (bytes)."""

    name: str
    data: bytes


@dataclass(frozen=True)
class No:
    """What the administration refuses for good, in words."""

    message: str


def address():
    """Return the address of the service, "" when the operator gave none."""
    return os.environ.get(VARIABLES[0], "").rstrip("/")


def key():
    """Return the key others gave the operator, or ""."""
    return secrets.given(VARIABLES[2], VARIABLES[1])


def is_on():
    """True when the platform is connected to the service."""
    return bool(address() and key())


def is_played():
    """True when the service is played on this machine, as in a demonstration."""
    return os.environ.get("MEGALIS_API_ENTREPRISE_SIMULATEUR") == "1"


def ask(kind, siren, buyer, subject, timeout=http.TIMEOUT):
    """Return Found or No for a proof of a company; NotNow when nothing was decided.

    ``buyer``: SIRET of who asks, ``subject``: why, as the service keeps them with the question.
    """
    if not is_on():
        raise NotNow("service.arret", "La plateforme n’est plus reliée au service : la demande attend.")
    query = urlencode({"recipient": buyer, "context": "Marchés publics", "object": subject[:250]})
    path = KINDS[kind].path.format(siren=siren)
    answer = http.exchange("GET", f"{address()}{path}?{query}", {"Authorization": f"Bearer {key()}"}, timeout=timeout)
    said = answer.json()
    if answer.status in REFUSED:
        return No(_words(said) or REFUSED[answer.status])
    data = said.get("data")
    if answer.status != 200 or not isinstance(data, dict):
        raise NotNow("service.page", f"Le service n’a rien donné de lisible (HTTP {answer.status}).", raw=answer.text)
    link = data.get("document_url")
    if link is None:
        return Found(f"{kind}-{siren}.json", json.dumps(data, ensure_ascii=False, indent=1).encode())
    return Found(f"{kind}-{siren}.pdf", _document(link, timeout))


def _document(link, timeout):
    answer = http.exchange("GET", link if isinstance(link, str) else "", {"Accept": "application/pdf"}, timeout=timeout)
    if answer.status != 200 or not answer.body.startswith(b"%PDF-"):
        raise NotNow("service.document", f"Le document annoncé n’est pas un PDF (HTTP {answer.status}).")
    if len(answer.body) > MOST:
        raise NotNow("service.taille", f"Le document pèse {len(answer.body)} octets : {MOST} au plus.")
    return answer.body


def _words(said):
    """Return what the service says of its refusal, "" when it says nothing readable."""
    errors = said.get("errors")
    found = (
        [item.get("detail") or item.get("title") for item in errors if isinstance(item, dict)]
        if isinstance(errors, list)
        else []
    )
    return " ".join(text for text in found if isinstance(text, str))[:500]
