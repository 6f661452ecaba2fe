"""Write the coverage tables into docs/uncertainty.md, between their markers.

Run from anywhere: ``python docs/make_coverage.py``.  It reads ``benchmarks/results/coverage.csv`` and
``coverage_studentised.csv``, which ``benchmarks/coverage.py`` writes; ``--results DIR`` reads them from elsewhere.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "uncertainty.md"
RESULTS = ROOT / "benchmarks" / "results"
FILES = ("coverage.csv", "coverage_studentised.csv")

#: Between these two lines of the page everything is written by this script.
BEGIN = "<!-- coverage: made by docs/make_coverage.py -->"
END = "<!-- coverage: end -->"

SIZES = ("100", "250", "1000")
DESIGNS = ("simple", "weighted", "clustered")
#: Heading of each part and its name in the files.
QUANTITIES = {"Indices": "index", "Paths": "path", "Total effects": "total effect", "Impacts": "impact"}
#: Rows of the tables: name shown and name in the files.
METHODS = {
    "jackknife-t": "jackknife-t",
    "linearised": "linearised",
    "studentised": "studentised",
    "percentile": "percentile",
    "BC": "bc",
    "BCa": "bca",
    "normal": "normal",
    "basic": "basic",
}
#: Shares in per cent that count as right for a nominal 95 %.
WANTED = (94.0, 96.0)

#: (design, n, method, quantity) of a row.
Cell = tuple[str, str, str, str]
Row = dict[str, str]


def read(folder: Path) -> dict[Cell, Row]:
    """The rows of both files by what they are of; the second file may be absent, or its cells incomplete."""
    found: dict[Cell, Row] = {}
    for name in FILES:
        path = folder / name
        if name == FILES[0] or path.exists():
            with path.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    found[row["design"], row["n"], row["method"], row["quantity"]] = row
    return found


def share(text: str) -> str:
    """A share as per cent with one decimal, bold where it is right."""
    value = round(100 * float(text), 1)
    return f"**{value:.1f}**" if WANTED[0] <= value <= WANTED[1] else f"{value:.1f}"


def header(first: str) -> list[str]:
    """Two lines: sizes and designs."""
    cells = [f"{n} {design}" for n in SIZES for design in DESIGNS]
    return [f"| {first} | " + " | ".join(cells) + " |", "|---|" + "---:|" * len(cells)]


def table(rows: dict[Cell, Row], quantity: str) -> list[str]:
    """Mean coverage of the numbers of one kind: a row for each method, a column for each size and design."""
    lines = header("n and design")
    for shown, method in METHODS.items():
        cells = []
        for n in SIZES:
            for design in DESIGNS:
                row = rows.get((design, n, method, quantity))
                cells.append("–" if row is None else share(row["coverage"]))
        lines.append(f"| {shown} | " + " | ".join(cells) + " |")
    return lines


def single(rows: dict[Cell, Row]) -> list[str]:
    """Lowest and highest coverage of single numbers by the jackknife."""
    lines = header("jackknife-t, single numbers")
    for heading, quantity in QUANTITIES.items():
        cells = []
        for n in SIZES:
            for design in DESIGNS:
                row = rows[design, n, "jackknife-t", quantity]
                cells.append(f"{100 * float(row['lowest']):.1f}–{100 * float(row['highest']):.1f}")
        lines.append(f"| {heading.lower()} | " + " | ".join(cells) + " |")
    return lines


def width(rows: dict[Cell, Row]) -> list[str]:
    """Mean width of the intervals of the jackknife, for planning a study."""
    lines = header("jackknife-t, mean width")
    units = {
        "index": ("indices, points", 1, ".1f"),
        "path": ("paths, sd", 1, ".2f"),
        "impact": ("impacts, points", 5, ".1f"),
    }
    for quantity, (shown, factor, form) in units.items():
        cells = [
            format(factor * float(rows[design, n, "jackknife-t", quantity]["width"]), form)
            for n in SIZES
            for design in DESIGNS
        ]
        lines.append(f"| {shown} | " + " | ".join(cells) + " |")
    return lines


def text(rows: dict[Cell, Row]) -> str:
    """Everything between the markers."""
    surveys = {
        kind: sorted({r["surveys"] for c, r in rows.items() if (c[2] == "studentised") is kind})
        for kind in (False, True)
    }
    said = f"{' or '.join(surveys[False])} surveys in each column"
    if surveys[True]:
        said += f" ({' or '.join(surveys[True])} for the studentised kind)"
    lines = [f"{said[0].upper()}{said[1:]}; per cent, mean over the numbers of a kind; bold: 94 to 96.", ""]
    for heading, quantity in QUANTITIES.items():
        lines += [f"**{heading}**", "", *table(rows, quantity), ""]
    lines += ["Lowest and highest coverage of a single number, per cent:", "", *single(rows), ""]
    lines += ["How wide the intervals are:", "", *width(rows)]
    return "\n".join(lines)


def page(rows: dict[Cell, Row], old: str) -> str:
    """`old` with what stands between the markers written anew."""
    before, rest = old.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{text(rows)}\n\n{END}{after}"


def main() -> None:
    """Read the results and write the page."""
    parser = argparse.ArgumentParser(description="Write the coverage tables into docs/uncertainty.md.")
    parser.add_argument("--results", type=Path, default=RESULTS, help="folder of the two CSV files")
    folder = parser.parse_args().results
    PAGE.write_text(page(read(folder), PAGE.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
