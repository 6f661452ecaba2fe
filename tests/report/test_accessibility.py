"""axe-core finds nothing on the pages, in both themes and languages.

axe-core is no part of the package: ``pip install --no-deps axe-playwright-python`` brings its script (what that package
depends on is not needed, the browser is spoken to without it); ``CSI_AXE`` names another ``axe.min.js``.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sample
from browser import browsing
from telling import told

from csimodels.report import write_html
from csimodels.report.content import Content
from csimodels.report.formats import write as write_report

_RUN = (
    "axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify("
    "r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 120))])))"
)


def axe() -> str:
    """The script; the test is skipped, and says so, where it is not there."""
    package = importlib.util.find_spec("axe_playwright_python")  # not imported: it would ask for its own browser
    folders = package.submodule_search_locations if package else None
    named = os.environ.get("CSI_AXE") or (folders and Path(folders[0]) / "axe.min.js")
    if not named or not Path(named).is_file():
        pytest.skip("axe-core is not here: pip install --no-deps axe-playwright-python, or CSI_AXE=.../axe.min.js")
    return Path(named).read_text(encoding="utf-8")


def flagged() -> Content:
    """A model that bears no verdict."""
    plain = told(((1.0, 0.4),))
    drivers = plain.tables["drivers"].assign(status="nearly not identified")
    return replace(plain, tables={**plain.tables, "drivers": drivers})


CASES: Mapping[str, Callable[[], Content]] = {
    "one sample": lambda: sample.content(grouped=False),
    "flagged": flagged,
    "waves": lambda: told(((1.0, 0.4), (0.1, 0.4), (-1.0, 0.4))),
    "many units": lambda: told(((1.0, 0.4),), values={f"Company {k:02d}": 84.0 - 0.2 * k for k in range(60)}),
}


@pytest.mark.parametrize("case", list(CASES))
def test_axe_and_the_console_are_silent_on_every_kind_of_report(case: str, tmp_path: Path) -> None:
    script = axe()
    page = write_html(CASES[case](), tmp_path / "report.html", ("en", "zh"))
    with browsing() as opened:
        for lang, dark, width in (("en", False, 1280), ("zh", True, 390)):
            opened.open(page, width, dark=dark)
            opened.run(f"document.querySelector('.switch button[data-lang={lang}]').click()")
            opened.run(f"{script};0")
            assert json.loads(opened.run(_RUN)) == [], (lang, dark)
        assert opened.complaints() == []


def test_axe_finds_no_violation(tmp_path: Path) -> None:
    script = axe()
    content = told(((1.0, 0.4), (0.6, 0.4)), rolled=True)
    page = write_html(content, tmp_path / "report.html", ("en", "zh"))
    index = write_report(content, "profiles", tmp_path / "index.html", ("en", "zh"))
    unit = tmp_path / "Buche.zh.html"
    with browsing() as opened:
        for path, lang, dark in ((page, "en", True), (page, "zh", False), (index, "", False), (unit, "", True)):
            opened.open(path, dark=dark)
            if lang:
                opened.run(f"document.querySelector('.switch button[data-lang={lang}]').click()")
            opened.run(f"{script};0")
            assert json.loads(opened.run(_RUN)) == [], (path.name, lang, dark)
