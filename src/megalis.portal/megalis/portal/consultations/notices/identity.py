"""What a collectivité tells once for all its notices: who it is to the Official Journal, its court, its newspapers."""

from dataclasses import dataclass
from dataclasses import fields
from dataclasses import replace
from decimal import Decimal
from decimal import InvalidOperation
from megalis.portal.consultations import levels
from megalis.portal.consultations.notices.typed import planned_day
from megalis.portal.consultations.notices.values import Court
from megalis.portal.formats import jal
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex
from megalis.portal.organisations import rules
from persistent.list import PersistentList
from persistent.mapping import PersistentMapping
from zope.annotation.interfaces import IAnnotations

import re


KEY = "megalis.notices.identity"
# Codes of the lists authority-activity and entity-activity of the SDK.
ACTIVITIES = {
    "gen-pub": "Services publics généraux",
    "education": "Éducation",
    "health": "Santé",
    "hc-am": "Logement et équipements collectifs",
    "env-pro": "Protection de l’environnement",
    "soc-pro": "Protection sociale",
    "rcr": "Loisirs, culture et religion",
    "econ-aff": "Affaires économiques",
    "pub-os": "Ordre public et sécurité",
    "defence": "Défense",
}
UTILITIES = {
    "water": "Eau",
    "electricity": "Électricité",
    "gas-heat": "Gaz et chaleur",
    "urttb": "Transports urbains",
    "port": "Ports",
    "airport": "Aéroports",
    "rail": "Chemins de fer",
    "post": "Poste",
}
# INSEE legal categories -> code of the list buyer-legal-type.
LEGAL_TYPES = (
    ("7230", "ra"),
    ("7210", "la"),
    ("7220", "la"),
    ("7229", "la"),
    ("734", "la"),
    ("71", "cga"),
    ("7382", "cga"),
    ("7389", "body-pl-cga"),
    ("7383", "body-pl-cga"),
    ("4110", "pub-undert-cga"),
    ("41", "pub-undert-la"),
    ("55", "pub-undert-la"),
    ("73", "body-pl-la"),
)
MAX_NEWSPAPERS = 20
MAX_TEXT = 400


@dataclass(frozen=True, slots=True)
class Newspaper:
    """A newspaper of legal notices: where it receives them, its own rates (``jal.Rate``), oldest first."""

    id: str
    name: str
    email: str
    rates: tuple = ()

    def rate(self, day):
        """Return its rate in force on a day; Refused ``jal.tarif``."""
        return jal.rate_of(self.rates, day)


def _kept(collectivite):
    annotations = getattr(collectivite, "__annotations__", None)
    return annotations.get(KEY, {}) if annotations is not None else {}


def _for_write(collectivite):
    annotations = IAnnotations(collectivite)
    if KEY not in annotations:
        annotations[KEY] = PersistentMapping({"newspapers": PersistentList()})
    return annotations[KEY]


def legal_type(category):
    """Return the code of BT-11 of an INSEE legal category."""
    return next((code for prefix, code in LEGAL_TYPES if str(category or "").startswith(prefix)), "body-pl")


def told(collectivite):
    """Return what the collectivité told: dict ``activity, utility, payment, court``."""
    kept = _kept(collectivite)
    utility = kept.get("utility", "") if levels.buyer_kind(collectivite) == "reseaux" else ""
    return {
        "activity": kept.get("activity", "gen-pub"),
        "utility": utility or ("water" if levels.buyer_kind(collectivite) == "reseaux" else ""),
        "payment": kept.get("payment", ""),
        "court": Court(**kept["court"]) if kept.get("court") else Court(),
    }


def tell(collectivite, activity, utility, payment, court, by):
    """Keep what the notices say of the buyer; Refused ``avis.activite|texte|tribunal``. ``court`` is a dict of Court."""
    if activity not in ACTIVITIES or (utility and utility not in UTILITIES):
        raise Refused("avis.activite", "Cette activité n’est pas dans la liste : choisissez-la de nouveau.", activity)
    payment = " ".join(str(payment or "").split())
    names = [item.name for item in fields(Court)]
    court = {name: " ".join(str(court.get(name) or "").split())[:MAX_TEXT] for name in names}
    if len(payment) > MAX_TEXT:
        raise Refused("avis.texte", f"Les modalités de paiement font {len(payment)} signes : {MAX_TEXT} au plus.")
    if not court["name"] or not re.fullmatch(r"[0-9]{5}", court["postcode"]) or not court["city"]:
        raise Refused("avis.tribunal", "Donnez le nom, le code postal (cinq chiffres) et la ville du tribunal.")
    if not re.fullmatch(r"FR[A-Z0-9]{3}", court["nuts"]):
        raise Refused("avis.tribunal", f"« {court['nuts'][:10]} » n’est pas un code NUTS de département, comme FRH03.")
    if court["email"]:
        rules.email(court["email"])
    kept = _for_write(collectivite)
    kept.update({"activity": activity, "utility": utility, "payment": payment, "court": court})
    _record(collectivite, "identite", by)


