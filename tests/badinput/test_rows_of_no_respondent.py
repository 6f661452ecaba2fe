"""Totals below the answers, units below the header: the remedy is to delete the row, not to make codes of it."""

from __future__ import annotations

import pytest
from bad_forms import ITEMS, frame, model

import csimodels as cs
from csimodels.i18n import translator

ANSWERS = frame()[list(ITEMS)].astype(int).astype(object)
END = len(ANSWERS)


def remedies(*rows: tuple[int, list[object]]) -> list[str]:
    """Remedies of both languages for the answers with rows put before the row of that position."""
    data = ANSWERS.copy()
    for place, cells in rows:
        data.loc[place - 0.5] = cells
    with pytest.raises(cs.DataError) as caught:
        cs.Study(model(), data.sort_index().reset_index(drop=True)).check()
    return [caught.value.said(translator(language)) for language in ("en", "zh")]


@pytest.mark.parametrize("word", ["Total", "合计", "Average"])
def test_a_word_for_totals(word: str) -> None:
    english, chinese = remedies((END, [word, *[None] * 8]))
    assert f"delete row {END + 1}" in english and "missing_codes" not in english
    assert f"第{END + 1}行" in chinese


def test_sums() -> None:
    english, _ = remedies((END, list(ANSWERS.sum())))
    assert english.count(f"delete row {END + 1}") == 1 and "out_of_range" not in english


@pytest.mark.parametrize("place", [0, END])
def test_codes_are_no_totals(place: int) -> None:
    english, _ = remedies((place, [99] * 9))
    assert "missing_codes: [99]" in english and "delete" not in english


@pytest.mark.parametrize("unit", ["points", "分"])
def test_units(unit: str) -> None:
    english, chinese = remedies((0, [unit] * 9))
    assert english.count("delete row 1 ") == 1 and "missing_codes" not in english
    assert "第1行" in chinese
