"""README does what it says: its commands run, its example prints what it shows."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest

from csimodels.cli import main

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.search(r"```python\n(.*?)```\n\n```text\n(.*?)```", README, re.DOTALL)


def commands(heading: str) -> list[str]:
    """The `csi` lines of the first shell block under a heading, without the installation."""
    part = README.split(heading, 1)[1]
    block = next(b for b in re.findall(r"```bash\n(.*?)```", part, re.DOTALL) if "pip install" not in b)
    return [line.split("#")[0].strip() for line in block.splitlines() if line.startswith("csi ")]


def test_the_two_commands_are_there_to_the_letter() -> None:
    assert 'pip install -e ".[all]" && csi run models/demo.yaml\n' in README
    assert 'pip install -e ".[all,test]" && pytest\n' in README


@pytest.mark.parametrize("heading", ["## A first hour", "## 中文简介"])
def test_the_commands_run_in_an_empty_folder(
    heading: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    lines = commands(heading)
    assert len(lines) >= 6
    for line in lines:
        if line.startswith("csi run"):
            line += " --replicates 20"
        monkeypatch.setattr(sys, "argv", shlex.split(line))
        try:
            main()
        except SystemExit as stop:
            assert not stop.code, f"{line}: {capsys.readouterr()}"
    assert list(tmp_path.glob("out/*/report.html"))


def test_the_example_prints_what_readme_shows() -> None:
    assert PYTHON is not None
    code, shown = PYTHON.groups()
    printed = io.StringIO()
    usual = pd.option_context("display.float_format", None, "display.precision", 6)  # a peer package changes them
    with usual, contextlib.redirect_stdout(printed):
        exec(compile(code, "README.md", "exec"), {})
    assert printed.getvalue().rstrip() == shown.rstrip()


def anchors(page: Path) -> set[str]:
    """What a link to a heading of a page is called."""
    heads = re.findall(r"^#+ (.*)$", re.sub(r"(?ms)^```.*?^```", "", page.read_text(encoding="utf-8")), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", head) for head in heads)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in plain}


def test_links_lead_to_files_and_headings() -> None:
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)\s]+)", page.read_text(encoding="utf-8")):
            if not target.startswith(("http", "mailto")):
                name, _, anchor = target.partition("#")
                to = page.parent / name if name else page
                assert to.exists(), f"{page.name}: {target}"
                assert not anchor or to.suffix != ".md" or anchor in anchors(to), f"{page.name}: {target}"
