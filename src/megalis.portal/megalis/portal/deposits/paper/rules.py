"""Rules of what is received on paper, as pure functions; above all when a backup copy may be opened.

A backup copy (« copie de sauvegarde », CCP R. 2132-11, arrêté of 22 March 2019, annex 6) arrives before the deadline in a
closed envelope that names itself. It is opened in three cases only, and destroyed unread otherwise.
"""

from datetime import datetime
from megalis.portal.consultations.rules import typing
from megalis.portal.formats import operators
from megalis.portal.formats.refusal import Refused


BID, PART, SAMPLE, COPY = "pli", "partie", "echantillon", "sauvegarde"
KINDS = {
    BID: "Pli sur papier",
    PART: "Partie d’un pli (plans, pièces)",
    SAMPLE: "Échantillon, maquette ou prototype",
    COPY: "Copie de sauvegarde",
}
WAYS = {"poste": "Par la poste", "porteur": "Par un transporteur", "main": "Remis en main propre", "autre": "Autrement"}
SUPPORTS = {"papier": "Papier", "usb": "Clé USB ou disque", "electronique": "Électronique", "objet": "Objet"}

KEPT, OPENED, DESTROYED, RETURNED, CANCELLED = "recu", "ouvert", "detruit", "restitue", "annule"
STATES = {
    KEPT: "Gardé fermé",
    OPENED: "Ouvert",
    DESTROYED: "Détruit sans être ouvert",
    RETURNED: "Restitué",
    CANCELLED: "Inscription annulée",
}

VIRUS, TRANSMISSION, UNREADABLE = "programme-malveillant", "transmission", "illisible"
GROUNDS = {
    VIRUS: "Programme informatique malveillant détecté dans le pli électronique",
    TRANSMISSION: "Pli électronique non parvenu ou tardif, dont l’envoi avait commencé avant la date limite",
    UNREADABLE: "Pli électronique parvenu à temps mais qui ne peut pas être ouvert",
}
BAD_VERDICTS = frozenset(("altere", "illisible", "contexte"))
TEXT, NOTE = 200, 2000


def label_of(number):
    """Return the number people read on a label: that of electronic deposits, with a letter for paper."""
    text = number[:12].upper()
    return f"P-{text[:4]}-{text[4:8]}-{text[8:12]}"


SAME = ("kind", "company", "siret", "lots", "way", "support", "description", "received")


def check_new(paper, known):
    """Refuse (``papier.double``) a thing entered a second time: the form sent twice, or gone back to."""
    for other in known:
        if other.state != CANCELLED and all(getattr(other, name) == getattr(paper, name) for name in SAME):
            raise Refused(
                "papier.double",
                f"Cette arrivée est déjà inscrite sous le numéro {other.number}. S’il y a deux objets, dites dans la "
                "description ce qui les distingue.",
                other.number,
            )


def is_late(received: datetime, deadline: datetime):
    """Tell whether it came too late; the very rule of electronic bids: from the second of the deadline on."""
    return received >= deadline


def choice(value, known, code, words):
    """Return a value among ``known``; Refused ``code``."""
    if not isinstance(value, str) or value not in known:
        raise Refused(code, f"Choisissez {words} dans la liste.", str(value)[:40])
    return value


def line(value, code, words, most=TEXT, needed=False):
    """Return a text on one line; Refused ``code``."""
    text = " ".join(str(value or "").split())
    if needed and not text:
        raise Refused(code, f"{words} manque : remplissez ce champ.")
    if len(text) > most:
        raise Refused(code, f"{words} a {len(text)} signes, {most} au plus : abrégez.", text[:40])
    return text


def siret(value):
    """Return a SIRET or a foreign number, "" when none is typed; Refused with the codes of ``formats.operators``."""
    text = "".join(str(value or "").split())
    return operators.number(text) if text else ""


def received(text, now, published):
    """Return the instant of arrival typed by the agent, to the second, ``now`` without any.

    Refused ``papier.futur`` (after the server's clock), ``papier.avant`` (before the publication), ``moment.*``.
    """
    found = typing.moment(text) or now.replace(microsecond=0)
    if found > now:
        raise Refused(
            "papier.futur", "L’heure d’arrivée est dans le futur à l’horloge du serveur : vérifiez-la.", str(text)
        )
    if published is not None and found < published.replace(microsecond=0):
        raise Refused(
            "papier.avant", "L’heure d’arrivée précède la publication de la consultation : vérifiez la date.", str(text)
        )
    return found


def lots(values, known):
    """Return the lots a thing is for, in the order of the consultation; Refused ``papier.lot``."""
    asked = {str(value).strip() for value in values if str(value).strip()}
    unknown = sorted(asked - set(known))
    if unknown:
        raise Refused(
            "papier.lot", f"Le lot « {unknown[0][:20]} » n’existe pas dans cette consultation.", unknown[0][:20]
        )
    return tuple(number for number in known if number in asked)


