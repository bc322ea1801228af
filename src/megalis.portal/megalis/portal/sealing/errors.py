"""Why a sealed file, a key or a context is refused: one class a cause, a stable code for machines, French for people.

Codes: entete, mac, armure, cle, altere, contexte, structure, longueur, manifeste, fichier, format-cle, passe, existe,
usage. A caller shows ``str(error)`` and acts on ``error.code``.
"""


class SealingError(Exception):
    """Base of all refusals of this room; ``code`` is stable, the message says value, rule and remedy in French."""

    code = "pli"

    def __init__(self, message, code=None):
        super().__init__(message)
        if code:
            self.code = code


class HeaderError(SealingError):
    """The bytes do not follow the age v1 header grammar, or a stanza meant for our key is malformed."""

    code = "entete"


class MacError(HeaderError):
    """The header was changed after sealing: its HMAC does not match."""

    code = "mac"


class ArmorError(SealingError):
    """The text envelope (PEM-like armor) is malformed."""

    code = "armure"


class NoMatchError(SealingError):
    """None of the keys given opens this file."""

    code = "cle"


class PayloadError(SealingError):
    """The sealed content is truncated, re-ordered, extended or altered."""

    code = "altere"


class ContextError(SealingError):
    """The file is not bound to the consultation, lot, envelope, depositor or recipients that were expected."""

    code = "contexte"


class StructureError(SealingError):
    """The sealed file does not have the shape of a pli scellé v1 for these recipients."""

    code = "structure"


class BundleError(SealingError):
    """The opened content is not the bundle its manifest describes."""

    code = "manifeste"


class SourceError(SealingError):
    """A file to seal is missing, not a regular file, or changed while it was being sealed."""

    code = "fichier"


class KeyFormatError(SealingError):
    """A recipient or an identity cannot be read."""

    code = "format-cle"


class PassphraseError(SealingError):
    """The passphrase is missing, wrong, or protected with an unreasonable cost."""

    code = "passe"


class ExistsError(SealingError):
    """The output exists already; nothing is ever overwritten."""

    code = "existe"
