"""Documents to print: no title alone at the foot of a page, no place to sign on a page of its own."""

from io import BytesIO
from megalis.portal.kernel import pdf
from pypdf import PdfReader

import pytest


def pages(story):
    return [page.extract_text() for page in PdfReader(BytesIO(pdf.build("Procès-verbal", story))).pages]


@pytest.mark.parametrize("lines", range(38, 54))
def test_a_title_goes_to_the_next_page_with_its_table(lines):
    story = [pdf.paragraph("ligne") for _ in range(lines)]
    rows = [(f"document {rank}",) for rank in range(60)]
    story += [pdf.paragraph("Documents trouvés", "h2"), pdf.table(["Document"], rows, [170])]
    (titled,) = (text for text in pages(story) if "Documents trouvés" in text)
    assert "document 0" in titled


def test_the_place_to_sign_stays_with_what_is_signed():
    for lines in range(30, 50):
        story = [pdf.paragraph("ligne") for _ in range(lines)]
        story.append(pdf.together(pdf.paragraph("Point de contrôle", "h2"), pdf.paragraph("Signatures"), pdf.space(25)))
        (signed,) = (text for text in pages(story) if "Signatures" in text)
        assert "Point de contrôle" in signed
