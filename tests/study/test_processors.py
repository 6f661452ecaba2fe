"""The same ``csi run`` on kernels of other processors and on one or two threads: same rows, states and numbers.

OpenBLAS has a kernel for each kind of processor, which adds in another order and so gives other last bits.  What is
published must not hang on them.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import csimodels as cs

ROOT = Path(__file__).resolve().parents[2]
#: Last bits of sums over some hundred rows, through inverses of matrices with condition numbers of some thousands.
TOLERANCE = 1e-9
#: semopy stops where its objective changes by less than 1e-13, and so at the root of that from the minimum.
SEMOPY_TOLERANCE = 2e-5
#: Kernel and threads of the run that the others are compared with, and of the others.
FIRST = ("Haswell", 1)
OTHERS = [("Haswell", 2), ("SkylakeX", 1), ("Zen", 2), ("Prescott", 2)]

CODE = """
import json, sys
import scipy.linalg
from threadpoolctl import threadpool_info
print(json.dumps([[i["internal_api"], i["num_threads"]] for i in threadpool_info() if i["user_api"] == "blas"]))
sys.stdout.flush()
import numpy as np
a = np.random.default_rng(0).random((80, 80))
np.linalg.eigvalsh(a @ a.T)  # a kernel that this processor cannot run ends here
print("runs")
sys.stdout.flush()
from csimodels.cli import app
for arguments in json.loads(sys.argv[1]):
    app(arguments, standalone_mode=False)
print("done")
"""


def _runs(answers: Path, out: Path) -> list[list[str]]:
    demo = ["run", str(ROOT / "models" / "demo.yaml"), "--replicates", "60"]
    copied = str(answers.parent / "copied.yaml")
    whole = [
        [*demo, "-o", str(out / "demo")],
        ["run", "ecsi", str(answers), "-o", str(out / "pls")],
        ["run", "ecsi", str(answers), "--estimator", "ml", "-o", str(out / "ml")],
        ["run", "ecsi", str(answers), "--estimator", "semopy", "--uncertainty", "none", "-o", str(out / "semopy")],
        ["run", copied, "--estimator", "ml", "--uncertainty", "none", "-o", str(out / "copied_ml")],
        ["run", copied, "--estimator", "semopy", "--uncertainty", "none", "-o", str(out / "copied_semopy")],
    ]
    return [[*arguments, "--no-report"] for arguments in whole]


def _run_on(kernel: str, threads: int, answers: Path, out: Path) -> None:
    """All runs in a process of their own; skips where `kernel` is not to be had."""
    count = str(threads)
    chosen = {"OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": count, "OMP_NUM_THREADS": count}
    done = subprocess.run(
        [sys.executable, "-c", CODE, json.dumps(_runs(answers, out))],
        env={**os.environ, **chosen},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    lines = done.stdout.splitlines()
    if done.returncode and "runs" not in lines:
        pytest.skip(f"this processor cannot run the kernel {kernel}")
    assert not done.returncode, done.stderr[-3000:]
    if any(api != "openblas" for api, _ in json.loads(lines[0])):
        pytest.skip("numpy or scipy uses another library than OpenBLAS here, whose kernel cannot be chosen so")


def _tables(folder: Path) -> dict[str, list[list[str]]]:
    found = {}
    for path in sorted(folder.glob("*/tables/*.csv")):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            found[str(path.relative_to(folder))] = list(csv.reader(stream))
    return found


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("processors")
    model = cs.load_model("ecsi")
    data = cs.simulate(model, 300, seed=4).data
    data.insert(0, "bank", ["Harbour"] * 150 + ["Delta"] * 150)
    data.to_csv(folder / "answers.csv", index=False)
    first, *_, last = (item.name for item in model.constructs[0].items)
    copy = data.assign(**{last: data[first].where(data["bank"] == "Harbour", data[last])})
    copy.to_csv(folder / "copied.csv", index=False)
    (folder / "copied.yaml").write_text("csi: 1\nextends: ecsi\ndata: {file: copied.csv, by: bank}\n", encoding="utf-8")
    return folder / "answers.csv"


@pytest.fixture(scope="module")
def first(answers: Path) -> dict[str, list[list[str]]]:
    out = answers.parent / "first"
    _run_on(*FIRST, answers, out)
    return _tables(out)


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _differences(name: str, one: list[list[str]], two: list[list[str]]) -> list[str]:
    """What differs between two tables: rows, texts, or numbers by more than the tolerance."""
    if [len(row) for row in one] != [len(row) for row in two]:
        return [f"{name}: {len(one)} and {len(two)} rows"]
    tolerance = SEMOPY_TOLERANCE if "semopy" in name else TOLERANCE
    found = []
    for k, (mine, theirs) in enumerate(zip(one, two, strict=True)):
        for column, a, b in zip(one[0], mine, theirs, strict=True):
            x, y = _number(a), _number(b)
            near = x is not None and y is not None and abs(x - y) <= tolerance * max(1.0, abs(x))
            if a != b and not near:
                found.append(f"{name}, row {k}, {column}: {a} and {b}")
    return found


@pytest.mark.parametrize(("kernel", "threads"), OTHERS)
def test_a_run_is_the_same_on_every_processor(
    kernel: str, threads: int, answers: Path, first: dict[str, list[list[str]]], tmp_path: Path
) -> None:
    _run_on(kernel, threads, answers, tmp_path)
    found = _tables(tmp_path)
    assert set(found) == set(first) and len({name.split("/")[0] for name in found}) == 6
    differences = [line for name in first for line in _differences(name, first[name], found[name])]
    assert not differences, "\n".join(differences[:40])


def test_the_copied_item_is_singular_in_its_group_and_nowhere_else(first: dict[str, list[list[str]]]) -> None:
    for name in ("copied_ml/tables/fits.csv", "copied_semopy/tables/fits.csv"):
        heading, *rows = first[name]
        states = {row[heading.index("bank")]: row[heading.index("status")] for row in rows}
        assert states == {"Harbour": "singular", "Delta": "ok"}
