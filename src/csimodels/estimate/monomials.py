"""Products of answers as columns beside the items, from which products of scores follow exactly.

A score is a weighted sum of deviations ``x_i - m_i``, so a product of scores is one of products of deviations, and
``(x_i - m_i)(x_j - m_j) = x_i x_j - m_i x_j - m_j x_i + m_i m_j`` is linear in products of answers and answers.  The
covariances of these columns therefore hold the third and fourth moments that an interaction needs, and every replicate
centres at its own means.  A missing answer that counts as the mean has deviation 0: with ``r_i`` 1 where the answer is
there and answers 0 where it is not, ``r_i (x_i - m_i) = x_i - m_i r_i``: products with ``r`` are columns as well.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product as every

import numpy as np
from numpy.typing import NDArray

from csimodels.estimate.design import Design, Product
from csimodels.moments import Rows
from csimodels.moments.linalg import Bools, Floats

#: Items whose answers are multiplied, and items whose presence is.
Key = tuple[tuple[int, ...], tuple[int, ...]]

#: A product of deviations, one item for each factor, written out: the factors whose mean is taken, and the column.
Part = tuple[tuple[int, ...], tuple[bool, ...], Key]


def with_products(rows: Rows, design: Design, holes: Bools) -> Rows:
    """`rows` with the columns that the interactions of `design` need behind their items.

    Parameters
    ----------
    holes : (p,)
        Items with a missing answer anywhere in the survey; of no interest where rows with a hole are left out.
    """
    if not design.products:
        return rows
    where = holes if rows.form != "complete" else np.zeros_like(holes)
    keys = columns_of(design, tuple(np.flatnonzero(where).tolist()))
    z = rows.x - _centre(design)
    there = ~np.isnan(z)
    z = np.where(there, z, 0.0)
    made = np.empty((len(z), len(keys)))
    for k, (answers, presence) in enumerate(keys):
        made[:, k] = np.prod(z[:, answers], axis=1) * there[:, presence].all(axis=1)
    made[~there.any(axis=1)] = np.nan  # a row without any answer does not count
    names = tuple(_name(design, key) for key in keys)
    x, shift = np.hstack([rows.x, made]), np.concatenate([rows.shift, np.zeros(len(keys))])
    return replace(rows, items=(*rows.items, *names), x=x, shift=shift)


def with_controls(rows: Rows, design: Design, answers: Floats) -> Rows:
    """`rows` with the columns of the covariates behind all others.

    Parameters
    ----------
    answers : (n, C)
        Answer to the item of every column of ``design.controls``, NaN where missing.
    """
    kinds = np.asarray([bool(column.level) for column in design.controls])
    marks = (answers == [column.answer for column in design.controls]).astype(np.float64)
    columns = np.where(kinds & ~np.isnan(answers), marks, answers)
    columns[np.isnan(rows.x).all(axis=1)] = np.nan
    with np.errstate(invalid="ignore"):
        middle = np.where(kinds, 0.0, np.round(np.nan_to_num(np.nanmean(columns, axis=0))))
    names = tuple(column.name for column in design.controls)
    x, shift = np.hstack([rows.x, columns]), np.concatenate([rows.shift, middle])
    return replace(rows, items=(*rows.items, *names), x=x, shift=shift)


@lru_cache(maxsize=64)
def columns_of(design: Design, holes: tuple[int, ...]) -> tuple[Key, ...]:
    """The columns that the interactions need, in order; an item without holes is its own column."""
    found: dict[Key, None] = {}
    for product in design.products:
        for _, _, key in _parts(design, product, frozenset(holes)):
            if not _own(key, frozenset(holes)):
                found[key] = None
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Expansion:
    """One interaction as a sum over columns: ``sum_k prod_f v[item_kf, factor_f] (-m[item_kf] where `centred`)``.

    Attributes
    ----------
    items : (K, F) item of each factor;  centred : (K, F) whether its mean is taken;  column : (K,) place along the
        items and columns of the moments.
    """

    items: NDArray[np.intp]
    centred: Bools
    column: NDArray[np.intp]

    def coefficients(self, values: Floats, mean: Floats, size: int) -> Floats:
        """(*B, size) what each column counts in the product of sums of deviations.

        Parameters
        ----------
        values : (*B, p, F) weight of every item in each factor.
        mean : (*B, p) means of the items, from the middle of their scales.
        """
        parts = np.ones((*mean.shape[:-1], len(self.column)))
        for f in range(self.items.shape[1]):
            item = self.items[:, f]
            parts = parts * values[..., item, f] * np.where(self.centred[:, f], -mean[..., item], 1.0)
        spread = np.zeros((len(self.column), size))
        spread[np.arange(len(self.column)), self.column] = 1.0
        return np.asarray(parts @ spread)


@lru_cache(maxsize=64)
def expansions_of(design: Design, items: tuple[str, ...]) -> tuple[Expansion, ...]:
    """How each interaction follows from moments of these items and columns.

    Raises
    ------
    ValueError
        The columns are not there.
    """
    place = {name: k for k, name in enumerate(items)}
    holes = frozenset(i for i in range(len(_centre(design))) if any(f"[{items[i]}]" in name for name in items))
    out = []
    for product in design.products:
        parts = _parts(design, product, holes)
        names = [items[key[0][0]] if _own(key, holes) else _name(design, key) for _, _, key in parts]
        if lacking := [name for name in names if name not in place]:
            raise ValueError(f"the moments have no column of products {lacking[0]!r}")
        out.append(
            Expansion(
                np.asarray([chosen for chosen, _, _ in parts], dtype=np.intp),
                np.asarray([centred for _, centred, _ in parts], dtype=bool),
                np.asarray([place[name] for name in names], dtype=np.intp),
            )
        )
    return tuple(out)


def _parts(design: Design, product: Product, holes: frozenset[int]) -> list[Part]:
    """Every product of one item for each factor, written out; constants, which vary with nothing, are left out."""
    blocks = [sorted(set(design.columns[design.blocks[j]].tolist())) for j in product.factors]
    out: list[Part] = []
    for chosen in every(*blocks):
        for centred in every((False, True), repeat=len(chosen)):
            answers = tuple(sorted(i for i, mean in zip(chosen, centred, strict=True) if not mean))
            presence = tuple(sorted(holes.intersection(chosen).difference(answers)))
            if answers or presence:
                out.append((tuple(chosen), centred, (answers, presence)))
    return out


def _own(key: Key, holes: frozenset[int]) -> bool:
    """Whether a column is an item itself: one with holes is not, as its moments are those of the answers."""
    return len(key[0]) == 1 and not key[1] and key[0][0] not in holes


def _name(design: Design, key: Key) -> str:
    named = dict(zip(design.columns.tolist(), design.items, strict=True))
    return " x ".join([*(named[i] for i in key[0]), *(f"[{named[i]}]" for i in key[1])])


def _centre(design: Design) -> Floats:
    """(p,) midpoints of the scales."""
    if design.ends is None:
        raise ValueError("a design with products has the ends of the scales")
    return np.asarray(design.ends.mean(axis=1))


def centred_means(design: Design, mean: Floats) -> Floats:
    """(*B, p) means of the items from the middle of their scales."""
    return np.asarray(mean[..., : len(_centre(design))] - _centre(design))
