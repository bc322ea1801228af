"""TED, the Official Journal of the European Union: the Publication API of the Publications Office, version 3.

A notice is known by its identifier and its version, which are ours (``businessId``): asking for it before sending it again
tells whether a request that got no answer had arrived.
"""

from datetime import date
from datetime import datetime
from lxml import etree
from megalis.portal.consultations.notices import lifecycle
from megalis.portal.consultations.notices.transports import http
from megalis.portal.consultations.notices.transports import NotNow
from megalis.portal.consultations.notices.transports import Reason
from megalis.portal.consultations.notices.transports import Told
from megalis.portal.formats import safexml
from megalis.portal.formats.refusal import Refused
from urllib.parse import quote
from urllib.parse import urlencode

import json
import re
import secrets


ADDRESS = "https://api.ted.europa.eu"
READER = "https://ted.europa.eu/fr/notice/-/detail/"
SVRL = "{http://purl.oclc.org/dsdl/svrl}"
STATES = {
    "SUBMITTED": lifecycle.RECEIVED,
    "PUBLISHING": lifecycle.RECEIVED,
    "PUBLISHED": lifecycle.PUBLISHED,
    "ARCHIVED": lifecycle.PUBLISHED,
    "VALIDATION_FAILED": lifecycle.REFUSED,
    "NOT_PUBLISHED": lifecycle.REFUSED,
    "STOPPED": lifecycle.GIVEN_UP,
    "DELETED": lifecycle.GIVEN_UP,
    "DRAFT": lifecycle.SENT,
}
MAX_REASONS = 50


class Ted:
    """A client with the ``key`` of the eSender; ``timeout`` in seconds."""

    name = "JOUE (TED)"

    def __init__(self, address, key, timeout=http.TIMEOUT):
        self.address = (address or ADDRESS).rstrip("/")
        self.key = key
        self.timeout = timeout

    def _exchange(self, method, path, headers=None, body=None):
        if not self.key:
            raise NotNow("service.cle", "La clé du service TED n’est pas installée : l’exploitant doit la poser.")
        headers = {"Authorization": f"Bearer {self.key}", **(headers or {})}
        return http.exchange(method, f"{self.address}{path}", headers, body, self.timeout)

    def submit(self, notice, version, data, email, **_more):
        """Send the bytes of a notice; return the Told that follows. ``email`` is that of the buyer, who is written to."""
        metadata = json.dumps({"noticeAuthorEmail": email, "noticeAuthorLang": "fr"}).encode()
        kind, body = multipart(
            [
                ("metadata", "", "application/json", metadata),
                ("notice", f"{notice}-{version}.xml", "application/xml", data),
            ]
        )
        answer = self._exchange("POST", "/v3/notices/submit", {"Content-Type": kind}, body)
        if answer.status == 201:
            told = answer.json()
            if told.get("success") is True:
                return Told(lifecycle.SENT, f"{notice}-{version}", raw=answer.text)
            if told.get("success") is False:
                return Told(
                    lifecycle.REFUSED, f"{notice}-{version}", reasons=self.report(notice, version), raw=answer.text
                )
            raise NotNow("service.page", "TED n’a pas dit s’il prend l’avis : nouvel essai plus tard.", raw=answer.text)
        said = answer.json()
        if answer.status == 409:
            raise NotNow(
                "service.occupe", "TED traite déjà cet avis (HTTP 409) : nouvel essai plus tard.", raw=answer.text
            )
        there = self.status(notice, version) if answer.status == 400 else None
        if there is not None:  # it had arrived, whatever became of the answer
            return there
        reason = Reason(
            str(said.get("code") or f"HTTP {answer.status}")[:80], str(said.get("message") or "Sans motif.")[:500]
        )
        return Told(lifecycle.REFUSED, reasons=(reason,), raw=answer.text)

    def status(self, notice, version, **_more):
        """Return the Told of a notice, or None when TED does not know it."""
        query = urlencode({"id": notice, "versionId": version, "page": 0, "size": 20})
        answer = self._exchange("GET", f"/v3/notices?{query}")
        said = answer.json()
        if answer.status != 200 or not isinstance(said.get("content"), list):
            raise NotNow("service.page", f"TED n’a pas donné l’état de l’avis (HTTP {answer.status}).", raw=answer.text)
        rows = [row for row in said["content"] if isinstance(row, dict)]
        row = next((row for row in rows if row.get("id") == notice and row.get("versionId") == version), None)
        return None if row is None else self._told(row, notice, version, answer.text)

    def _told(self, row, notice, version, raw):
        state = STATES.get(row.get("status"))
        if state is None:
            raise NotNow("service.etat", f"TED donne un état inconnu : « {str(row.get('status'))[:40]} ».", raw=raw)
        reasons = ()
        if row["status"] == "VALIDATION_FAILED":
            reasons = self.report(notice, version)
        elif state == lifecycle.REFUSED:
            reasons = (Reason("NOT_PUBLISHED", "L’Office des publications a reçu l’avis et ne le publie pas."),)
        reference = str(row.get("publicationId") or "")[:40]
        return Told(
            state,
            f"{notice}-{version}",
            moment(row.get("createdAt")) or moment(row.get("submittedAt")),
            reference,
            day(row.get("publicationDate")) if state == lifecycle.PUBLISHED else None,
            link_of(reference) if state == lifecycle.PUBLISHED else "",
            reasons,
            raw,
        )

    def report(self, notice, version):
        """Return the Reason of each rule of role ERROR in the validation report (SVRL)."""
        headers = {"Accept": "application/xml, */*"}
        answer = self._exchange("GET", f"/v3/notices/{quote(f'{notice}-{version}')}/validation-report", headers)
        if answer.status == 404:
            return (Reason("VALIDATION_FAILED", "TED refuse l’avis et n’a pas donné son rapport."),)
        return reasons_of(answer.body)

    def stop(self, notice, version, **_more):
        """Ask that a notice be not published; return True, or False when it is too late."""
        try:
            answer = self._exchange("POST", f"/v3/notices/{quote(f'{notice}-{version}')}/stop-publication")
        except NotNow as refused:
            if refused.status == 403:  # not in a state that can be stopped
                return False
            raise
        return answer.status == 200


