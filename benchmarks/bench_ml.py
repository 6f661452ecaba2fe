"""ML on the ACSI paths of the ECSI mobile data (19 items, 6 constructs, n = 250) beside semopy and lavaan in one run.

Run: ``OMP_NUM_THREADS=1 python benchmarks/bench_ml.py``.  lavaan is timed where Rscript and lavaan are installed.  All
fit the same 46 parameters by maximum likelihood, with expected standard errors and chi-square; FIML with 8 % of the
answers taken out, observed errors, and fit measures; the ladder has two halves and four steps (configural, metric,
scalar, strict) with errors and difference tests.  Ratios are what counts.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np
from peer import machine, seconds, shown, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "golden")]

import semopy  # noqa: E402
from sources import answers, ecsi, holed, midpoints, mobi, rows_of, without  # noqa: E402

from csimodels.errors import Status  # noqa: E402
from csimodels.estimate import Design  # noqa: E402
from csimodels.estimate.ml import ML, Structure  # noqa: E402
from csimodels.estimate.ml.cases import Cases  # noqa: E402
from csimodels.estimate.ml.fiml.errors import fiml_vcov  # noqa: E402
from csimodels.estimate.ml.fiml.estimator import compiled_with_means  # noqa: E402
from csimodels.estimate.ml.fiml.incomplete import Incomplete  # noqa: E402
from csimodels.estimate.ml.fiml.measures import fiml_measures  # noqa: E402
from csimodels.estimate.ml.fiml.solution import solve_fiml  # noqa: E402
from csimodels.estimate.ml.invariance import ladder  # noqa: E402
from csimodels.estimate.ml.vcov import vcov  # noqa: E402
from csimodels.moments import Moments, Multinomial, Rows  # noqa: E402
from csimodels.spec import Model, to_lavaan  # noqa: E402

REPLICATES, PEER_REPLICATES = 1000, 20
SINGLE = "CUSCO ~~ 0*CUSCO\n"  # semopy frees the residual of a single indicator, lavaan fixes it
WORK = {
    "one": "one fit with errors and chi-square",
    "many": "one bootstrap refit",
    "fiml": "one FIML fit with errors and fit measures",
    "ladder": "invariance ladder, 2 groups x 4 steps",
}


@dataclass(frozen=True)
class Timed:
    """Who, chi-square, and seconds by the names of :data:`WORK`, for what the program has."""

    name: str
    chi2: float
    seconds: dict[str, float]


def ours(model: Model) -> tuple[Timed, dict[str, int]]:
    """Our seconds, and the states of the replicates."""
    design, estimator = Design.of(model), ML()
    x = answers(model, mobi())
    rows = rows_of(model, x)
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
    taken = {
        "one": seconds(one, 31),
        "many": seconds(lambda: estimator(design, replicates), 3) / REPLICATES,
        "fiml": seconds(fiml_of(model), 7),
        "ladder": seconds(lambda: ladder(design, Cases.of(x, group=np.arange(len(x)) % 2).sample), 7),
    }
    return Timed("csimodels", one(), taken), told


def fiml_of(model: Model) -> Callable[[], object]:
    """A FIML fit from the answers."""
    rows = Rows(model.item_names, answers(model, holed()), midpoints(model), None, "patterns")
    structure: Structure = compiled_with_means(Design.of(model), "marker")

    def one() -> object:
        solution = solve_fiml(structure, Incomplete.of([rows.sums()]))
        return fiml_vcov(solution, "observed").se, fiml_measures(solution)

    return one


def theirs_semopy(model: Model) -> Timed:
    """semopy; a replicate is a fit to resampled rows, without errors."""
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
        many = seconds(lambda: [again.fit(draw) for draw in draws], 1) / PEER_REPLICATES
        return Timed("semopy " + version("semopy"), one(), {"one": seconds(one, 5), "many": many})


def theirs_lavaan(model: Model) -> Timed | None:
    """lavaan; None where it is not installed."""
    if shutil.which("Rscript") is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / name for name in ("data.csv", "holes.csv", "model.txt")]
        mobi().to_csv(paths[0], index=False)
        holed().to_csv(paths[1], index=False)
        paths[2].write_text(to_lavaan(model), encoding="utf-8")
        script = Path(__file__).with_suffix(".R")
        command = ["Rscript", str(script), *map(str, paths), str(PEER_REPLICATES)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return None
    chi2, *taken, release = done.stdout.split()
    return Timed(f"lavaan {release}", float(chi2), dict(zip(WORK, map(float, taken), strict=True)))


def main() -> None:
    """Print the table."""
    model = without(ecsi(), "Image")
    mine, states = ours(model)
    peers = [peer for peer in (theirs_semopy(model), theirs_lavaan(model)) if peer is not None]
    print(machine())
    print(f"{REPLICATES} replicates here, {PEER_REPLICATES} by the peers; ours by state: {states}\n")
    head, rows = ["work", mine.name], [["chi-square", f"{mine.chi2:.6f}"]]
    rows += [[text, shown(mine.seconds[key])] for key, text in WORK.items()]
    for peer in peers:
        head += [peer.name, "ratio"]
        rows[0] += [f"{peer.chi2:.6f}", ""]
        for row, key in zip(rows[1:], WORK, strict=True):
            taken = peer.seconds.get(key)
            row += ["", ""] if taken is None else [shown(taken), f"{taken / mine.seconds[key]:.0f} x"]
    print(table(head, rows))


if __name__ == "__main__":
    main()
