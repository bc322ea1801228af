"""``@@registre-questions``: the register of questions, on a page and as a table to take away; ``@@registre-envois.csv``."""

from megalis.portal.consultations.dce.registers import Register
from megalis.portal.consultations.exchanges import deliveries
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import register
from megalis.portal.kernel import clock
from megalis.portal.theme.export import Exported


class QuestionsRegister(Register):
    """The page."""

    page_title = "Registre des questions"
    view = "registre-questions"
    size = 50
    projection = register.Questions

    @property
    def asked(self):
        return self.register.asked

    @property
    def limit(self):
        return questions.limit(self.context)

    @property
    def ended(self):
        return self.limit is not None and clock.now() >= self.limit


class QuestionsList(Exported, QuestionsRegister):
    """``@@registre-questions.csv``, ``.xlsx``, ``.pdf``."""

    list_columns = register.COLUMNS_OF_FILES

    def list_rows(self):
        return map(register.cells, self.all)


class DeliveriesList(Exported, Register):
    """``@@registre-envois.csv``, ``.xlsx``, ``.pdf``: who was written to, when it was there to read, when it was read."""

    page_title = "Registre des envois"
    list_columns = deliveries.COLUMNS

    @property
    def list_note(self):
        return f"{self.context.reference}, {self.context.title}"

    def list_rows(self):
        return deliveries.rows(self.context)
