"""Rules of the vault as pure functions: kinds of documents, days of expiry, warnings, room left."""

from datetime import date
from datetime import timedelta
from megalis.portal.consultations.exchanges import attachments
from megalis.portal.consultations.rules import files
from megalis.portal.formats import safexml
from megalis.portal.formats.refusal import Refused
from megalis.portal.theme import words


KINDS = {
    "kbis": "Extrait Kbis ou équivalent",
    "fiscale": "Attestation de régularité fiscale",
    "sociale": "Attestation de vigilance (Urssaf, MSA)",
    "assurance": "Attestation d’assurance",
    "dc1": "DC1, lettre de candidature",
    "dc2": "DC2, déclaration du candidat",
    "dume": "DUME (XML)",
    "rib": "Relevé d’identité bancaire",
    "references": "Références et moyens",
    "autre": "Autre document",
}
DATED = frozenset(("kbis", "fiscale", "sociale", "assurance"))  # nothing holds for ever among these
ACCEPTED = ("pdf", "docx", "xlsx", "odt", "ods", "png", "jpg", "jpeg", "zip", "xml")
FILE_LIMIT = 20_000_000
QUOTA = 200_000_000
MOST = 100  # documents
MOST_VERSIONS = 20
TITLE = 120
STAGES = (30, 7, 0)  # days before the expiry at which its company is warned
DUME_ROOTS = ("QualificationApplicationResponse", "QualificationApplicationRequest")


def kind(value):
    """Return the kind; Refused ``coffre.genre``."""
    if value not in KINDS:
        raise Refused("coffre.genre", "Choisissez le genre du document dans la liste.")
    return value


def title(value, kind_):
    """Return the title of a document, that of its kind when none is typed; Refused ``coffre.titre``."""
    text = " ".join(str(value or "").split())
    if len(text) > TITLE:
        raise Refused("coffre.titre", f"Ce titre a {len(text)} signes, {TITLE} au plus : abrégez-le.", text[:40])
    return text or KINDS[kind_]


def expiry(value, kind_, today):
    """Return the day of expiry of a form (``2026-12-31`` or ``31/12/2026``), None for a document that has none.

    Refused ``coffre.expiration`` (unreadable), ``.manque`` (a kind that must have one), ``.passee``, ``.lointaine``.
    """
    text = str(value or "").strip()
    if not text:
        if kind_ in DATED:
            raise Refused("coffre.manque", f"« {KINDS[kind_]} » porte une date de fin de validité : indiquez-la.")
        return None
    try:
        day, month, year = text.split("/") if "/" in text else reversed(text.split("-"))
        found = date(int(year), int(month), int(day))
    except ValueError as error:
        raise Refused(
            "coffre.expiration", f"« {text[:20]} » n’est pas une date : écrivez-la comme 31/12/2026.", text[:20]
        ) from error
    if found < today:
        raise Refused(
            "coffre.passee",
            f"Ce document a expiré le {found:%d/%m/%Y} : déposez-en un qui est valable, un acheteur refuserait celui-ci.",
            text,
        )
    if found > today + timedelta(days=3660):
        raise Refused("coffre.lointaine", f"Le {found:%d/%m/%Y} est dans plus de dix ans : vérifiez l’année.", text)
    return found


def state(expires, today):
    """Return ``(badge kind, words)`` of a document by its day of expiry (the last day on which it holds)."""
    if expires is None:
        return "", "Sans date"
    if expires < today:
        return "bad", "Expiré"
    left = (expires - today).days
    if left <= STAGES[0]:
        return "soon", "Expire aujourd’hui" if not left else f"Expire dans {words.plural(left, 'jour')}"
    return "ok", "Valable"


def next_warning(expires, told, today):
    """Return ``(stage, day)`` of the next warning about a document, or None when none is to come.

    ``told`` is the last stage (one of STAGES) its company was warned at, or None. A stage already behind is sent today,
    together with those before it: one mail says where things stand.
    """
    if expires is None:
        return None
    left = [stage for stage in STAGES if told is None or stage < told]
    if not left:
        return None
    due = [stage for stage in left if expires - timedelta(days=stage) <= today]
    if due:
        return due[-1], today
    return left[0], expires - timedelta(days=left[0])


def check_room(used, size, count, versions):
    """Refuse what does not fit: ``coffre.quota``, ``.nombre``, ``.versions``. Sizes in bytes; all versions count."""
    if used + size > QUOTA:
        left = words.size(max(0, QUOTA - used))
        raise Refused(
            "coffre.quota",
            f"Ce fichier de {words.size(size)} ne tient pas dans les {left} libres du coffre-fort ({words.size(QUOTA)} en "
            "tout, versions comprises) : retirez un document ou d’anciennes versions.",
        )
    if count > MOST:
        raise Refused("coffre.nombre", f"Le coffre-fort garde {MOST} documents au plus : retirez-en un.")
    if versions > MOST_VERSIONS:
        raise Refused(
            "coffre.versions", f"Ce document a déjà {MOST_VERSIONS} versions : retirez les anciennes, puis recommencez."
        )


def check_file(name, data, kind_):
    """Refuse a file the vault does not take: ``piece.*``, ``zip.*``, ``dume.*``."""
    if not data:
        raise Refused("piece.vide", f"« {name} » est vide : vérifiez le fichier sur votre poste.")
    if len(data) > FILE_LIMIT:
        raise Refused(
            "piece.taille", f"« {name} » dépasse {words.size(FILE_LIMIT)}, la limite d’un document : réduisez-le."
        )
    suffix = files.extension(name)
    if suffix not in ACCEPTED:
        raise Refused("piece.format", f"« {name} » n’est pas d’un format accepté : {', '.join(ACCEPTED)}.")
    if kind_ == "dume" and suffix != "xml":
        raise Refused(
            "dume.format", f"« {name} » n’est pas un DUME : exportez-le en XML, sous le nom qui finit par .xml."
        )
    if suffix == "xml":
        _check_xml(name, data, kind_)
    elif not data.startswith(attachments.SIGNATURES[suffix]):
        raise Refused(
            "piece.contenu",
            f"« {name} » n’est pas un fichier {suffix.upper()} : son contenu dit autre chose. Refaites-le.",
        )


def _check_xml(name, data, kind_):
    root = safexml.load(data, "dume", FILE_LIMIT).root
    found = root.tag.rpartition("}")[2]
    if kind_ == "dume" and found not in DUME_ROOTS:
        raise Refused(
            "dume.racine",
            f"« {name} » commence par « {found[:40]} », pas par un DUME : exportez la réponse DUME en XML.",
            found[:40],
        )
