"""Run the notebooks and store what they show.

    python notebooks/run.py                     # run all of them and store their outputs
    python notebooks/run.py intervals.ipynb     # one of them

A notebook here is plain Python: no magics, no shell. So no Jupyter is needed to run it, and the outputs hold nothing
that changes from run to run: no times, no counters of widgets, no paths. In Jupyter the same cells show the same.

A cell shows what it prints, its last expression, and the figures of pyplot that are open at its end. Warnings are
errors: what a notebook wants to warn of, it says in its text.
"""

from __future__ import annotations

import argparse
import ast
import base64
import contextlib
import io
import json
import os
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib
import pandas as pd

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

HERE = Path(__file__).resolve().parent
#: Dots per inch of stored pictures: a figure 7.5 inches wide fills the column of a notebook.
DPI = 90
#: Options of pandas by which a notebook may say how its tables look.
_TABLES = tuple(f"display.{name}" for name in ("float_format", "precision", "width", "max_columns", "max_rows"))

Output = dict[str, Any]


def read(path: Path) -> dict[str, Any]:
    """A notebook as the JSON tree that it is."""
    tree: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return tree


def run(path: Path) -> dict[str, Any]:
    """The notebook with the outputs of a fresh run, in its own folder; the file is not changed.

    Raises
    ------
    RuntimeError
        A cell failed; the number of the cell and its first line are in the message, the error is its cause.
    """
    notebook = read(path)
    names: dict[str, Any] = {"__name__": "__main__"}
    with _settled(path.parent):
        for place, cell in enumerate(c for c in notebook["cells"] if c["cell_type"] == "code"):
            source = "".join(cell["source"])
            try:
                cell["outputs"] = _outputs(source, names, place + 1)
            except Exception as error:
                first = source.strip().splitlines()[0]
                raise RuntimeError(f"{path.name}, code cell {place + 1} ({first}): {error}") from error
            cell["execution_count"] = place + 1
    return notebook


@contextlib.contextmanager
def _settled(folder: Path) -> Iterator[None]:
    """The working folder and the settings that every run starts from, put back at the end."""
    before, shown = Path.cwd(), {name: pd.get_option(name) for name in _TABLES}
    os.chdir(folder)
    try:
        with matplotlib.rc_context(), warnings.catch_warnings():
            matplotlib.rcdefaults()
            warnings.simplefilter("error")
            yield
    finally:
        plt.close("all")
        for name, value in shown.items():  # what one notebook sets is not seen by the next
            pd.set_option(name, value)
        os.chdir(before)


def _outputs(source: str, names: dict[str, Any], count: int) -> list[Output]:
    """What one cell shows."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, f"<cell {count}>", "exec"), names)
        if isinstance(last, ast.Expr) and not source.rstrip().endswith(";"):
            value = eval(compile(ast.Expression(last.value), f"<cell {count}>", "eval"), names)
        elif last is not None:
            exec(compile(ast.Module([last], []), f"<cell {count}>", "exec"), names)
    out: list[Output] = []
    if printed.getvalue():
        out.append({"name": "stdout", "output_type": "stream", "text": _lines(printed.getvalue())})
    if value is not None:
        shown = {"data": _bundle(value), "metadata": {}}
        out.append({**shown, "execution_count": count, "output_type": "execute_result"})
    for number in plt.get_fignums():
        figure = plt.figure(number)
        if figure is not value:
            out.append({"data": _bundle(figure), "metadata": {}, "output_type": "display_data"})
    plt.close("all")
    return out


def _bundle(value: object) -> dict[str, Any]:
    """An object in the forms that a notebook can show: picture or HTML, and text."""
    if isinstance(value, Figure):
        stream = io.BytesIO()
        plain = {"Software": None}
        value.savefig(stream, format="png", dpi=DPI, bbox_inches="tight", facecolor="white", metadata=plain)
        size = "x".join(f"{side:g}" for side in value.get_size_inches())
        return {"image/png": base64.b64encode(stream.getvalue()).decode() + "\n", "text/plain": [f"<Figure {size}>"]}
    bundle: dict[str, Any] = {}
    drawn = getattr(value, "_repr_svg_", None)
    if drawn is not None:
        bundle["image/svg+xml"] = _lines(drawn())
    html = getattr(value, "_repr_html_", None)
    if html is not None and (text := html()) is not None:
        bundle["text/html"] = _lines(text)
    return bundle | {"text/plain": _lines(repr(value))}


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def write(notebook: dict[str, Any], path: Path) -> None:
    """Store a notebook as Jupyter does: indent of one, keys sorted, letters as they are."""
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    """Run the notebooks that are named, all of this folder by default."""
    parser = argparse.ArgumentParser(description="Run the notebooks and store their outputs.")
    parser.add_argument("notebooks", nargs="*", type=Path, help="files; all of this folder by default")
    for path in parser.parse_args().notebooks or sorted(HERE.glob("*.ipynb")):
        begun = time.perf_counter()
        write(run(path.resolve()), path.resolve())
        print(f"{path.name}: {time.perf_counter() - begun:.1f} s, {path.stat().st_size / 1024:.0f} kB")


if __name__ == "__main__":
    main()
