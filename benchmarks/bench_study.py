"""Whole studies through ``Study(...).run()`` with tables: by rows, groups and items, and beside seminr, semopy, lavaan.

Run: ``OMP_NUM_THREADS=1 python benchmarks/bench_study.py [rows] [groups] [items]``: the most of each, 25 000, 40 and 66
by default.  Processor seconds are counted, which say more than the clock on a machine that others use too, and a fixed
loop of numpy is timed beside them, so that days and machines can be compared; peers that are not installed are left out
by name.  Memory is the rise of the peak of a process of its own, over the answers.
"""

from __future__ import annotations

import importlib.util
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from peer import machine, shown, table

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "golden")]

from sources import ecsi, mobi, without  # noqa: E402

import csimodels as cs  # noqa: E402
from csimodels.spec import to_lavaan  # noqa: E402
from csimodels.spec.model import Construct, Item, Text  # noqa: E402

METHODS = {
    "no intervals": None,
    "linearised": cs.Linearised(),
    "jackknife": cs.Jackknife(),
    "100 replicates": cs.Bootstrap(100),
}
#: The jackknife is for samples of a thousand units or so; beyond, it is left out here.
MOST_UNITS = 3000
SINGLE = "CUSCO ~~ 0*CUSCO\n"  # semopy frees the residual of a single indicator
#: Least processor seconds of a fit by lavaan with errors and chi-square.
R_CODE = """
if (requireNamespace("lavaan", quietly = TRUE)) {
  data <- read.csv("data.csv"); model <- paste(readLines("model.txt"), collapse = "\\n")
  best <- min(sapply(1:7, function(k) sum(system.time(suppressWarnings(lavaan::sem(model, data)))[1:2])))
  cat("lavaan", as.character(packageVersion("lavaan")), best, "\\n")
} else cat("lavaan none NaN\\n")
"""


def survey(rows: int, groups: int = 1) -> pd.DataFrame:
    """The mobile data drawn with replacement, with a column of groups."""
    data = mobi()
    drawn = data.iloc[np.random.default_rng(1).integers(0, len(data), rows)].reset_index(drop=True)
    return drawn.astype(float).assign(group=[f"g{i % groups}" for i in range(rows)])


