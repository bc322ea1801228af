"""TED played on this machine: the Publication API, version 3, as far as a sender uses it. Nothing is published.

A notice is judged by the installed SDK, strictly; without one, by its shape alone.
"""

from email import message_from_bytes
from email import policy
from lxml import etree
from megalis.portal.formats.eforms import reading
from megalis.portal.formats.eforms import sdk as sdks
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.eforms.validation import validate
from megalis.portal.simulators.publication import DELAY
from megalis.portal.simulators.publication import Register
from megalis.portal.simulators.server import Reply
from megalis.portal.simulators.server import Service

import json
import re


KEY = "cle-de-simulation"
SVRL = "http://purl.oclc.org/dsdl/svrl"
STATUSES = {"received": "SUBMITTED", "published": "PUBLISHED", "stopped": "STOPPED", "failed": "VALIDATION_FAILED"}
_ONE = re.compile(r"/v3/notices/([0-9a-f-]{36})-([0-9]{2})/(validation-report|stop-publication)")


class Ted:
    """The service: ``start()`` serves it. ``delay`` in seconds before a notice is published, ``file`` keeps what it got."""

    def __init__(self, delay=DELAY, file=None, key=KEY):
        self.register = Register(delay, file)
        self.key = key

    def start(self, port=0):
        """Return the running Service."""
        return Service(self.answer, port)

    def answer(self, request):
        """Return the Reply to a Request."""
        bearer = request.headers.get("authorization", "")
        if not bearer:
            return _error(400, "MISSING_AUTHORIZATION", "Missing Authorization header in request")
        if bearer != f"Bearer {self.key}":
            return _error(401, "INVALID_API_KEY", "The provided API key doesn't exist or it is invalid.")
        if (request.method, request.path) == ("POST", "/v3/notices/submit"):
            return self._submit(request)
        if (request.method, request.path) == ("GET", "/v3/notices"):
            return self._list(request.query)
        found = _ONE.fullmatch(request.path)
        if found and (request.method, found[3]) == ("GET", "validation-report"):
            return self._report(f"{found[1]}-{found[2]}")
        if found and (request.method, found[3]) == ("POST", "stop-publication"):
            return self._stop(f"{found[1]}-{found[2]}")
        return _error(404, "NOT_FOUND", "No such operation")

    def _submit(self, request):
        parts = _parts(request)
        if "notice" not in parts or "metadata" not in parts:
            return _error(400, "MISSING_PART", "Missing metadata or notice")
        try:
            metadata = json.loads(parts["metadata"])
        except ValueError:
            metadata = {}
        for name in ("noticeAuthorEmail", "noticeAuthorLang"):
            if not isinstance(metadata, dict) or not metadata.get(name):
                return _error(400, "INVALID_METADATA", f"Missing {name}")
        data = parts["notice"]
        try:
            root = reading.load(data)
        except NoticeRefused as refused:
            return _error(400, "NOTICE_NOT_PARSED", f"Notice cannot be parsed, it is not valid. {refused}")
        notice = (root.findtext("cbc:ID", namespaces=reading.NS) or "").strip()
        version = (root.findtext("cbc:VersionID", namespaces=reading.NS) or "").strip()
        if not notice or not version:
            return _error(400, "NOTICE_NOT_PARSED", "Notice cannot be parsed, it is not valid.")
        key = f"{notice}-{version}"
        findings = judge(data)
        state = "failed" if findings else "received"
        more = {
            "id": notice,
            "versionId": version,
            "author": metadata["noticeAuthorEmail"],
            "procedure": (root.findtext("cbc:ContractFolderID", namespaces=reading.NS) or "").strip(),
            "findings": findings,
        }
        if self.register.add(key, data, state, **more) is None:
            return _error(400, "DUPLICATE_NOTICE", "Notice with the same noticeId and versionId already exists.")
        url = f"/v3/notices/{key}/validation-report"
        return Reply(201, {"success": not findings, "validationReportUrl": url})

    def _list(self, query):
        row = self.register.get(f"{query.get('id', '')}-{query.get('versionId', '')}")
        return Reply(200, {"totalSize": int(row is not None), "content": [] if row is None else [_told(row)]})

    def _report(self, key):
        row = self.register.get(key)
        if row is None:
            return _error(404, "NOTICE_NOT_FOUND", "Notice or notice report was not found.")
        root = etree.Element(f"{{{SVRL}}}schematron-output", nsmap={"svrl": SVRL})
        for rule, path, words in row["findings"]:
            item = etree.SubElement(root, f"{{{SVRL}}}failed-assert", id=rule, role="ERROR", location=path)
            etree.SubElement(item, f"{{{SVRL}}}text").text = words
        return Reply(200, etree.tostring(root, xml_declaration=True, encoding="UTF-8"), "application/xml")

    def _stop(self, key):
        row = self.register.get(key)
        if row is None:
            return _error(404, "NOTICE_NOT_FOUND", "Notice was not found.")
        if not self.register.stop(key):
            return _error(
                403, "NOT_SUBMITTED", "Notice publication cannot be stopped because it is not in SUBMITTED status."
            )
        return Reply(200, _told(self.register.get(key)))


def judge(data):
    """Return ``[rule, path, words]`` of what refuses the bytes of a notice."""
    if sdks.choose() is None:
        name = etree.QName(reading.load(data)).localname
        return (
            [] if name in sdks.ROOTS else [["eforms.racine", "/*", f"« {name} » n’est pas la racine d’un avis eForms."]]
        )
    return [[item.code, item.path, item.message] for item in validate(data, strict=True).errors]


def _told(row):
    published = row["state"] == "published"
    return {
        "id": row["id"],
        "versionId": row["versionId"],
        "procedureId": row["procedure"],
        "status": STATUSES[row["state"]],
        "createdAt": row["received"],
        "submittedAt": row["received"],
        "publicationId": f"{row['number']:08d}-{row['published'][:4]}" if published else None,
        "publicationDate": row["published"] if published else None,
        "noticeAuthor": row["author"],
    }


def _parts(request):
    kind = request.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return {}
    mail = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + request.body, policy=policy.HTTP)
    return {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in (mail.iter_parts() if mail.is_multipart() else ())
    }


def _error(status, code, message):
    return Reply(status, {"code": code, "message": message})
