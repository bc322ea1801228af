"""The analysis of the bids: what is written, what follows, and that nobody's work is overwritten silently."""

from decimal import Decimal
from html import unescape
from io import BytesIO
from megalis.portal.awards import analysis
from megalis.portal.awards import deciding
from megalis.portal.awards import entering
from megalis.portal.awards import reports
from megalis.portal.awards import store
from megalis.portal.awards.rules import bid
from megalis.portal.consultations import api
from megalis.portal.consultations import workflow
from megalis.portal.consultations.exchanges import messages
from megalis.portal.consultations.rules import decisions
from megalis.portal.formats import tables
from megalis.portal.formats.refusal import Refused
from megalis.portal.kernel import journal
from megalis.portal.kernel.ids import uuidhex
from openpyxl import load_workbook
from pypdf import PdfReader
from tests.awards.scene import Awarding
from tests.awards.scene import by_name
from tests.awards.scene import code
from tests.awards.scene import edit
from tests.awards.scene import NAMES

import pytest
import transaction


PRICES = (100_000, 120_000, 60_000)
MARKS = (30, 40, 10)


def fill(consultation, lot="", prices=PRICES, marks=MARKS):
    rows = by_name(consultation, lot)
    edits = [
        edit(rows[name], amount=Decimal(price), marks=(None, Decimal(mark)))
        for name, price, mark in zip(NAMES, prices, marks, strict=True)
    ]
    return entering.keep(consultation, lot, edits, "Anne")


class TestTheTable:
    def test_the_bids_that_stand_are_there_before_anything_is_written(self, scene):
        assert list(by_name(scene.consultation)) == list(NAMES)
        assert store.of(scene.consultation) is None, "reading makes nothing"

    def test_the_members_of_a_group_are_those_its_pli_names_until_an_agent_writes_others(self, scene, monkeypatch):
        first = analysis.lines(scene.consultation, "")[0]
        members = [{"nom": "Voiries du Léon", "siret": "55208131766522"}, {"nom": "B", "siret": "21290019500019"}]
        composition = {"membres": members, "lots": []}
        monkeypatch.setattr(analysis.grouping, "shown", lambda consultation: {first.deposit: composition})
        line = analysis.lines(scene.consultation, "")[0]
        assert line.values["members"] == (("Voiries du Léon", "55208131766522"), ("B", "21290019500019"))
        entering.keep(scene.consultation, "", [edit(line, members=(("Autre", "55208131766522"),))], "Anne")
        assert analysis.lines(scene.consultation, "")[0].values["members"] == (("Autre", "55208131766522"),)

    def test_the_form_of_a_group_goes_with_its_members_into_the_decision(self, scene, monkeypatch):
        first = analysis.lines(scene.consultation, "")[0]
        members = [{"nom": "Wegenbouw NV", "siret": "BE0403170701"}]
        composition = {"membres": members, "lots": [], "forme": "solidaire"}
        monkeypatch.setattr(analysis.grouping, "shown", lambda consultation: {first.deposit: composition})
        taken = deciding.taken_of(analysis.lines(scene.consultation, "")[0])
        assert (taken["members"], taken["form"]) == ((("Wegenbouw NV", "BE0403170701"),), "solidaire")
        workflow.decide(scene.consultation, {"": {"decision": "attribue", "reason": "", **taken, "amount": 9}})
        (holder,) = decisions.holders_of(api.decisions(scene.consultation)[""])
        assert holder["form"] == "solidaire"

    def test_prices_and_marks_give_scores_and_ranks(self, scene):
        assert fill(scene.consultation) == 3
        found = by_name(scene.consultation)
        assert [found[name].verdict.total for name in NAMES] == [Decimal("66.00"), Decimal("70.00"), Decimal("70.00")]
        assert [found[name].rank for name in NAMES] == [3, 1, 1]
        assert found[NAMES[1]].verdict.tied == (found[NAMES[2]].key,)

    def test_a_low_price_is_flagged_until_it_is_dealt_with(self, scene):
        fill(scene.consultation)
        low = by_name(scene.consultation)[NAMES[2]]
        assert round(low.low.gap) == 45
        (row,) = analysis.summary(scene.consultation)
        assert [line.name for line in row["low"]] == [NAMES[2]]
        entering.keep(scene.consultation, "", [edit(low, low="justifiee")], "Anne")
        assert analysis.summary(scene.consultation)[0]["low"] == []

    def test_a_bid_that_is_set_aside_needs_its_reason_and_is_compared_no_more(self, scene):
        fill(scene.consultation)
        low = by_name(scene.consultation)[NAMES[2]]
        assert code(entering.keep, scene.consultation, "", [edit(low, standing="basse")], "Anne") == "analyse.motif"
        unasked = edit(low, standing="basse", reason="Prix non justifié")
        assert code(entering.keep, scene.consultation, "", [unasked], "Anne") == "analyse.prix-bas"
        asked = edit(low, standing="basse", low="demandee", reason="Prix non justifié")
        entering.keep(scene.consultation, "", [asked], "Anne")
        found = by_name(scene.consultation)
        assert found[NAMES[2]].rank is None
        assert found[NAMES[0]].verdict.points[0] == Decimal("60.00")

    def test_a_candidature_that_is_refused_is_compared_no_more(self, scene):
        fill(scene.consultation)
        line = by_name(scene.consultation)[NAMES[1]]
        edits = [edit(line, admissible=False, reason="Capacités insuffisantes")]
        entering.keep(scene.consultation, "", edits, "Anne")
        assert by_name(scene.consultation)[NAMES[1]].rank is None

    def test_the_journal_tells_which_values_changed_and_who_changed_them(self, scene):
        fill(scene.consultation)
        events = journal.events(scene.consultation, "analyse")
        assert len(events) == 3
        assert events[0]["champs"] == {"amount": "100000", "marks": [None, "30"]} and events[0]["par"] == "Anne"

    def test_a_variant_and_a_paper_bid_are_rows_of_their_own(self, scene):
        base = by_name(scene.consultation)[NAMES[0]]
        key = entering.add(scene.consultation, "", "", "", "", base.key, "Anne")
        entering.add(scene.consultation, "", "Papier et Cie", "", "", "", "Anne")
        found = by_name(scene.consultation)
        assert set(found) == {*NAMES, f"{NAMES[0]}, variante 1", "Papier et Cie"}
        variant = found[f"{NAMES[0]}, variante 1"]
        assert (variant.key, variant.deposit) == (key, base.deposit)
        assert code(entering.add, scene.consultation, "", "PAPIER ET CIE", "", "", "", "Anne") == "analyse.double"
        assert code(entering.add, scene.consultation, "", " ", "", "", "", "Anne") == "analyse.nom"
        assert code(entering.add, scene.consultation, "9", "X", "", "", "", "Anne") == "analyse.lot"

    def test_options_count_when_the_method_says_so(self, scene):
        fill(scene.consultation)
        first = by_name(scene.consultation)[NAMES[0]]
        entering.keep(scene.consultation, "", [edit(first, options=Decimal(20_000))], "Anne")
        before = by_name(scene.consultation)[NAMES[0]].verdict.points[0]
        entering.set_method(scene.consultation, {**store.METHOD, "options": True}, "Anne")
        assert (before, by_name(scene.consultation)[NAMES[0]].verdict.points[0]) == (Decimal("36.00"), Decimal("30.00"))

    def test_an_unknown_method_is_refused(self, scene):
        assert (
            code(entering.set_method, scene.consultation, {**store.METHOD, "formula": "zz"}, "A") == "analyse.methode"
        )

    def test_nothing_is_written_before_the_analysis_nor_after_the_decisions(self, as_agents):
        scene = Awarding(as_agents)
        assert "scellés" in analysis.obstacle(scene.consultation)
        assert analysis.lines(scene.consultation, "") == []
        scene.open()
        line = by_name(scene.consultation)[NAMES[0]]
        assert code(entering.keep, scene.consultation, "", [edit(line, remark="x")], "A") == "analyse.etape"


