"""The stamp stands where people look for it, whatever way a page was scanned, and over the original bytes."""

from io import BytesIO
from megalis.portal.actes import pdfs
from pypdf import PdfReader
from pypdf import PdfWriter
from pypdf.generic import RectangleObject

import pytest


BOX = (36, 50, 631, 892)


def page(turn, crop=None):
    """Return the bytes of a PDF of one page, shown turned, of a box that does not begin at 0."""
    writer = PdfWriter()
    made = writer.add_blank_page(700, 1000)
    made.mediabox = RectangleObject(BOX)
    if crop:
        made.cropbox = RectangleObject(crop)
    made.rotate(turn)
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def shown(data, words):
    """Return where words stand on the page as it is seen: shares of its width and height from the left and the bottom."""
    read, found = PdfReader(BytesIO(data)).pages[0], []

    def look(text, cm, tm, _font, _size):
        if words in text:
            x, y = tm[4], tm[5]
            found.append((cm[0] * x + cm[2] * y + cm[4], cm[1] * x + cm[3] * y + cm[5]))

    read.extract_text(visitor_text=look)
    (x, y), box = found[0], read.cropbox
    across, up = (x - float(box.left)) / float(box.width), (y - float(box.bottom)) / float(box.height)
    return {0: (across, up), 90: (up, 1 - across), 180: (1 - across, 1 - up), 270: (1 - up, across)}[
        read.rotation % 360
    ]


@pytest.mark.parametrize("crop", [None, (100, 100, 500, 700)])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_the_stamp_is_at_the_top_right_of_the_page_as_it_is_seen(turn, crop):
    data = page(turn, crop)
    made = pdfs.stamped(data, ["ID : 022-1"])
    assert made.startswith(data)
    across, up = shown(made, "ID : 022-1")
    assert 0.3 < across < 1 and 0.9 < up < 1
