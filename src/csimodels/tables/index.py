"""The 0-100 index of every construct, and the measurement model behind it."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from csimodels.errors import OK, Status
from csimodels.messages import Item, Message, joined, listed
from csimodels.moments.linalg import Bools, Floats
from csimodels.tables.estimates import Estimates


def index(estimates: Estimates) -> pd.DataFrame:
    """Index of every construct (Fornell et al. 1996; docs/results.md).

    Columns: group columns, ``construct``; ``index`` and its ``se, low, high`` in points of the 0-100 scale; ``n`` rows
    used, ``n_eff`` Kish's effective sample size; ``status`` of the fit (without "nearly not identified" where the index
    holds, see :func:`steady`), with the items whose weight is negative (the index is then not a weighted mean of the
    answers); ``deff``: design effect, the variance of the index over that of
    the mean of as many independent scores.
    """
    d = estimates.layout.design
    size = len(d.constructs)
    columns = {"index": ("value", "index"), "se": ("se", "index"), "low": ("low", "index"), "high": ("high", "index")}
    more = {
        "n": np.repeat(estimates.n, size).astype(np.int64),
        "n_eff": np.repeat(estimates.n_eff, size),
        "status": index_status(estimates),
        "deff": _design_effect(estimates).ravel(),
    }
    return estimates.frame({"construct": list(d.constructs)}, columns, more=more)


def _design_effect(estimates: Estimates) -> Floats:
    """(G, J) ``se^2 (n - 1) / sd^2`` with the standard deviation of the 0-100 scores (Kish 1965).

    Above 1 for weights, clusters, and weights of the items that are estimated themselves; NaN without intervals.
    """
    blocks = estimates.layout.blocks
    se, sd = estimates.se[:, blocks["index"]], estimates.value[:, blocks["sd"]]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(se**2 * (estimates.n[:, None] - 1) / sd**2)


def index_status(estimates: Estimates) -> list[Message]:
    """State of the fit of every group and construct, with the items whose weight is negative."""
    d = estimates.layout.design
    shares = estimates.value[:, estimates.layout.blocks["weight_unstd"]]
    place = estimates.layout.blocks["index"]
    ends = np.stack([part[:, place] for part in (estimates.value, estimates.low, estimates.high)], axis=1)
    held = steady(estimates)
    out = []
    blocks = [block.tolist() for block in d.blocks]
    for g, (state, row) in enumerate(zip(estimates.status.tolist(), shares.tolist(), strict=True)):
        for j, (block, of_construct) in enumerate(zip(blocks, ends[g].T.tolist(), strict=True)):
            words = of_index(state, bool(held[g, j])).describe()
            notes = [*_unasked(d.items, row, block), *_outside(of_construct)]
            negative = [Item(d.items[k]) for k in block if row[k] < 0]
            if negative:
                notes.append(Message("negative weight: {items}", items=listed(negative, len(negative))))
            said = notes if words == OK else [words, *notes]
            out.append(joined(said) if notes else words)
    return out


def of_index(state: int, held: bool) -> Status:
    """State of an index: that of the fit, without "nearly not identified" where the index holds under it."""
    return Status(state & ~int(Status.NEARLY_UNIDENTIFIED)) if held else Status(state)


def steady(estimates: Estimates) -> Bools:
    """(G, J) indices that hold although constructs can hardly be told apart: their paths move, these do not.

    An index is a mean of its items with weights that are estimated.  With known weights, none negative, its standard
    error would be at most that of its least certain item; an index whose own error, which knows that the weights are
    estimated, stays within this bound does not suffer from them.  Never so without standard errors.
    """
    blocks, d = estimates.layout.blocks, estimates.layout.design
    se, items = estimates.se[:, blocks["index"]], estimates.se[:, blocks["performance"]]
    shares = estimates.value[:, blocks["weight_unstd"]]
    out = np.zeros(se.shape, dtype=bool)
    for j, block in enumerate(d.blocks):
        known = ~np.isnan(items[:, block])
        most = np.where(known, items[:, block], 0.0).max(axis=1)
        out[:, j] = (se[:, j] <= most * (1 + 1e-9)) & (np.nan_to_num(shares[:, block]) >= 0).all(axis=1)
    return out


def _unasked(names: tuple[str, ...], weights: list[float], block: list[int]) -> list[Message]:
    """Items of a construct that have no weight beside others that have one: nobody of the group was asked them."""
    absent = [Item(names[k]) for k in block if math.isnan(weights[k])]
    there = absent and len(absent) < len(block)
    return [Message("not asked: {items}", items=listed(absent, len(absent)))] if there else []


def _outside(ends: list[float]) -> list[Message]:
    """Whether an index, or else its interval, leaves the scale; ``ends`` are index, low and high, NaN where none."""
    value, low, high = ends
    if value < 0 or value > 100:
        return [Message("outside 0 to 100")]
    return [Message("interval outside 0 to 100")] if low < 0 or high > 100 else []


def loadings(estimates: Estimates) -> pd.DataFrame:
    """Weights and loadings of every item.

    Columns: group columns, ``construct, item``; ``weight``: standardised outer weight (unit-variance scores);
    ``weight_unstd``: weight of the item in the 0-100 index, summing to 1 per construct; ``loading`` with its
    ``se, low, high``; ``communality`` = squared loading; ``weight_se, weight_low, weight_high`` of ``weight``;
    ``status``.
    """
    d = estimates.layout.design
    labels = {"construct": [d.constructs[j] for j in d.block], "item": list(d.items)}
    columns = {
        "weight": ("value", "weight"),
        "weight_unstd": ("value", "weight_unstd"),
        "loading": ("value", "loading"),
        "communality": ("value", "communality"),
        "se": ("se", "loading"),
        "low": ("low", "loading"),
        "high": ("high", "loading"),
        "weight_se": ("se", "weight"),
        "weight_low": ("low", "weight"),
        "weight_high": ("high", "weight"),
    }
    return estimates.frame(labels, columns, more={"status": estimates.status_text(len(d.items))})


def dimensions(estimates: Estimates) -> pd.DataFrame:
    """Dimensions as the items of the higher-order construct that they make up, where it is fitted in stages.

    Columns: group columns, ``construct, dimension``; ``weight``: of the dimension's score in the construct's (both of
    unit variance); ``weight_unstd``: weight of the dimension's 0-100 index in the construct's, summing to 1 per
    construct; ``loading``: correlation of dimension and construct (PLSc: corrected), with its ``se, low, high``;
    ``communality``; ``weight_se, weight_low, weight_high``; ``status``.  No rows with repeated items and for factors of
    a covariance structure.
    """
    layout = estimates.layout
    names = layout.design.constructs
    labels = {
        "construct": [names[whole] for whole, _ in layout.dimensions],
        "dimension": [names[part] for _, part in layout.dimensions],
    }
    columns = {
        "weight": ("value", "dimension_weight"),
        "weight_unstd": ("value", "dimension_weight_unstd"),
        "loading": ("value", "dimension_loading"),
    }
    errors = {part: (part, "dimension_loading") for part in ("se", "low", "high")}
    errors |= {f"weight_{part}": (part, "dimension_weight") for part in ("se", "low", "high")}
    cells = estimates.cells(columns)
    more = {
        "communality": cells["loading"] ** 2,
        **estimates.cells(errors),
        "status": estimates.status_text(len(layout.dimensions)),
    }
    table = estimates.frame(labels, columns, more=more)
    return table[table["weight"].notna() | table["loading"].notna()].reset_index(drop=True)
