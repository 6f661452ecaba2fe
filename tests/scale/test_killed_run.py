"""A run that is killed or stopped while it works leaves the earlier result whole."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("duckdb")
import large
from typer.testing import CliRunner

from csimodels.cli import app

#: Runs ``csi`` in a process that kills itself (kill -9, Ctrl-C, a request to end): in a thread of the pass over the
#: rows, or as soon as the sums are formed.
KILLED = """
import os, signal, sys
from csimodels.survey.scale import door, sweep
from csimodels.cli import main
number, owner = int(sys.argv[1]), {"pass": (sweep.Sweep, "take"), "sums": (door, "summed")}[sys.argv[2]]
work = getattr(*owner)
def killed(*args):
    done = work(*args)
    os.kill(os.getpid(), number)
    return done
setattr(*owner, killed)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a caller in the background may have it ignored
sys.argv = ["csi", *sys.argv[3:]]
main()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are not killed by a signal here")
@pytest.mark.parametrize(
    ("name", "when", "code"), [("SIGKILL", "sums", -9), ("SIGINT", "pass", 130), ("SIGTERM", "pass", 143)]
)
def test_a_killed_run_leaves_the_earlier_result(tmp_path: Path, name: str, when: str, code: int) -> None:
    large.write(large.answers(), tmp_path / "a.parquet")
    path = large.spec(tmp_path, "file: a.parquet, missing_codes: [98], by: bank, engine: duckdb")
    out = tmp_path / "out"
    wanted = ["run", str(path), "--no-report", "-o", str(out)]
    assert CliRunner().invoke(app, wanted).exit_code == 0
    before = {file.relative_to(out): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    number = str(int(getattr(signal, name)))
    done = subprocess.run(
        [sys.executable, "-c", KILLED, number, when, *wanted], check=False, capture_output=True, cwd=tmp_path
    )
    assert done.returncode == code and b"Traceback" not in done.stderr
    after = {file.relative_to(out): file.read_bytes() for file in out.rglob("*") if file.is_file()}
    assert after == before and before
    assert {entry.name for entry in tmp_path.iterdir()} == {"a.parquet", "study.yaml", "out"}  # nothing half done
