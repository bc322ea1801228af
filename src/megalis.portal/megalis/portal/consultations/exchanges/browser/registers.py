"""``@@registre-questions``: the register of questions, on a page and as a table to take away."""

from functools import cached_property
from megalis.portal.consultations.dce.registers import Register
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import register
from megalis.portal.kernel import clock


class QuestionsRegister(Register):
    """The page."""

    page_title = "Registre des questions"
    view = "registre-questions"
    size = 50

    @cached_property
    def register(self):
        return register.Questions(self.context)

    @property
    def total(self):
        return len(self.register)

    @cached_property
    def rows(self):
        return self.register.rows(*self.span)

    @property
    def all(self):
        return self.register.rows()

    @property
    def asked(self):
        return self.register.asked

    @property
    def limit(self):
        return questions.limit(self.context)

    @property
    def ended(self):
        return self.limit is not None and clock.now() >= self.limit


class QuestionsCSV(QuestionsRegister):
    """``@@registre-questions.csv``."""

    def __call__(self):
        return self.as_csv([title for _name, title in register.COLUMNS], map(register.cells, self.all))
