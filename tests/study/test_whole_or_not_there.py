"""A folder is whole or not there: kills, faults, full disks, two runs at once; edited results are refused."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import csimodels as cs
from csimodels.study.stored import folder as output_folder
from csimodels.study.stored.folder import STAGE, locked

SOURCE = str(Path(cs.__file__).parents[1])
OLD = Path(__file__).parent / "stored_by_0_1"


def whole(folder: Path) -> str:
    """The name of the result in `folder`, which has to be whole: every file with its hash, nothing else beside."""
    result = cs.load_result(folder)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = {
        p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json"
    }
    found = {name: path for name, path in found.items() if not name.startswith(STAGE)}
    assert sorted(found) == sorted(manifest["files_sha256"])
    for name, path in found.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == manifest["files_sha256"][name], name
    assert not any("not what was written" in note for note in result.notes)
    return result.model.uncertainty.method


#: A model that is saved quickly: what is written does not depend on its size.
SMALL = """\
csi: 1
constructs: {Image: {items: [IMAG1, IMAG2]}, Satisfaction: {items: [CUSA1, CUSA2]}}
paths: {Image: Satisfaction}
"""


@pytest.fixture(scope="module")
def two(mobi: pd.DataFrame) -> tuple[cs.Result, cs.Result]:
    """Two results that can be told apart by their method."""
    model = cs.parse_model(SMALL)
    return cs.Study(model, mobi, uncertainty=None).run(), cs.Study(model, mobi, uncertainty="linearised").run()


def written(mobi: pd.DataFrame, folder: Path) -> None:
    """The small model and its data as files."""
    mobi.to_csv(folder / "data.csv", index=False)
    (folder / "small.yaml").write_text(SMALL, encoding="utf-8")


class Stop(BaseException):
    """Stands for Ctrl-C and for a kill that leaves no time to clean up."""


@contextmanager
def fault(at: int, error: Callable[[], BaseException], dead: bool) -> Iterator[None]:
    """Let the `at`-th change of the file system fail; where `dead`, nothing is changed afterwards either."""
    count = 0

    def failing(real: Callable[..., Any], absent: object = None) -> Callable[..., Any]:
        def change(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count == at:
                raise error()
            return absent if dead and count > at else real(*args, **kwargs)

        return change

    with pytest.MonkeyPatch.context() as patch:
        for name in ("replace", "mkdir", "unlink", "rmdir", "write_text"):
            patch.setattr(Path, name, failing(getattr(Path, name)))
        patch.setattr(pd.DataFrame, "to_csv", failing(pd.DataFrame.to_csv))
        patch.setattr(output_folder.shutil, "rmtree", failing(shutil.rmtree))
        yield


@pytest.mark.parametrize("kind", ["disk full", "stopped", "killed"])
@pytest.mark.parametrize("fresh", [True, False])
def test_a_fault_at_any_change_leaves_the_old_or_the_new_result(
    two: tuple[cs.Result, cs.Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, fresh: bool
) -> None:
    made = {id(result): {name: result.tables()[name] for name in ("index", "paths")} for result in two}
    monkeypatch.setattr(cs.Result, "tables", lambda self: made[id(self)])  # two tables stand for all of them
    full = partial(OSError, 28, "No space left on device")
    error: Callable[[], BaseException] = full if kind == "disk full" else Stop
    seen = set()
    cs.save(two[0], tmp_path / "old", report=False)
    for at in (*range(1, 20), 22, 25, 28):
        out = tmp_path / f"out{at}"
        if not fresh:
            shutil.copytree(tmp_path / "old", out)
        try:
            with fault(at, error, kind == "killed"):
                cs.save(two[1], out, report=False)
        except Stop:
            assert kind != "disk full"
        except cs.DataError as problem:
            assert kind == "disk full" and "the disk is full" in str(problem) and "again" in str(problem)
        if (out / "manifest.json").exists() or (out / STAGE / "manifest.json").exists():
            seen.add(whole(out))
        else:
            assert fresh
            assert kind == "killed" or not out.exists() or [entry.name for entry in out.iterdir()] in ([], [STAGE])
        cs.save(two[1], out, report=False)  # nothing blocks the rerun
        assert whole(out) == "linearised"
        assert not (out / STAGE).exists()
    assert seen == ({"linearised"} if fresh else {"none", "linearised"})


def test_a_run_that_is_killed_leaves_a_whole_folder(mobi: pd.DataFrame, tmp_path: Path) -> None:
    """SIGKILL at random moments of a process that saves, report and workbook included."""
    written(mobi, tmp_path)
    out = tmp_path / "out"
    code = (
        "import csimodels as cs, os, signal, sys, time\n"
        "r = cs.Study('small.yaml', 'data.csv', uncertainty=None).run()\n"
        "cs.save(r, 'first')\n"
        "for line in sys.stdin:\n"
        "    child = os.fork()\n"
        "    while not child: cs.save(r, 'out')\n"
        "    time.sleep(float(line)); os.kill(child, signal.SIGKILL); os.waitpid(child, 0)\n"
        "    print('killed', flush=True)\n"
    )
    env = {**os.environ, "PYTHONPATH": SOURCE}
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    pick = random.Random(5)
    with subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=env, **pipes) as run:
        assert run.stdin is not None and run.stdout is not None
        for _ in range(5):
            run.stdin.write(f"{pick.uniform(0, 0.6)}\n")
            run.stdin.flush()
            assert run.stdout.readline() == "killed\n"
            if (out / "manifest.json").exists() or (out / STAGE / "manifest.json").exists():
                assert whole(out) == "none"
            assert cs.check_folder(out) == out


def test_a_file_size_limit_is_one_sentence(mobi: pd.DataFrame, tmp_path: Path) -> None:
    """The system refuses to write on, as on a full disk: page and workbook included, the earlier result stays."""
    written(mobi, tmp_path)
    code = (
        "import csimodels as cs, resource, sys\n"
        "r = cs.Study('small.yaml', 'data.csv', uncertainty=None).run()\n"
        "cs.save(r, 'out')\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (30000,) * 2)\n"
        "try:\n    cs.save(r, 'out')\nexcept cs.DataError as e:\n    print(e); sys.exit(3)\n"
    )
    env = {**os.environ, "PYTHONPATH": SOURCE}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "cannot be written" in done.stdout and "as it was" in done.stdout
    assert whole(tmp_path / "out") == "none"


def test_two_runs_at_once_wait_and_then_say_so(
    two: tuple[cs.Result, cs.Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cs.save(two[0], tmp_path / "out", report=False)
    monkeypatch.setattr(output_folder, "PATIENCE_SECONDS", 0.1)
    with locked(tmp_path / "out"), pytest.raises(cs.DataError, match="another run is writing into this folder"):
        cs.save(two[1], tmp_path / "out", report=False)
    assert whole(tmp_path / "out") == "none"
    cs.save(two[1], tmp_path / "out", report=False)
    assert whole(tmp_path / "out") == "linearised"


def test_files_of_others_in_the_folder_stay(two: tuple[cs.Result, cs.Result], tmp_path: Path) -> None:
    out = tmp_path / "out"
    cs.save(two[0], out, report=False)
    (out / "notes.txt").write_text("mine")
    (out / "tables" / "more.csv").write_text("mine")
    cs.save(two[1], out, report=False)
    assert (out / "notes.txt").read_text() == (out / "tables" / "more.csv").read_text() == "mine"


def test_output_below_a_symbolic_link_verifies(mobi: pd.DataFrame, tmp_path: Path) -> None:
    (tmp_path / "deep" / "deeper").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "deep" / "deeper")
    written(mobi, tmp_path)
    result = cs.Study(tmp_path / "small.yaml", tmp_path / "data.csv", uncertainty=None).run()
    cs.save(result, tmp_path / "link" / "out", report=False)
    assert cs.verify(tmp_path / "link" / "out").same
    (tmp_path / "to-out").symlink_to(tmp_path / "deep" / "deeper" / "out")
    assert cs.verify(tmp_path / "to-out").same
    cs.save(result, tmp_path / "to-out", report=False)
    assert cs.verify(tmp_path / "deep" / "deeper" / "out").same


@pytest.mark.parametrize("name", ["result.json", "spec.yaml"])
def test_an_edited_result_is_refused_by_name(two: tuple[cs.Result, cs.Result], tmp_path: Path, name: str) -> None:
    cs.save(two[0], tmp_path / "out", report=False)
    path = tmp_path / "out" / name
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(cs.DataError, match=f"{name} is not what csimodels wrote"):
        cs.load_result(tmp_path / "out")


def test_an_edited_table_is_marked_and_a_new_report_is_not(two: tuple[cs.Result, cs.Result], tmp_path: Path) -> None:
    out = tmp_path / "out"
    cs.save(two[0], out)
    cs.load_result(out).report(out, ("zh",), ("html",))
    assert whole(out) == "none"
    (out / "tables" / "index.csv").write_text("changed")
    (out / "report.html").unlink()
    note = cs.load_result(out).notes[-1]
    assert "the table tables/index.csv is not what was written" in note and "the file report.html is gone" in note


def test_a_folder_of_version_0_1_without_hashes_of_every_file() -> None:
    assert not any("not what was written" in note for note in cs.load_result(OLD).notes)


# ---- damaged results ---------------------------------------------------------------------------------------------


def mutants(stored: Any, pick: random.Random, many: int) -> Iterator[tuple[str, Any]]:
    """Copies of `stored` with one part replaced, taken out, doubled or retyped."""
    odd: list[Any] = [
        None, True, -1, 0, 3, 10**30, 1e308, -0.5, "", "x", "inf", [], {}, [1], [[]], {"a": 1}, "\x1b[31m", ["a", "b"],
    ]  # fmt: skip
    for _ in range(many):
        copy = json.loads(json.dumps(stored))
        at, path = copy, []
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            key = pick.choice(keys)
            path.append(str(key))
            if not isinstance(at[key], (dict, list)) or not at[key] or pick.random() < 0.35:
                break
            at = at[key]
        how = pick.randrange(4)
        if how == 0:
            del at[key]
        elif how == 1 and isinstance(at, list):
            at.append(at[key])
        elif how == 1:
            at[f"{key}2"] = at[key]
        else:
            at[key] = pick.choice(odd)
        yield ".".join(path), copy


@pytest.mark.parametrize("seed", range(2))
def test_mutants_of_a_stored_result_are_refused_in_words_or_usable(tmp_path: Path, seed: int) -> None:
    shutil.copytree(OLD, tmp_path / "out")
    path, listing = tmp_path / "out" / "result.json", tmp_path / "out" / "manifest.json"
    stored, manifest = (json.loads(p.read_text(encoding="utf-8")) for p in (path, listing))
    refused = 0
    for turn, (where, mutant) in enumerate(mutants(stored, random.Random(seed), 125)):
        path.write_text(json.dumps(mutant), encoding="utf-8")
        with pytest.raises(cs.DataError, match=r"result\.json|another version"):
            cs.load_result(tmp_path / "out")
        manifest["result_sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
        listing.write_text(json.dumps(manifest), encoding="utf-8")
        try:
            loaded = cs.load_result(tmp_path / "out")
            if turn % 25 == 0:
                cs.compare(loaded, loaded)
                loaded.report(tmp_path / "page", ("en",), ("html",))
            else:
                loaded.tables()
        except cs.CsiError as error:
            refused += 1
            assert len(str(error)) > 20, where
    assert refused > 60


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"format": 1, "format": 1}', '{"format": NaN}', "[" * 100_000, '{"format": 1}', "\x00"]
)
@pytest.mark.parametrize("name", ["result.json", "manifest.json"])
def test_broken_json_is_refused_in_words(tmp_path: Path, text: str, name: str) -> None:
    shutil.copytree(OLD, tmp_path / "out")
    (tmp_path / "out" / name).write_text(text, encoding="utf-8")
    for command in (cs.load_result, cs.verify):
        with pytest.raises(cs.DataError, match=r"damaged|not what csimodels wrote|another version"):
            command(tmp_path / "out")


def test_a_manifest_that_points_elsewhere_touches_nothing(two: tuple[cs.Result, cs.Result], tmp_path: Path) -> None:
    cs.save(two[0], tmp_path / "out", report=False)
    (tmp_path / "precious.csv").write_text("mine")
    listing = tmp_path / "out" / "manifest.json"
    manifest = json.loads(listing.read_text(encoding="utf-8"))
    manifest["files"] += ["../precious.csv", str(tmp_path / "precious.csv")]
    listing.write_text(json.dumps(manifest), encoding="utf-8")
    cs.save(two[1], tmp_path / "out", report=False)
    assert (tmp_path / "precious.csv").read_text() == "mine"
