"""The interface of S²LOW, as its clients write requests and read answers: the same bytes mean the same things here."""

from datetime import date
from datetime import datetime
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st
from lxml import etree
from megalis.portal.transports.s2low import addresses
from megalis.portal.transports.s2low import answers
from megalis.portal.transports.s2low import commands
from megalis.portal.transports.s2low import fields
from megalis.portal.transports.s2low.fields import Ko
from megalis.portal.transports.s2low.fields import Upload

import json
import pytest


TODAY = date(2026, 3, 16)
CREATE = addresses.find("/modules/actes/actes_transac_create.php")
ACT = {
    "api": "1",
    "nature_code": "1",
    "number": "DEL_42",
    "subject": "Création d’une école".replace("’", "'").encode("iso-8859-1"),
    "decision_date": "2026-03-10",
    "en_attente": "0",
    "document_papier": "0",
    "type_acte": "99_DE",
    "type_pj[]": ["99_DE", "21_RP"],
    "classif1": "8",
    "classif2": "4",
}
FILES = {
    "acte_pdf_file": Upload("délibération.pdf", 10),
    "acte_attachments[]": [Upload("a.pdf", 1), Upload("b.pdf", 2)],
}


def parsed(path, values=None, files=None, query=None):
    address = addresses.find(path)
    return commands.parse(address, values or {}, files, query, TODAY)


def created(files=FILES, **changes):
    values = {name: value for name, value in (ACT | changes).items() if value is not None}
    return commands.parse(CREATE, values, files, None, TODAY)


def test_every_address_has_a_command_and_every_command_an_address():
    assert {item.command for item in addresses.ADDRESSES.values()} == set(commands.COMMANDS)
    assert addresses.find("//modules//actes/actes_transac_cancel.php").command == "cancel"
    assert addresses.find("/modules/actes/autre.php") is None


def test_an_act_is_created_from_what_its_clients_post():
    command = created()
    assert (command.nature, command.matiere, command.numero) == (1, "8.4", "DEL_42")
    assert command.objet == "Création d'une école" and command.date == date(2026, 3, 10)
    assert not command.wait and not command.papier and not command.to_sign
    assert [(item.file.name, item.type_pj) for item in command.documents] == [
        ("délibération.pdf", "99_DE"),
        ("a.pdf", "99_DE"),
        ("b.pdf", "21_RP"),
    ]


def test_an_object_in_utf_8_is_read_as_well():
    assert created(subject="Création d’une école".encode()).objet == "Création d’une école"
    assert created(subject="Deux\r\nlignes").objet == "Deux lignes"


def test_an_empty_place_among_annexes_shifts_no_type():
    files = FILES | {"acte_attachments[]": [Upload("", 0), Upload("b.pdf", 2)]}
    assert [(item.file.name, item.type_pj) for item in created(files).documents][1:] == [("b.pdf", "21_RP")]


def test_flags_and_copies_are_understood():
    command = created(
        en_attente="1", document_papier="on", must_signed="true", show_broadcast_email="on",
        **{"broadcast_email[]": ["a@b.fr, c@d.fr", "e@f.fr"]},
    )  # fmt: skip
    assert command.wait and command.papier and command.to_sign
    assert command.copies == ("a@b.fr", "c@d.fr", "e@f.fr")
    assert created(**{"broadcast_email[]": "a@b.fr"}).copies == ()


