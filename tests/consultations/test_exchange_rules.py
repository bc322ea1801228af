"""The rules of questions, answers, documents and letters, without a site."""

from datetime import datetime
from datetime import timedelta
from datetime import UTC
from megalis.portal.consultations.exchanges import attachments
from megalis.portal.consultations.exchanges import letters
from megalis.portal.consultations.exchanges import recipients
from megalis.portal.consultations.exchanges import rules
from megalis.portal.consultations.exchanges import wording
from megalis.portal.consultations.rules import phase
from megalis.portal.formats.refusal import Refused

import io
import pytest
import zipfile


LIMIT = datetime(2026, 3, 8, 11, 0, tzinfo=UTC)
DEADLINE = datetime(2026, 3, 16, 11, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def code_of(function, *values, **more):
    with pytest.raises(Refused) as refused:
        function(*values, **more)
    return refused.value.code


class TestAQuestion:
    def test_is_received_until_the_second_before_the_limit(self):
        assert rules.check_asking(phase.PUBLIEE, LIMIT, LIMIT - SECOND) is None

    @pytest.mark.parametrize("late", [timedelta(0), SECOND, DAY])
    def test_of_the_very_second_of_the_limit_is_refused_with_both_hours(self, late):
        with pytest.raises(Refused) as refused:
            rules.check_asking(phase.PUBLIEE, LIMIT, LIMIT + late)
        assert refused.value.code == "question.terme"
        assert "dimanche 8 mars 2026, 12:00:00" in refused.value.message
        assert "n’est pas enregistrée" in refused.value.message

    @pytest.mark.parametrize("state", [phase.ELABORATION, phase.A_VALIDER, phase.ANNULEE, phase.ARCHIVEE])
    def test_has_no_place_in_a_draft_nor_after_the_end(self, state):
        assert code_of(rules.check_asking, state, None, LIMIT) == "question.etape"

    def test_without_a_limit_of_its_own_ends_with_the_deadline(self):
        assert rules.question_limit(None, DEADLINE) == DEADLINE
        assert code_of(rules.check_asking, phase.CLOSE, DEADLINE, DEADLINE) == "question.terme"


class TestATypedText:
    @pytest.mark.parametrize("blank", ["", "   \n\t ", "…!?", None, ["a"], "\x00\u200e\u202e"])
    def test_that_says_nothing_is_refused(self, blank):
        assert code_of(rules.text, blank, 10, "question", "Votre question") == "question.vide"

    def test_that_is_too_long_is_refused_with_both_counts(self):
        with pytest.raises(Refused) as refused:
            rules.text("x" * 5001, rules.QUESTION, "question", "Votre question")
        assert refused.value.code == "question.longueur"
        assert "5\xa0001 signes, 5\xa0000 au plus" in refused.value.message

    def test_keeps_markup_as_it_was_typed_and_loses_what_nobody_sees(self):
        typed = "<script>alert(1)</script>\r\n\r\n\r\n\r\nfin\x07\u202e"
        assert rules.text(typed, 100, "question", "Q") == "<script>alert(1)</script>\n\nfin"

    def test_on_one_line_stays_on_one_line(self):
        assert rules.line(" Objet\r\nBcc: x@y ", 100, "objet", "L’objet") == "Objet Bcc: x@y"


class TestAnAnswer:
    def test_of_a_formal_procedure_leaves_six_days_before_the_deadline(self):
        instant, source = rules.answer_limit(True, False, DEADLINE)
        assert instant == DEADLINE - 6 * DAY
        assert "R. 2132-6" in source

    def test_of_an_urgent_one_four_days_before(self):
        assert rules.answer_limit(True, True, DEADLINE)[0] == DEADLINE - 4 * DAY

    def test_of_an_adapted_procedure_has_no_such_day(self):
        assert rules.answer_limit(False, False, DEADLINE) is None

    def test_keeps_the_hour_of_paris_over_the_change_to_summer_time(self):
        deadline = datetime(2026, 3, 31, 10, 0, tzinfo=UTC)  # noon in Paris
        assert rules.answer_limit(True, False, deadline)[0] == datetime(2026, 3, 25, 11, 0, tzinfo=UTC)

    def test_that_comes_too_late_is_advised_against_with_the_date(self):
        (finding,) = rules.answer_findings(True, False, DEADLINE, rules.ALL, DEADLINE - 5 * DAY)
        assert (finding.code, finding.level) == ("reponse.tardive", "advice")
        assert "mardi 10 mars 2026, 12:00" in finding.message

    def test_to_the_asker_alone_recalls_that_all_are_equal(self):
        found = rules.answer_findings(False, False, DEADLINE, rules.ASKER, DEADLINE - 20 * DAY)
        assert [finding.code for finding in found] == ["reponse.egalite"]

    @pytest.mark.parametrize(
        "text",
        [
            "Chez toitures du trégor, on demande…",
            "SIRET 732 829 320 00074",
            "écrire à Offres@Toitures.exemple.fr",
        ],
    )
    def test_published_never_names_who_asked(self, text):
        asker = ("Toitures du Trégor", "73282932000074", "offres@toitures.exemple.fr")
        assert code_of(rules.check_anonymous, text, *asker) == "question.nom"

    def test_may_hold_a_word_that_only_looks_like_the_name(self):
        assert rules.named_in("Les tuyauteries", "Tuyau", "73282932000074", "a@b.fr") == ""


class TestALetterIsNotified:
    AVAILABLE = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)

    def test_on_its_first_reading(self):
        read = self.AVAILABLE + 3 * DAY
        assert rules.notified(self.AVAILABLE, read, read) == (read, rules.READING)

    def test_not_yet_while_it_may_still_be_read(self):
        assert rules.notified(self.AVAILABLE, None, self.AVAILABLE + 15 * DAY) is None

    def test_as_of_the_day_it_was_available_once_fifteen_days_passed_unread(self):
        now = self.AVAILABLE + 15 * DAY + SECOND
        assert rules.notified(self.AVAILABLE, None, now) == (self.AVAILABLE, rules.PRESUMED)

    def test_as_of_that_day_too_when_it_is_read_later(self):
        read = self.AVAILABLE + 20 * DAY
        assert rules.notified(self.AVAILABLE, read, read) == (self.AVAILABLE, rules.PRESUMED)


