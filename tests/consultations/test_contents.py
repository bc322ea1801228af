"""A dossier of any size is listed, named, counted and sent from its lines: nothing grows faster than it does."""

from megalis.portal.consultations import api
from megalis.portal.consultations import contents
from megalis.portal.consultations import create
from megalis.portal.consultations.contents import Contents
from megalis.portal.consultations.contents import Line
from megalis.portal.consultations.dce import browser as dce
from megalis.portal.consultations.dce import withdrawals
from megalis.portal.consultations.rectifying import NewPiece
from megalis.portal.consultations.rectifying import rectify
from megalis.portal.consultations.rules import files
from megalis.portal.consultations.rules import versions
from megalis.portal.formats.refusal import Refused
from tests.consultations.conftest import as_agent
from tests.consultations.conftest import complete_draft
from tests.consultations.conftest import NOW
from tests.consultations.conftest import PDF as RULES
from tests.consultations.conftest import publish
from time import process_time

import io
import pytest
import transaction
import zipfile


PDF = b"%PDF-1.4\n plan "
LOTS, FILES = 200, 500


def line(rank, lot="1", until=None):
    return Line(f"{rank:032x}", f"Plan {rank}.pdf", "Plan", "plans", (lot,), 10, "ab" * 32, 1, 1, until, None)


def test_two_hundred_lots_of_five_hundred_files_are_kept_and_read_in_seconds():
    kept = Contents()
    begun = process_time()
    for rank in range(LOTS * FILES):
        found = line(rank, str(rank % LOTS + 1))
        assert kept.named(found.filename) is None
        kept.put(found)
    assert (kept.count, kept.size) == (LOTS * FILES, 10 * LOTS * FILES)
    assert len([item for item in kept.lines() if "7" in item.lots]) == FILES
    assert len(kept.fingerprint) == 64
    assert process_time() - begun < 20, "a tenth of a millisecond each, on a slow machine"


def test_a_name_among_a_hundred_thousand_of_the_same_is_found_with_few_questions():
    taken = {"plan.pdf", *(f"plan ({rank}).pdf" for rank in range(2, 100_001))}
    asked = []
    found = files.free_of("Plan.pdf", lambda name: asked.append(name) or name in taken)
    assert found == "Plan (100001).pdf" and len(asked) < 40


@pytest.mark.parametrize(
    ("name", "taken", "found"),
    [
        ("a.pdf", [], "a.pdf"),
        ("a.pdf", ["A.PDF"], "a (2).pdf"),
        ("a.pdf", ["a.pdf", "a (2).pdf"], "a (3).pdf"),
        ("plans", ["plans"], "plans (2)"),
    ],
)
def test_a_taken_name_gets_a_number(name, taken, found):
    assert files.free_name(name, taken) == found


def test_a_line_takes_the_place_of_the_former_one_and_a_piece_that_left_stands_no_more():
    kept = Contents()
    kept.put(line(1))
    first = kept.fingerprint
    kept.put(line(1)._replace(filename="Autre.pdf", size=30))
    assert (kept.count, kept.size) == (1, 30) and kept.named("plan 1.pdf") is None and kept.fingerprint != first
    kept.put(line(1)._replace(filename="Autre.pdf", size=30, until=1))
    assert (kept.count, kept.size, list(kept.lines())) == (0, 0, []) and [item.until for item in kept.every()] == [1]
    kept.drop(line(1).id)
    kept.drop("inconnu")
    assert list(kept.every()) == []


def told(consultation):
    return [(item.filename, item.lots, item.since, item.until) for item in api.lines(consultation)]


def fresh(consultation):
    """What the content itself says, read anew."""
    return contents._read(consultation)


def same(consultation):
    kept, now = contents.of(consultation), fresh(consultation)
    assert list(kept.every()) == list(now.every())
    assert (kept.count, kept.size, list(kept.lots)) == (now.count, now.size, list(now.lots))


def test_the_lines_follow_whatever_happens_to_the_pieces_and_the_lots(world):
    draft = complete_draft(world.a, "2026-LIGNES")
    added = create.piece(draft, io.BytesIO(PDF), "Plan.pdf", lots=("1",))
    create.piece(draft, io.BytesIO(PDF + b"2"), "plan.pdf")
    same(draft)
    assert [row[0] for row in told(draft)] == ["plan (2).pdf", "Plan.pdf", "RC.pdf"]
    create.replace_piece(draft, added, io.BytesIO(PDF + b"3"), "Plan neuf.pdf")
    draft._delObject(api.piece_named(draft, "plan (2).pdf").getId())
    draft._delObject(api.lots(draft)[-1].getId())
    create.lot(draft, "9", "Clôtures")
    same(draft)
    assert [lot.number for lot in api.lots(draft)][-1] == "9"
    publish(world, draft)
    same(draft)
    assert {row[2] for row in told(draft)} == {1}
    with as_agent(world.valideurs):
        rectify(
            draft, "Plan corrigé", added=[NewPiece(io.BytesIO(PDF + b"4"), "Plan neuf.pdf", replaces=added.getId())]
        )
    same(draft)
    assert [row[0] for row in told(draft)] == ["Plan neuf.pdf", "RC.pdf"]
    assert {(item.since, item.until) for item in contents.of(draft).every()} == {(1, None), (2, None), (1, 1)}
    assert [item.filename for item in api.lines(draft, version=1)] == ["Plan neuf.pdf", "RC.pdf"]
    assert api.dce_version(draft) == versions.dce_hash((p.filename, p.size, p.sha256) for p in api.pieces(draft))


