"""The reviewer's tables on the ECSI mobile data, beside seminr and seminrExtras (PyPI) in one run.

Run: ``python benchmarks/bench_assess.py``.  Work without a peer in Python (MICOM, permutation MGA) has a time only.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path

import numpy as np
from peer import machine, seconds, shown, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "golden")]

import seminr  # noqa: E402
import seminrExtras  # noqa: E402
from peers import seminr_fit  # noqa: E402
from sources import answers, ecsi, mobi, rows_of  # noqa: E402

import csimodels as cs  # noqa: E402
from csimodels import assess  # noqa: E402
from csimodels.estimate import PLS, Design  # noqa: E402
from csimodels.infer import worker_pool  # noqa: E402
from csimodels.moments import Moments  # noqa: E402

#: Starts that the peer is given: its time is scaled to ours, as starts are independent.
PEER_STARTS = 2


def prediction() -> tuple[float, float]:
    """PLSpredict, 10 folds x 10 repetitions; seminr does one repetition, ten times."""
    model = ecsi()
    rows, design = rows_of(model, answers(model, mobi())), Design.of(model)
    folds = assess.folds_of(rows.n, 10, 10)
    mine = seconds(lambda: assess.predict(rows, design, PLS(), folds), 5)
    fitted = seminr_fit(model, mobi(), stop=7)
    return mine, 10 * seconds(lambda: seminr.predict_pls(fitted, technique=seminr.predict_EA, no_folds=10, seed=1), 2)


def mixture() -> tuple[float, float]:
    """FIMIX, 1 to 5 segments, 20 starts; the peer with fewer starts, scaled."""
    model = ecsi()
    x, design = answers(model, mobi()), Design.of(model)
    fit = PLS()(design, Moments.from_sums(rows_of(model, x).sums()))
    scores = (x - x.mean(axis=0)) / x.std(axis=0, ddof=1) @ fit.weights
    mine = seconds(lambda: assess.compare_mixtures(scores, design), 2)
    fitted = seminr_fit(model, mobi(), stop=7)

    def peer() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for k in range(2, 6):  # it has no single segment
                seminrExtras.assess_fimix(fitted, k, nstart=PEER_STARTS, seed=1)

    return mine, 20 / PEER_STARTS * seconds(peer, 1)


def groups() -> tuple[float, float]:
    """MICOM and permutation tests of the paths, 1 000 permutations each."""
    model = ecsi()
    rows, design = rows_of(model, answers(model, mobi())), Design.of(model)
    two = assess.Groups(rows, (np.arange(250) % 2).astype(np.intp), ("a", "b"))
    with worker_pool() as pool:
        first = seconds(lambda: assess.micom(two, design, PLS(), pool=pool), 3)
        second = seconds(lambda: assess.permutation_tests(two, design, PLS(), pool=pool), 3)
    return first, second


def quality() -> float:
    """Quality table with intervals and model fit with its test, 1 000 replicates each, from a DataFrame."""
    data = mobi()

    def run() -> None:
        result = cs.Study("ecsi", data, uncertainty=cs.Bootstrap(replicates=1000)).run()
        result.quality(), result.model_fit(1000)

    return seconds(run, 2)


def main() -> None:
    """Print the table."""
    rows = []
    for what, (mine, peer) in (
        ("PLSpredict, 10 folds x 10", prediction()),
        ("FIMIX, K = 1 to 5, 20 starts", mixture()),
    ):
        rows.append([what, shown(mine), shown(peer), f"{peer / mine:.0f} x"])
    first, second = groups()
    rows.append(["MICOM, 1 000 permutations, 2 cores", shown(first), "", ""])
    rows.append(["permutation tests of paths, 1 000, 2 cores", shown(second), "", ""])
    rows.append(["quality table and model fit, 1 000 replicates each", shown(quality()), "", ""])
    print(f"{machine()}\n")
    print(table(["work", "csimodels", "seminr, seminrExtras", "ratio"], rows))


if __name__ == "__main__":
    main()