def reasons_of(data):
    """Return the Reason list of the bytes of an SVRL report; NotNow ``service.page`` when it is no XML."""
    try:
        root = safexml.load(data, "svrl").root
    except Refused as refused:
        raise NotNow("service.page", f"Le rapport de TED ne se lit pas : {refused.message}") from refused
    found = []
    for item in root.iter(f"{SVRL}failed-assert"):
        if item.get("role", "ERROR") == "ERROR":
            text = " ".join("".join(item.itertext()).split())
            found.append(Reason(item.get("id", "")[:80], text[:500], item.get("location", "")[:300]))
    return tuple(dict.fromkeys(found))[:MAX_REASONS] or (
        Reason("VALIDATION_FAILED", "Sans motif dans le rapport de TED."),
    )


def svrl(findings):
    """Return the bytes of an SVRL report that says ``(rule, role, path, words)`` rows."""
    root = etree.Element(f"{SVRL}schematron-output", nsmap={"svrl": SVRL[1:-1]})
    for rule, role, path, words in findings:
        item = etree.SubElement(root, f"{SVRL}failed-assert", id=rule, role=role, location=path)
        etree.SubElement(item, f"{SVRL}text").text = words
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def link_of(reference):
    """Return the address people read a published notice at, or "" for a reference of another shape."""
    found = re.fullmatch(r"0*([0-9]{1,10})-([0-9]{4})", reference)
    return f"{READER}{found[1]}-{found[2]}" if found else ""


def day(text):
    """Return the date an answer gives (``2026-11-27``, a zone after it or not), or None."""
    try:
        return date.fromisoformat(str(text or "")[:10])
    except ValueError:
        return None


def moment(text):
    """Return the aware datetime an answer gives, or None."""
    try:
        found = datetime.fromisoformat(str(text or ""))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def multipart(parts):
    """Return ``(content type, body)`` of ``(name, filename, kind, bytes)`` rows."""
    boundary = f"megalis-{secrets.token_hex(16)}"
    lines = []
    for name, filename, kind, data in parts:
        named = f'; filename="{filename}"' if filename else ""
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{named}\r\nContent-Type: {kind}\r\n\r\n'
        lines += [head.encode(), data, b"\r\n"]
    return f"multipart/form-data; boundary={boundary}", b"".join((*lines, f"--{boundary}--\r\n".encode()))
