"""What a message must be to leave the platform, beyond what the official schema asks (and without it)."""

from dataclasses import fields
from datetime import date
from megalis.portal.formats import siren
from megalis.portal.formats.actes import names
from megalis.portal.formats.actes.latin import latin1
from megalis.portal.formats.actes.model import Acte
from megalis.portal.formats.actes.model import Collectivite
from megalis.portal.formats.actes.model import Fichier
from megalis.portal.formats.actes.model import files_of
from megalis.portal.formats.actes.model import Prefecture
from megalis.portal.formats.refusal import Refused
from megalis.portal.formats.verdict import Finding

import re


MAX_OBJET = 499
MAX_TEXT = 10_000
FIRST_DAY = date(1900, 1, 1)

_EMAIL = re.compile(r"[_a-zA-Z0-9-]+(?:\.[_a-zA-Z0-9-]+)*@[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*\.[a-zA-Z]{2,6}", re.ASCII)


def findings(message):
    """Return why a message may not be sent, as a tuple of ``Finding``; empty when it may."""
    found = []
    act_id = getattr(message, "id_acte", None)
    if act_id is not None:
        _try(found, names.parse_act_id, act_id)
    for part in (message, *(getattr(message, name, None) for name in ("acte", "enveloppe"))):
        if isinstance(part, Acte):
            found += act_findings(part)
        elif hasattr(part, "formulaires"):
            found += _envelope_findings(part)
    found += _files(files_of(message))
    for name in ("detail", "description", "motif", "nature_illegalite"):
        text = getattr(message, name, "")
        if len(latin1(text)) > MAX_TEXT:
            found.append(
                Finding("actes.texte", f"Le texte « {name} » a plus de {MAX_TEXT} caractères : raccourcissez-le.")
            )
    return tuple(found)


def complete(message):
    """True when a message lacks nothing that the rules look at."""
    parts = (message, *(getattr(message, name, None) for name in ("acte", "enveloppe", "emetteur")))
    optional = {"referent", "precedent", "detail", "papier", "annexes", "pieces", "arrondissement"}
    for part in parts:
        for item in fields(part) if part is not None else ():
            if item.name not in optional and getattr(part, item.name) in (None, ""):
                return False
    return not (isinstance(message, Acte) and None in message.matiere)


def strict_findings(message):
    """Return ``findings`` of a message that was read, whose gaps were told already: nothing when it has any."""
    return findings(message) if complete(message) else ()


def _try(found, rule, *values):
    try:
        rule(*values)
    except Refused as refusal:
        found.append(Finding(refusal.code, refusal.message))


def act_findings(acte):
    """Return what is wrong in an ``Acte``, apart from its files."""
    found = []
    _try(found, names.number, acte.numero)
    objet(found, acte.objet)
    if acte.nature < 1:
        found.append(
            Finding("actes.nature", f"« {acte.nature} » n’est pas une nature d’acte : choisissez-la dans la liste.")
        )
    if any(code < 1 for code in acte.matiere):
        shown = ".".join(map(str, acte.matiere))
        found.append(Finding("actes.matiere", f"« {shown} » n’est pas une matière : choisissez-la dans la liste."))
    if acte.date < FIRST_DAY:
        found.append(
            Finding("actes.date", f"La date de décision {acte.date:%d/%m/%Y} est trop ancienne : corrigez-la.")
        )
    if acte.precedent:
        _try(found, names.parse_act_id, acte.precedent)
    return found


def objet(found, text):
    """Add to ``found`` what is wrong in the object of an act."""
    length = len(latin1(text))
    if "\n" in text or "\r" in text:
        found.append(Finding("actes.objet", "L’objet tient sur une seule ligne : retirez les retours à la ligne."))
    if not length:
        found.append(Finding("actes.objet", "L’objet de l’acte manque : écrivez-le."))
    elif length > MAX_OBJET:
        found.append(
            Finding("actes.objet", f"L’objet a {length} caractères, {MAX_OBJET} sont permis : raccourcissez-le.")
        )


def _envelope_findings(envelope):
    found = _files(envelope.formulaires)
    sender = envelope.emetteur
    if isinstance(sender, Collectivite):
        _try(found, siren.siren, sender.siren)
        _try(found, _departement, sender.departement)
        if not re.fullmatch(r"[0-9]{2}", sender.nature):
            found.append(
                Finding("actes.collectivite", f"« {sender.nature[:20]} » n’est pas un code de collectivité (31, 41…).")
            )
    elif isinstance(sender, Prefecture):
        _try(found, _departement, sender.departement)
        _try(found, siren.siren, envelope.destinataire)
    arrondissement = sender.arrondissement
    if not re.fullmatch(r"[0-9]?", arrondissement) or (isinstance(sender, Collectivite) and not arrondissement):
        found.append(
            Finding("actes.arrondissement", f"« {arrondissement[:20]} » n’est pas un arrondissement : un seul chiffre.")
        )
    emails = list(getattr(envelope, "adresses_retour", ()))
    emails += [envelope.referent.email] if envelope.referent and envelope.referent.email else []
    for email in emails:
        if not _EMAIL.fullmatch(email):
            found.append(
                Finding(
                    "actes.courriel",
                    f"« {email[:80]} » n’est pas une adresse électronique admise (fin de 2 à 6 lettres) : corrigez-la.",
                )
            )
    return found


def _departement(code):
    if names.departement(code) != code:
        raise Refused("actes.departement", f"« {code} » : le département s’écrit sur trois caractères (035).", code)


def _files(files):
    found, seen = [], set()
    for item in files:
        if not isinstance(item, Fichier):
            continue
        if not names.is_plain(item.nom):
            found.append(
                Finding(
                    "actes.nom", f"« {item.nom[:80]} » n’est pas un nom de fichier permis (lettres, chiffres, _ -)."
                )
            )
        if item.nom.lower() in seen:
            found.append(Finding("actes.nom-double", f"« {item.nom[:80]} » figure deux fois : un nom par fichier."))
        seen.add(item.nom.lower())
    return found
