"""axe-core finds nothing on the pages, in both themes and languages.

axe-core is no part of the package: ``npm install axe-core``, and name its ``axe.min.js`` in ``CSI_AXE``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from browser import browsing
from telling import told

from csimodels.report import write_html
from csimodels.report.formats import write as write_report

_RUN = (
    "axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify("
    "r.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 120))])))"
)


def axe() -> str:
    """The script; the test is skipped, and says so, where it is not there."""
    named = os.environ.get("CSI_AXE", "")
    if not named or not Path(named).is_file():
        pytest.skip("axe-core is not here: npm install axe-core, and CSI_AXE=.../axe.min.js")
    return Path(named).read_text(encoding="utf-8")


def test_axe_finds_no_violation(tmp_path: Path) -> None:
    script = axe()
    content = told(((1.0, 0.4), (0.6, 0.4)), rolled=True)
    page = write_html(content, tmp_path / "report.html", ("en", "zh"))
    index = write_report(content, "profiles", tmp_path / "index.html", ("en", "zh"))
    unit = tmp_path / "Buche.zh.html"
    with browsing() as opened:
        for path, lang in ((page, "en"), (page, "zh"), (index, ""), (unit, "")):
            for dark in (False, True):
                opened.open(path, dark=dark)
                if lang:
                    opened.run(f"document.querySelector('.switch button[data-lang={lang}]').click()")
                opened.run(f"{script};0")
                assert json.loads(opened.run(_RUN)) == [], (path.name, lang, dark)