class Upload(io.BytesIO):
    def __init__(self, filename, data):
        super().__init__(data)
        self.filename = filename


def zipped(names=("a.txt",)):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


class TestAJoinedDocument:
    @pytest.mark.parametrize(
        ("name", "data", "code"),
        [
            ("vide.pdf", b"", "piece.vide"),
            ("gros.pdf", b"%PDF-" + bytes(attachments.SIZE), "piece.taille"),
            ("virus.exe", b"MZ", "piece.format"),
            ("page.html", b"<html>", "piece.format"),
            ("sans-extension", b"x", "piece.format"),
            ("faux.pdf", b"<html><script>", "piece.contenu"),
            ("faux.png", b"GIF89a", "piece.contenu"),
            ("faux.docx", b"%PDF-1.4", "piece.contenu"),
            ("page.txt", b"  <!DOCTYPE html>", "piece.contenu"),
            ("binaire.csv", b"a;b\x00", "piece.contenu"),
            ("piege.zip", zipped(["../../etc/passwd"]), "zip.nom"),
            ("programme.zip", zipped(["setup.exe"]), "zip.programme"),
            ("abime.zip", b"PK\x03\x04" + b"x" * 50, "zip.illisible"),
        ],
    )
    def test_of_a_wrong_kind_or_size_is_refused(self, name, data, code):
        assert code_of(attachments.receive, [Upload(name, data)]) == code

    def test_is_kept_with_a_clean_name_and_its_fingerprint(self):
        kept = attachments.receive([Upload("..\\plan: été.pdf", b"%PDF-1.4"), Upload("plan_ été.pdf", b"%PDF-1.5")])
        assert [piece.name for piece in kept] == ["plan_ été.pdf", "plan_ été (2).pdf"]
        assert [piece.size for piece in kept] == [8, 8]
        assert len({piece.sha256 for piece in kept}) == 2

    def test_comes_with_four_others_at_most(self):
        sent = [Upload(f"{rank}.pdf", b"%PDF-") for rank in range(6)]
        assert code_of(attachments.receive, sent) == "piece.nombre"

    def test_field_left_empty_is_no_document(self):
        assert attachments.receive([Upload("", b"")]) == ()


class TestAWording:
    def test_is_filled_and_an_empty_paragraph_disappears(self):
        text = wording.fill("Bonjour {entreprise}\n\n{complement}\n\nFin", {"entreprise": "A {objet} B"})
        assert text == "Bonjour A {objet} B\n\nFin"

    def test_evaluates_nothing(self):
        assert code_of(wording.check, "{entreprise.__class__}", ["entreprise"]) == "modele.accolade"
        assert code_of(wording.check, "{0}", ["entreprise"]) == "modele.accolade"
        assert code_of(wording.check, "{entreprise", ["entreprise"]) == "modele.accolade"

    def test_with_an_unknown_place_is_refused_with_those_that_exist(self):
        with pytest.raises(Refused) as refused:
            wording.check("{entreprises}", ["entreprise", "objet"])
        assert refused.value.code == "modele.variable"
        assert "{entreprise}, {objet}" in refused.value.message

    @pytest.mark.parametrize("kind", letters.KINDS)
    def test_that_is_shipped_knows_all_its_places(self, kind):
        subject, text = letters.shipped(kind)
        assert subject and len(subject) <= rules.SUBJECT
        wording.check(subject, letters.COMMON)
        wording.check(text, letters.KINDS[kind].places)
        assert set(letters.KINDS[kind].own) <= set(wording.places(text))


class TestRecipients:
    def test_are_each_company_once_with_all_its_addresses_and_lots(self):
        found = recipients.merged(
            [
                recipients.Recipient("Zinc", ("z@z.fr",), "u1", "1", ("1",)),
                recipients.Recipient("Ardoise", ("a@a.fr",)),
                recipients.Recipient("Zinc SARL", ("y@z.fr", "z@z.fr"), "u1", "", ("2",)),
            ]
        )
        assert [(item.name, item.emails, item.lots) for item in found] == [
            ("Ardoise", ("a@a.fr",), ()),
            ("Zinc", ("z@z.fr", "y@z.fr"), ("1", "2")),
        ]

    def test_known_by_an_address_that_is_a_company_s_are_that_company(self):
        found = recipients.merged(
            [recipients.Recipient("z@z.fr", ("z@z.fr",)), recipients.Recipient("Zinc", ("z@z.fr",), "u1")]
        )
        assert [item.name for item in found] == ["Zinc"]

    @pytest.mark.parametrize(
        ("siret", "name", "won"),
        [
            ("73282932000074", "Autre", True),
            ("44306184100013", "Toitures", False),
            ("", "toitures", True),
            ("", "T", False),
        ],
    )
    def test_win_by_their_siren_else_by_their_name(self, siret, name, won):
        decision = {"decision": "attribue", "winner": "Toitures", "winner_siret": "73282932000066"}
        assert letters.wins(decision, recipients.Recipient(name, (), "u", siret)) is won
