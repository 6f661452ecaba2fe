"""Run the commands that README and docs show, and write what they print: ``python docs/make_screens.py``.

In a block ``console`` a line that begins with ``$`` is a command, typed in an empty folder in which ``models/`` and
``data/`` of the repository lie; the lines up to the next command are what it prints.  The blocks of a page are run one
after the other in one folder.  A line ``...`` stands for any lines left out: such a screen is checked by
``tests/docs/test_screens.py`` as all are, and written by hand.
"""

from __future__ import annotations

import math
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

from typer.testing import CliRunner

from csimodels.cli import app
from csimodels.errors import CsiError
from csimodels.i18n import language_of_user, speak, translator
from csimodels.study import pace
from csimodels.terminal import out

ROOT = Path(__file__).resolve().parents[1]
WIDTH = 110
BLOCK = re.compile(r"(?<=```console\n)(.*?)(?=```)", re.DOTALL)


def pages() -> list[Path]:
    """README and the pages of docs that show screens."""
    every = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    return [page for page in every if BLOCK.search(page.read_text(encoding="utf-8"))]


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """Commands of a block with the lines that they are said to print."""
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
    """What a command of csi prints, errors included; ``NAME=value`` may stand before it."""
    words, env = shlex.split(command), {"CSI_LANG": ""}
    while "=" in words[0]:
        name, _, value = words.pop(0).partition("=")
        env[name] = value
    assert words.pop(0) == "csi", command
    usual, out.width = out.width, WIDTH
    with patch.object(pace, "LONG_SECONDS", math.inf):  # whether work is long depends on the machine
        done = CliRunner().invoke(app, words, env=env)
    out.width = usual
    text = done.output
    if isinstance(done.exception, CsiError):
        tr = translator(language_of_user())
        text += f"{tr('error')} {done.exception.said(tr)}"
    elif done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    speak("en")
    return [line.rstrip() for line in text.strip("\n").splitlines()]


def in_folder(folder: Path) -> None:
    """Go to an empty folder, with the models and data of the repository."""
    for name in ("models", "data"):
        (folder / name).symlink_to(ROOT / name)
    os.chdir(folder)


def renewed(text: str) -> str:
    """A page with the screens that its commands print now."""

    def screen(block: re.Match[str]) -> str:
        lines = []
        for command, shown in commands(block[0]):
            now = printed(command)
            lines += [f"$ {command}", *(shown if "..." in (line.strip() for line in shown) else now)]
        return "".join(f"{line}\n" for line in lines)

    return BLOCK.sub(screen, text)


def main() -> None:
    """Write the screens of every page anew."""
    for page in pages():
        with tempfile.TemporaryDirectory() as folder:
            in_folder(Path(folder))
            page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")
            os.chdir(ROOT)


if __name__ == "__main__":
    main()