def copy_refusal(ground, *, closed, late, labelled, intime, attempts, verdicts, note):
    """Return ``(code, why)`` when a backup copy may not be opened on this ground, None when it may.

    ``closed``: the deadline is past and the closing recorded; ``late``, ``labelled``: what the copy itself is;
    ``intime``: how many electronic deposits of this company came in time and stand; ``attempts``: instants at which its
    other electronic sendings began (unfinished, late or refused), before the deadline; ``verdicts``: what was found in
    its electronic plis; ``note``: what the agent writes of it. A missing signature is no ground, and never becomes one.
    """
    if ground not in GROUNDS:
        return "motif", "Choisissez le motif dans la liste : le code n’en connaît pas d’autre."
    if not closed:
        return (
            "pas-close",
            "La date limite n’est pas passée, ou la clôture n’est pas encore inscrite : aucun pli ne s’ouvre.",
        )
    if late:
        return "hors-delai", "Cette copie est arrivée hors délai : elle ne peut pas être ouverte."
    if not labelled:
        return "mention", "L’enveloppe ne porte pas la mention « copie de sauvegarde » : elle n’en a pas la valeur."
    return _ground_refusal(ground, intime, attempts, verdicts, note)


def _ground_refusal(ground, intime, attempts, verdicts, note):
    if ground == VIRUS:
        if not intime:
            return (
                "sans-pli",
                "Aucun pli électronique de cette entreprise n’est parvenu à temps : rien n’a pu y être détecté.",
            )
        if not note:
            return (
                "trace",
                "Gardez trace de la malveillance : écrivez quel programme a été détecté, où et par quel outil.",
            )
        return None
    if ground == TRANSMISSION:
        if intime:
            return (
                "pli-complet",
                "Un pli électronique de cette entreprise est parvenu complet et à temps : ouvrez celui-là.",
            )
        if not attempts:
            return (
                "non-commence",
                "La plateforme ne connaît aucun envoi de cette entreprise commencé avant la date limite : ce motif ne vaut pas.",
            )
        return None
    if not intime:
        return "sans-pli", "Aucun pli électronique de cette entreprise n’est parvenu à temps."
    if not verdicts:
        return "non-ouvert", "Ouvrez d’abord le pli électronique : son constat dira s’il se lit."
    if not BAD_VERDICTS & set(verdicts):
        return "lisible", "Le pli électronique de cette entreprise est intact et se lit : sa copie n’est pas ouverte."
    return None


def grounds(**facts):
    """Return ``[(ground, refusal or None)]`` of every ground, a note taken as written: what the page tells beforehand."""
    return [(ground, copy_refusal(ground, note="x", **facts)) for ground in GROUNDS]


def open_refusal(kind, state, *, closed, late):
    """Return ``(code, why)`` when a thing that is no copy may not be opened now, else None."""
    if state != KEPT:
        return "etat", f"Cet objet n’est plus fermé : {STATES[state].lower()}."
    if not closed:
        return (
            "pas-close",
            "La date limite n’est pas passée, ou la clôture n’est pas encore inscrite : rien ne s’ouvre.",
        )
    if late:
        return "hors-delai", "Arrivé hors délai : il reste fermé, et peut être restitué."
    return None


def due_ground(**facts):
    """Return the ground on which the platform itself knows that a copy is to be opened, "" without one.

    A malware is not among them: the agent says so, and the copy may be destroyed when he found none.
    """
    return next((ground for ground in (TRANSMISSION, UNREADABLE) if copy_refusal(ground, note="", **facts) is None), "")


def destroy_refusal(kind, state, *, opened, due=""):
    """Return ``(code, why)`` when a copy may not be destroyed now, else None.

    ``opened``: the electronic plis are all read; ``due``: the ground on which this copy is to be opened (``due_ground``).
    """
    if kind != COPY:
        return "genre", "Seule une copie de sauvegarde se détruit sans être lue ; un pli se garde ou se restitue."
    if state != KEPT:
        return "etat", f"Cette copie n’est plus fermée : {STATES[state].lower()}."
    if not opened:
        return (
            "trop-tot",
            "Ouvrez d’abord tous les plis électroniques : l’un d’eux peut encore rendre la copie nécessaire.",
        )
    if due:
        return (
            "a-ouvrir",
            f"Un cas d’ouverture est réuni ({_lower(GROUNDS[due])}) : elle s’ouvre, et ne se détruit pas.",
        )
    return None


def _lower(text):
    return text[:1].lower() + text[1:]


def unopened_reason(*, late, labelled, intime, attempts, verdicts):
    """Return in words why a copy was not opened, for the minutes."""
    if late:
        return "arrivée hors délai"
    if not labelled:
        return "sans la mention « copie de sauvegarde »"
    if intime and verdicts and not BAD_VERDICTS & set(verdicts):
        return "pli électronique parvenu à temps et lisible"
    if not intime and not attempts:
        return "aucun envoi électronique commencé avant la date limite"
    return "aucun des cas d’ouverture n’était réuni"
