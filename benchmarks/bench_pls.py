"""PLS on the ECSI mobile data (24 items, 7 constructs, n = 250): csimodels and the PyPI package seminr in one run.

Run: ``python benchmarks/bench_pls.py``.  Both fit the same model with the same tolerance; ratios are what counts.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from peer import machine, seconds, shown, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "golden")]

import seminr  # noqa: E402
from peers import seminr_fit  # noqa: E402
from sources import answers, ecsi, mobi, rows_of  # noqa: E402

import csimodels as cs  # noqa: E402
from csimodels.estimate import PLS, Design, PLSc  # noqa: E402
from csimodels.infer import replicate, worker_pool  # noqa: E402
from csimodels.moments import Moments, Multinomial  # noqa: E402
from csimodels.tables import Layout, index_weights, quantities  # noqa: E402

REPLICATES, PEER_REPLICATES = 2000, {1: 30, 2: 300}


def fit_once(estimator: PLS | PLSc) -> tuple[float, float]:
    """Seconds of one fit from the answers (sums, moments, weights, paths): ours, seminr's."""
    model, data = ecsi(), mobi()
    x, design = answers(model, data), Design.of(model)
    kind = "C" if isinstance(estimator, PLSc) else "A"
    mine = seconds(lambda: estimator(design, Moments.from_sums(rows_of(model, x).sums())), 51)
    return mine, seconds(lambda: seminr_fit(model, data, kind, stop=7), 11)


def per_replicate(estimator: PLS | PLSc, cores: int) -> tuple[float, float]:
    """Seconds per bootstrap replicate: ours with every published quantity, seminr's with its own, on 1 or 2 cores."""
    model, data = ecsi(), mobi()
    design = Design.of(model)
    layout = Layout.of(model, design)
    rows = rows_of(model, answers(model, data))

    def statistic(moments: Moments) -> tuple[np.ndarray, np.ndarray]:
        fit = estimator(design, moments)
        return quantities(fit, layout, index_weights(fit, layout, "own")), fit.status

    kind = "C" if isinstance(estimator, PLSc) else "A"
    plan, many = Multinomial(250, REPLICATES, 1), PEER_REPLICATES[cores]
    with worker_pool(cores) as pool:
        mine = seconds(lambda: replicate(rows, plan, "listwise", statistic, pool=pool), 5)
    theirs = seminr_fit(model, data, kind, stop=7)
    peer = seconds(lambda: seminr.bootstrap_model(theirs, many, seed=1, cores=cores), 3)
    return mine / REPLICATES, peer / many


def whole_study(uncertainty: object) -> float:
    """Seconds of a Study from a DataFrame to all its tables with intervals."""
    data = mobi()

    def run() -> None:
        result = cs.Study("ecsi", data, uncertainty=uncertainty).run()
        result.index(), result.paths(), result.effects(), result.loadings(), result.quality()

    return seconds(run, 3)


def main() -> None:
    """Print the table."""
    rows = []
    for estimator in (PLS(), PLSc()):
        name = "PLSc" if isinstance(estimator, PLSc) else "PLS"
        for what, (mine, peer) in (
            (f"one {name} fit, from the answers", fit_once(estimator)),
            (f"one bootstrap replicate, {name}, 1 core", per_replicate(estimator, 1)),
            (f"one bootstrap replicate, {name}, 2 cores", per_replicate(estimator, 2)),
        ):
            rows.append([what, shown(mine), shown(peer), f"{peer / mine:.0f} x"])
    for what, method in (
        ("no intervals", None),
        ("linearised errors", cs.Linearised()),
        ("jackknife", cs.Jackknife()),
        ("1 000 replicates", cs.Bootstrap(1000)),
        ("10 000 replicates", cs.Bootstrap(10_000)),
        ("10 000 replicates, BCa", cs.Bootstrap(10_000, interval="bca")),
    ):
        rows.append([f"study with {what}, all tables", shown(whole_study(method)), "", ""])
    rows.append(
        ["study with 200 studentised replicates", shown(whole_study(cs.Bootstrap(200, interval="studentised"))), "", ""]
    )
    print(machine())
    print(f"seminr: {PEER_REPLICATES} replicates by cores; csimodels: {REPLICATES}, all published quantities\n")
    print(table(["work", "csimodels", "seminr (PyPI)", "ratio"], rows))


if __name__ == "__main__":
    main()
