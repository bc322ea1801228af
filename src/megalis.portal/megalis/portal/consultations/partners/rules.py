"""Rules of the exchange of partners, as pure functions: what may be written, who may write to whom and how often."""

from datetime import timedelta
from megalis.portal.formats.refusal import Refused

import re


SHOWN, WITHDRAWN, MODERATED = "visible", "retiree", "moderee"
STATES = {SHOWN: "Visible", WITHDRAWN: "Retirée", MODERATED: "Retirée par la modération"}
TEXT, MESSAGE, REASON = 600, 2000, 300
A_DAY = 10  # messages one company sends on one consultation in a day
DAY = timedelta(days=1)
_ADDRESS = re.compile(r"[\w.+-]+\s*(@|\(at\)|\[at\])\s*[\w-]+", re.I)
_PHONE = re.compile(r"(?:\+|\b0)\d(?:[\s.\-]?\d){7,}")
_LINK = re.compile(r"https?://|\bwww\.", re.I)


def text(value, code, words, most=TEXT, needed=False):
    """Return a text with its lines; Refused ``code``."""
    found = "\n".join(" ".join(line.split()) for line in str(value or "").replace("\r", "").split("\n")).strip()
    if needed and not found:
        raise Refused(code, f"{words} manque : écrivez-le.")
    if len(found) > most:
        raise Refused(code, f"{words} a {len(found)} signes, {most} au plus : abrégez.", found[:40])
    return found


def check_no_address(found, words):
    """Refuse (``cotraitance.coordonnees``) a text that gives an address, a number or a link: contacts go by the platform."""
    for pattern, name in (
        (_ADDRESS, "une adresse de courriel"),
        (_PHONE, "un numéro de téléphone"),
        (_LINK, "un lien"),
    ):
        if pattern.search(found):
            raise Refused(
                "cotraitance.coordonnees",
                f"{words} contient {name} : retirez-le, les entreprises vous écriront par la plateforme.",
                found[:40],
            )


def entry(offers, seeks, lots, known):
    """Return ``(offers, seeks, lots)`` of an entry; Refused ``cotraitance.*``."""
    offers = text(offers, "cotraitance.offre", "Ce que vous apportez")
    seeks = text(seeks, "cotraitance.recherche", "Ce que vous cherchez")
    if not offers and not seeks:
        raise Refused("cotraitance.vide", "Dites ce que votre entreprise apporte, ou ce qu’elle cherche.")
    check_no_address(offers, "Ce que vous apportez")
    check_no_address(seeks, "Ce que vous cherchez")
    asked = {str(value) for value in lots}
    unknown = sorted(asked - set(known))
    if unknown:
        raise Refused("cotraitance.lot", f"Le lot « {unknown[0][:20]} » n’existe pas ici.", unknown[0][:20])
    return offers, seeks, tuple(number for number in known if number in asked)


def check_pace(sent, now):
    """Refuse (``cotraitance.rythme``) a message too many; ``sent`` are the instants of those sent already."""
    if sum(now - instant < DAY for instant in sent) >= A_DAY:
        raise Refused(
            "cotraitance.rythme",
            f"{A_DAY} messages par jour au plus sur une consultation : reprenez demain.",
            str(A_DAY),
        )


def is_open(enabled, restricted, step):
    """Tell whether companies may look for partners: the buyer allows it, everybody may answer, the bids are awaited."""
    return enabled and not restricted and step == "publiee"
