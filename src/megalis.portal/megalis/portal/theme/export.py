"""Any list as a file to take away: CSV, XLSX or PDF, by one mechanism for all rooms.

A view that shows a list is also the ground of its files: a subclass adds ``Exported``, names its columns and gives its
rows, and the directive ``megalis:export`` registers it under ``<name>.csv``, ``<name>.xlsx`` and ``<name>.pdf``. The page
shows ``mg.export(address)`` where people look for it.
"""

from html import escape
from megalis.portal.formats import tables
from megalis.portal.kernel import listing
from megalis.portal.kernel.typography import french


FORMATS = (
    ("csv", "CSV", "text/csv; charset=utf-8", "pour un tableur ou un logiciel"),
    ("xlsx", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "classeur, cellules typées"),
    ("pdf", "PDF", "application/pdf", "à imprimer ou à joindre"),
)
TYPES = {name: media for name, _label, media, _help in FORMATS}
MENU = (
    '<details class="mg-menu mg-export"><summary class="mg-btn">{icon}Exporter</summary>'
    "<div><ul>{items}</ul></div></details>"
)
ITEM = '<li><a href="{url}">{label}<span class="small soft">{help}</span></a></li>'


class Exported:
    """The files of a list. ``list_columns`` are ``formats.tables.Column``, ``list_rows()`` yields as many values a row.

    ``list_title`` heads the sheet and the PDF; ``list_note``, of the view itself, says under it whose list this is.
    """

    list_columns = ()

    @property
    def list_title(self):
        return self.page_title

    @property
    def list_name(self):
        """The name of the file, without its extension; ``list_mark`` tells it from the same list of another consultation."""
        mark = getattr(self, "list_mark", "")
        return self.__name__.rpartition(".")[0] + (f"-{mark}" if mark else "")

    def list_rows(self):
        raise NotImplementedError

    def __call__(self):
        return self.send()

    def send(self):
        """Return the file this view is asked as (text or bytes), its headers set."""
        kind = self.__name__.rpartition(".")[2]
        response = self.request.response
        response.setHeader("Content-Type", TYPES[kind])
        response.setHeader("Content-Disposition", f'attachment; filename="{self.list_name}.{kind}"')
        response.setHeader("X-Content-Type-Options", "nosniff")
        if not response.getHeader("Cache-Control"):
            response.setHeader("Cache-Control", "private, no-store")
        title = french(self.list_title)
        if kind == "csv":
            return b"".join(tables.csv_chunks(self.list_columns, self.list_rows())).decode("utf-8")
        if kind == "xlsx":
            return b"".join(tables.xlsx_chunks(title, self.list_columns, self.list_rows()))
        return listing.listing(title, self.list_columns, self.list_rows(), getattr(self, "list_note", ""))


def send_pdf(request, name, data):
    """Answer with a PDF file to keep."""
    response = request.response
    response.setHeader("Content-Type", "application/pdf")
    response.setHeader("Content-Disposition", f'attachment; filename="{name}"')
    response.setHeader("Cache-Control", "no-store")
    return data


def menu(address, query, icon):
    """Return the menu « Exporter » of the list at ``address`` (URL without extension), as HTML."""
    items = "".join(
        ITEM.format(url=escape(f"{address}.{name}{query}"), label=label, help=escape(french(text)))
        for name, label, _media, text in FORMATS
    )
    return MENU.format(icon=icon, items=items)
