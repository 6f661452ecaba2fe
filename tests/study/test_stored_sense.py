"""Numbers of a stored result that contradict each other are refused, though its hashes were mended too."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import csimodels as cs
from csimodels.study.stored.manifest import read_json
from csimodels.survey import file_hash

OLD = Path(__file__).parent / "stored_by_0_1"
Edit = Callable[[dict[str, Any]], None]


def edited(out: Path, edit: Edit) -> Path:
    """The folder with a changed ``result.json`` and the hash of that."""
    stored, manifest = read_json(out / "result.json"), read_json(out / "manifest.json")
    edit(stored)
    (out / "result.json").write_text(json.dumps(stored), encoding="utf-8")
    manifest["result_sha256"] = file_hash(out / "result.json")
    (out / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return out


def _number(part: str, block: str, by: float) -> Edit:
    def edit(stored: dict[str, Any]) -> None:
        stored[part][0][stored["blocks"][block][0]] += by

    return edit


def _cell(table: str, column: str, value: float) -> Edit:
    def edit(stored: dict[str, Any]) -> None:
        stored["tables"][table]["columns"][column][0] = value

    return edit


def _of_whole(edit: Edit) -> Edit:
    return lambda stored: edit(stored["overall"])


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (_number("value", "index", 1e-6), "index of .* other numbers of this file give"),
        (_number("value", "performance", 0.5), "index of .* other numbers"),
        (_number("value", "weight_unstd", 1e-5), "index of .* other numbers"),
        (_number("value", "loading", 0.01), "communality of "),
        (_number("value", "path", 0.01), "direct of "),
        (_number("value", "sd", 0.1), "total_unstd of "),
        (_number("value", "indirect", 0.1), "indirect of "),
        (_number("value", "item_importance", 0.01), "item_importance of "),
        (_number("value", "alpha", 0.9), "alpha of .* beyond the limit .* of its own interval"),
        (_of_whole(_number("value", "index", 0.1)), r"overall\.index of "),
        (_number("low", "r2", 0.9), r"low\[0\].*cannot be|r2 of .* beyond the limit"),
        (_cell("ranks", "rank", 99), r"tables\.ranks\.rank\[0\]: 99 is not within its interval"),
        (_cell("differences", "p", 1.5), r"tables\.differences\.p\[0\]: 1\.5 is not between 0 and 1"),
        (_cell("differences", "se", -1), r"tables\.differences\.se\[0\]: -1 is below 0"),
        (_cell("differences", "difference", 80), r"difference\[0\]: 80 is not within its interval"),
    ],
)
def test_numbers_that_contradict_each_other_are_refused(edit: Edit, said: str, tmp_path: Path) -> None:
    out = Path(shutil.copytree(OLD, tmp_path / "out"))
    with pytest.raises(cs.DataError, match=said):
        cs.load_result(edited(out, edit))


def test_facts_of_the_manifest_are_those_of_the_result(tmp_path: Path) -> None:
    out = Path(shutil.copytree(OLD, tmp_path / "out"))
    assert cs.load_result(out).facts["estimator"] == "PLS"

    def edit(stored: dict[str, Any]) -> None:
        stored["facts"]["estimator"] = "ML"

    with pytest.raises(cs.DataError, match="its facts are not those of"):
        cs.load_result(edited(out, edit))
