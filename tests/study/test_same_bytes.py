"""Same input, same bytes: tables, page and workbook, for any threads and hash seed, and twice in a row.

Word and PowerPoint: tests/report/test_documents.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import csimodels as cs

sys.path.insert(0, str(Path(__file__).parents[1] / "badinput"))
import bad_forms

#: Every kind of sum over rows and replicates, in groups, waves and a roll-up, with tables beside the model.
SPEC = f"""{bad_forms.SPEC}
data: {{file: d.csv, by: bank, wave: year, weight: w}}
rollup: {{levels: [bank, sector], weights: w.csv}}
indices: {{Top: {{kind: top_box, item: S1}}}}
targets: {{Satisfaction: 80}}
drivers: true
trend: true
benchmark: true
uncertainty: {{method: bootstrap, replicates: 20, seed: 2}}
report: {{languages: [en], formats: [html, xlsx], answers: true}}
"""
CODE = """
import sys, csimodels as cs
from csimodels.moments import pool
pool.processors = lambda: int(sys.argv[2])  # whatever this machine has
for turn in range(int(sys.argv[3])):
    cs.save(cs.Study("s.yaml").run(), f"{sys.argv[1]}{turn}", report=turn == 0)
"""


def _hashes(folder: Path) -> dict[str, str]:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def _run(folder: Path, name: str, threads: int, seed: str, times: int = 1) -> list[dict[str, str]]:
    settings = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads), "PYTHONHASHSEED": seed}
    env = {**os.environ, **settings, "PYTHONPATH": str(Path(cs.__file__).parents[1])}
    env.pop("SOURCE_DATE_EPOCH", None)
    command = [sys.executable, "-c", CODE, name, str(threads), str(times)]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0 and done.stderr == "", done.stderr[-2000:]  # and nothing warned
    return [_hashes(folder / f"{name}{turn}") for turn in range(times)]


def test_threads_hash_seed_and_repetition_change_no_byte(tmp_path: Path) -> None:
    data = bad_forms.frame(120).assign(year=[2025 + k // 60 for k in range(120)])
    data.to_csv(tmp_path / "d.csv", index=False)
    (tmp_path / "w.csv").write_text("bank,sector,weight\nDelta,A,1\nHarbour,A,2\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text(SPEC, encoding="utf-8")
    first, again = _run(tmp_path, "a", 1, "0", times=2)
    (other,) = _run(tmp_path, "b", 2, "4711")
    assert {"report.html", "tables.xlsx", "result.json", "tables/index.csv", "tables/rollup.csv"} <= set(first)
    assert len(first) > 15
    assert set(other) == set(first) and set(again) == set(first) - {"report.html", "tables.xlsx"}
    for found in (again, other):
        assert [name for name in found if first[name] != found[name]] == []
    manifest = json.loads((tmp_path / "a0" / "manifest.json").read_text(encoding="utf-8"))
    assert "created" in manifest  # the only clock
