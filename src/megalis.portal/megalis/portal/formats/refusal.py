"""One way to say no, for every format: a stable code for machines, a French sentence for people."""


class Refused(ValueError):
    """A value that breaks a rule.

    ``code`` is stable and meant for programs, ``message`` is French and meant for people (value, rule, remedy),
    ``value`` is what was given, cut to 200 characters.
    """

    def __init__(self, code, message, value=""):
        super().__init__(message)
        self.code = code
        self.message = message
        self.value = str(value)[:200]
