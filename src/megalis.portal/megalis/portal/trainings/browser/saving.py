"""The one button of the forms of who organises, and where its refusals are said."""

from megalis.portal.formats.refusal import Refused
from megalis.portal.theme.forms import MegalisForm
from z3c.form import button


class SaveForm(MegalisForm):
    """Ground of the forms of a module, a session, a partner and a programme.

    ``save(data)`` does it and returns what was made or changed, None for the context; ``blamed``: code of a refusal without its
    last word -> field, the refusal's own value otherwise; ``saved``: what is said then.
    """

    ignoreContext = False
    blamed = {}
    saved = "C’est enregistré."

    def save(self, data):
        raise NotImplementedError  # each form writes its own

    def blame(self, refused):
        """Return the field a refusal is about, or None."""
        return self.blamed.get(refused.code.rpartition(".")[0], refused.value)

    @button.buttonAndHandler("Enregistrer", name="save")
    def handle_save(self, action):
        data, errors = self.extractData()
        if errors:
            return
        try:
            made = self.save(data)
        except Refused as refused:
            self.refuse(refused.message, self.blame(refused))
            return
        self.redirect((made if made is not None else self.context).absolute_url(), self.saved)
