"""API Entreprise played on this machine, as our client asks it: attestations in PDF, an extract in JSON. Nothing is true in them.

A SIREN that ends in 0 is known to no administration; its documents are kept for whoever was told their address.
"""

from datetime import datetime
from datetime import UTC
from megalis.portal.simulators.server import Reply
from megalis.portal.simulators.server import Service

import re


KEY = "cle-de-demonstration"
DOCUMENTS = {
    "/v4/dgfip/unites_legales/{}/attestation_fiscale": "attestation fiscale",
    "/v4/urssaf/unites_legales/{}/attestation_vigilance": "attestation de vigilance",
}
EXTRACT = "/v3/infogreffe/rcs/unites_legales/{}/extrait_kbis"
NEEDED = ("recipient", "context", "object")
_SIREN = re.compile(r"/unites_legales/([0-9]{9})/")
_FILE = re.compile(r"/documents/([a-z-]+)-([0-9]{9})\.pdf")


class Administrations:
    """The service: ``start()`` serves it."""

    def __init__(self, key=KEY):
        self.key = key
        self._service = None

    def start(self, port=0):
        """Return the running Service."""
        self._service = Service(self.answer, port)
        return self._service

    def answer(self, request):
        """Return the Reply to a Request."""
        document = _FILE.fullmatch(request.path)
        if document:
            return Reply(200, pdf(f"Simulation : {document[1].replace('-', ' ')}, {document[2]}"), "application/pdf")
        if request.headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "Votre jeton d’authentification n’est pas valide.")
        found = _SIREN.search(request.path)
        siren = found[1] if found else ""
        titles = {path.format(siren): title for path, title in DOCUMENTS.items()}
        if request.path not in titles and request.path != EXTRACT.format(siren):
            return _error(404, "Cette adresse n’existe pas.")
        missing = [name for name in NEEDED if not request.query.get(name)]
        if missing:
            return _error(422, f"Paramètre absent : {', '.join(missing)}.")
        if siren.endswith("0"):
            return _error(404, "L’administration ne connaît pas cette entreprise.")
        if request.path in titles:
            name = titles[request.path].replace(" ", "-")
            link = f"{self._service.address}/documents/{name}-{siren}.pdf"
            return Reply(
                200, {"data": {"document_url": link, "document_url_expires_in": 86400}, "links": {}, "meta": {}}
            )
        today = datetime.now(UTC).date().isoformat()
        return Reply(
            200, {"data": {"siren": siren, "date_extrait": today, "statut": "simulation"}, "links": {}, "meta": {}}
        )


def _error(status, detail):
    return Reply(status, {"errors": [{"code": str(status), "title": "Refus", "detail": detail}]})


def pdf(text):
    """Return a PDF of one page that says a line (Latin-1)."""
    line = text.replace("\\", "").replace("(", "").replace(")", "").encode("latin-1", "replace")
    stream = b"BT /F1 14 Tf 60 760 Td (" + line + b") Tj ET"
    parts = (
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length " + str(len(stream)).encode() + b">>stream\n" + stream + b"\nendstream",
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )  # fmt: skip
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += str(number).encode() + b" 0 obj" + part + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        out
        + b"xref\n0 6\n0000000000 65535 f \n"
        + table
        + b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(out)
    )
