"""R run now: what a script writes for given files, asked once for the same bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

#: A folder of answers of one `.ci/run`: its later test runs compare with what R said to the first, where
#: script, files and words are the same to the byte.  Without it R is always run.
SHELF = "CSIMODELS_R_ANSWERS"


def r_answer(
    script: Path, package: str, files: Sequence[Path], words: Sequence[str] = (), out: Path | None = None
) -> str:
    """What ``Rscript script files [out] words`` prints, or writes to `out`; skips where R or `package` is not here."""
    if shutil.which("Rscript") is None:
        pytest.skip("Rscript is not here")
    kept = _kept(script, files, words)
    if kept is not None and kept.exists():
        return kept.read_text(encoding="utf-8")
    paths = [*files, out] if out is not None else files
    command = ["Rscript", "--vanilla", str(script), *map(str, paths), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode and "no package called" in done.stderr:
        pytest.skip(f"{package} is not installed in R")
    assert not done.returncode, done.stderr
    text = done.stdout if out is None else out.read_text(encoding="utf-8")
    if kept is not None:
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(text, encoding="utf-8")
        part.replace(kept)
    return text


def _kept(script: Path, files: Sequence[Path], words: Sequence[str]) -> Path | None:
    """Where the answer is kept, by the bytes that it is made of."""
    folder = os.environ.get(SHELF)
    if not folder:
        return None
    told = hashlib.sha256(repr(words).encode())
    for path in (script, *files):
        told.update(hashlib.sha256(path.read_bytes()).digest())
    return Path(folder) / told.hexdigest()
