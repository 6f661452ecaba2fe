"""Every number against other tools; the list and the tolerances stand in comparisons.py."""

from __future__ import annotations

import math

import pytest
from against_composites import cases as composites
from against_published import cases
from comparisons import GROUPS, Row
from sources import ROOT, UnavailableError


@pytest.mark.parametrize("group", GROUPS)
def test_agrees_with_the_other_tool(group: str) -> None:
    try:
        found = list(GROUPS[group](group))
    except UnavailableError as error:
        pytest.skip(str(error))
    assert len(found) >= 6, "a comparison that compares nothing"
    wrong = [f"{r.quantity} {r.subject}: {r.ours!r} is not {r.theirs!r}" for r in found if not r.agrees]
    assert not wrong, f"{len(wrong)} of {len(found)} differ by more than {found[0].tol}:\n" + "\n".join(wrong[:20])


def test_a_missing_number_does_not_agree() -> None:
    row = Row("g", "s", "q", "t", math.nan, 1.0, 1.0, "")
    assert not row.agrees


def test_there_are_twenty_printed_results_of_six_data_sets() -> None:
    names = [case["name"] for case in (*cases(), *composites())]
    assert len(set(names)) == len(names) >= 6
    assert len({case["data"] for case in cases()}) >= 6
    assert all(case["source"] and case["why"] for case in (*cases(), *composites()))


def test_the_validation_page_lists_every_group() -> None:
    page = (ROOT / "docs" / "validation.md").read_text(encoding="utf-8")
    missing = [group for group in GROUPS if group not in page]
    assert not missing, "run docs/make_validation.py"
