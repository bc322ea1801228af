"""What a form says of an act, made sound; what may be published; pure, with every reason at once."""

from dataclasses import dataclass
from datetime import date
from megalis.portal.formats.actes import deadlines
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes import states
from megalis.portal.formats.actes.latin import one_line
from megalis.portal.formats.actes.rules import objet
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding

import re


INDIVIDUAL = 3
DELIBERATION = 1
ONLINE = 2  # months a published act stays online at least (CGCT, R. 2131-1)
VOTES = ("effectif", "votants", "pour", "contre", "abstention")
GIVEN_UP = (states.ANNULE, states.ABANDONNE)
EDITABLE = (states.BROUILLON, states.REFUSE_CONTROLE, states.ANOMALIE, states.ENVOI_REFUSE)
ARCHIVING = (
    states.A_ARCHIVER, states.ENVOYE_SAE, states.RECU_SAE, states.ERREUR_SAE, states.ERREUR_ENVOI_SAE,
    states.SAE_IMPOSSIBLE,
)  # fmt: skip
RECEIVED = (states.ACQUITTE, states.CONTROLE_ECHU, *ARCHIVING, states.ARCHIVE)
BADGES = {
    states.BROUILLON: "draft", states.A_SIGNER: "soon", states.POSTE: "run", states.REFUSE_CONTROLE: "bad",
    states.ABANDONNE: "closed", states.A_TRANSMETTRE: "run", states.EN_ENVOI: "run", states.ENVOI_INCERTAIN: "bad",
    states.ENVOI_REFUSE: "bad", states.TRANSMIS: "run", states.SANS_REPONSE: "soon", states.ANOMALIE: "bad",
    states.ACQUITTE: "ok", states.CONTROLE_ECHU: "ok", states.ANNULATION_DEMANDEE: "soon", states.ANNULE: "closed",
    states.DETRUIT: "closed",
}  # fmt: skip
GROUPS = (
    ("brouillons", "Brouillons", (states.BROUILLON, states.A_SIGNER, states.REFUSE_CONTROLE)),
    (
        "en-cours",
        "En cours",
        (states.POSTE, states.A_TRANSMETTRE, states.EN_ENVOI, states.TRANSMIS, states.ANNULATION_DEMANDEE),
    ),
    (
        "a-reprendre",
        "À reprendre",
        (states.ANOMALIE, states.ENVOI_INCERTAIN, states.ENVOI_REFUSE, states.SANS_REPONSE),
    ),
    ("acquittes", "Acquittés", (states.ACQUITTE, states.CONTROLE_ECHU)),
    ("archives", "Archivés", (*ARCHIVING, states.ARCHIVE, states.DETRUIT)),
    ("annules", "Annulés", GIVEN_UP),
)

_CODE = re.compile(r"\s*([0-9](?:\.[0-9]{1,2}){0,4})(?:\s.*)?", re.ASCII | re.DOTALL)


def state_label(name):
    """Return the French name of a state."""
    return states.ETATS[name].libelle


def badge(name):
    """Return the kind of badge of a state."""
    return BADGES.get(name, "ok" if name in RECEIVED else "")


@dataclass(frozen=True)
class Entered:
    """What a form gave: ``values`` by name of IActe, and every ``Finding`` against them."""

    values: dict
    findings: tuple


def entered(form, classification, today):
    """Return what the texts of a form (name -> str) say of an act; nothing is refused before all was read."""
    values, found = {}, []
    values["numero"] = str(form.get("numero", "")).strip().upper()
    _try(found, names.number, values["numero"])
    values["date_decision"] = _date(found, form.get("date_decision", ""), today)
    nature = str(form.get("nature", "")).strip()
    values["nature"] = int(nature) if nature.isascii() and nature.isdigit() else 0
    _try(found, classification.nature, values["nature"])
    values["matiere"] = matiere(form.get("matiere", ""))
    _try(found, classification.codes, values["matiere"])
    values["objet"] = one_line(str(form.get("objet", "")))
    objet(found, values["objet"])
    values["papier"] = bool(form.get("papier"))
    for name in VOTES:
        values[name] = _count(found, name, form.get(name, ""))
    found += vote_findings(values)
    return Entered(values, tuple(found))


def matiere(text):
    """Return the code that begins a text, as ``8.4`` of « 8.4 Aménagement du territoire »; the text when none does."""
    match = _CODE.fullmatch(str(text))
    return match[1] if match else str(text).strip()[:40]


def _try(found, rule, value):
    try:
        rule(value)
    except Refused as refusal:
        found.append(Finding(refusal.code, refusal.message))


def _date(found, text, today):
    text = str(text).strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        shown = f"« {text[:20]} » n’est pas une date : " if text else "La date de décision manque : "
        found.append(Finding("actes.date", f"{shown}écrivez le jour où l’acte a été pris."))
        return None
    if day > today:
        message = f"La date de décision {day:%d/%m/%Y} est dans le futur : un acte s’envoie une fois pris."
        found.append(Finding("actes.date-future", message))
    elif day.year < 1950:
        found.append(Finding("actes.date", f"{day:%d/%m/%Y} est trop ancien : vérifiez l’année."))
    return day