def test_a_deep_classification_is_kept_and_zeros_at_its_end_are_not():
    assert created(classif3="1", classif4="", classif5="0").matiere == "8.4.1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"nature_code": "x"}, fields.INVALID),
        ({"nature_code": None}, fields.MISSING),
        ({"nature_code": "0"}, fields.INVALID),
        ({"classif2": ""}, fields.MISSING),
        ({"classif1": "huit"}, fields.INVALID),
        ({"classif3": "", "classif4": "1"}, fields.INVALID),
        ({"number": "del 42"}, fields.INVALID),
        ({"number": ""}, fields.MISSING),
        ({"subject": ""}, fields.MISSING),
        ({"subject": "x" * 500}, fields.INVALID),
        ({"subject": "x" * 30_000}, fields.INVALID),
        ({"decision_date": "2026-03-17"}, fields.INVALID),
        ({"decision_date": "hier"}, fields.INVALID),
        ({"decision_date": None}, fields.MISSING),
        ({"type_acte": ""}, fields.MISSING),
        ({"type_acte": "délibération"}, fields.INVALID),
        ({"type_pj[]": ["99_DE"]}, fields.MISSING),
    ],
)
def test_what_is_wrong_in_an_act_is_told(changes, code):
    with pytest.raises(Ko) as failure:
        created(**changes)
    assert failure.value.code == code and failure.value.message
    said = answers.refused(CREATE, failure.value)
    assert said.startswith(b"KO\n") and said.endswith(b"\n") and said.count(b"\n") == 2
    said.decode("iso-8859-1")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({}, fields.MISSING),
        ({"acte_pdf_file": Upload("a.pdf", 0)}, fields.INVALID),
        ({"acte_pdf_file": Upload("a.pdf", 1), "acte_attachments[]": [Upload("b.pdf", 1)] * 501}, fields.TOO_MANY),
    ],
)
def test_what_is_wrong_in_files_is_told(files, code):
    with pytest.raises(Ko) as failure:
        created(files, **{"type_pj[]": ["99_DE"] * 501})
    assert failure.value.code == code


def test_signatures_go_with_their_documents():
    files = FILES | {
        "acte_pdf_file_sign": Upload("s.p7s", 5),
        "acte_attachments_sign[]": [Upload("", 0), Upload("b.p7s", 5)],
    }
    found = created(files).documents
    assert [item.signature and item.signature.name for item in found] == ["s.p7s", None, "b.p7s"]


@pytest.mark.parametrize(
    ("path", "values", "expected"),
    [
        ("actes_transac_get_status.php", {"transaction": "12"}, commands.Transaction(12)),
        ("actes_transac_get_status.php", {"unique_id": "035-213502388-20260316-DEL_42-DE"},
         commands.Transaction(0, "035-213502388-20260316-DEL_42-DE")),
        ("actes_create_pdf.php", {"trans_id": "12"}, commands.Transaction(12)),
        ("actes_transac_get_ARActe.php", {"id": "12"}, commands.Transaction(12)),
        ("actes_transac_cancel.php", {"api": "1", "id": "12"}, commands.Transaction(12)),
        ("actes_download_file.php", {"file": "7", "tampon": "true", "date_affichage": "2026-03-16"},
         commands.Download(7, True, TODAY)),
        ("actes_download_file.php", {"env": "9"}, commands.Download(0, False, None, 9)),
        ("api/document_prefecture_mark_as_read.php", {"transaction_id": "12"}, commands.Transaction(12)),
        ("api/list_actes.php", {"status_id": "4"}, commands.ListActs(4, 0, 100)),
        ("api/list_actes.php", {"status_id": "-1", "limit": "9999999", "offset": "5", "type_acte": "DE",
                                "min_submission_date": "2026-03-01", "max_date": "02/03/2026"},
         commands.ListActs(-1, 5, 1000, 1, date(2026, 3, 1), date(2026, 3, 2))),
        ("api/number_actes.php", {"status_id": "4"}, commands.CountActs(4)),
        ("api/nb_actes_by_authorities_and_date.php", {}, commands.Monthly(date(2026, 2, 1), date(2026, 2, 28))),
        ("api/nb_actes_by_authorities_and_date.php", {"month": "12", "year": "2024", "authority_group_id": "3"},
         commands.Monthly(date(2024, 12, 1), date(2024, 12, 31), 3)),
        ("actes_classification_fetch.php", {"api": "1"}, commands.Nothing()),
    ],
)  # fmt: skip
def test_each_address_has_its_parameters(path, values, expected):
    assert parsed(f"/modules/actes/{path}", values) == expected