def test_a_consultation_of_before_is_read_from_its_pieces_and_keeps_lines_from_its_first_change(world):
    draft = complete_draft(world.a, "2026-AVANT")
    del draft._contents
    assert [row[0] for row in told(draft)] == ["RC.pdf"] and not hasattr(draft.aq_base, "_contents")
    create.piece(draft, io.BytesIO(PDF), "Plan.pdf")
    assert hasattr(draft.aq_base, "_contents")
    same(draft)


def great_draft(served, count, lots):
    """Return a draft of 200 lots, with ``count`` files spread over the first ``lots`` of them."""
    draft = complete_draft(
        served.a, "2026-GRAND", lots=[{"number": str(n), "title": f"Lot {n}"} for n in range(1, 201)]
    )
    first = create.piece(draft, io.BytesIO(PDF), "Lot 1 plan 000.pdf", lots=("1",))
    kept = contents.for_write(draft)
    for rank in range(1, count):
        # The same content under other names: what counts here is how many lines there are.
        lot = str(rank % lots + 1)
        kept.put(Line.of(first)._replace(id=f"{rank:032x}", filename=f"Lot {lot} plan {rank:06}.pdf", lots=(lot,)))
    transaction.commit()
    return draft


def made_public(served, draft):
    """Return the draft, published."""
    publish(served, draft)
    transaction.commit()
    return draft


def stay_small(url, pages):
    """Open each (browser, view) and find a page of bounded size."""
    for visitor, view in pages:
        visitor.open(f"{url}/{view}")
        assert visitor.headers["status"].startswith("200")
        assert len(visitor.contents) < 90_000, view


class TestAGreatDossier:
    """Two thousand files are enough to see that nothing opens them all."""

    COUNT, LOTS = 2_000, 20

    @pytest.fixture
    def great(self, served):
        return made_public(served, great_draft(served, self.COUNT, self.LOTS))

    def loads(self, great, act):
        """Return what ``act`` returns and how many objects it loaded from the database."""
        jar = great._p_jar
        jar.cacheMinimize()
        before = jar.getTransferCounts()[0]
        found = act()
        return found, jar.getTransferCounts()[0] - before

    def test_is_listed_counted_and_announced_without_opening_its_pieces(self, great):
        (lines, loaded) = self.loads(great, lambda: api.lines(great))
        assert len(lines) == self.COUNT + 1 and loaded < 400
        assert self.loads(great, lambda: api.pieces_count(great)) == (self.COUNT + 1, 2)
        (scope, loaded) = self.loads(great, lambda: withdrawals.scope(great, {"lot": "7"}))
        assert len(scope.pieces) == self.COUNT / self.LOTS + 1 and loaded < 800

        ((made, streams), loaded) = self.loads(great, lambda: dce.archive_of(api.lines(great), NOW))
        assert loaded < 500, "the files beyond the first ones are found when their turn comes"
        found = zipfile.ZipFile(io.BytesIO(b"".join(made.read())))
        for stream in streams:
            stream.close()
        assert len(found.namelist()) == self.COUNT + 2 and found.testzip() is None

    def test_has_pages_that_stay_small(self, great, browser, served):
        agent, anyone = browser("valideurs@a.exemple.fr", served.password), browser()
        pages = ((anyone, "view?pieces=40"), (agent, "@@rectifier?page=21"), (anyone, "@@dce"))
        stay_small(great.absolute_url(), pages)
        assert f"{self.COUNT + 1} documents" in anyone.contents

    def test_is_withdrawn_with_an_event_of_bounded_size(self, great):
        taken = withdrawals.scope(great, {})
        withdrawals.record(great, taken, 1)
        (row,) = withdrawals.register(great)
        assert len(row["pieces"]) == withdrawals.NAMED + 1
        assert row["pieces"][-1] == f"et {self.COUNT + 1 - withdrawals.NAMED} autres"
        assert row["what"] == "Dossier complet"


def test_two_hundred_lots_of_five_hundred_files_are_published_read_taken_by_lot_and_registered(served, browser):
    great = great_draft(served, LOTS * FILES, LOTS)
    assert api.pieces_count(great) == LOTS * FILES + 1  # with the rules of the consultation
    buyer, agent = (browser(f"{role}@a.exemple.fr", served.password) for role in ("acheteurs", "valideurs"))
    anyone, url = browser(), great.absolute_url()
    stay_small(url, ((buyer, "@@pieces"), (buyer, "@@lots")))
    made_public(served, great)
    pages = ((anyone, "view"), (anyone, "@@dce"), (anyone, "@@dce?lot=137"))
    stay_small(url, (*pages, (buyer, "@@retraits"), (agent, "@@rectifier?page=900")))
    scope = withdrawals.scope(great, {"lot": "137"})
    assert len(scope.pieces) == FILES + 1
    made, streams = dce.archive_of(scope.pieces, NOW)
    found = zipfile.ZipFile(io.BytesIO(b"".join(made.read())))
    for stream in streams:
        stream.close()
    assert len(found.namelist()) == FILES + 2
    withdrawals.record(great, scope, 1)
    (row,) = withdrawals.register(great)
    assert row["what"] == "Lot 137" and len(row["pieces"]) == withdrawals.NAMED + 1


def test_the_same_file_sent_twice_enters_once_and_another_of_its_name_beside_it(world):
    draft = complete_draft(world.a)
    with pytest.raises(Refused) as refused:
        create.check_new(draft, io.BytesIO(RULES), "RC.pdf")
    assert refused.value.code == "fichier.double" and api.pieces_count(draft) == 1
    other = io.BytesIO(RULES + b" version 2")
    create.check_new(draft, other, "RC.pdf")
    assert create.piece(draft, other, "RC.pdf").filename == "RC (2).pdf"
