"""Screens shown in README and docs are what the commands print (docs/make_screens.py)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs"))
import make_screens


def pattern(lines: list[str]) -> str:
    """The lines as a pattern, ``...`` for any lines; numbers of files and of numbers compared are not looked at."""
    parts = [r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line) + r"\n" for line in lines]
    return re.sub(r"(wrote\\ |已将|same\\ )\d+", r"\1\\d+", "".join(parts))  # as new tables come


@pytest.mark.parametrize("page", make_screens.pages(), ids=lambda page: page.name)
def test_screens_are_what_is_printed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_screens.in_folder(tmp_path)
    for block in make_screens.BLOCK.findall(page.read_text(encoding="utf-8")):
        for command, shown in make_screens.commands(block):
            text = "".join(f"{line}\n" for line in make_screens.printed(command))
            assert re.fullmatch(pattern(shown), text), f"{page.name}: {command} prints\n{text}"
