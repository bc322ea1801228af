"""``@@registre-questions``: the register of questions, on a page and as a table to take away."""

from functools import cached_property
from megalis.portal.consultations.dce.registers import Register
from megalis.portal.consultations.exchanges import questions
from megalis.portal.consultations.exchanges import register
from megalis.portal.consultations.rules import typing
from megalis.portal.formats.tables import safe_cell
from megalis.portal.kernel import clock

import csv
import io


PAGE = 50


class QuestionsRegister(Register):
    """The page."""

    page_title = "Registre des questions"

    @cached_property
    def all(self):
        return register.rows(self.context)

    @property
    def asked(self):
        return len({row["number"] for row in self.all})

    @cached_property
    def last(self):
        return max(1, -(-len(self.all) // PAGE))

    @cached_property
    def page(self):
        return typing.page_number(self.request.form.get("page"), self.last)

    @property
    def rows(self):
        return self.all[(self.page - 1) * PAGE : self.page * PAGE]

    @property
    def pages(self):
        if self.last == 1:
            return []
        ranks = range(1, self.last + 1)
        here = f"{self.url}/@@registre-questions"
        return [(rank, f"{here}?page={rank}", "page" if rank == self.page else None) for rank in ranks]

    @property
    def limit(self):
        return questions.limit(self.context)

    @property
    def ended(self):
        return self.limit is not None and clock.now() >= self.limit


class QuestionsCSV(QuestionsRegister):
    """``@@registre-questions.csv``."""

    def __call__(self):
        stream = io.StringIO()
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerow([title for _name, title in register.COLUMNS])
        for row in self.all:
            writer.writerow(map(safe_cell, register.cells(row)))
        response = self.request.response
        response.setHeader("Content-Type", "text/csv; charset=utf-8")
        response.setHeader("Content-Disposition", 'attachment; filename="questions.csv"')
        response.setHeader("Cache-Control", "no-store")
        return "\ufeff" + stream.getvalue()
