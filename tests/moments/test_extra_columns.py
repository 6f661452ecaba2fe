"""Extra columns in the sums: additive, batched, over every row given, and the same by downdating."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from csimodels.infer.desk import with_desk
from csimodels.moments import DeleteUnit, ExtraSums, Moments, Rows, Sampling, SummedRows, Sums, deleted

FORMS = ("complete", "pairwise", "patterns")


def rows_of(form: str, n: int = 40, weighted: bool = True) -> Rows:
    rng = np.random.default_rng(8)
    x = rng.normal(size=(n, 3))
    x[rng.uniform(size=x.shape) < 0.15] = np.nan
    x[3] = np.nan
    weights = rng.uniform(0.5, 2, n) if weighted else None
    return Rows(("a", "b", "c"), x, np.zeros(3), weights, form, rng.normal(size=(n, 2)), ("e", "f"))


def extra(sums: Sums) -> ExtraSums:
    assert sums.extra is not None
    return sums.extra


@pytest.mark.parametrize("form", FORMS)
def test_items_are_summed_as_without_extra_columns_and_extras_over_every_row(form: str) -> None:
    rows = rows_of(form)
    plain = Rows(rows.items, rows.x, rows.shift, rows.weights, form)
    counts = np.random.default_rng(2).integers(0, 3, (5, rows.n)).astype(float)
    mine, theirs = rows.sums(counts), plain.sums(counts[:, plain.kept])
    for name in ("n_rows", "w", "ww", "wx", "wxx"):
        assert getattr(mine, name) == pytest.approx(getattr(theirs, name), rel=1e-13, abs=1e-12)
    assert rows.left_out == len(rows.x) - plain.n > 0
    assert rows.weights is not None
    assert rows.extra is not None
    assert extra(mine).w == pytest.approx(counts @ rows.weights)
    assert extra(mine).wx == pytest.approx((counts * rows.weights) @ rows.extra)
    rule = {"complete": "listwise", "pairwise": "mean", "patterns": "em"}[form]
    means = Moments.from_sums(mine, rule).extra
    assert means == pytest.approx((counts * rows.weights) @ rows.extra / (counts @ rows.weights)[:, None])
    assert Moments.from_sums(mine, rule)[2].extra == pytest.approx(means[2])  # type: ignore[index]


@pytest.mark.parametrize("form", FORMS)
def test_parts_add_up_and_stack(form: str) -> None:
    rows = rows_of(form)
    assert rows.weights is not None
    assert rows.extra is not None
    halves = [
        Rows(rows.items, rows.x[s], rows.shift, rows.weights[s], form, rows.extra[s], rows.extra_names).sums()
        for s in (slice(0, 18), slice(18, None))
    ]
    whole, both = extra(rows.sums()), extra(halves[0] + halves[1])
    for name in ("n", "w", "ww", "wx"):
        assert getattr(both, name) == pytest.approx(getattr(whole, name), rel=1e-13)
    assert extra(Sums.stack(halves)).wx == pytest.approx(np.stack([extra(h).wx for h in halves]))
    with pytest.raises(ValueError, match="extra columns"):
        _ = whole + ExtraSums(("g", "h"), whole.n, whole.w, whole.ww, whole.wx)
    plain = Rows(rows.items, rows.x, rows.shift, rows.weights, form).sums()
    with pytest.raises(ValueError, match="extra columns"):
        _ = plain + rows.sums()


@pytest.mark.parametrize("form", FORMS)
def test_a_unit_left_out_is_left_out_of_the_extras(form: str) -> None:
    rows = rows_of(form)
    code = np.arange(rows.n)
    sampling = Sampling.of(rows.n, code % 3, code // 4)
    whole = rows.sums(DeleteUnit(sampling).counts(0, sampling.units))
    pieces = list(deleted(rows, sampling, 7))
    assert np.concatenate([p.n_rows for p in pieces]) == pytest.approx(whole.n_rows)
    for name in ("n", "w", "ww", "wx"):
        joined = np.concatenate([getattr(extra(piece), name) for piece in pieces])
        assert joined == pytest.approx(getattr(extra(whole), name), rel=1e-12)


@pytest.mark.parametrize("form", ["complete", "pairwise"])
def test_a_part_left_out_is_left_out_of_sums_and_extras(form: str) -> None:
    """Of sums in place of rows, clusters of two parts and more; beside the sums that a plan counts."""
    rows = rows_of(form)
    assert rows.weights is not None and rows.extra is not None
    halves = [
        Rows(rows.items, rows.x[s], rows.shift, rows.weights[s], form, rows.extra[s], rows.extra_names).sums()
        for s in (slice(k, k + 3) for k in range(0, len(rows.x), 3))
    ]
    parts = Sums.stack(halves)
    plain = SummedRows.of(parts, np.ones(len(rows.items)), len(rows.x), form)
    code = np.arange(len(halves))
    sampling = Sampling.of(len(halves), code % 2, np.minimum(code, 6))
    for summed in (plain, replace(plain, beside=extra(parts))):
        whole = summed.sums(DeleteUnit(sampling).counts(0, sampling.units))
        pieces = list(deleted(summed, sampling, 3))
        assert (whole.pairwise is None) == (form == "complete")
        for owner, names in (("", "n_rows w ww wx wxx"), ("pairwise", "w wx"), ("extra", "n w ww wx")):
            if owner and getattr(whole, owner) is None:
                assert all(getattr(piece, owner) is None for piece in pieces)
                continue
            own = [getattr(piece, owner) if owner else piece for piece in (whole, *pieces)]
            for name in names.split():
                joined = np.concatenate([getattr(one, name) for one in own[1:]])
                assert joined == pytest.approx(getattr(own[0], name), rel=1e-12, abs=1e-12)


def test_a_part_left_out_is_left_out_of_tables_of_levels() -> None:
    """Cells that only its rows fill are 0 and no rounding, which would be an answer that a pair has."""
    x, part = np.random.default_rng(5).integers(1, 4, (30, 3)).astype(np.float64), np.arange(30) // 5
    x[part != 2, 0] = np.minimum(x[part != 2, 0], 2)
    known, weights = (np.arange(1.0, 4.0),) * 3, np.random.default_rng(6).uniform(0.3, 2, 30)
    rows = Rows(("a", "b", "c"), x, np.full(3, 2.0), weights, "complete", levels=known)
    parts = rows.sums((part == np.arange(6)[:, None]) * 1.0)
    summed = SummedRows.of(parts, np.full(3, 30.0), 30, "complete")
    got = np.concatenate([p.tables.counts for p in deleted(summed, Sampling.of(6), 4) if p.tables is not None])
    wanted = rows.sums(DeleteUnit(Sampling.of(30, None, part)).counts(0, 6)).tables
    assert wanted is not None and got == pytest.approx(wanted.counts, rel=1e-12)
    assert (got[2, 2] == 0).all() and (got[3, 2] > 0).any()


def test_extra_columns_are_finite_and_named() -> None:
    for values, names in ((np.full((2, 1), np.nan), ("e",)), (np.ones((2, 2)), ("e",)), (np.ones((3, 1)), ("e",))):
        with pytest.raises(ValueError, match="extra columns are finite numbers"):
            Rows(("a",), np.ones((2, 1)), np.zeros(1), None, "complete", values, names)


def test_derivatives_of_a_desk_follow_the_chain_rule() -> None:
    """Closed form; a number of the model that is not there passes nothing on, and none of the others is lost."""

    def desk(mean: np.ndarray, model: np.ndarray) -> np.ndarray:
        return np.stack([mean[..., 0] / mean[..., 1], model[..., 0] * mean[..., 1]], axis=-1)

    slopes = np.asarray([[2.0, 3.0], [np.nan, np.nan]])
    found = with_desk(slopes, desk, np.asarray([0.3, 0.6]), np.asarray([50.0, np.nan]))
    assert found[:2, :2] == pytest.approx(slopes, nan_ok=True)
    assert found[2] == pytest.approx([0, 0, 1 / 0.6, -0.3 / 0.36], rel=1e-9)
    assert found[3] == pytest.approx([1.2, 1.8, 0, 50], rel=1e-9)
