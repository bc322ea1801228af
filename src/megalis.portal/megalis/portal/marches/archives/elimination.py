"""Lists of elimination: proposed, endorsed by the archives, confirmed by an administrator, then carried out and told.

A list names every file with its fingerprint and keeps them for ever: what is gone can still be recognised. Nothing is
destroyed unless all that the list names is still what it named, its time is over and no dispute holds it.
"""

from BTrees.OOBTree import OOBTree
from dataclasses import asdict
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.meeting import ICompanyFiles
from megalis.portal.deposits import store as deposits
from megalis.portal.formats import jcs
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import clock
from megalis.portal.kernel import journal
from megalis.portal.marches.archives import freezing
from megalis.portal.marches.archives import holdings
from megalis.portal.marches.archives import rules
from persistent import Persistent
from plone import api as plone_api
from zope.annotation.interfaces import IAnnotations


KEY = "megalis.eliminations"


@dataclass(frozen=True)
class Line:
    """The documents of one sort of one consultation, as they were when the list was made."""

    consultation: str
    reference: str
    title: str
    sort: str
    start: date
    until: date
    source: str
    items: tuple

    @property
    def label(self):
        return rules.TITLES[self.sort]

    @property
    def size(self):
        return sum(item.size for item in self.items)

    @property
    def key(self):
        return f"{self.consultation}/{self.sort}"


class Bordereau(Persistent):
    """A list of elimination; its lines never change."""

    def __init__(self, number, lines, by):
        self.number = number
        self.lines = tuple(lines)
        self.by = by
        self.at = clock.now()
        self.state = rules.PROPOSED
        self.visa = None  # dict name, quality, day (date), reference
        self.ended = None  # (instant, userid)
        self.reason = ""

    @property
    def files(self):
        return sum(len(line.items) for line in self.lines)

    @property
    def size(self):
        return sum(line.size for line in self.lines)

    @property
    def sha256(self):
        """Return the fingerprint of the list: of all it names."""
        told = [
            {
                **asdict(line),
                "start": line.start.isoformat(),
                "until": line.until.isoformat(),
                "items": [asdict(i) for i in line.items],
            }
            for line in self.lines
        ]
        return sha256(jcs.dumps({"bordereau": self.number, "lignes": told})).hexdigest()


def _kept(collectivite, write=False):
    annotations = IAnnotations(collectivite)
    if KEY not in annotations and write:
        annotations[KEY] = OOBTree()
    return annotations.get(KEY)


def every(collectivite):
    """Return the lists of a collectivité, newest first."""
    return list((_kept(collectivite) or {}).values())[::-1]


def get(collectivite, number):
    return (_kept(collectivite) or {}).get(number)


def ready(collectivite, today=None):
    """Return ``[(consultation, Holding)]`` of what may be proposed now; what an open list names already is left out."""
    today = today or clock.paris(clock.now()).date()
    named = {
        line.key
        for item in every(collectivite)
        if item.state in (rules.PROPOSED, rules.ENDORSED)
        for line in item.lines
    }
    oldest = min(rule.years for rule in rules.rules() if rule.fate in rules.GOES)
    before = clock.now().replace(year=clock.now().year - oldest, day=min(clock.now().day, 28))
    found = []
    for brain in api.find_everywhere(buyer_uid=collectivite.UID(), deadline={"query": before, "range": "max"}):
        consultation = brain._unrestrictedGetObject()
        for holding in holdings.of(consultation, today):
            if holding.ready and f"{api.uuid(consultation)}/{holding.sort}" not in named:
                found.append((consultation, holding))
    return found


def propose(collectivite, keys):
    """Make a list of what ``keys`` (``uuid/sort``) name among what is ready; return it."""
    lines = [
        Line(
            api.uuid(consultation), consultation.reference, consultation.title, holding.sort, holding.start, holding.until,
            holding.rule.source, holding.items,
        )
        for consultation, holding in ready(collectivite)
        if f"{api.uuid(consultation)}/{holding.sort}" in keys
    ]  # fmt: skip
    if not lines:
        raise Refused("archives.vide", "Rien n’est coché qui puisse être éliminé : choisissez au moins une ligne.")
    kept = _kept(collectivite, write=True)
    year = clock.paris(clock.now()).year
    number = f"ELIM-{year}-{len(kept.keys(f'ELIM-{year}-', f'ELIM-{year}-9999')) + 1:03d}"
    kept[number] = Bordereau(number, lines, _user())
    return kept[number]


