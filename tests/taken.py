"""Lists that were taken away: their rows in words, whatever their form."""

from io import BytesIO
from io import StringIO
from openpyxl import load_workbook
from pypdf import PdfReader

import csv


KINDS = ("csv", "xlsx", "pdf")


def raw(browser):
    return browser.contents if isinstance(browser.contents, bytes) else browser.contents.encode()


def words_of(browser, kind):
    """Return what the file that ``browser`` was given says, its rows one after the other."""
    data = raw(browser)
    if kind == "csv":
        rows = csv.reader(StringIO(data.decode("utf-8-sig")), delimiter=";")
    elif kind == "xlsx":
        rows = load_workbook(BytesIO(data)).active.values
    else:
        rows = [[page.extract_text()] for page in PdfReader(BytesIO(data)).pages]
    return " ".join(" ".join(str(cell) for row in rows for cell in row if cell is not None).split())


def take(browser, name, kind):
    """Press, on the page where ``browser`` is, the link of the list in this form; return its words."""
    browser.getLink(url=f"{name}.{kind}").click()
    assert browser.headers["status"].startswith("200"), browser.headers["status"]
    assert f".{kind}" in browser.headers["content-disposition"]
    return words_of(browser, kind)