def wide(items: int) -> tuple[cs.Model, pd.DataFrame]:
    """A chain of constructs of three items with a further path into every seventh, and 300 answers."""
    names = [f"C{j}" for j in range(items // 3)]
    blocks = [Construct(n, tuple(Item(f"{n}i{k}", Text(), (1.0, 10.0)) for k in range(3)), Text()) for n in names]
    paths = [*pairwise(names), *zip(names[::7], names[2::7], strict=False)]
    model = cs.Model("wide", tuple(blocks), tuple(paths))
    model = cs.load_model(model, overrides={"index": {"construct": names[-1]}})
    return model, cs.simulate(model, 300, seed=1).data


def spent(work: Callable[[], object], times: int = 1) -> float:
    """Least processor seconds of some runs."""
    found = []
    for _ in range(times):
        start = time.process_time()
        work()
        found.append(time.process_time() - start)
    return min(found)


def studied(model: str | cs.Model, data: pd.DataFrame, **keywords: object) -> Callable[[], object]:
    """A study with its tables."""

    def work() -> None:
        result = cs.Study(model, data, **keywords).run(progress=False)  # type: ignore[arg-type]
        result.index(), result.paths(), result.effects(), result.loadings(), result.quality()

    return work


def seminr_study() -> Callable[[], object] | None:
    """The same model by the PyPI package seminr, with its summary."""
    if importlib.util.find_spec("seminr") is None:
        return None
    from peers import seminr_fit

    return lambda: seminr_fit(ecsi(), mobi(), "A", stop=7)


def semopy_study(model: cs.Model) -> Callable[[], object] | None:
    """The same covariance structure by semopy, with errors and chi-square."""
    if importlib.util.find_spec("semopy") is None:
        return None
    import semopy

    data, text = mobi()[list(model.item_names)].astype(float), to_lavaan(model) + SINGLE

    def work() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fit = semopy.Model(text)
            fit.fit(data)
            fit.inspect()
            semopy.calc_stats(fit)

    return work


def small() -> list[list[str]]:
    """250 respondents, beside the peers: processor seconds of both, and their ratio."""
    acsi = without(ecsi(), "Image")
    ml = studied_paths(acsi)
    peers: dict[str, tuple[Callable[[], object], str, Callable[[], object] | None]] = {
        "PLS, no intervals": (studied("ecsi", mobi(), uncertainty=None), "seminr", seminr_study()),
        "ML, ACSI paths, paths() alone": (ml, "semopy", semopy_study(acsi)),
    }
    rows = []
    for name, (mine, package, theirs) in peers.items():
        own = spent(mine, 9)
        if theirs is None:
            rows.append([name, shown(own), f"{package}: not installed", ""])
            continue
        peer = spent(theirs, 5)
        rows.append([name, shown(own), f"{package} {version(package)}: {shown(peer)}", f"{peer / own:.1f} x"])
    rows += by_r(acsi, spent(ml, 9))
    rows.append(["a fixed loop of numpy, to compare machines by", shown(spent(calibration, 5)), "", ""])
    for name, method in list(METHODS.items())[1:]:
        rows.append([name, shown(spent(studied("ecsi", mobi(), uncertainty=method), 5)), "", ""])
    studentised = cs.Bootstrap(20, interval="studentised")
    rows.append(["20 studentised replicates", shown(spent(studied("ecsi", mobi(), uncertainty=studentised))), "", ""])
    return rows


def calibration() -> None:
    """A fixed amount of work of the kind that a small study is: many calls on small arrays."""
    cells = np.ones((60, 60))
    for _ in range(2000):
        cells.sum()


def by_r(model: cs.Model, own: float) -> list[list[str]]:
    """The covariance structure by lavaan, where R has it; `own` is a study by ML."""
    name = "ML, ACSI paths, paths() alone"
    if shutil.which("Rscript") is None:
        return [[name, shown(own), "lavaan: no R here", ""]]
    with tempfile.TemporaryDirectory() as folder:
        mobi()[list(model.item_names)].to_csv(Path(folder) / "data.csv", index=False)
        (Path(folder) / "model.txt").write_text(to_lavaan(model), encoding="utf-8")
        done = subprocess.run(["Rscript", "-e", R_CODE], cwd=folder, capture_output=True, text=True, check=True)
    package, found, taken = done.stdout.split()
    if found == "none":
        return [[name, shown(own), f"{package}: not installed", ""]]
    peer = float(taken)
    return [[name, shown(own), f"{package} {found}: {shown(peer)}", f"{peer / own:.1f} x"]]


def studied_paths(model: cs.Model) -> Callable[[], object]:
    """A study by maximum likelihood, identification included, of which the paths are asked."""
    return lambda: cs.Study(model, mobi(), estimator="ml", uncertainty=None).run(progress=False).paths()


def memory(rows: int, groups: int, method: str) -> str:
    """Peak memory of a study above that of its answers, in multiples of them, in a process of its own."""
    command = [sys.executable, __file__, "--memory", str(rows), str(groups), method]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return f"{float(done.stdout):.1f} x"


def measure_memory(rows: int, groups: int, method: str) -> float:
    """What :func:`memory` runs."""
    studied("ecsi", mobi(), uncertainty=None)()
    data = survey(rows, groups)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    keywords: dict[str, object] = {"by": "group"} if groups > 1 else {}
    studied("ecsi", data, uncertainty=METHODS[method], **keywords)()
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / (8 * rows * 24)


def by_size(sizes: list[int], work: Callable[[int, object], Callable[[], object] | None]) -> list[list[str]]:
    """Methods against sizes; the slope of log time against log size between the last two."""
    out = []
    for name, method in METHODS.items():
        tasks = [work(size, method) for size in sizes]
        times = [spent(task) if task is not None else np.nan for task in tasks]
        slope = np.log(times[-1] / times[-2]) / np.log(sizes[-1] / sizes[-2]) if len(sizes) > 1 else np.nan
        cells = ["" if np.isnan(t) else shown(t) for t in times]
        out.append([name, *cells, "" if np.isnan(slope) else f"{slope:.2f}"])
    return out


def of_rows(rows: int, method: object) -> Callable[[], object] | None:
    """A study of so many rows."""
    if isinstance(method, cs.Jackknife) and rows > MOST_UNITS:
        return None
    return studied("ecsi", survey(rows), uncertainty=method)


def of_groups(groups: int, method: object) -> Callable[[], object]:
    """A study of so many groups of 300."""
    return studied("ecsi", survey(300 * groups, groups), by="group", uncertainty=method)


def of_items(items: int, method: object) -> Callable[[], object]:
    """A study of so many items."""
    model, data = wide(items)
    return studied(model, data, uncertainty=method)


def steps(*usual: int, most: int) -> list[int]:
    """The usual sizes up to `most`, and `most` itself."""
    return sorted({n for n in usual if n < most} | {most})


def main() -> None:
    """Print the tables."""
    if sys.argv[1:2] == ["--memory"]:
        print(measure_memory(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
        return
    most = [int(a) for a in sys.argv[1:]] + [25_000, 40, 66][len(sys.argv) - 1 :]
    spent(studied("ecsi", mobi(), uncertainty=None), 2)
    print(machine(), "\n")
    print(table(["250 respondents, 24 items", "csimodels", "peer", "ratio"], small()), "\n", flush=True)
    rows = steps(2_500, 25_000, 250_000, 1_000_000, most=most[0])
    print(table(["rows", *(f"{n:,}" for n in rows), "slope"], by_size(rows, of_rows)), "\n", flush=True)
    groups = steps(10, 40, 400, most=most[1])
    print(table(["groups of 300", *map(str, groups), "slope"], by_size(groups, of_groups)), "\n", flush=True)
    items = steps(24, 66, 198, most=most[2] // 3 * 3)
    print(table(["items, 300 rows", *map(str, items), "slope"], by_size(items, of_items)), "\n", flush=True)
    cells = [[name, memory(rows[-1], 1, name)] for name in METHODS if name != "jackknife"]
    print(table([f"{rows[-1]:,} rows", "peak memory above the answers"], cells))


if __name__ == "__main__":
    main()
