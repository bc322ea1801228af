"""Careful reading of an eForms file: the XML is hostile until proved otherwise, and every value says where it stood.

``load`` refuses what is not a small, plain XML document before anything else looks at it (no DTD, hence no entity of
one's own; no network; bounded size and depth). ``Reader`` turns elements into values and gathers ``Issue`` objects, so
that a person gets all the reasons of a refusal at once.
"""

from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from datetime import UTC
from decimal import Decimal
from functools import lru_cache
from lxml import etree
from megalis.portal.formats import cpv
from megalis.portal.formats.eforms.model import Issue
from megalis.portal.formats.eforms.model import Money
from megalis.portal.formats.eforms.model import NoticeRefused
from megalis.portal.formats.refusal import Refused
from zoneinfo import ZoneInfo

import re


MAX_BYTES = 20 * 1024 * 1024
MAX_DEPTH = 64
MAX_ELEMENTS = 300_000
MAX_ISSUES = 100
FIRST_YEAR, LAST_YEAR = 1950, 2199
PARIS = ZoneInfo("Europe/Paris")
UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
NS = {
    "cn": f"{UBL}ContractNotice-2",
    "can": f"{UBL}ContractAwardNotice-2",
    "pin": f"{UBL}PriorInformationNotice-2",
    "cac": f"{UBL}CommonAggregateComponents-2",
    "cbc": f"{UBL}CommonBasicComponents-2",
    "ext": f"{UBL}CommonExtensionComponents-2",
    "efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "efext": "http://data.europa.eu/p27/eforms-ubl-extensions/1",
    "efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
}
EXT = "ext:UBLExtensions/ext:UBLExtension/ext:ExtensionContent/efext:EformsExtension"

_OFFSET = r"(Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
_DATE = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})" + _OFFSET)
_TIME = re.compile(r"([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?" + _OFFSET)
_NUMBER = re.compile(r"[+]?[0-9]{1,15}(?:\.[0-9]{0,10})?")
_BLANKS = re.compile(r"[ \t]+")
_ALL_BLANKS = re.compile(r"[ \t\r\n]+")


def refuse(code, message, value="", line=0):
    """Raise ``NoticeRefused`` with a single issue."""
    raise NoticeRefused([Issue(code, message, line=line, value=str(value)[:200])])


def load(data):
    """Return the root element of an XML file given as bytes; raise ``NoticeRefused`` when it is not safe plain XML."""
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError("data must be bytes")
    if len(data) > MAX_BYTES:
        size = f"{len(data) / 1048576:.1f}".replace(".", ",")
        refuse("eforms.taille", f"Le fichier pèse {size} Mo : un avis en pèse 20 au plus. Vérifiez le fichier choisi.")
    data = bytes(data)
    if not data.strip():
        refuse("eforms.vide", "Le fichier est vide. Choisissez le fichier XML de l’avis.")
    if data.count(b"<") > 2 * MAX_ELEMENTS:
        refuse(
            "eforms.elements",
            f"Le fichier a plus de {MAX_ELEMENTS} éléments : ce n’est pas un avis. Vérifiez le fichier choisi.",
        )
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        _refuse_syntax(data, error)
    except (ValueError, LookupError) as error:
        refuse("eforms.xml", "Le fichier n’est pas un document XML lisible. Enregistrez-le de nouveau.", error)
    if root.getroottree().docinfo.internalDTD is not None:
        refuse(
            "eforms.dtd",
            "Le fichier contient une DTD (DOCTYPE), ce qui est interdit. Demandez un avis XML sans DTD à l’émetteur.",
        )
    if etree.QName(root).localname.lower() == "html":
        _refuse_html()
    depth = 0
    for event, _element in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            refuse(
                "eforms.profondeur", f"Le fichier est imbriqué sur plus de {MAX_DEPTH} niveaux : ce n’est pas un avis."
            )
    return root


def _refuse_syntax(data, error):
    if b"<!DOCTYPE" in data[:4096] and b"<html" not in data[:4096].lower():
        refuse("eforms.dtd", "Le fichier contient une DTD (DOCTYPE), ce qui est interdit. Retirez-la.", error.msg or "")
    if b"<html" in data[:4096].lower():
        _refuse_html()
    line = error.lineno or 0
    message = error.msg or ""
    if "depth" in message.lower():
        refuse("eforms.profondeur", "Le fichier est trop profondément imbriqué : ce n’est pas un avis.", message, line)
    refuse(
        "eforms.xml",
        f"Le fichier n’est pas un XML correct (ligne {line}). Choisissez le fichier d’origine.",
        message,
        line,
    )


