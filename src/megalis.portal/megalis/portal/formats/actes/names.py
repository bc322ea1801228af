"""Names and identifiers of @CTES: act, archive, envelope, message, file. A wrong name is an anomaly of the préfecture.

The date in a name is that of the decision, not of the sending. An archive is ``TRI-EACT--SIREN--AAAAMMJJ-N.tar.gz`` with
the trigram of the operator, and TACT instead of EACT on the test platform; inside, the envelope has the same name
without the trigram.
"""

from dataclasses import dataclass
from datetime import date
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.siren import siren as valid_siren

import re


OPERATION, TEST = "EACT", "TACT"
ANOMALY = "ANO_"
ARCHIVE_SUFFIX = ".tar.gz"

_DEPARTEMENT = r"(?:0[0-9][0-9AB]|9[0-9]{2})"
_NUMERO = r"[A-Za-z0-9_]{1,15}"
_ID = re.compile(rf"({_DEPARTEMENT})-([0-9]{{9}})-([0-9]{{8}})-({_NUMERO})-([A-Z]{{2}})", re.ASCII)
_NUMERO_SENT = re.compile(r"(?:[A-Z0-9][A-Z0-9_]{0,13})?[A-Z0-9]", re.ASCII)
_ARCHIVE = re.compile(r"([A-Za-z0-9]{3})-([ET]ACT)--([0-9]{9})--([0-9]{8})-([0-9]{1,9})\.tar\.gz", re.ASCII)
_ENVELOPE = re.compile(r"(ANO_)?([ET]ACT)--([0-9]{9})--([0-9]{8})-([0-9]{1,9})\.xml", re.ASCII)
_ANSWER = re.compile(
    rf"([ET]ACT)--(?:SPREF({_DEPARTEMENT})([0-9])|PREF({_DEPARTEMENT})|SGAR([0-9AB]{{2,3}}))"
    r"-([0-9]{9})-([0-9]{8})-([0-9]{1,9})\.xml",
    re.ASCII,
)
_STEM = r"([0-9AB]{3})-([0-9]{0,9})-([0-9]{8})?-([A-Za-z0-9_ -]{1,15})?-([A-Z]{2})?-([1-7])-([0-9])"
_MESSAGE = re.compile(rf"{_STEM}_([0-9]{{1,9}})\.xml", re.ASCII)
_FILE = re.compile(rf"([0-9A-Z]{{2}}_[0-9A-Z]{{2}})-{_STEM}_([0-9]{{1,9}})\.([A-Za-z0-9]{{1,5}})", re.ASCII)
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._ -]{0,199}", re.ASCII)
_TYPE = re.compile(r"[0-9A-Z]{2}_[0-9A-Z]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ActId:
    """The unique identifier of an act, ``035-213502388-20260316-DEL_42-DE``; ``str`` writes it."""

    departement: str
    siren: str
    date: date
    numero: str
    abrege: str

    def __str__(self):
        return f"{self.departement}-{self.siren}-{self.date:%Y%m%d}-{self.numero}-{self.abrege}"


@dataclass(frozen=True, slots=True)
class MessageName:
    """What the name of a message or of a file says; ``date``, ``numero`` and ``abrege`` miss on a classification."""

    departement: str
    siren: str
    date: date | None
    numero: str
    abrege: str
    code: str
    rang: int
    type_pj: str = ""
    extension: str = "xml"

    @property
    def act_id(self):
        """The identifier of the act named, '' when the name has none."""
        if not (self.date and self.numero and self.abrege):
            return ""
        return str(ActId(self.departement, self.siren, self.date, self.numero, self.abrege))


@dataclass(frozen=True, slots=True)
class EnvelopeName:
    """What the name of an archive or of an envelope says. ``emetteur`` is '' or the préfecture (``SPREF0351``)."""

    siren: str
    date: date
    serie: int
    test: bool
    trigramme: str = ""
    emetteur: str = ""
    anomaly: bool = False


def _day(text):
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def departement(code):
    """Return a département in the three characters of @CTES (``35`` -> ``035``, ``2A`` -> ``02A``)."""
    text = str(code or "").strip().upper()
    value = text.zfill(3) if text else ""
    if not re.fullmatch(_DEPARTEMENT, value) or value == "000":
        raise Refused(
            "actes.departement",
            f"« {text[:20]} » n’est pas un département : deux chiffres, 2A, 2B, ou trois chiffres outre-mer.",
            code,
        )
    return value


def number(text):
    """Return the number of an act when it may be sent; raise ``Refused`` (``actes.numero``).

    The schema admits more; operators and préfectures agree on one to fifteen of A-Z, 0-9 and « _ », which neither begins
    nor ends it.
    """
    value = str(text or "")
    if not _NUMERO_SENT.fullmatch(value):
        raise Refused(
            "actes.numero",
            f"« {value[:40]} » n’est pas un numéro d’acte : de 1 à 15 lettres majuscules sans accent, chiffres ou « _ », "
            "sans « _ » au début ni à la fin.",
            text,
        )
    return value


def act_id(departement_code, siren, day, numero, abrege):
    """Return the ``ActId`` of an act; raise ``Refused`` when a part of it is wrong."""
    return ActId(departement(departement_code), valid_siren(siren), _given(day), number(numero), _short(abrege))


def _given(day):
    if not isinstance(day, date):
        raise Refused("actes.date", f"« {str(day)[:40]} » n’est pas une date (AAAA-MM-JJ).", day)
    return day


def _short(abrege):
    if not re.fullmatch(r"[A-Z]{2}", str(abrege)):
        raise Refused(
            "actes.nature", f"« {str(abrege)[:20]} » n’est pas l’abrégé d’une nature d’acte (DE, AR…).", abrege
        )
    return abrege


def parse_act_id(text):
    """Return the ``ActId`` written in a text, the SIREN unchecked; raise ``Refused`` (``actes.identifiant``)."""
    match = _ID.fullmatch(str(text or ""))
    day = _day(match[3]) if match else None
    if day is None:
        raise Refused(
            "actes.identifiant",
            f"« {str(text)[:60]} » n’est pas l’identifiant d’un acte (attendu : 035-213502388-20260316-DEL_42-DE).",
            text,
        )
    return ActId(match[1], match[2], day, match[4], match[5])


def _serial(serie):
    if type(serie) is not int or not 0 <= serie < 10**9:
        raise Refused("actes.serie", f"« {str(serie)[:20]} » n’est pas un numéro d’ordre (nombre entier).", serie)
    return serie


def archive_name(trigramme, siren, day, serie, test=False):
    """Return the name of an archive. ``serie`` is the rank of the sending, of that authority or of that day."""
    if not re.fullmatch(r"[A-Za-z0-9]{3}", str(trigramme)):
        message = f"« {str(trigramme)[:20]} » n’est pas un trigramme d’opérateur (trois lettres)."
        raise Refused("actes.trigramme", message, trigramme)
    return f"{trigramme}-{envelope_name(siren, day, serie, test).removesuffix('.xml')}{ARCHIVE_SUFFIX}"


def envelope_name(siren, day, serie, test=False):
    """Return the name of the envelope a collectivité sends."""
    return f"{TEST if test else OPERATION}--{valid_siren(siren)}--{_given(day):%Y%m%d}-{_serial(serie)}.xml"


def answer_name(prefecture, siren, day, serie, test=False):
    """Return the name of the envelope that a ``Prefecture`` sends to a collectivité."""
    place = prefecture.departement
    if prefecture.sgar:
        place = f"SGAR{place}"
    else:
        place = f"SPREF{place}{prefecture.arrondissement}" if prefecture.arrondissement else f"PREF{place}"
    return f"{TEST if test else OPERATION}--{place}-{siren}-{_given(day):%Y%m%d}-{_serial(serie)}.xml"


def anomaly_name(envelope):
    """Return the name of the anomaly of an envelope."""
    return ANOMALY + envelope


def message_name(identifier, code, rang=0):
    """Return the name of a message about an act; ``identifier`` is an ``ActId``, ``code`` like ``1-1``."""
    return f"{identifier}-{code}_{_serial(rang)}.xml"


def classification_name(departement_code, siren, code="7-1", rang=0):
    """Return the name of a message that is about no act."""
    return f"{departement(departement_code)}-{valid_siren(siren)}----{code}_{_serial(rang)}.xml"


def file_name(type_pj, identifier, code, rang, extension):
    """Return the name of a file; ``rang`` is 1 for the act, then 2… for its annexes."""
    if not _TYPE.fullmatch(str(type_pj)):
        message = f"« {str(type_pj)[:20]} » n’est pas un type de pièce jointe (99_DE) : choisissez-le dans la liste."
        raise Refused("actes.type-pj", message, type_pj)
    if not re.fullmatch(r"[A-Za-z0-9]{1,5}", str(extension)):
        raise Refused("actes.extension", f"« {str(extension)[:20]} » n’est pas une extension de fichier.", extension)
    return f"{type_pj}-{identifier}-{code}_{_serial(rang)}.{extension.lower()}"


def parse_name(name):
    """Return what a name says: ``EnvelopeName``, ``MessageName``, or None when it follows no rule of @CTES."""
    for pattern, make in ((_ARCHIVE, _archive), (_ENVELOPE, _envelope), (_ANSWER, _answer), (_MESSAGE, _message)):
        match = pattern.fullmatch(str(name))
        if match:
            return make(match)
    match = _FILE.fullmatch(str(name))
    return _message(match, 1) if match else None


def _archive(match):
    day = _day(match[4])
    return day and EnvelopeName(match[3], day, int(match[5]), match[2] == TEST, trigramme=match[1])


def _envelope(match):
    day = _day(match[4])
    return day and EnvelopeName(match[3], day, int(match[5]), match[2] == TEST, anomaly=bool(match[1]))


def _answer(match):
    day = _day(match[7])
    sender = match[0].split("--")[1].split("-")[0]
    return day and EnvelopeName(match[6], day, int(match[8]), match[1] == TEST, emetteur=sender)


def _message(match, shift=0):
    place, siren, day, numero, abrege, kind, step, rang = match.groups()[shift : shift + 8]
    found = _day(day) if day else None
    if day and found is None:
        return None
    type_pj, extension = (match[1], match.groups()[-1]) if shift else ("", "xml")
    code = f"{kind}-{step}"
    return MessageName(place, siren, found, numero or "", abrege or "", code, int(rang), type_pj, extension.lower())


def is_plain(name):
    """True when a name may stand in an archive: letters, digits, « . _ - » and spaces, no folder, at most 200."""
    return bool(_PLAIN.fullmatch(str(name))) and ".." not in name
