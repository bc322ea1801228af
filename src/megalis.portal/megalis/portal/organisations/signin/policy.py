"""Which passwords are good enough: long rather than contorted, and not made of the person's own name.

Source: CNIL, délibération 2022-100 (entropy by length); ANSSI, recommandations relatives à l'authentification, 2021.
"""

import unicodedata


SHORTEST = 12
LONGEST = 256  # a longer one only makes the server work
DISTINCT = 5
RUNS = (
    "0123456789",
    "9876543210",
    "abcdefghijklmnopqrstuvwxyz",
    "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm",
)


def weaknesses(password, *personal):
    """Return what is wrong with ``password`` as a list of (code, French sentence); empty when it is good.

    ``personal`` are texts an attacker tries first: login, e-mail address, names.
    """
    password = password or ""
    found = []
    if len(password) < SHORTEST:
        found.append(
            (
                "mot-de-passe.court",
                f"Ce mot de passe a {len(password)} caractère{'s' if len(password) > 1 else ''} : il en faut au moins "
                f"{SHORTEST}. Une phrase de quatre ou cinq mots convient très bien.",
            )
        )
    if len(password) > LONGEST:
        found.append(
            ("mot-de-passe.long", f"Ce mot de passe dépasse {LONGEST} caractères : choisissez-en un plus court.")
        )
    plain = _plain(password)
    if password and (len(set(plain)) < DISTINCT or _is_run(plain)):
        found.append(
            (
                "mot-de-passe.simple",
                "Ce mot de passe répète ou suit l’ordre des touches : mêlez des mots sans rapport entre eux.",
            )
        )
    for text in _personal(personal):
        if text in plain and len(plain) - len(text) < SHORTEST:
            found.append(
                (
                    "mot-de-passe.personnel",
                    "Ce mot de passe contient votre identifiant, votre nom ou votre adresse : choisissez-en un autre.",
                )
            )
            break
    return found


def _plain(text):
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _is_run(plain):
    return any(plain and plain in run * 3 for run in RUNS)


def _personal(texts):
    for text in texts:
        plain = _plain(text or "")
        pieces = [plain, plain.partition("@")[0], *plain.replace("@", " ").replace(".", " ").split()]
        yield from (piece for piece in pieces if len(piece) >= 4)
