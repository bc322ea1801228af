"""Sheets of a shared key: any m of n give it back, fewer never, and what does not go together is told, each in its words."""

from itertools import combinations
from megalis.portal.sealing import keys
from megalis.portal.sealing import shares
from pathlib import Path

import json
import pytest


VECTOR = Path(__file__).with_name("vectors") / "feuilles" / "1.json"


@pytest.fixture(scope="module")
def identity():
    return keys.parse_identity(keys.generate().identity)


def slow_times(a, b):
    """Multiplication in GF(256) bit by bit: another way than the tables."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a = a << 1 ^ (0x11B if a & 0x80 else 0)
        b >>= 1
    return product


def solved(points):
    """Give the constant term back by Gaussian elimination: another way than Lagrange's."""
    size = len(points)
    rows = []
    for number, value in points:
        powers = [1]
        for _ in range(size - 1):
            powers.append(slow_times(powers[-1], number))
        rows.append([*powers, *value])
    for column in range(size):
        pivot = next(row for row in rows[column:] if row[column])
        rows.remove(pivot)
        inverse = next(x for x in range(1, 256) if slow_times(x, pivot[column]) == 1)
        pivot = [slow_times(inverse, item) for item in pivot]
        rows = [[item ^ slow_times(row[column], other) for item, other in zip(row, pivot, strict=True)] for row in rows]
        rows.insert(column, pivot)
    return bytes(rows[0][size:])


@pytest.mark.parametrize(("needed", "count"), [(2, 2), (2, 3), (3, 5), (5, 5), (16, 16)])
def test_any_m_sheets_give_the_key_back(identity, needed, count):
    made = shares.split(identity, needed, count)
    for chosen in list(combinations(made, needed))[:20]:
        assert shares.combine(chosen).secret_text() == identity.secret_text()
    assert shares.combine(made).secret_text() == identity.secret_text()


def test_another_implementation_gives_the_same_key(identity):
    made = shares.split(identity, 3, 5)
    for chosen in combinations(made, 3):
        secret = solved([(share.number, share.value) for share in chosen])
        assert type(identity)(secret).secret_text() == identity.secret_text()


def test_fewer_tell_nothing(identity):
    """With m - 1 sheets every value of a byte of the key is still possible, each by one last sheet."""
    one, _two = shares.split(identity, 2, 2)
    found = {shares.interpolate({1: one.value[:1], 2: bytes([guess])})[0] for guess in range(256)}
    assert found == set(range(256))


def test_the_text_of_sheets_comes_back_from_any_layout(identity):
    made = shares.split(identity, 2, 3)
    text = (
        "Feuille 1\n" + " ".join(made[0].text()[i : i + 4] for i in range(0, 100, 4)) + "\n\n" + made[2].text().lower()
    )
    assert shares.is_shares(text)
    assert shares.read(text).secret_text() == identity.secret_text()
    assert shares.parse(made[1].text()) == made[1]


def refused(made):
    with pytest.raises(shares.SharesError) as caught:
        shares.combine(made)
    assert caught.value.code == "feuilles"
    return str(caught.value)


class TestWhatIsSaid:
    def test_too_few(self, identity):
        made = shares.split(identity, 3, 5)
        assert "2 feuilles sur 3" in refused([made[0], made[3]])

    def test_the_same_sheet_twice(self, identity):
        made = shares.split(identity, 2, 3)
        assert "ne compte qu’une fois" in refused([made[0], made[0]])

    def test_sheets_of_two_keys(self, identity):
        other = keys.parse_identity(keys.generate().identity)
        assert "clés différentes" in refused([shares.split(identity, 2, 3)[0], shares.split(other, 2, 3)[1]])

    def test_sheets_of_two_cuttings_of_one_key(self, identity):
        assert "deux partages" in refused([shares.split(identity, 2, 3)[0], shares.split(identity, 2, 3)[1]])

    def test_a_forged_sheet(self, identity):
        made = shares.split(identity, 2, 3)
        forged = shares.Share(
            *(getattr(made[1], name) for name in ("kind", "needed", "count", "number", "set", "mark")), bytes(32)
        )
        assert "nomment" in refused([made[0], forged])
        assert "ne va pas avec les autres" in refused([made[0], forged, made[2]])
        assert "n° 2 différentes" in refused([made[1], forged])

    def test_none(self):
        assert "aucune feuille" in refused([])

    @pytest.mark.parametrize("place", [20, 50, 90])
    def test_one_letter_wrong(self, identity, place):
        text = shares.split(identity, 2, 2)[0].text()
        wrong = text[:place] + ("Q" if text[place] != "Q" else "P") + text[place + 1 :]
        with pytest.raises(shares.SharesError, match="mal recopiée"):
            shares.parse(wrong)

    def test_a_key_is_not_a_sheet(self, identity):
        with pytest.raises(shares.SharesError, match="n’est pas celui"):
            shares.parse(identity.secret_text())

    @pytest.mark.parametrize(("needed", "count"), [(1, 3), (4, 3), (2, 17), (0, 0)])
    def test_a_cutting_without_sense(self, identity, needed, count):
        with pytest.raises(shares.SharesError, match="au moins 2"):
            shares.split(identity, needed, count)


def test_frozen_sheets_open_for_ever():
    found = json.loads(VECTOR.read_text("utf-8"))
    for chosen in combinations(found["feuilles"], found["seuil"]):
        assert shares.read("\n".join(chosen)).secret_text() == found["identite"]


def test_words_around_the_sheets_do_not_matter(identity):
    one, two, _three = shares.split(identity, 2, 3)
    text = f"Feuille 1 sur 3\n{one.text()}\nFeuille 2 sur 3, gardée par la trésorière\n{two.text()}\nfin"
    assert shares.read(text).secret_text() == identity.secret_text()
