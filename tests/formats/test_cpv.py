"""CPV codes: form, check digit against the list, tree by digits, labels."""

from hypothesis import given
from hypothesis import strategies as st
from megalis.portal.formats import cpv
from megalis.portal.formats.refusal import Refused

import csv
import pytest


def refusal_of(text, nomenclature=None):
    with pytest.raises(Refused) as caught:
        cpv.normalize(text, nomenclature)
    return caught.value.code


def test_builtin_list_has_every_division_and_the_usual_codes():
    builtin = cpv.builtin()
    assert sum(cpv.level(code) == "division" for code in builtin) == 45
    assert len(builtin) >= 245
    assert builtin.label("45000000") == "Travaux de construction"
    assert not builtin.complete


def test_check_digit_is_compared_with_the_list():
    builtin = cpv.builtin()
    assert cpv.normalize("45233140-2", builtin) == "45233140"
    assert refusal_of("45233140-3", builtin) == "cpv.cle"
    assert cpv.normalize("45233141-9", builtin) == "45233141"


@pytest.mark.parametrize(
    "text", ["", None, "4523314", "452331400-2", "45233140-", "45 23", "00000000", "abcdefgh", "٤٥٢٣٣١٤٠"]
)
def test_forms_refused(text):
    assert refusal_of(text) == "cpv.forme"


def test_ancestors_and_levels():
    assert cpv.ancestors("45233142") == ["45233140", "45233100", "45233000", "45230000", "45200000", "45000000"]
    assert cpv.ancestors("45000000") == []
    levels = [cpv.level(code) for code in ("45000000", "45200000", "45230000", "45233000", "45233142")]
    assert levels == list(cpv.LEVELS)
    assert cpv.within("45233142", "45200000")
    assert not cpv.within("45233142", "45300000")


def test_label_falls_back_on_the_nearest_ancestor(monkeypatch):
    monkeypatch.delenv("MEGALIS_REFERENTIELS", raising=False)
    assert cpv.label("45233149") == cpv.label("45233140-2")
    assert cpv.label("45999999") == "Travaux de construction"


@given(st.from_regex(r"[0-9]{2}[1-9][0-9]{5}", fullmatch=True))
def test_ancestors_shrink_to_the_division(code):
    above = cpv.ancestors(code)
    assert above[-1] == code[:2] + "000000"
    significant = [len(item.rstrip("0")) for item in above]
    assert significant == sorted(significant, reverse=True)
    assert all(cpv.within(code, item) for item in above)


@given(st.text(max_size=14))
def test_any_text_is_a_code_or_a_refusal(text):
    try:
        assert len(cpv.normalize(text, cpv.builtin())) == 8
    except Refused as refusal:
        assert refusal.code.startswith("cpv.")


def test_builtin_facts_agree_with_the_regulation(referentiels, monkeypatch):
    folder = referentiels("cpv")
    full = cpv.from_file(str(folder / "cpv_2008.csv"))
    assert len(full) == 9454
    builtin = cpv.builtin()
    wrong = [
        code
        for code in builtin
        if builtin.check_digit(code) != full.check_digit(code) or builtin.label(code) != full.label(code)
    ]
    assert wrong == []
    assert refusal_of("45233199", full) == "cpv.inconnu"
    monkeypatch.setenv("MEGALIS_REFERENTIELS", str(folder.parent))
    assert cpv.default() is full
    assert cpv.label("03111200") == full.label("03111200") != cpv.builtin().label("03111200")


def test_tree_by_digits_is_the_published_tree(referentiels):
    path = referentiels("cpv") / "cpv_2008_parent.csv"
    full = cpv.from_file(str(path.with_name("cpv_2008.csv")))
    with path.open(newline="", encoding="utf-8") as stream:
        rows = [(row["id"][:8], row["parent"][:8]) for row in csv.DictReader(stream)]
    assert len(rows) == 9454
    nearest = {code: next((item for item in cpv.ancestors(code) if item in full), "") for code, _parent in rows}
    below = [(code, parent) for code, parent in rows if cpv.level(code) != "division"]
    assert len(below) == 9454 - 45
    assert [(code, parent, nearest[code]) for code, parent in below if parent and nearest[code] != parent] == []
    assert all(nearest[code] for code, _parent in below)
