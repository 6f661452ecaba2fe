"""Write docs/validation.md: every number that is compared with another tool.

Run from anywhere: ``python docs/make_validation.py``.  The page depends on the code and the reference values only, and
is the same on every run: differences are rounded up to a power of ten.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "tests" / "golden")]

import against_composites  # noqa: E402
from against_published import cases  # noqa: E402
from comparisons import GROUPS, Row  # noqa: E402

PAGE = ROOT / "docs" / "validation.md"

#: Groups of more values than this are summed up by quantity in the full list.
LONG = 310

HEAD = """# Validation: our numbers beside those of other tools

Made by `docs/make_validation.py` from `tests/golden/comparisons.py`; the test suite asserts the same list on every run.
Data: ECSI mobile-phone data (250 customers, 24 items, answers 1 to 10), model `ecsi` unless the group says otherwise.
*Largest difference* is rounded up to a power of ten (so that this page does not change with the last bit of a
processor); every value lies within its tolerance. Differences are absolute, or, where the reason says so, relative to
the larger of 0.001 and the other tool's value.

What is not compared: `rho_A` of single items and of mode-B constructs (not defined: NaN here, 1 in seminr and cSEM);
`rho_A` of composites in cSEM (held at 1 there); cross-loadings, construct correlations, VIF and f2 of PLSc in seminr
(it shows those of the uncorrected scores). Indices are compared with an independent computation, not with tools that
put standardised weights on the raw scale. Covariance structures: robust CFI and TLI of two-stage ML (lavaan scales
the baseline model by one and the same factor whatever the errors); those of FIML with *expected* information (lavaan
takes an information of its own there); GFI and its kin of FIML (ours are of the EM moments).

"""


def power(value: float) -> str:
    """`value` rounded up to a power of ten; differences below 1e-12 count as rounding."""
    if value <= 1e-12:
        return "≤ 1e-12"
    return f"≤ 1e{math.ceil(math.log10(value) - 1e-9):03d}"


def short(value: float) -> str:
    """Seven decimals: differences that are tolerated do not show."""
    text = f"{value:.7f}"
    return "0.0000000" if text == "-0.0000000" else text


def _program(row: Row) -> str:
    """The tool; of printed results without the page they stand on."""
    return row.tool.split(",")[0] if row.group.startswith("Published") else row.tool


def overview(found: dict[str, list[Row]]) -> list[str]:
    """One line per group."""
    lines = [
        "## Summary",
        "",
        "| comparison | tool and version | values | largest difference | tolerance | why this tolerance |",
        "|---|---|---:|---:|---:|---|",
    ]
    for group, rows in found.items():
        bars = list(dict.fromkeys((row.tol, row.reason) for row in rows))
        worst = [power(max(row.difference for row in rows if (row.tol, row.reason) == bar)) for bar in bars]
        tools = " · ".join(dict.fromkeys(_program(row) for row in rows))
        tol, reason = (" · ".join(parts) for parts in zip(*((f"{t:g}", why) for t, why in bars), strict=True))
        lines.append(f"| {group} | {tools} | {len(rows)} | {' · '.join(worst)} | {tol} | {reason} |")
    total = sum(len(rows) for rows in found.values())
    return [*lines, "", f"{total} values in {len(found)} comparisons.", ""]


def printed_results(found: dict[str, list[Row]]) -> list[str]:
    """One line per case whose numbers another tool's manual, tutorial or tests print."""
    rows = [row for group, part in found.items() if group.startswith("Published") for row in part]
    lines = [
        "## Printed results",
        "",
        "Numbers that manuals, tutorials and tests of other tools print or store, case by case; they stand with their",
        "models in `tests/golden/reference`, `published.json` and `composites.json`. Tolerances are half a unit of the",
        "last digit printed, or what the stopping rule of the source leaves. Where a source shows a model and data but",
        "no numbers, the tool that it names computed them (tolerance 1e-9 or 1e-8).",
        "",
        "| case | data | source | values | largest difference | tolerance |",
        "|---|---|---|---:|---:|---:|",
    ]
    for case in (*cases(), *against_composites.cases()):
        part = [row for row in rows if row.subject.startswith(f"{case['name']}: ")]
        tail = f"{len(part)} | {power(max(row.difference for row in part))} | {case['tolerance']:g} |"
        lines.append(f"| {case['name']} | {case['data'].split('/')[-1]} | {case['source']} | {tail}")
    kinds = "Interactions, equality across groups, second order, equal loadings and intercepts, observed causes"
    missing = "an item of two constructs, circles of paths, residuals that go together, ranks as scales"
    return [*lines, "", f"{kinds}.", f"Not expressible under PLS: {missing}.", ""]


def by_quantity(rows: list[Row]) -> list[str]:
    """Counts and largest differences of one group, quantity by quantity."""
    lines = ["| quantity | values | largest difference |", "|---|---:|---:|"]
    for quantity in dict.fromkeys(row.quantity for row in rows):
        part = [row for row in rows if row.quantity == quantity]
        lines.append(f"| {quantity} | {len(part)} | {power(max(row.difference for row in part))} |")
    return [*lines, ""]


def in_full(rows: list[Row]) -> list[str]:
    """Every value of one group, ours and theirs."""
    lines = ["| quantity | subject | csimodels | other tool |", "|---|---|---:|---:|"]
    for row in rows:
        lines.append(f"| {row.quantity} | {row.subject} | {short(row.ours)} | {short(row.theirs)} |")
    return [*lines, ""]


def page() -> str:
    """The whole page."""
    found = {group: list(make(group)) for group, make in GROUPS.items()}
    wrong = [f"{row.group}: {row.quantity} {row.subject}" for rows in found.values() for row in rows if not row.agrees]
    if wrong:
        raise SystemExit("not written, because these differ:\n" + "\n".join(wrong))
    lines = [*overview(found), *printed_results(found)]
    lines += ["## By quantity", ""]
    for group, rows in found.items():
        lines += [f"### {group}", "", *by_quantity(rows)]
    lines += ["## Full list", "", f"Groups of at most {LONG} values, to seven decimals.", ""]
    for group, rows in found.items():
        if len(rows) <= LONG:
            lines += [f"### {group}: values", "", *in_full(rows)]
    return HEAD + "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8", newline="\n")
    print(f"{PAGE.relative_to(ROOT)} written")
