"""What a library says of a file or a query stays with the library: readers are told in our words, in both languages."""

from __future__ import annotations

import ast
import errno
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import memory_problem, system_reason
from csimodels.i18n import translator
from csimodels.isolated.damage import fault
from csimodels.messages import Message, say

ROOM = Path(cs.__file__).parent
OLD = Path(__file__).parents[1] / "study" / "stored_by_0_1"
#: Errors whose words are ours.
OURS = {"CsiError", "SpecError", "DataError", "EstimationError", "FormulaError"}
ROWS = pd.DataFrame({"a": [1, 5, 3, 9, 7], "b": [2, 6, 3, 8, 7], "c": [4, 5, 2, 9, 6], "d": [3, 5, 1, 8, 9]})
SPEC = "csi: 1\nscale: [1, 10]\nconstructs:\n  X: {items: [a, b]}\n  Y: {items: [c, d]}\npaths: {X: [Y]}\nindex: Y\n"


def _bound(handler: ast.ExceptHandler) -> bool:
    kinds = {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else set()
    return bool(handler.name) and not kinds <= OURS


def _worded(path: Path) -> Iterator[str]:
    """Where the words of a foreign exception are taken: ``str(error)``, ``repr(error)``, or a part of an f-string."""
    text = path.read_text(encoding="utf-8")
    for handler in ast.walk(ast.parse(text)) if " as error:" in text or " as exc:" in text else ():
        if not isinstance(handler, ast.ExceptHandler) or not _bound(handler):
            continue
        compared = {id(part) for node in ast.walk(handler) if isinstance(node, ast.Compare) for part in ast.walk(node)}
        for node in ast.walk(handler):
            taken: list[ast.expr] = []
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("str", "repr"):
                taken = node.args
            elif isinstance(node, ast.FormattedValue):
                taken = [node.value]
            if id(node) not in compared and any(isinstance(t, ast.Name) and t.id == handler.name for t in taken):
                yield f"{path.name}:{node.lineno}"


def test_no_message_repeats_the_words_of_an_exception_that_is_not_ours() -> None:
    assert [where for path in sorted(ROOM.rglob("*.py")) for where in _worded(path)] == []


def _said(act: Callable[[], object]) -> str:
    """The problem's found line, which must have a Chinese of its own."""
    with pytest.raises(cs.CsiError) as caught:
        act()
    found = caught.value.problems[0].found
    if found:
        assert isinstance(found, Message)
        chinese = say(found, translator("zh"))
        assert re.search("[一-鿿]", chinese), chinese
    return str(found)


BEGINS, ENDS, INSIDE = "does not begin as a file of its kind", "the last part is missing", "does not follow the format"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.parquet", b"garbage" * 9, BEGINS),
        ("a.parquet", b"PAR1" + b"x" * 50, ENDS),
        ("a.parquet", b"PAR1" + b"x" * 50 + b"PAR1", INSIDE),
        ("a.xlsx", b"PK\x03\x04" + b"x" * 50, ENDS),
        ("a.sav", b"garbage" * 30, BEGINS),
        ("a.sav", b"$FL2 garbage", INSIDE),
        ("a.dta", b" " * 500, BEGINS),
        ("a.dta", b"<stata_dta>garbage", ENDS),
        ("a.sqlite", b"garbage" * 30, BEGINS),
    ],
)
def test_what_a_damaged_file_shows_of_its_fault(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert words in fault(tmp_path / name)


@pytest.mark.parametrize("name", ["a.parquet", "a.sav", "a.sqlite"])
def test_a_damaged_file_is_told_in_both_languages(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"garbage" * 30)
    (tmp_path / "s.yaml").write_text(f"{SPEC}data: {{file: {name}}}\n", encoding="utf-8")
    assert BEGINS in _said(lambda: cs.Study(tmp_path / "s.yaml").run())


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select * from nowhere", "the trouble is at nowhere"),
        ("selec a from answers", "the trouble is at from"),
        ("select a, absent from answers", "the trouble is at absent"),
    ],
)
def test_a_refused_query_names_what_of_it_is_wrong(tmp_path: Path, sql: str, words: str) -> None:
    (tmp_path / "s.yaml").write_text(SPEC, encoding="utf-8")
    plain, quick = sqlite3.connect(":memory:"), duckdb.connect()
    ROWS.to_sql("answers", plain, index=False)
    quick.execute("create table answers as select 1 as a, 2 as b")
    for connection in (plain, quick):
        said = _said(lambda c=connection: cs.Study(tmp_path / "s.yaml", cs.Query(c, sql)).run())  # type: ignore[misc]
        assert said.startswith(f'{words}: the database answers "')
        connection.close()


def test_a_line_that_does_not_fit_is_numbered(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("a,b,c,d\n" + "1,2,3,4\n" * 9 + "1,2,3,4,5,6\n" + "1,2,3,4\n" * 9, encoding="utf-8")
    (tmp_path / "s.yaml").write_text(f"{SPEC}data: {{file: d.csv, engine: duckdb}}\n", encoding="utf-8")
    said = _said(lambda: cs.Study(tmp_path / "s.yaml").run())
    assert said == "line 11: 6 fields"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.pop("keys"), "keys is missing"),
        (lambda s: s.update(name=3), "name is no text"),
        (lambda s: s["se"][0].append(1), "numbers are expected"),
        (lambda s: s["status"].__setitem__(0, -1), "status[0] cannot be -1"),
        (lambda s: s["blocks"].update(index=[5, 2]), "blocks.index cannot be [5, 2]"),
        (lambda s: s.update(keys=[{}]), "keys[0] cannot be {}"),
    ],
)
def test_a_damaged_result_is_told_in_both_languages(tmp_path: Path, change: Callable[[Any], Any], words: str) -> None:
    from csimodels.study.stored.results import read_result

    shutil.copytree(OLD, tmp_path / "out")
    path = tmp_path / "out" / "result.json"
    stored = json.loads(path.read_text(encoding="utf-8"))
    change(stored)
    path.write_text(json.dumps(stored), encoding="utf-8")
    assert words in _said(lambda: read_result(tmp_path / "out"))


@pytest.mark.parametrize(
    "text", ["[]", '{"format": 1, "format": 1}', '{"format": NaN}', '{"format": ' + "9" * 5000 + "}", "{"]
)
def test_broken_json_is_told_in_both_languages(tmp_path: Path, text: str) -> None:
    shutil.copytree(OLD, tmp_path / "out")
    (tmp_path / "out" / "manifest.json").write_text(text, encoding="utf-8")
    assert _said(lambda: cs.load_result(tmp_path / "out"))


def test_lack_of_memory_and_refusals_of_the_system_are_told_in_our_words() -> None:
    with pytest.raises(MemoryError) as caught:
        np.empty((2**20, 2**25))
    said = memory_problem(caught.value)
    assert str(said.found) == "262,144.0 GiB asked for at once"
    assert "allocate" not in str(said)
    assert "linearised" in str(said)
    assert system_reason(OSError(errno.EPROTO, "kaputt")) == "the system refuses it (EPROTO)"