class TestTwoAgentsAtOnce:
    def test_on_two_bids_they_do_not_meet(self, scene):
        shown = by_name(scene.consultation)
        edits = [edit(shown[NAMES[0]], amount=Decimal(10)), edit(shown[NAMES[1]])]
        others = [edit(shown[NAMES[0]]), edit(shown[NAMES[1]], amount=Decimal(20))]
        assert entering.keep(scene.consultation, "", edits, "Anne") == 1
        assert entering.keep(scene.consultation, "", others, "Yann") == 1
        found = by_name(scene.consultation)
        assert [found[name].values["amount"] for name in NAMES[:2]] == [10, 20]

    def test_on_the_same_bid_the_second_is_told_and_nothing_of_his_is_written(self, scene):
        shown = by_name(scene.consultation)
        entering.keep(scene.consultation, "", [edit(shown[NAMES[0]], amount=Decimal(10))], "Anne")
        edits = [edit(shown[NAMES[0]], amount=Decimal(30)), edit(shown[NAMES[1]], amount=Decimal(20))]
        with pytest.raises(Refused) as refused:
            entering.keep(scene.consultation, "", edits, "Yann")
        assert refused.value.code == "analyse.conflit"
        assert "Anne" in refused.value.message and "montant" in refused.value.message
        found = by_name(scene.consultation)
        assert [found[name].values["amount"] for name in NAMES[:2]] == [10, None]

    def test_who_sends_what_the_other_wrote_is_not_in_his_way(self, scene):
        shown = by_name(scene.consultation)
        edits = [edit(shown[NAMES[0]], amount=Decimal(10))]
        assert entering.keep(scene.consultation, "", edits, "Anne") == 1
        assert entering.keep(scene.consultation, "", edits, "Yann") == 0

    def test_a_bid_that_is_not_there_is_refused(self, scene):
        assert code(entering.keep, scene.consultation, "", [(uuidhex(), "", {})], "A") == "analyse.offre"


