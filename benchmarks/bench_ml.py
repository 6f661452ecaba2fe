"""ML on the ACSI paths of the ECSI mobile data (19 items, 6 constructs, n = 250) beside semopy and lavaan in one run.

Run: ``OMP_NUM_THREADS=1 python benchmarks/bench_ml.py``.  lavaan is timed where Rscript and lavaan are installed.  All
fit the same 46 parameters by maximum likelihood, with expected standard errors and chi-square; ratios are what counts.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from peer import machine, seconds, shown, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "golden")]

import semopy  # noqa: E402
from sources import answers, ecsi, mobi, rows_of, without  # noqa: E402

from csimodels.errors import Status  # noqa: E402
from csimodels.estimate import Design  # noqa: E402
from csimodels.estimate.ml import ML  # noqa: E402
from csimodels.estimate.ml.vcov import vcov  # noqa: E402
from csimodels.moments import Moments, Multinomial  # noqa: E402
from csimodels.spec import Model, to_lavaan  # noqa: E402

REPLICATES, PEER_REPLICATES = 1000, 20
SINGLE = "CUSCO ~~ 0*CUSCO\n"  # semopy frees the residual of a single indicator, lavaan fixes it


def ours(model: Model) -> tuple[float, float, float, dict[str, int]]:
    """chi2, seconds of one fit with errors, seconds per replicate, and the states of the replicates."""
    design, estimator = Design.of(model), ML()
    rows = rows_of(model, answers(model, mobi()))
    moments = Moments.from_sums(rows.sums())

    def one() -> float:
        solution = estimator(design, moments).solution
        vcov(solution, "expected")
        return float(solution.chi2)

    plan = Multinomial(rows.n, REPLICATES, 1)
    replicates = Moments.from_sums(rows.sums(plan.counts(0, REPLICATES)))
    fits = estimator(design, replicates)
    states, numbers = np.unique(fits.status, return_counts=True)
    told = {Status(int(s)).describe(): int(k) for s, k in zip(states, numbers, strict=True)}
    return one(), seconds(one, 31), seconds(lambda: estimator(design, replicates), 3) / REPLICATES, told


def theirs_semopy(model: Model) -> tuple[float, float, float]:
    """The same three numbers of semopy; a replicate is a fit to resampled rows, without errors."""
    data = mobi()[list(model.item_names)].astype(float)
    text = to_lavaan(model) + SINGLE

    def one() -> float:
        fit = semopy.Model(text)
        fit.fit(data)
        fit.inspect()
        return float(semopy.calc_stats(fit)["chi2"].iloc[0])

    draws = [data.sample(len(data), replace=True, random_state=k) for k in range(PEER_REPLICATES)]
    again = semopy.Model(text)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return one(), seconds(one, 5), seconds(lambda: [again.fit(draw) for draw in draws], 1) / PEER_REPLICATES


def theirs_lavaan(model: Model) -> tuple[float, float, float, str] | None:
    """The same three numbers of lavaan and its version; None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        data, text = Path(folder) / "data.csv", Path(folder) / "model.txt"
        mobi().to_csv(data, index=False)
        text.write_text(to_lavaan(model), encoding="utf-8")
        script = Path(__file__).with_suffix(".R")
        done = subprocess.run(
            ["Rscript", str(script), str(data), str(text), str(PEER_REPLICATES)],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        return None
    chi2, one, many, release = done.stdout.split()
    return float(chi2), float(one), float(many), release


def main() -> None:
    """Print the table."""
    model = without(ecsi(), "Image")
    chi2, one, many, states = ours(model)
    peers = [("semopy " + version("semopy"), *theirs_semopy(model))]
    if (r := theirs_lavaan(model)) is not None:
        peers.append((f"lavaan {r[3]}", *r[:3]))
    print(machine())
    print(f"{REPLICATES} replicates here, {PEER_REPLICATES} by the peers; ours by state: {states}\n")
    head, rows = ["work", "csimodels"], [["chi-square", f"{chi2:.6f}"]]
    rows += [["one fit with errors and chi-square", shown(one)], ["one bootstrap refit", shown(many)]]
    for name, peer_chi2, peer_one, peer_many in peers:
        head += [name, "ratio"]
        rows[0] += [f"{peer_chi2:.6f}", ""]
        rows[1] += [shown(peer_one), f"{peer_one / one:.0f} x"]
        rows[2] += [shown(peer_many), f"{peer_many / many:.0f} x"]
    print(table(head, rows))


if __name__ == "__main__":
    main()