def endorse(bordereau, name, quality, day, reference):
    """Write down the visa of the archives on a list."""
    _in_state(bordereau, rules.PROPOSED)
    name, quality, reference = (" ".join(text.split())[:200] for text in (name, quality, reference))
    if not name or not reference:
        raise Refused("archives.visa", "Le visa porte le nom de qui l’a donné et sa référence : complétez-les.")
    today = clock.paris(clock.now()).date()
    if day is None or day > today or day < clock.paris(bordereau.at).date():
        message = "La date du visa va du jour de la liste à aujourd’hui : vérifiez-la."
        raise Refused("archives.visa-date", message)
    bordereau.visa = {"name": name, "quality": quality, "day": day, "reference": reference}
    bordereau.state = rules.ENDORSED


def give_up(bordereau, reason):
    """Give a list up: what it names may be proposed again."""
    _in_state(bordereau, rules.PROPOSED, rules.ENDORSED)
    if not reason.strip():
        raise Refused("archives.motif", "Dites pourquoi la liste est abandonnée.")
    bordereau.state, bordereau.reason, bordereau.ended = rules.GIVEN_UP, reason.strip()[:1000], (clock.now(), _user())


def obstacles(bordereau, today=None):
    """Return what forbids to carry a list out: list of French sentences."""
    today = today or clock.paris(clock.now()).date()
    found = []
    for line in bordereau.lines:
        consultation = plone_api.content.get(UID=line.consultation)
        if consultation is None:
            found.append(f"{line.reference} : la consultation n’existe plus.")
            continue
        if freezing.of(consultation) is not None:
            found.append(f"{line.reference} : les documents sont gelés ({freezing.of(consultation).reason}).")
            continue
        now = next((item for item in holdings.of(consultation, today) if item.sort == line.sort), None)
        if now is None or now.items != line.items:
            found.append(f"{line.reference} : {line.label.lower()}, le contenu a changé depuis la liste.")
        elif not now.ready:
            found.append(f"{line.reference} : {line.label.lower()}, à garder jusqu’au {now.until or 'terme inconnu'}.")
    return found


def carry_out(collectivite, bordereau, confirmation):
    """Destroy what an endorsed list names; ``confirmation`` is its number, typed by the administrator."""
    _in_state(bordereau, rules.ENDORSED)
    if confirmation.strip() != bordereau.number:
        message = f"Pour confirmer la destruction, recopiez le numéro de la liste : {bordereau.number}."
        raise Refused("archives.confirmation", message)
    wrong = obstacles(bordereau)
    if wrong:
        raise Refused("archives.obstacle", " ".join(wrong) + " Rien n’est détruit : faites une nouvelle liste.")
    for line in bordereau.lines:
        consultation = plone_api.content.get(UID=line.consultation)
        _destroy(consultation, line)
        event = {
            "type": "elimination", **workflow.identity(consultation), "bordereau": bordereau.number, "sorte": line.sort,
            "fichiers": len(line.items), "octets": line.size, "empreintes": [item.sha256 for item in line.items],
        }  # fmt: skip
        journal.record(consultation, event)
    bordereau.state, bordereau.ended = rules.DONE, (clock.now(), _user())
    told = {
        "type": "elimination", "acheteur": collectivite.siret, "bordereau": bordereau.number, "lignes": len(bordereau.lines),
        "fichiers": bordereau.files, "octets": bordereau.size, "empreinte": bordereau.sha256,
        "visa": bordereau.visa["reference"], "date_visa": bordereau.visa["day"].isoformat(),
    }  # fmt: skip
    journal.record(collectivite, told, public=True)


def _destroy(consultation, line):
    folder = consultation.get(api.OPENED_FOLDER)
    for item in line.items:
        if item.place.startswith(holdings.ABOUT):
            ICompanyFiles(consultation).destroy(item.place.removeprefix(holdings.ABOUT))
            continue
        deposit_id, _slash, pli_id = item.place.partition("/")
        if pli_id:
            _empty(consultation, deposit_id, pli_id)
        else:
            folder._delObject(item.place)


def _empty(consultation, deposit_id, pli_id):
    """Let go of the ciphertext of a pli; who sent it, when, and its root stay."""
    deposit = deposits.find_deposit(consultation, deposit_id)
    kept = []
    for pli in deposit.plis:
        if pli.id == pli_id:
            empty = deposits.Pli(pli.id, pli.lot, pli.envelope, pli.context, pli.root, ())
            empty.size = pli.size
            pli = empty
        kept.append(pli)
    deposit.plis = tuple(kept)


def _in_state(bordereau, *states):
    if bordereau.state not in states:
        message = f"Cette liste est « {rules.STATES[bordereau.state].lower()} » : ce n’est plus possible."
        raise Refused("archives.etat", message)


def _user():
    return plone_api.user.get_current().getId() or ""
