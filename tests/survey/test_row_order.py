"""The canonical order of rows: the same in bytes as in floating point, and as a stable sort by all that is known."""

import numpy as np
import pytest

from csimodels.moments.spans import Spans
from csimodels.survey import order
from csimodels.survey.order import canonical_rows

RNG = np.random.default_rng(3)


def answers(rows: int, items: int, holes: float = 0.1) -> np.ndarray:
    """Few different rows, so that many tie."""
    few = RNG.integers(1, 8, (items, 40)).astype(float)
    few[RNG.random(few.shape) < holes] = np.nan
    return few[:, RNG.integers(0, 40, rows)]


@pytest.mark.parametrize("items", [1, 7, 8, 11])
def test_whole_answers_and_the_same_answers_half_a_step_higher_have_one_order(items: int) -> None:
    block = answers(20_000, items)
    ties = [RNG.integers(0, 3, 20_000), RNG.random(20_000).round(1)]
    in_bytes, x = canonical_rows(block, [(1.0, 7.0)] * items, ties)
    as_they_are, y = canonical_rows(block + 0.5, [(1.5, 7.5)] * items, ties)
    np.testing.assert_array_equal(in_bytes, as_they_are)
    np.testing.assert_array_equal(x, block.T[in_bytes])
    np.testing.assert_array_equal(y, block.T[in_bytes] + 0.5)


def test_rows_of_one_key_stand_by_their_ties_and_then_as_they_came() -> None:
    block, tie = answers(5000, 6), RNG.integers(0, 4, 5000)
    for ties in ([], [tie]):
        found, x = canonical_rows(block, [(1.0, 7.0)] * 6, ties)
        _, kind = np.unique(np.nan_to_num(x), axis=0, return_inverse=True)
        kind = kind.ravel()
        starts = np.flatnonzero(np.append(True, kind[1:] != kind[:-1]))
        assert len(starts) == len(set(kind.tolist()))  # rows that are alike stand side by side
        for part in np.split(found, starts[1:]):
            known = [*part.tolist()] if not ties else list(zip(tie[part].tolist(), part.tolist(), strict=True))
            assert known == sorted(known)


@pytest.mark.parametrize("shift", [0.0, 0.25])
def test_keys_that_collide_fall_back_on_the_answers_themselves(monkeypatch: pytest.MonkeyPatch, shift: float) -> None:
    block = answers(500, 3, holes=0.0) + shift
    monkeypatch.setattr(order, "_ODD", np.uint64(0))  # every row has the key 0
    found, x = canonical_rows(block, [(1.0 + shift, 7.0 + shift)] * 3, [])
    np.testing.assert_array_equal(found, np.lexsort(block[::-1]))
    np.testing.assert_array_equal(x, block.T[found])


@pytest.mark.parametrize("rows", [0, 5, 16, 8192, 9000])
def test_spans_are_those_of_every_column(rows: int) -> None:
    x = RNG.normal(size=(rows, 3))
    x[: rows // 2, 1] = np.nan
    x[:, 2] = np.nan
    found = Spans.of(x)
    np.testing.assert_array_equal(found.missing, np.isnan(x).sum(axis=0))
    np.testing.assert_array_equal(found.low, np.fmin.reduce(x, axis=0, initial=np.inf))
    np.testing.assert_array_equal(found.high, np.fmax.reduce(x, axis=0, initial=-np.inf))