def test_the_offer_of_a_rejected_candidature_stays_sealed_and_is_not_scored(as_agents, monkeypatch):
    scene = Awarding(as_agents).analyse()
    loser = scene.companies[1]
    scene.consultation._selection = {(loser.company, ""): {"admitted": False, "reason": "Chiffre d’affaires"}}
    scene.consultation._selected = scene.consultation.deadline
    line = by_name(scene.consultation)[NAMES[1]]
    assert line.state == bid.SEALED and not line.standing
    edits = [edit(line, amount=Decimal(10))]
    assert code(entering.keep, scene.consultation, "", edits, "Anne") == "analyse.scellee"
    assert code(entering.add, scene.consultation, "", "", "", "", line.key, "Anne") == "analyse.scellee"


def test_two_hundred_lots_are_summed_up_a_page_at_a_time(as_agents):
    lots = tuple(str(number) for number in range(1, 201))
    scene = Awarding(as_agents, lots=lots, bidders=1, answered={0: ("1", "3")}).analyse()
    found = analysis.summary(scene.consultation, lots[:50])
    assert [row["bids"] for row in found[:4]] == [1, 0, 1, 0] and len(found) == 50


class TestTheFiles:
    def test_the_table_goes_to_a_spreadsheet_with_its_numbers(self, scene):
        fill(scene.consultation)
        columns, rows = reports.analysis_table(scene.consultation)
        book = load_workbook(BytesIO(b"".join(tables.xlsx_chunks("Analyse", columns, rows))))
        found = list(book.active.values)
        assert found[0][:2] == ("Lot", "Entreprise") and found[0][10:14] == (
            "Prix, points", "Technique, points", "Total", "Rang",
        )  # fmt: skip
        assert found[1][1] in NAMES[1:] and found[1][12:14] == (70, 1)

    def test_the_report_says_the_method_the_ranks_and_the_names(self, scene):
        fill(scene.consultation)
        reader = PdfReader(BytesIO(reports.analysis_pdf(scene.consultation)))
        text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
        for words in (*NAMES, "Proportion inverse", "ex æquo", "Prix bas de 45"):
            assert words in text


def read(browser):
    return " ".join(unescape(browser.contents).split())


class TestOnThePages:
    def test_a_buyer_types_three_prices_and_reads_the_ranks(self, pages, visit):
        agent = visit(pages.buyer)
        agent.open(f"{pages.consultation.absolute_url()}/@@analyse")
        for rank, (price, mark) in enumerate(zip(PRICES, MARKS, strict=True)):
            agent.getControl(name=f"montant.{rank}").value = f"{price} €"
            agent.getControl(name=f"note.{rank}.1").value = str(mark)
        agent.getControl("Enregistrer").click()
        assert "3 lignes enregistrées" in read(agent), read(agent)
        assert "1re ex æquo" in read(agent) and "Prix bas" in read(agent)
        agent.getLink("Demander une justification").click()
        assert "Justification du prix de votre offre" in read(agent)
        agent.getControl("Envoyer").click()
        transaction.begin()
        (sent,) = messages.sent(pages.consultation)
        assert [item.name for item in sent.people.list] == [NAMES[2]] and sent.reply_until is not None

    def test_what_was_typed_stays_on_the_page_when_it_is_refused(self, pages, visit):
        agent = visit(pages.buyer)
        agent.open(f"{pages.consultation.absolute_url()}/@@analyse")
        agent.getControl(name="montant.0").value = "cent mille"
        agent.getControl(name="note.1.1").value = "41"
        agent.getControl("Enregistrer").click()
        assert agent.headers["status"].startswith("422")
        assert "analyse.montant" in read(agent) and agent.getControl(name="montant.0").value == "cent mille"
        assert agent.getControl(name="note.1.1").value == "41"

    def test_two_agents_with_the_same_page_open(self, pages, visit):
        url = f"{pages.consultation.absolute_url()}/@@analyse"
        one, two = visit(pages.buyer), visit(pages.buyer)
        one.open(url)
        two.open(url)
        one.getControl(name="montant.0").value = "100"
        one.getControl("Enregistrer").click()
        two.getControl(name="montant.0").value = "200"
        two.getControl("Enregistrer").click()
        assert "analyse.conflit" in read(two) and two.getControl(name="montant.0").value == "200"
        two.getControl("Enregistrer").click()
        assert "Une ligne" in read(two) or "1 ligne enregistrée" in read(two)
        transaction.begin()
        assert by_name(pages.consultation)[NAMES[0]].values["amount"] == 200

    def test_a_reader_sees_the_table_and_changes_nothing(self, pages, visit):
        reader = pages.agent("lecteurs")
        transaction.commit()
        agent = visit(reader)
        agent.open(f"{pages.consultation.absolute_url()}/@@analyse")
        assert NAMES[0] in read(agent) and "Enregistrer" not in read(agent)
        outsider = visit(pages.companies[0].userid)
        outsider.open(f"{pages.consultation.absolute_url()}/@@analyse")
        assert NAMES[1] not in read(outsider)

    @pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
    def test_the_files_come_with_their_names(self, pages, visit, kind):
        agent = visit(pages.buyer)
        agent.open(f"{pages.consultation.absolute_url()}/@@analyse.{kind}")
        assert agent.headers["status"].startswith("200")
        assert f".{kind}" in agent.headers["content-disposition"]
