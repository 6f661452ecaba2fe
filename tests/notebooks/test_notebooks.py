"""The notebooks run, and show what is stored in them."""

from __future__ import annotations

import base64
import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

pytest.importorskip("matplotlib")

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
NOTEBOOKS = ("decisions.ipynb", "index_by_hand.ipynb", "intervals.ipynb", "pls_plsc_ml.ipynb", "pls_study.ipynb")
LARGEST_PICTURE = 60 * 1024
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


def _runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("notebook_runner", FOLDER / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


runner = _runner()


def stored(name: str) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return tree


def code(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def bundles(cell: dict[str, Any]) -> list[dict[str, Any]]:
    """What a cell shows, printed text as one of the kinds."""
    return [o.get("data", {"text/plain": o.get("text", [])}) for o in cell["outputs"]]


def differs(old: str, new: str) -> str:
    """The first difference of two texts; empty where words are the same and numbers agree in the digits shown.

    Two units of the last digit shown: draws are the same on every machine, but the last bits of sums are not, and move
    a rounded digit by one, and a difference of two rounded numbers by two.
    """
    if (skeleton := NUMBER.sub("#", old).split()) != NUMBER.sub("#", new).split():
        return f"words: {' '.join(skeleton)[:200]}"
    for a, b in zip(NUMBER.findall(old), NUMBER.findall(new), strict=True):
        unit = 10.0 ** -len(a.partition(".")[2])
        if abs(float(a) - float(b)) > 2.001 * unit * ("." in a):
            return f"{a} is now {b}"
    return ""


def test_the_comparison_can_fail() -> None:
    assert differs("index 72.45 se 1.20", "index 72.45 se  1.21") == ""
    assert differs("index 72.45", "index 72.49") == "72.45 is now 72.49"
    assert differs("n 100", "n 101") == "100 is now 101"
    assert differs("status ok", "status singular").startswith("words")


def test_every_notebook_is_tested() -> None:
    assert tuple(path.name for path in sorted(FOLDER.glob("*.ipynb"))) == NOTEBOOKS


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_fresh_run_shows_what_is_stored(name: str) -> None:
    if name == "pls_plsc_ml.ipynb":
        pytest.importorskip("semopy")
    if name == "decisions.ipynb":
        pytest.importorskip("pyreadstat")
        pytest.importorskip("statsmodels")
    old, new = stored(name), runner.run(FOLDER / name)
    for place, (before, after) in enumerate(zip(code(old), code(new), strict=True), start=1):
        shown, again = bundles(before), bundles(after)
        assert [set(b) for b in shown] == [set(b) for b in again], f"cell {place}: run notebooks/run.py"
        for one, two in zip(shown, again, strict=True):
            found = differs("".join(one["text/plain"]), "".join(two["text/plain"]))
            assert not found, f"cell {place}: {found}; run notebooks/run.py"


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_is_stored_is_complete_and_small(name: str) -> None:
    notebook = stored(name)
    cells = code(notebook)
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    pictures = [b["image/png"] for cell in cells for b in bundles(cell) if "image/png" in b]
    drawings = ["".join(b["image/svg+xml"]) for cell in cells for b in bundles(cell) if "image/svg+xml" in b]
    assert len(pictures) + len(drawings) >= 4
    assert all(svg.startswith("<svg ") and len(svg) <= LARGEST_PICTURE for svg in drawings)
    for picture in pictures:
        raw = base64.b64decode(picture)
        assert raw.startswith(b"\x89PNG") and len(raw) <= LARGEST_PICTURE
    kinds = {kind for cell in cells for b in bundles(cell) for kind in b}
    assert kinds <= {"image/png", "image/svg+xml", "text/html", "text/plain"}
    assert {o["output_type"] for cell in cells for o in cell["outputs"]} <= {
        "stream",
        "execute_result",
        "display_data",
    }


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_nothing_of_the_machine_and_both_languages(name: str) -> None:
    notebook = stored(name)
    text = json.dumps(notebook["cells"], ensure_ascii=False)
    without_pictures = re.sub(r'"image/png": "[^"]*"', "", text)
    assert not re.search(r"(?<![\w.])/(?:home|root|work|tmp|Users|usr|opt)/|[A-Z]:\\\\", without_pictures)
    prose = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    assert "（简体中文）" in prose[0] and "（简体中文）" in prose[-1]


def _notebook(tmp_path: Path, *sources: str) -> Path:
    cells = [{"cell_type": "code", "id": str(k), "metadata": {}, "source": [s]} for k, s in enumerate(sources)]
    path = tmp_path / "small.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    return path


def test_the_runner_shows_prints_values_and_figures(tmp_path: Path) -> None:
    draw = "from matplotlib import pyplot as plt\nfig, ax = plt.subplots(figsize=(2, 1))"
    done = runner.run(_notebook(tmp_path, "a = 2\nprint('two')\na + 1", "a;", draw, "fig"))
    first, second, third, fourth = (bundles(cell) for cell in code(done))
    assert [b["text/plain"] for b in first] == [["two\n"], ["3"]]
    assert second == []
    assert [set(b) for b in third] == [{"image/png", "text/plain"}]
    assert third[0]["image/png"] == fourth[0]["image/png"]


@pytest.mark.parametrize("bad", ["1 / 0", "import warnings\nwarnings.warn('careful')"])
def test_errors_and_warnings_stop_the_runner(tmp_path: Path, bad: str) -> None:
    before = Path.cwd()
    with pytest.raises(RuntimeError, match=r"small\.ipynb, code cell 2"):
        runner.run(_notebook(tmp_path, "a = 1", bad))
    assert Path.cwd() == before
