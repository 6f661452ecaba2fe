"""What reaches the terminal: any encoding, no control sequences, no markup; pipes and devices are refused at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.report.escaping import safe_cell
from csimodels.terminal import escape

SOURCE = str(Path(cs.__file__).parents[1])


#: Commands one after the other in one process, which starts once for all of them; their exit codes come last.
SEVERAL = """import json, sys
from csimodels.cli import main
codes = []
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["csi", *arguments]
    print("\\n>>>", flush=True)
    try:
        main()
        codes.append(0)
    except SystemExit as stop:
        codes.append(stop.code)
print("\\n>>>", *codes)
"""


def csi(folder: Path, *commands: list[str], encoding: str = "utf-8") -> list[tuple[int, bytes]]:
    """Run commands in a process of their own; exit code of each and everything that it wrote."""
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": SOURCE, "COLUMNS": "200"}
    command = [sys.executable, "-c", SEVERAL, json.dumps(commands)]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run(command, cwd=folder, env=env, timeout=120, check=False, **streams)
    assert done.returncode == 0, done.stdout
    *said, codes = done.stdout.split(b"\n>>>")[1:]
    return [(int(code), text) for code, text in zip(codes.split(), said, strict=True)]


@pytest.fixture
def spec(mobi: pd.DataFrame, tmp_path: Path) -> Path:
    """A study whose title, labels and groups hold what a terminal obeys, or a poor encoding lacks."""
    groups = np.where(np.arange(250) < 120, "一 \x1b[31mred", "Ω [bold]b[/bold] :x: \u202eevil")
    mobi.assign(shop=groups).to_csv(tmp_path / "data.csv", index=False)
    text = """csi: 1
extends: ecsi
title: {en: "满意度 :smile: [red]x[/red] \\e]0;owned\\a"}
data: {file: data.csv, by: shop}
uncertainty: {method: none}
"""
    (tmp_path / "my.yaml").write_text(text, encoding="utf-8")
    return tmp_path / "my.yaml"


@pytest.mark.parametrize("encoding", ["cp1252", "gbk", "ascii", "utf-8", "latin-1:strict"])
def test_no_encoding_ends_a_run(spec: Path, encoding: str) -> None:
    commands = [["run", "my.yaml", "-o", "out", "--no-report"], ["run", "不存在.yaml"], ["models"]]
    (code, said), (wrong, refusal), (models, _) = csi(spec.parent, *commands, encoding=encoding)
    assert code == 0, said
    assert b"Traceback" not in said and b"\x1b" not in said and b"\x07" not in said
    assert b"[bold]b[/bold] :x:" in said and b":smile: [red]x[/red]" in said
    if encoding == "ascii":
        assert b"\\u6ee1" in said
    assert wrong == 2 and refusal.strip() and b"Traceback" not in refusal
    assert models == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb", "ab"), ("\x9b31mred", "31mred"), ("a\rb", "ab"), ("x\u202ey\u2069", "xy"), ("\x07\x00", ""),
        ("满意度 ok", "满意度 ok"), ("two\nlines", "two\nlines"),
    ],
)  # fmt: skip
def test_nothing_that_a_terminal_obeys(text: str, shown: str) -> None:
    assert escape(text) == shown


@pytest.mark.parametrize("sign", "=+-@＝＋－＠")
def test_formulas_in_either_width_are_made_safe(sign: str) -> None:
    assert safe_cell(f"{sign}cmd()") == f"'{sign}cmd()"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes of POSIX")
def test_a_pipe_is_refused_at_once(tmp_path: Path, mobi: pd.DataFrame) -> None:
    for name in ("spec.yaml", "data.csv", "model.lav"):
        os.mkfifo(tmp_path / name)
    commands = [["check", "spec.yaml"], ["run", "ecsi", "data.csv"], ["lavaan", "model.lav"]]
    commands += [["check", device] for device in ("/dev/zero", "/dev/null")]
    for code, said in csi(tmp_path, *commands):
        assert code == 2 and said.strip() and b"Traceback" not in said, said
