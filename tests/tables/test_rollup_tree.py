"""The tree of a roll-up: shares by hand, what is left out, groups without a roll-up."""

from __future__ import annotations

import numpy as np
import pytest

from csimodels.errors import SpecError
from csimodels.tables.rollup import Tree, flat_tree, shares, unit_columns


def small_tree() -> Tree:
    """Companies a, b in Banks, c in Insurance, both in Finance; d in Mobile in Telecoms; weights 10, 30; 5; 7; 2, 6.

    One wave.  Upper weights: Banks 2 and Insurance 6 stated, Mobile 7 summed; sectors have no parent.
    """
    unit = ("a", "b", "c", "d", "Banks", "Insurance", "Mobile", "Finance", "Telecoms")
    return Tree(
        levels=("company", "industry", "sector"),
        waves=(),
        columns=(),
        level=np.asarray([0, 0, 0, 0, 1, 1, 1, 2, 2]),
        unit=tuple((name,) for name in unit),
        identity=unit,
        wave=((),) * 9,
        parent=np.asarray([4, 4, 5, 6, 7, 7, 8, -1, -1]),
        group=np.asarray([2, 0, 1, 3, -1, -1, -1, -1, -1]),
        weight=np.asarray([10.0, 30, 5, 7, 2, 6, 7, np.nan, np.nan]),
    )


def test_shares_by_hand() -> None:
    got = shares(small_tree(), np.ones(4, dtype=bool))
    assert got.of_groups[4:] == pytest.approx(
        np.asarray([[0.75, 0, 0.25, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0.1875, 0.75, 0.0625, 0], [0, 0, 0, 1]])
    )
    assert np.array_equal(got.of_groups[:4], np.eye(4)[[2, 0, 1, 3]])
    assert got.of_parent == pytest.approx([0.25, 0.75, 1, 1, 0.25, 0.75, 1, np.nan, np.nan], nan_ok=True)
    assert np.array_equal(got.covered, np.ones(9))


def test_what_is_left_out() -> None:
    """Without b, Banks is a alone and keeps its weight in Finance; without d, Mobile and Telecoms are nothing."""
    got = shares(small_tree(), np.asarray([False, True, True, False]))
    assert got.of_groups[4] == pytest.approx([0, 0, 1, 0])
    assert got.of_groups[7] == pytest.approx([0, 0.75, 0.25, 0])
    assert not got.of_groups[[6, 8]].any()
    assert got.of_parent == pytest.approx([1, 0, 1, 0, 0.25, 0.75, 0, np.nan, np.nan], nan_ok=True)
    assert got.covered == pytest.approx([1, 0, 1, 0, 0.25, 1, 0, 0.25 * 0.25 + 0.75, 0])


def test_ancestors_and_labels() -> None:
    tree = small_tree()
    assert tree.ancestor(1).tolist() == [4, 4, 5, 6, 4, 5, 6, -1, -1]
    assert tree.ancestor(2).tolist() == [7, 7, 7, 8, 7, 7, 8, 7, 8]
    assert unit_columns(tree, np.asarray([1, 7])) == {
        "level": ["company", "sector"],
        "unit": ["b", "Finance"],
        "parent": ["Banks", ""],
    }


def test_groups_without_a_rollup() -> None:
    keys = [("x", 2025, "N"), ("x", 2026, "N"), ("y", 2026, "S")]
    tree = flat_tree(("bank", "year", "region"), keys, ("year",))
    assert (tree.levels, tree.waves) == (("bank, region",), ("year",))
    assert unit_columns(tree, np.arange(3)) == {
        "year": [2025, 2026, 2026],
        "bank": ["x", "x", "y"],
        "region": ["N", "N", "S"],
    }
    assert tree.describe(2) == "y, S (year = 2026)"
    assert np.array_equal(shares(tree, np.asarray([True, False, True])).of_groups, np.diag([1.0, 0, 1]))


@pytest.mark.parametrize(
    ("by", "within", "said"),
    [
        ((), (), "need groups"),
        (("bank", "year"), ("yeer",), 'did you mean "year"'),
        (("bank", "year"), ("bank", "year"), "no column of groups is left"),
    ],
)
def test_groups_that_cannot_be_compared(by: tuple[str, ...], within: tuple[str, ...], said: str) -> None:
    with pytest.raises(SpecError, match=said):
        flat_tree(by, [("x", 1)][: len(by)], within)