def test_january_comes_after_december():
    assert fields.month_before(date(2026, 1, 5)) == date(2025, 12, 1)


@pytest.mark.parametrize("value", ["", "0", "-1", "abc", "1e9", "٣", "9" * 40, "1;2"])
def test_a_number_that_is_none_is_told_as_clients_know_it(value):
    address = addresses.find("/modules/actes/actes_transac_get_status.php")
    with pytest.raises(Ko) as failure:
        commands.parse(address, {"transaction": value})
    assert answers.refused(address, failure.value) == "KO\nNuméro de transaction invalide.\n".encode("iso-8859-1")


def test_a_letter_is_answered_or_refused():
    path = "/modules/actes/actes_transac_reponse_create.php"
    values = {"id": "12", "type_envoie": "3", "type_acte": "99_DE"}
    files = {"acte_pdf_file": Upload("refus.pdf", 3)}
    command = parsed(path, values, files)
    assert command.refuses and command.id == 12 and not command.in_url
    command = parsed(path, values | {"type_envoie": "4"}, files, {"api": "1"})
    assert not command.refuses and command.in_url
    assert answers.answered(7) == b"OK\n7\n\n"
    assert answers.answered(7, in_url=True) == "OK : id généré : 7\n".encode("iso-8859-1")
    address = addresses.find(path)
    assert answers.refused(address, Ko("x", "Non."), in_url=True) == b"KO : Non."


def second_line(data):
    """Read an answer as Pastell does."""
    text = data.decode("iso-8859-1")
    assert text.startswith("OK")
    return text.split("\n")[1].strip()


def test_answers_are_read_by_their_clients():
    assert second_line(answers.created(1234)) == "1234"
    assert answers.connected().startswith(b"OK")
    assert answers.logins(["anne", "hervé"]) == "anne\nhervé\n".encode("iso-8859-1")
    xml = '<?xml version="1.0" encoding="ISO-8859-1"?><actes:ARActe actes:DateReception="2026-03-16">é</actes:ARActe>'
    said = answers.status(4, xml.encode("iso-8859-1")).decode("iso-8859-1")
    assert said.split("\n")[:2] == ["OK", "4"] and said.split("\n", 2)[2] == xml
    assert said[said.index("actes:DateReception") + 21 :][:10] == "2026-03-16"
    assert answers.status(-1, words="Numéro déjà utilisé") == "OK\n-1\nNuméro déjà utilisé".encode("iso-8859-1")
    assert answers.status(3) == b"OK\n3\n"
    assert answers.letters([(3, 8, 12), (2, 21, 13)]) == b"3-8-12\n2-21-13\n"


def test_lists_are_json_that_any_encoding_reads():
    listed = json.loads(
        answers.files([(1, "a.xml", "035-…_0.xml", "text/xml", 9), (2, "é.pdf", "99_DE.pdf", "application/pdf", 5)])
    )
    assert (
        listed[1]["mimetype"] == "application/pdf" and listed[1]["id"] == 2 and listed[1]["posted_filename"] == "é.pdf"
    )
    command = commands.ListActs(4, 0, 100)
    found = json.loads(answers.acts(command, 3, [(1, "Objet", "D1", TODAY, "Délibérations", "8.4")]))
    assert found["transactions"] == [
        {"id": 1, "subject": "Objet", "number": "D1", "date": "2026-03-16", "nature_descr": "Délibérations",
         "classification": "8.4", "type": "1"}
    ]  # fmt: skip
    (letter,) = json.loads(answers.unread([(5, 3, 1, "D1", "035-213502388-20260316-D1-DE", 7)]))
    assert letter["type"] == "3" and letter["last_status_id"] == 7
    assert json.loads(answers.marked()) == {"result": "ok"}
    assert json.loads(answers.count(commands.CountActs(4), 3, 9))["nb_transactions"] == 9
    month = commands.Monthly(date(2026, 2, 1), date(2026, 2, 28))
    assert json.loads(answers.monthly(month, 1, [{"siren": "213502388", "nb": 4}]))["min_date"] == "2026-02-01"
    assert {"id": 4, "name": "Acquittement reçu"} in json.loads(answers.act_states())
    assert answers.act_states().isascii() and json.loads(answers.nonce("abc")) == {"nounce": "abc"}


