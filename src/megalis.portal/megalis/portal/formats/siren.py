"""SIREN and SIRET numbers, because every buyer and every company is known by one.

A SIREN has nine digits, a SIRET fourteen (SIREN, then the NIC of the establishment); both end with a Luhn check digit
(ISO/IEC 7812-1, annex B; article R. 123-221 of the Code de commerce). The establishments of La Poste, SIREN
356 000 000, are numbered by another rule: the sum of their digits is a multiple of five.
"""

from megalis.portal.formats.refusal import Refused


LA_POSTE = "356000000"

_SEPARATORS = str.maketrans("", "", " \t\u00a0\u202f.-")


def luhn(digits):
    """Tell whether a string of ASCII digits ends with the right Luhn check digit."""
    total = 0
    for rank, char in enumerate(reversed(digits)):
        value = ord(char) - 48
        if rank % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def _digits(text, length, what):
    value = str(text or "").translate(_SEPARATORS)
    if not value:
        raise Refused(f"{what.lower()}.vide", f"Le numéro {what} manque : saisissez ses {length} chiffres.", text)
    if not (value.isascii() and value.isdigit()):
        raise Refused(
            f"{what.lower()}.caracteres",
            f"« {str(text)[:40]} » n’est pas un numéro {what} : il ne contient que des chiffres.",
            text,
        )
    if len(value) != length:
        raise Refused(
            f"{what.lower()}.longueur",
            f"« {str(text)[:40]} » a {len(value)} chiffres : un numéro {what} en a {length}.",
            text,
        )
    return value


def siren(text):
    """Return the nine digits of a SIREN; raise ``Refused`` (``siren.vide|caracteres|longueur|cle``)."""
    value = _digits(text, 9, "SIREN")
    if not luhn(value) or value == "000000000":
        raise Refused(
            "siren.cle",
            f"« {format_siren(value)} » n’est pas un SIREN : sa clé de contrôle est fausse. Vérifiez chaque chiffre.",
            text,
        )
    return value


def siret(text):
    """Return the fourteen digits of a SIRET; raise ``Refused`` (``siret.vide|caracteres|longueur|siren|cle``)."""
    value = _digits(text, 14, "SIRET")
    if not luhn(value[:9]) or value[:9] == "000000000":
        raise Refused(
            "siret.siren",
            f"« {format_siret(value)} » n’est pas un SIRET : ses neuf premiers chiffres ne forment pas un SIREN. "
            "Vérifiez chaque chiffre.",
            text,
        )
    right = luhn(value)
    if value.startswith(LA_POSTE):
        right = right or sum(map(int, value)) % 5 == 0
    if not right:
        raise Refused(
            "siret.cle",
            f"« {format_siret(value)} » n’est pas un SIRET : sa clé de contrôle est fausse. "
            "Vérifiez les cinq derniers chiffres.",
            text,
        )
    return value


def is_siren(text):
    """True when ``text`` holds a valid SIREN, separators allowed."""
    try:
        siren(text)
    except Refused:
        return False
    return True


def is_siret(text):
    """True when ``text`` holds a valid SIRET, separators allowed."""
    try:
        siret(text)
    except Refused:
        return False
    return True


def siren_of(text):
    """Return the SIREN held in a SIREN or a SIRET; raise ``Refused`` when it is neither."""
    value = str(text or "").translate(_SEPARATORS)
    return siret(value)[:9] if len(value) == 14 else siren(value)


def siret_of(number, serial=1):
    """Return the SIRET of establishment ``serial`` (1 to 9999) of a SIREN: its NIC is the serial and a check digit."""
    number = siren(number)
    if not 1 <= serial <= 9999:
        raise Refused("siret.nic", "Le numéro d’ordre d’un établissement va de 1 à 9999.", serial)
    stem = f"{number}{serial:04d}"
    return next(stem + str(key) for key in range(10) if luhn(stem + str(key)))


def format_siren(value):
    """Nine digits as people read them: ``123 456 782``."""
    return f"{value[:3]} {value[3:6]} {value[6:]}"


def format_siret(value):
    """Fourteen digits as people read them: ``123 456 782 00010``."""
    return f"{value[:3]} {value[3:6]} {value[6:9]} {value[9:]}"
