"""The software of two buyers, as far as the platform meets it: each speaks its own flavour and keeps its own cursors."""

from datetime import datetime
from lxml import etree
from megalis.portal.kernel import clock
from tests.formats.interchange import MARCO
from tests.formats.interchange import SIS

import csv
import io


class SisMarches:
    """Pushes a consultation in XML, follows the registers by cursor, takes the results."""

    name, kind, document = "sis", "application/xml", SIS

    def __init__(self, call, external="SIS-2026-0042"):
        self.call, self.external = call, external
        self.cursors = {}

    def push(self, document=None):
        """Return the report of the one record sent."""
        answer = self.call("POST", f"/v1/consultations?format={self.name}", document or self.document, kind=self.kind)
        assert answer.status in (200, 207), answer.body
        (report,) = answer.json["consultations"]
        return report

    def put_piece(self, name, data):
        path = f"/v1/consultations/{self.external}/pieces/{name}"
        return self.call("PUT", path, data, kind="application/octet-stream")

    def pull(self, register):
        """Return the new rows of a register, as the software reads them."""
        rows, more = [], True
        while more:
            cursor = self.cursors.get(register, "0")
            path = (
                f"/v1/consultations/{self.external}/registres/{register}?format={self.name}&curseur={cursor}&limite=2"
            )
            answer = self.call("GET", path)
            assert answer.status == 200, answer.body
            found, self.cursors[register], more = self.read(answer.body)
            rows += found
        return rows

    def results(self):
        answer = self.call("GET", f"/v1/consultations/{self.external}/resultats?format={self.name}")
        assert answer.status == 200, answer.body
        return self.read_results(answer.body)

    def holders(self):
        """Return the holders that the results name: (lot, company, number, amount, group in words, numbers of its members)."""
        answer = self.call("GET", f"/v1/consultations/{self.external}/resultats?format={self.name}")
        assert answer.status == 200, answer.body
        return self.read_holders(answer.body)

    def notifications(self):
        """Return the instant each row of the results was notified at, as the software writes it; "" when none is settled."""
        answer = self.call("GET", f"/v1/consultations/{self.external}/resultats?format={self.name}")
        assert answer.status == 200, answer.body
        return self.read_notifications(answer.body)

    @staticmethod
    def read_notifications(data):
        return [line.findtext("notification", "") for line in etree.fromstring(data).find("registre")]

    @staticmethod
    def read_holders(data):
        names = ("lot", "entreprise", "siret", "montant", "groupement")
        lines = etree.fromstring(data).find("registre")
        return [
            (*(line.findtext(name, "") for name in names), [item.text for item in line.findall("membre")])
            for line in lines
        ]

    @staticmethod
    def read(data):
        head = etree.fromstring(data).find("registre")
        rows = [
            {
                "entreprise": line.findtext("entreprise", ""),
                "siret": line.findtext("siret", ""),
                "lots": [lot.text for lot in line.findall("lot")],
            }
            for line in head
        ]
        return rows, head.get("curseur"), head.get("suite") == "oui"

    @staticmethod
    def read_results(data):
        head = etree.fromstring(data).find("registre")
        rows = [(line.findtext("lot"), line.findtext("decision"), line.findtext("siret", "")) for line in head]
        return head.get("etape"), rows, head.get("dateNotification")


class Marco(SisMarches):
    """The same road in CSV."""

    name, kind, document = "marco", "text/csv", MARCO

    @staticmethod
    def _table(data):
        head, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";")
        end = rows.pop()
        return [dict(zip(head[2:], row[2:], strict=True)) for row in rows], end

    @classmethod
    def read(cls, data):
        rows, end = cls._table(data)
        found = [{"entreprise": row["entreprise"], "siret": row["siret"], "lots": row["lots"].split()} for row in rows]
        return found, end[3], end[4] == "suite"

    @classmethod
    def read_notifications(cls, data):
        rows, _end = cls._table(data)
        days = [row["notification"] and datetime.strptime(row["notification"], "%d/%m/%Y %H:%M:%S") for row in rows]
        return [clock.rfc3339(day.replace(tzinfo=clock.PARIS)) if day else "" for day in days]

    @classmethod
    def read_holders(cls, data):
        names = ("lot", "entreprise", "siret", "montant", "groupement")
        rows, _end = cls._table(data)
        return [(*(row[name] for name in names), row["membres"].split()) for row in rows]

    @classmethod
    def read_results(cls, data):
        rows, end = cls._table(data)
        found = [(row["lot"], row["decision"], row["siret"]) for row in rows]
        return "PNO" if end[5] else "PAT", found, end[5] or None
