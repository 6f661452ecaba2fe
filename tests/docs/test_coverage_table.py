"""The coverage tables of docs/uncertainty.md are those of the committed results."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "docs"))

import make_coverage  # noqa: E402

PAGE = make_coverage.PAGE.read_text(encoding="utf-8")


def test_the_page_shows_the_committed_results() -> None:
    if not (make_coverage.RESULTS / make_coverage.FILES[0]).exists():
        pytest.skip("the results of benchmarks/coverage.py are not here (a source archive leaves them out)")
    rows = make_coverage.read(make_coverage.RESULTS)
    assert make_coverage.page(rows, PAGE) == PAGE, "run python docs/make_coverage.py"


def test_shares_in_the_wanted_band_are_bold_as_shown() -> None:
    """The band is that of the shown decimals, so that a 94.0 is never both."""
    assert make_coverage.share("0.9396") == "**94.0**"
    assert make_coverage.share("0.9604") == "**96.0**"
    assert make_coverage.share("0.9394") == "93.9"
    assert make_coverage.share("0.9606") == "96.1"


def test_cells_that_were_not_simulated_are_dashes() -> None:
    row = {"coverage": "0.95", "lowest": "0.94", "highest": "0.96", "width": "2", "surveys": "10"}
    rows = {("simple", "100", "percentile", "index"): row}
    line = next(text for text in make_coverage.table(rows, "index") if text.startswith("| percentile"))
    assert line == "| percentile | **95.0** |" + " – |" * 8