def newspapers(collectivite):
    """Return the Newspaper list of a collectivité, by name."""
    return sorted(_kept(collectivite).get("newspapers", ()), key=lambda item: item.name.casefold())


def newspaper(collectivite, key):
    """Return a Newspaper by its id; Refused ``jal.inconnu``."""
    found = next((item for item in newspapers(collectivite) if item.id == key), None)
    if found is None:
        raise Refused(
            "jal.inconnu", "Ce journal n’est pas dans la liste de la collectivité : choisissez-le de nouveau."
        )
    return found


def rate(price, unit, since, source, minimum=0):
    """Return the jal.Rate that a form tells; Refused ``jal.*``."""
    try:
        amount = Decimal(str(price or "").strip().replace(",", "."))
    except InvalidOperation:
        raise Refused("jal.tarif-prix", f"« {str(price)[:20]} » n’est pas un prix : écrivez-le comme 0,193.") from None
    if not amount.is_finite() or amount <= 0 or amount > 1000:
        raise Refused(
            "jal.tarif-prix", f"Le prix {str(price)[:20]} ne va pas : plus de 0 et 1 000 € au plus par unité."
        )
    day = planned_day(since)
    if day is None:
        raise Refused("jal.tarif-date", "Dites depuis quel jour ce tarif vaut.")
    text = " ".join(str(source or "").split())
    if not text:
        raise Refused("jal.tarif-forme", "Dites d’où vient ce tarif : arrêté, contrat ou devis du journal.")
    if unit not in jal.UNITS:
        raise Refused("jal.tarif-forme", "Le tarif est à la ligne ou au caractère : choisissez.")
    least = str(minimum or "0").strip()
    if not least.isdecimal() or len(least) > 5:
        raise Refused("jal.tarif-forme", f"« {least[:10]} » n’est pas un nombre d’unités toujours payées.")
    return jal.Rate(since=day, unit=unit, price=amount, source=text[:200], minimum=int(least))


def add_newspaper(collectivite, name, email, first, by):
    """Return a new Newspaper with its first rate (or None); Refused ``jal.double|nom|trop``."""
    name = rules.title(name)
    address = rules.email(email)
    kept = _for_write(collectivite)["newspapers"]
    if any(item.name.casefold() == name.casefold() for item in kept):
        raise Refused("jal.double", f"« {name} » est déjà dans la liste : ajoutez-lui un tarif.", name)
    if len(kept) >= MAX_NEWSPAPERS:
        raise Refused("jal.trop", f"{MAX_NEWSPAPERS} journaux au plus : retirez-en un.")
    made = Newspaper(uuidhex(), name, address, (first,) if first else ())
    kept.append(made)
    _record(collectivite, "journal-ajoute", by, name)
    return made


def change_newspaper(collectivite, key, by, email=None, new_rate=None):
    """Change the address of a newspaper, or add a rate to it; what was sent keeps its own."""
    found = newspaper(collectivite, key)
    changed = found
    if email is not None:
        changed = replace(changed, email=rules.email(email))
    if new_rate is not None:
        kept = tuple(item for item in found.rates if item.since != new_rate.since)
        changed = replace(changed, rates=tuple(sorted((*kept, new_rate), key=lambda item: item.since)))
    rows = _for_write(collectivite)["newspapers"]
    rows[rows.index(found)] = changed
    _record(collectivite, "journal-change", by, found.name)
    return changed


def remove_newspaper(collectivite, key, by):
    """Take a newspaper off the list; what was sent to it stays."""
    found = newspaper(collectivite, key)
    _for_write(collectivite)["newspapers"].remove(found)
    _record(collectivite, "journal-retire", by, found.name)
    return found


def _record(collectivite, fact, by, name=""):
    event = {"type": "annonces", "fait": fact, "acheteur": collectivite.siret, "agent": by}
    journal.record(collectivite, event | ({"journal": name} if name else {}))


def rate_on(item, day):
    """Return the rate of a Newspaper on a day, or None when it has none yet."""
    try:
        return item.rate(day)
    except Refused:
        return None
