"""The letters of the simulator as people open them: a page of plain text in a small PDF, without any library."""

from textwrap import wrap


WIDTH = 78  # signs of a line


def page(*paragraphs):
    """Return the bytes of a PDF of one page, each paragraph folded to its width."""
    lines = []
    for paragraph in paragraphs:
        lines += [*wrap(paragraph, WIDTH), ""]
    shown = b"".join(b"(" + _escaped(line) + b") Tj T*\n" for line in lines[:50])
    content = b"BT /F1 11 Tf 16 TL 56 770 Td\n" + shown + b"ET"
    objects = (
        b"<</Type/Catalog/Pages 2 0 R/Lang(fr)>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    )
    data, places = bytearray(b"%PDF-1.4\n"), []
    for rank, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj%s\nendobj\n" % (rank, body)
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    data += b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(data)


def _escaped(line):
    text = line.encode("cp1252", "replace")
    return text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
