"""Sums of products of whole numbers with weights in fixed point, against Python's whole numbers of any size."""

from __future__ import annotations

import numpy as np
import pytest

from csimodels.survey.scale.block_sums import HALF_BITS, Products, Rows, in_runs
from csimodels.survey.scale.scratch import Scratch


def exact(halves: np.ndarray) -> list[int]:
    """Numbers that are given by halves along the first axis."""
    high, low = halves.reshape(2, -1).tolist()
    return [h * 2**HALF_BITS + m for h, m in zip(high, low, strict=True)]


@pytest.mark.parametrize("largest", [11, 12, 127, 1023], ids="cells to {}".format)
@pytest.mark.parametrize("weighted", [True, False], ids=["weights", "none"])
def test_no_bit_is_lost_with_the_largest_cells_and_weights(largest: int, weighted: bool) -> None:
    rng, n, parts, m = np.random.default_rng(5), 3000, 4, 3
    cells = rng.choice([-largest, largest, largest - 1], (m, n)).astype(np.int16)
    cells[0] = largest  # products that all have one sign: the largest sums there are
    a = rng.integers(2**46 - 2**9, 2**46, n) if weighted else None
    code = rng.integers(0, parts, n).astype(np.uint16)
    code[:1500] = 1  # a part of several whole runs; a row of the last part is left out
    code[7] = parts
    scratch, found = Scratch(), Products(parts, m, largest)
    for start in range(0, n, 1000):
        held = slice(start, start + 1000)
        runs = in_runs(code[held], parts, scratch)
        ordered = cells[:, held][:, runs.order] * runs.real
        found.add(Rows(runs, ordered, None if a is None else a[held][runs.order] * runs.real), scratch)
    for part in range(parts):
        mine = np.flatnonzero(code == part)
        x = cells[:, mine].astype(object)
        w = np.ones(len(mine), dtype=object) if a is None else a[mine].astype(object)
        assert exact(found.pairs[part]) == ((x * w) @ x.T).ravel().tolist()
        assert exact(found.single[part]) == (x @ w).tolist()
        assert exact(found.weight[part]) == [w.sum()]
        assert found.n[part] == len(mine)
        if weighted:
            assert found.weights_squared()[part] == float(w @ w)
