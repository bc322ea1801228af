"""The levels of the procédure adaptée of a collectivité: kept beside it, with the former ones, to go back to."""

from megalis.portal.consultations.rules import bands
from megalis.portal.consultations.rules import law as laws
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from persistent.list import PersistentList
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.consultations.levels"
KEPT = 20


def _kept(collectivite):
    annotations = getattr(collectivite, "__annotations__", None)
    return annotations.get(KEY) if annotations is not None else None


def buyer_kind(collectivite):
    """Return the key of laws.BUYERS of a collectivité: chosen by its administrator, else told by its legal category."""
    kept = _kept(collectivite)
    if kept is not None and kept.get("buyer"):
        return kept["buyer"]
    category = str(getattr(collectivite, "legal_category", None) or "")
    return "etat" if category.startswith("71") else "collectivite"


def bands_of(collectivite, threshold):
    """Return the Band tuple of a collectivité: its own, or those made from the law.Threshold."""
    kept = _kept(collectivite)
    versions = kept["versions"] if kept is not None else ()
    if versions and versions[-1]["bands"] is not None:
        return tuple(bands.from_json(row) for row in versions[-1]["bands"])
    return bands.defaults(threshold)


def are_own(collectivite):
    """True when the collectivité wrote levels of its own."""
    kept = _kept(collectivite)
    return bool(kept is not None and kept["versions"] and kept["versions"][-1]["bands"] is not None)


def history(collectivite):
    """Return the versions, newest first: dicts ``bands`` (list or None for those of the law), ``at``, ``by``."""
    kept = _kept(collectivite)
    return list(reversed(kept["versions"])) if kept is not None else []


def save(collectivite, new, threshold, by):
    """Keep new levels (Band list); Refused with the codes of ``rules.bands``, all sentences in one."""
    found = bands.findings(new, threshold)
    if found:
        raise LevelsRefused(found)
    _push(collectivite, [bands.to_json(band) for band in new], by, "ecriture")


def follow_the_law(collectivite, by):
    """Drop the levels of its own: those of the law apply, whatever it becomes."""
    if are_own(collectivite):
        _push(collectivite, None, by, "retour-a-la-loi")


def undo(collectivite, threshold, by):
    """Go back to the version before the last; Refused ``niveaux.annuler`` without any, or when the law forbids it now."""
    kept = _kept(collectivite)
    if kept is None or not kept["versions"]:
        raise Refused("niveaux.annuler", "Il n’y a pas de version précédente.")
    versions = kept["versions"]
    before = versions[-2]["bands"] if len(versions) > 1 else None
    if before is not None and (found := bands.findings([bands.from_json(row) for row in before], threshold)):
        raise LevelsRefused(found)
    versions.pop()
    _tell(collectivite, by, "annulation")


def choose_buyer(collectivite, kind, by):
    """Say what kind of buyer the collectivité is; Refused ``niveaux.acheteur``."""
    if kind not in laws.BUYERS:
        raise Refused("niveaux.acheteur", "Cette sorte d’acheteur n’existe pas : choisissez dans la liste.")
    if kind != buyer_kind(collectivite):
        _for_write(collectivite)["buyer"] = kind
        _tell(collectivite, by, "sorte-acheteur")


class LevelsRefused(Refused):
    """Levels refused by the rules; ``findings`` has them one by one."""

    def __init__(self, findings):
        self.findings = findings
        super().__init__(findings[0].code, " ".join(finding.message for finding in findings))


def _for_write(collectivite):
    annotations = IAnnotations(collectivite)
    if KEY not in annotations:
        annotations[KEY] = PersistentMapping({"buyer": "", "versions": PersistentList()})
    return annotations[KEY]


def _push(collectivite, rows, by, fact):
    versions = _for_write(collectivite)["versions"]
    versions.append({"bands": rows, "at": clock.now(), "by": by})
    del versions[:-KEPT]
    _tell(collectivite, by, fact)


def _tell(collectivite, by, fact):
    journal.record(collectivite, {"type": "niveaux", "fait": fact, "acheteur": collectivite.siret, "agent": by})