def _refuse_html():
    refuse(
        "eforms.html",
        "Le fichier est une page web (HTML), pas un avis. Téléchargez la version XML de l’avis (lien « XML » du site).",
    )


@lru_cache(maxsize=512)
def _xpath(path):
    return etree.XPath(path, namespaces=NS)


def clean(text):
    """Return a text with its lines kept, runs of blanks made one space (no-break ones stay), no blank at either end."""
    lines = (_BLANKS.sub(" ", line).strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return "\n".join(lines).strip()


def line_of(text):
    """Return a text on one line."""
    return _ALL_BLANKS.sub(" ", text).strip()


class Reader:
    """Reads values under elements of one notice; gathers ``issues`` (refusals) and ``remarks`` (doubts)."""

    def __init__(self, root, languages, nomenclature):
        self._tree = root.getroottree()
        self.languages = languages
        self.nomenclature = nomenclature
        self.issues = []
        self.remarks = []

    def _issue(self, code, message, node, value):
        xpath = self._tree.getpath(node) if node is not None else ""
        line = node.sourceline or 0 if node is not None else 0
        return Issue(code, message, xpath, line, str(value)[:200])

    def refuse(self, code, message, node=None, value=""):
        """Note a reason to refuse the notice; raise at once when there are too many to be of use."""
        self.issues.append(self._issue(code, message, node, value))
        if len(self.issues) >= MAX_ISSUES:
            raise NoticeRefused(self.issues)

    def remark(self, code, message, node=None, value=""):
        """Note a doubt that does not stop the import."""
        if len(self.remarks) < MAX_ISSUES:
            self.remarks.append(self._issue(code, message, node, value))

    def nodes(self, node, path):
        """Return the elements at an XPath under ``node``."""
        return _xpath(path)(node)

    def code(self, node, path):
        """Return the text of the first non-empty element at ``path``, on one line; ''."""
        return next(filter(None, (line_of(item.text or "") for item in self.nodes(node, path))), "")

    def codes(self, node, path):
        """Return the distinct non-empty texts at ``path``, in order, as a tuple."""
        found = (line_of(item.text or "") for item in self.nodes(node, path))
        return tuple(dict.fromkeys(text for text in found if text))

    def text(self, node, path):
        """Return the text at ``path`` in the best language (French, then the notice's own, then any), lines kept."""
        best, best_rank = "", len(self.languages) + 1
        for item in self.nodes(node, path):
            text = clean(item.text or "")
            language = (item.get("languageID") or "").upper()
            rank = self.languages.index(language) if language in self.languages else len(self.languages)
            if text and rank < best_rank:
                best, best_rank = text, rank
        return best

    def title(self, node, path):
        """Like ``text``, on one line."""
        return line_of(self.text(node, path))

    def url(self, node, path):
        """Return an http(s) address, completed when only its scheme is missing; else '' and a remark."""
        for item in self.nodes(node, path):
            text = line_of(item.text or "")
            if not text:
                continue
            if re.match(r"https?://\S+$", text, re.IGNORECASE):
                return text
            if re.match(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:[0-9]+)?(/\S*)?$", text, re.IGNORECASE):
                return f"https://{text}"
            self.remark(
                "eforms.url",
                f"« {text[:80]} » n’est pas une adresse web (http ou https) : elle n’est pas reprise.",
                item,
                text,
            )
        return ""

    def flag(self, node, path):
        """Return True, False, or None when absent; another word is refused (``eforms.booleen``)."""
        for item in self.nodes(node, path):
            text = line_of(item.text or "").lower()
            if text in ("true", "1", "yes"):
                return True
            if text in ("false", "0", "no"):
                return False
            if text:
                self.refuse("eforms.booleen", f"« {text[:40]} » n’est ni vrai (true) ni faux (false).", item, text)
        return None

    def number(self, node, path):
        """Return a non-negative Decimal, or None when absent; another text is refused (``eforms.nombre``)."""
        for item in self.nodes(node, path):
            text = line_of(item.text or "")
            if not text:
                continue
            if _NUMBER.fullmatch(text):
                return Decimal(text)
            self.refuse(
                "eforms.nombre", f"« {text[:40]} » n’est pas un nombre positif (chiffres et point).", item, text
            )
        return None

    def integer(self, node, path):
        """Return a non-negative int below 10^9, or None when absent; another text is refused (``eforms.nombre``)."""
        value = self.number(node, path)
        if value is None:
            return None
        if value != int(value) or value >= 10**9:
            self.refuse("eforms.nombre", f"« {value} » n’est pas un nombre entier.", self.nodes(node, path)[0], value)
            return None
        return int(value)

    def money(self, node, path):
        """Return ``Money``, or None when absent; a bad amount or currency is refused (``eforms.montant|monnaie``)."""
        for item in self.nodes(node, path):
            text = line_of(item.text or "")
            if not text:
                continue
            currency = (item.get("currencyID") or "").strip().upper()
            if not re.fullmatch(r"[A-Z]{3}", currency):
                self.refuse("eforms.monnaie", f"Le montant {text[:40]} n’a pas de monnaie (EUR).", item, currency)
            elif not _NUMBER.fullmatch(text):
                self.refuse("eforms.montant", f"« {text[:40]} » n’est pas un montant (chiffres et point).", item, text)
            else:
                return Money(Decimal(text), currency)
        return None

    def cpv(self, node, path):
        """Return the distinct eight-digit CPV codes at ``path``; a wrong one is refused with its own code."""
        found = {}
        for item in self.nodes(node, path):
            text = line_of(item.text or "")
            if not text:
                continue
            try:
                found[cpv.normalize(text, self.nomenclature)] = True
            except Refused as refusal:
                self.refuse(refusal.code, refusal.message, item, text)
        return tuple(found)

    def day(self, node, path):
        """Return a ``date`` (its offset ignored), or None when absent; a wrong one is refused (``eforms.date``)."""
        return next((day for item in self.nodes(node, path) if (day := self._day(item)[0])), None)

    def _day(self, item):
        text = line_of(item.text or "")
        match = _DATE.fullmatch(text)
        try:
            day = date.fromisoformat(match[1]) if match else None
        except ValueError:
            day = None
        if day and FIRST_YEAR <= day.year <= LAST_YEAR:
            return day, match[2]
        self.refuse("eforms.date", f"« {text[:40]} » n’est pas une date (attendu : 2026-03-16+01:00).", item, text)
        return None, None

    def moment(self, node, path, part="End", strict=False):
        """Return the UTC ``datetime`` of the date and time under the element at ``path``, or None when it has no date.

        ``part`` is the prefix of both names (EndDate, EndTime). Without offset the time is that of Paris (remark);
        without time the day ends at 23:59:59 (remark), or is refused when ``strict`` (``eforms.heure-manquante``).
        """
        for holder in self.nodes(node, path):
            days = self.nodes(holder, f"*[local-name()='{part}Date']")
            if not days:
                continue
            day, day_offset = self._day(days[0])
            times = self.nodes(holder, f"*[local-name()='{part}Time']")
            if day is None:
                return None
            if not times:
                if strict:
                    self.refuse(
                        "eforms.heure-manquante",
                        f"La date limite du {day:%d/%m/%Y} n’a pas d’heure : ajoutez-la dans l’avis.",
                        days[0],
                        day,
                    )
                    return None
                self.remark(
                    "eforms.heure", f"Pas d’heure pour le {day:%d/%m/%Y} : 23 h 59 min 59 s est retenu.", days[0]
                )
                return self._utc(day, "23:59:59", day_offset, days[0])
            text = line_of(times[0].text or "")
            match = _TIME.fullmatch(text)
            offset = (match[2] or day_offset) if match else None
            if match and match[2] and day_offset and match[2] != day_offset:
                self.remark(
                    "eforms.fuseaux",
                    f"La date et l’heure n’ont pas le même fuseau ({day_offset}, {match[2]}) : "
                    "celui de l’heure est retenu.",
                    times[0],
                    text,
                )
            moment = self._utc(day, match[1], offset, times[0]) if match else None
            if moment is None:
                self.refuse(
                    "eforms.heure", f"« {text[:40]} » n’est pas une heure (attendu : 12:00:00+01:00).", times[0], text
                )
            return moment
        return None

    def _utc(self, day, clock, offset, node):
        try:
            naive = datetime.fromisoformat(f"{day.isoformat()}T{clock}")
        except ValueError:
            return None
        if offset is None:
            self.remark("eforms.fuseau", "Heure sans fuseau : celle de Paris est retenue.", node, clock)
            zone = PARIS
        elif offset == "Z":
            zone = UTC
        else:
            sign = -1 if offset[0] == "-" else 1
            zone = timezone(sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6])))
        moment = naive.replace(tzinfo=zone).astimezone(UTC)
        return moment if FIRST_YEAR < moment.year < LAST_YEAR else None
