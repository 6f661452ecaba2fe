"""Examples in docs/ are specs that load and Python that runs."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
from pathlib import Path

import pytest

import csimodels as cs

DOCS = Path(__file__).resolve().parents[2] / "docs"
SPECS = [
    pytest.param(text, id=f"{page.stem}-{k}")
    for page in sorted(DOCS.glob("*.md"))
    for k, text in enumerate(re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))
    if re.search(r"^csi: 1", text, re.MULTILINE) and "./" not in text
]


@pytest.mark.parametrize("text", SPECS)
def test_a_spec_shown_is_a_spec(text: str) -> None:
    assert cs.parse_model(text).constructs


def test_the_python_of_the_page_on_ml_runs() -> None:
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / "ml.md").read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile("\n".join(blocks), "ml.md", "exec"), {})


def test_the_open_questions_are_answered_as_shown() -> None:
    """Numbers have few digits there, so that another processor shows the same."""
    page = str(DOCS / "open_questions.md")
    failed, tried = doctest.testfile(page, module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert tried > 40 and failed == 0