def test_flows_are_answered_in_xml():
    found = etree.fromstring(answers.imported(12))
    assert (found.tag, found.findtext("resultat"), found.findtext("id")) == ("import", "OK", "12")
    assert found.findtext("message") == "Téléchargement du fichier réussi."
    found = etree.fromstring(answers.flow_status(12, 8))
    assert (found.tag, found.findtext("status"), found.findtext("message")) == (
        "transaction",
        "8",
        "Information disponible",
    )
    now = datetime(2026, 3, 16, 9, 30)
    found = etree.fromstring(answers.returns(3, now, [(1, "PES_RETOUR.xml", now)]))
    assert (
        found.findtext("pes_retour/nom") == "PES_RETOUR.xml" and found.findtext("dateDemande") == "2026-03-16 09:30:00"
    )
    assert etree.fromstring(answers.return_read(1)).findtext("idRetour") == "1"
    address = addresses.find("/modules/helios/api/helios_importer_fichier.php")
    with pytest.raises(Ko) as failure:
        commands.parse(address, {}, {})
    found = etree.fromstring(answers.refused(address, failure.value))
    assert (found.tag, found.findtext("resultat")) == ("import", "KO") and found.findtext("message")
    with pytest.raises(Ko):
        commands.parse(address, {}, {"enveloppe": Upload("a.xml", 0)})
    command = commands.parse(address, {}, {"enveloppe": Upload("C:\\flux\\PESALR2.xml", 3)})
    assert command.file.plain == "PESALR2.xml"


def test_a_refusal_has_the_form_of_its_address():
    failure = Ko(fields.FORBIDDEN, "Accès refusé\nà vous")
    for address in addresses.ADDRESSES.values():
        said = answers.refused(address, failure, 5)
        if address.form == addresses.XML:
            assert etree.fromstring(said).findtext("resultat") == "KO", address.path
        elif said.startswith(b"{"):
            assert json.loads(said)["result"] == "ko", address.path
        else:
            assert said == "KO\nAccès refusé à vous\n".encode("iso-8859-1"), address.path


def test_hostile_words_break_neither_a_line_nor_xml():
    failure = Ko("x", "a\nOK\n12\x00<b>&’€\u2028")
    assert answers.refused(CREATE, failure).split(b"\n")[1].startswith(b"a OK 12")
    address = addresses.find("/modules/helios/api/helios_get_retour.php")
    assert etree.fromstring(answers.refused(address, failure, "<1>")).findtext("id") == "<1>"


texts = st.one_of(st.text(max_size=40), st.binary(max_size=40), st.lists(st.text(max_size=10), max_size=3))
wanted = ("nature_code", "number", "subject", "decision_date", "classif1", "classif2", "type_pj[]", "id", "file", "limit",
          "transaction", "unique_id", "status_id", "month", "year", "env", "type_acte", "type_envoie", "offset")  # fmt: skip
uploads = st.builds(Upload, st.text(max_size=20), st.integers(0, 9))


@given(
    st.sampled_from(sorted(addresses.ADDRESSES)),
    st.dictionaries(st.sampled_from(wanted), texts, max_size=8),
    st.dictionaries(
        st.sampled_from(("acte_pdf_file", "acte_attachments[]", "enveloppe")), st.lists(uploads, max_size=3)
    ),
)
@settings(max_examples=400, deadline=None)
def test_no_request_is_a_crash(path, values, files):
    address = addresses.find(path)
    try:
        commands.parse(address, values, files, {}, TODAY)
    except Ko as failure:
        assert answers.refused(address, failure)
