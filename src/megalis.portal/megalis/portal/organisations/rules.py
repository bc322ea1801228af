"""Plain checks on what people type about persons and organisations; each returns the clean value or raises Refused."""

from megalis.portal.formats import siren as numbers
from megalis.portal.formats.refusal import Refused

import re
import unicodedata


EMAIL = re.compile(r"^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")
PHONE = re.compile(r"^\+?[0-9]{4,15}$")
NAF = re.compile(r"^[0-9]{2}\.?[0-9]{2}[A-Z]$")
COUNTRY = re.compile(r"^[A-Z]{2}$")
FOREIGN = re.compile(r"^[0-9A-Z]{2,30}$")
EXTERNAL = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$")
LOGIN = re.compile(r"^[a-z0-9][a-z0-9._@+-]{2,99}$")


def email(text):
    """Return the address in lower case; Refused ``courriel.vide|forme``."""
    value = str(text or "").strip().lower()
    if not value:
        raise Refused("courriel.vide", "L’adresse électronique manque : saisissez-la.", text)
    if len(value) > 254 or ".." in value or not EMAIL.match(value):
        raise Refused(
            "courriel.forme",
            f"« {value[:60]} » n’est pas une adresse électronique : écrivez-la comme nom@exemple.fr.",
            text,
        )
    return value


def phone(text):
    """Return the number with its digits alone, a leading ``+`` kept; empty stays empty; Refused ``telephone.forme``."""
    value = re.sub(r"[\s.()\u00a0\u202f-]", "", str(text or ""))
    if value and not PHONE.match(value):
        raise Refused(
            "telephone.forme",
            f"« {str(text)[:30]} » n’est pas un numéro de téléphone : écrivez-le comme 02 99 00 00 00.",
            text,
        )
    return value


def person_name(text):
    """Return the name on one line; Refused ``nom.vide|long|forme``."""
    value = " ".join(str(text or "").split())
    if not value:
        raise Refused("nom.vide", "Le nom manque : saisissez un prénom et un nom.", text)
    if len(value) > 120:
        raise Refused("nom.long", "Ce nom dépasse 120 caractères : raccourcissez-le.", text)
    if any(unicodedata.category(char) == "Cc" or char in "<>@/\\" for char in value):
        raise Refused("nom.forme", "Un nom ne contient ni < > ni @ ni barre : corrigez-le.", text)
    return value


def title(text, code="denomination"):
    """Return a name of an organisation on one line; Refused ``denomination.vide|long``."""
    value = " ".join(str(text or "").split())
    if not value:
        raise Refused(f"{code}.vide", "La dénomination manque : saisissez-la.", text)
    if len(value) > 250:
        raise Refused(f"{code}.long", "Cette dénomination dépasse 250 caractères : raccourcissez-la.", text)
    return value


def naf(text):
    """Return a NAF/APE code as ``43.21A``; empty stays empty; Refused ``naf.forme``."""
    value = str(text or "").strip().upper()
    if not value:
        return ""
    if not NAF.match(value):
        raise Refused("naf.forme", f"« {value[:20]} » n’est pas un code NAF : écrivez-le comme 43.21A.", text)
    return f"{value[:2]}.{value[-3:]}"


def company_identifier(national, foreign="", country="FR"):
    """Return (identifier, country): a SIREN for FR (a SIRET is accepted), else ``XX-`` and the foreign identifier.

    Refused: the codes of formats.siren, ``pays.forme``, ``identifiant.vide|forme``.
    """
    country = str(country or "FR").strip().upper()
    if not COUNTRY.match(country):
        raise Refused(
            "pays.forme", f"« {country[:10]} » n’est pas un code de pays à deux lettres : choisissez-le dans la liste."
        )
    if country == "FR":
        return numbers.siren_of(national), "FR"
    value = re.sub(r"[\s./\u00a0\u202f-]", "", str(foreign or "")).upper()
    if not value:
        raise Refused("identifiant.vide", "L’identifiant de l’entreprise dans son pays manque : saisissez-le.", foreign)
    if not FOREIGN.match(value):
        raise Refused(
            "identifiant.forme",
            f"« {str(foreign)[:40]} » n’est pas un identifiant : lettres et chiffres, de 2 à 30.",
            foreign,
        )
    return f"{country}-{value}", country


def external_id(text):
    """Return the identifier another system gives; Refused ``idexterne.forme``."""
    value = str(text or "").strip()
    if not EXTERNAL.match(value):
        raise Refused(
            "idexterne.forme",
            f"« {value[:40]} » n’est pas un identifiant externe : lettres, chiffres, point, tiret, deux-points, 100 au plus.",
            text,
        )
    return value


def login(text):
    """Return the login in lower case; Refused ``identifiant-connexion.forme``."""
    value = str(text or "").strip().lower()
    if not LOGIN.match(value):
        raise Refused(
            "identifiant-connexion.forme",
            f"« {value[:40]} » ne peut servir d’identifiant : de 3 à 100 lettres, chiffres, point, tiret, @.",
            text,
        )
    return value


def slug(text):
    """Return ``text`` as the last part of an address: lower-case ASCII letters, digits and hyphens, 60 at most."""
    plain = unicodedata.normalize("NFKD", str(text).replace("’", "-").replace("œ", "oe").replace("Œ", "Oe"))
    plain = plain.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "organisme"