def _count(found, name, text):
    text = str(text).strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) > 10_000:
        found.append(
            Finding("actes.vote", f"« {text[:20]} » n’est pas un nombre de voix : écrivez un entier ({name}).")
        )
        return None
    return int(text)


def vote_findings(values):
    """Return what does not add up in a vote."""
    cast = sum(values.get(name) or 0 for name in ("pour", "contre", "abstention"))
    for name, words in (("votants", "votants"), ("effectif", "membres en exercice")):
        limit = values.get(name)
        if limit is not None and cast > limit:
            message = f"{cast} voix pour {limit} {words} : corrigez le décompte."
            return [Finding("actes.vote", message)]
    return []


def publication_findings(nature, etat, published_at, pieces):
    """Return why an act may not go on the public register.

    ``pieces``: (type, published, has an anonymised version) of each, the act first. Source: CGCT, L. 2131-1 (what is
    published), and the rule that decisions about one person are notified, never published.
    """
    if published_at is not None:
        return [Finding("publication.faite", "Cet acte est déjà publié : un acte publié ne se modifie plus.")]
    found = []
    if nature == INDIVIDUAL:
        found.append(
            Finding(
                "publication.individuel",
                "Un arrêté individuel se notifie à la personne et ne se publie pas. Changez la nature s’il n’en est pas un.",
            )
        )
    if etat not in RECEIVED:
        found.append(
            Finding(
                "publication.acquittement",
                "L’acte se publie une fois reçu par la préfecture : attendez son acquittement.",
            )
        )
    if pieces and not pieces[0][1]:
        found.append(
            Finding("publication.document", "Le document de l’acte n’est pas coché : sans lui il n’y a rien à publier.")
        )
    return found


ON_LINE = "en-ligne"
REGIMES = {ON_LINE: "En ligne", "affichage": "Affichage", "papier": "Publication sur papier"}
MAY_CHOOSE = (
    "31",
    "41",
)  # natures of collectivité whose acts may be made public on paper: communes, syndicats of communes


def regime_findings(values, nature, today):
    """Return what is wrong in the choice of how acts are made public: ``publication`` and the délibération that voted it."""
    if values["publication"] not in REGIMES:
        return [Finding("actes.reglage-publication", "Choisissez comment vos actes sont rendus publics.")]
    if values["publication"] == ON_LINE:
        return []
    found = []
    if nature not in MAY_CHOOSE:
        message = (
            "L’affichage et le papier ne sont ouverts qu’aux communes de moins de 3 500 habitants et à leurs syndicats : "
            "publiez en ligne."
        )
        found.append(Finding("actes.reglage-publication", message))
    if not values["publication_acte"].strip():
        message = "L’affichage et le papier se choisissent par une délibération : écrivez son numéro."
        found.append(Finding("actes.reglage-deliberation", message))
    try:
        voted = date.fromisoformat(values["publication_date"])
    except ValueError:
        voted = None
    if voted is None or voted > today:
        found.append(
            Finding("actes.reglage-deliberation", "Donnez la date de cette délibération, au plus tard aujourd’hui.")
        )
    return found


def posting_findings(nature, etat, decided, start, end, today):
    """Return why an act may not be noted as posted from ``start`` to ``end`` (dates, ``end`` may be None)."""
    found = []
    if nature == INDIVIDUAL:
        message = "Un arrêté individuel se notifie à la personne : il ne s’affiche pas."
        found.append(Finding("affichage.individuel", message))
    if etat not in RECEIVED:
        message = "L’acte s’affiche une fois reçu par la préfecture : attendez son acquittement."
        found.append(Finding("affichage.acquittement", message))
    if start is None:
        found.append(Finding("affichage.date", "Donnez le premier jour de l’affichage."))
    elif start > today or (decided is not None and start < decided):
        message = f"L’affichage commence après la décision et au plus tard aujourd’hui : le {start:%d/%m/%Y} ne va pas."
        found.append(Finding("affichage.date", message))
    if start is not None and end is not None and (end < start or end > today):
        message = f"L’affichage finit après avoir commencé et au plus tard aujourd’hui : le {end:%d/%m/%Y} ne va pas."
        found.append(Finding("affichage.date", message))
    return found


def order(day, number, rank):
    """Return what acts of a register are sorted by, a text: day of decision, number as people count, then ``rank``, which is its own."""
    counted = re.sub(r"[0-9]+", lambda digits: digits[0].rjust(15, "0"), number or "")
    return f"{day:%Y%m%d} {counted} {rank:012}" if day else f"00000000 {counted} {rank:012}"


def first_public(*days):
    """Return the first of the days an act was made public; None without any."""
    return min((day for day in days if day is not None), default=None)


def online_until(published_on):
    """Return the last day on which a published act may not yet be taken off."""
    return deadlines.plus_months(published_on, ONLINE)


def executory(reception, published_on, notified_on=None):
    """Return the day an act became executory, or None."""
    return deadlines.executory_since(reception, published_on or notified_on)


def recours_until(published_on):
    """Return the last day of the two months in which anybody may go to court."""
    return deadlines.clear_months(published_on) if published_on else None
