"""``@@registre-questions``: the register of questions, on a page and as a table to take away."""

from megalis.portal.consultations.dce.registers import Register
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
