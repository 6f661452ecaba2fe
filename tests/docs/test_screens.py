"""Screens shown in README and docs are what the commands print: every block ``console`` is run again.

A line that begins with ``$`` is a command, typed in an empty folder in which ``models/`` and ``data/`` of the
repository lie; the lines up to the next command are what it prints, and a line ``...`` stands for any lines left out.
The blocks
of a page are run one after the other in one folder.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from csimodels.cli import app
from csimodels.errors import CsiError
from csimodels.i18n import speak

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    if "```console" in page.read_text("utf-8")
]


def sessions(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Commands of a page with the lines that they are said to print."""
    for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        command, shown = "", list[str]()
        for line in block.splitlines():
            if line.startswith("$ "):
                if command:
                    yield command, shown
                command, shown = line[2:], []
            else:
                shown.append(line.rstrip())
        yield command, shown


def printed(command: str) -> list[str]:
    """What a command of csi prints, errors included."""
    words = shlex.split(command)
    env = {"COLUMNS": "110"}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        env[name] = value
    assert words.pop(0) == "csi", command
    done = CliRunner().invoke(app, words, env=env)
    text = done.output
    if isinstance(done.exception, CsiError):
        from csimodels.i18n import language_of_user, translator

        text += "error " + done.exception.said(translator(language_of_user()))
    elif done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def pattern(lines: list[str]) -> str:
    """The lines as a pattern, ``...`` for any lines; how many files were written is not looked at."""
    parts = [r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line) + r"\n" for line in lines]
    return re.sub(r"wrote\\ \d+", r"wrote\\ \\d+", "".join(parts))  # a new table is a new file


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_screens_are_what_is_printed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("models", "data"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CSI_LANG", raising=False)
    for command, shown in sessions(page):
        lines = printed(command)
        speak("en")
        text = "".join(f"{line}\n" for line in lines)
        assert re.fullmatch(pattern(shown), text), f"{page.name}: {command} prints\n{text}"
