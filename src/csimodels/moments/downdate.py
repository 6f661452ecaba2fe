"""Jackknife sums: the whole less one unit, without a second pass over the rows."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from csimodels.moments.products import Products
from csimodels.moments.replicates import DeleteUnit, chunks
from csimodels.moments.rows import Rows
from csimodels.moments.sampling import Sampling
from csimodels.moments.sums import Sums


def deleted(rows: Rows, sampling: Sampling, step: int) -> Iterator[Sums]:
    """Sums with one unit left out, unit after unit, at most `step` to a batch.

    The other units of the stratum count ``n_h / (n_h - 1)`` times, so that every stratum keeps its weight: replicate
    ``c`` of stratum ``h`` is ``total + S_h / (n_h - 1) - S_c n_h / (n_h - 1)``, with ``S`` the sums of a stratum or
    unit.  Sums by missing pattern are formed row by row instead.
    """
    if rows.form == "patterns":
        plan = DeleteUnit(sampling)
        yield from (rows.sums(plan.counts(*chunk)) for chunk in chunks(plan.size, step))
        return
    products = Products(rows.z.shape[1], rows.masked)
    a = rows.a[:, None]
    parts = sampling.totals(a * products.table(rows.z, rows.present))
    squares = sampling.totals(a**2)[:, 0]
    strata = np.zeros((len(sampling.sizes), parts.shape[1]))
    np.add.at(strata, sampling.stratum, parts)
    ww_strata = np.bincount(sampling.stratum, squares, minlength=len(sampling.sizes))
    total, whole = strata.sum(axis=0), ww_strata.sum()
    rest = 1.0 / np.maximum(sampling.sizes - 1.0, 1.0)
    for start, stop in chunks(sampling.units, step):
        h = sampling.stratum[start:stop]
        r = rest[h][:, None]
        table = total + r * strata[h] - (1 + r) * parts[start:stop]
        grown = (1 + rest[h]) ** 2
        ww = whole - ww_strata[h] + grown * (ww_strata[h] - squares[start:stop])
        yield products.unpack(rows, table, np.full(stop - start, float(rows.n)), ww)
