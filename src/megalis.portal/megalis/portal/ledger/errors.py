"""One family of refusals for the room, so that a caller catches a single type and shows a code and a sentence."""


class LedgerError(ValueError):
    """Something was refused; ``code`` is stable and for machines, the text is French and for people."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message


class ProofError(LedgerError):
    """An inclusion or consistency proof does not hold."""


class NoteError(LedgerError):
    """A signed note, checkpoint or key text is malformed, or a signature is wrong."""


class ReceiptError(LedgerError):
    """A receipt or an event does not have the expected form, or one of its proofs does not hold."""


class TimestampError(LedgerError):
    """A time-stamp token could not be had, read or verified."""


class ExportError(LedgerError):
    """A journal export is malformed, incomplete or contradicts its checkpoint."""
