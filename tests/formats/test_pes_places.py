"""An attachment is taken from its own place in the file, and never from a place that is not its own."""

from megalis.portal.formats.pes import places
from megalis.portal.formats.pes import reading
from megalis.portal.formats.pes import source
from tests.formats import pes_flows as flows

import pytest


OTHER = b"%PDF-1.7 devis"


@pytest.fixture
def kept(tmp_path):
    """Return a function: bytes -> (path, the attachments that were read)."""

    def write(data):
        path = tmp_path / "flux.xml"
        path.write_bytes(data)
        return path, reading.read(source.look(path))[0].pieces_jointes

    return write


def taken(path, attachments):
    """Return what is found at the place of each attachment: its bytes, or None when they are not its own."""
    found = []
    for item, place in zip(attachments, places.find(path, len(attachments)), strict=True):
        data = []
        found.append(b"".join(data) if places.take(path, place, item.sha256, data.append) else None)
    return found


def test_each_attachment_is_at_its_place(kept):
    two = flows.pj() + flows.pj("PJ2", "devis.pdf", flows.packed(OTHER))
    assert taken(*kept(flows.flow(pjs=two))) == [flows.PDF, OTHER]


def test_only_its_own_bytes_are_read(kept, monkeypatch):
    path, attachments = kept(flows.flow(pjs=flows.pj() + flows.pj("PJ2", "devis.pdf", flows.packed(OTHER))))
    _first, (offset, size) = places.find(path, 2)
    data = bytearray(path.read_bytes())
    data[:offset], data[offset + size :] = b"\0" * offset, b"\0" * (len(data) - offset - size)
    path.write_bytes(data)
    assert places.take(path, (offset, size), attachments[1].sha256, lambda data: None)


@pytest.mark.parametrize(
    "pjs",
    [
        "<!-- <Fichier>AAAA</Fichier> -->" + flows.pj(),
        flows.pj().replace("<Fichier ", "<Fichier/><Fichier "),
        flows.pj().replace("</Fichier>", "</Fichier><!-- <Fichier -->"),
        "",
    ],
)
def test_places_that_do_not_add_up_are_not_given(kept, pjs):
    path, attachments = kept(flows.flow(pjs=pjs))
    assert places.find(path, len(attachments)) == ()


def test_a_place_that_is_another_thing_is_not_believed(kept):
    # As many tags as attachments, but one is in a comment and one attachment is in a CDATA section.
    hidden = flows.pj("PJ2", "devis.pdf", flows.packed(OTHER)).replace("<Contenu>", "<Contenu><!-- <Fichier>x -->")
    path, attachments = kept(flows.flow(pjs=hidden))
    (place,) = places.find(path, len(attachments))
    assert not places.take(path, place, attachments[0].sha256, lambda data: None)
    whole = flows.pj(content=f"<![CDATA[{flows.packed(flows.PDF)}]]>")
    assert taken(*kept(flows.flow(pjs=whole))) == [None]
    assert not places.take(path, (0, 20), attachments[0].sha256, lambda data: None)
    assert not places.take(path, (10**9, 20), attachments[0].sha256, lambda data: None)
