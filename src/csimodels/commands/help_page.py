"""The help text of a command on a screen of any width: names and what they mean, side by side or below one another."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console

from csimodels.blocks import print_text
from csimodels.i18n import language_of_user, translator
from csimodels.messages import N_, Translate
from csimodels.terminal import out
from csimodels.wrapping import lines_of

#: Headings of the parts of a page, and what stands in its first line.
_ARGUMENTS, _OPTIONS, _COMMANDS = N_("Arguments"), N_("Options"), N_("Commands")
_FIRST = (N_("Usage:"), N_("[OPTIONS]"), N_("COMMAND [ARGS]..."))
#: What is said behind the text of an option.
_DEFAULT, _REQUIRED = N_("[default: {}]"), N_("[required]")
_REMARK = re.compile(r"  \[(?:default: (?P<default>[^\]]*)|required)\]$")
#: Texts of options that are added to ours.
ADDED = (
    N_("Show this message and exit."), N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
)  # fmt: skip
#: A text stands beside its name where it has so many cells; names wider than this part of the screen do not count.
_ROOM, _PART = 40, 0.4
#: A line of text is no wider than this, however wide the screen.
_WIDEST = 110


def usage(text: str) -> str:
    """The line that shows how a command is written, in the language of the user."""
    tr = translator(language_of_user())
    for word in _FIRST:
        text = text.replace(word, tr(word), 1)
    return text.replace("： ", "：", 1)  # a full-width colon has its blank within


def print_help(command: Any, ctx: Any) -> None:
    """Print the help text of a command in the language of the user."""
    tr = translator(language_of_user())
    width = shutil.get_terminal_size().columns
    console = Console(file=out.file, width=width, highlight=False, emoji=False)
    _paragraph(console, command.get_usage(ctx), "")
    console.print()
    for number, text in enumerate(_paragraphs(command, tr)):
        _paragraph(console, "\n" * (number > 0) + text, "  ")
    shown = [param for param in command.get_params(ctx) if not getattr(param, "hidden", False)]
    arguments = [_said(param, ctx, tr) for param in shown if param.param_type_name == "argument"]
    options = [_said(param, ctx, tr) for param in shown if param.param_type_name == "option"]
    commands = [(name, _paragraphs(part, tr)[0]) for name, part in getattr(command, "commands", {}).items()]
    for heading, rows in ((_ARGUMENTS, arguments), (_OPTIONS, options), (_COMMANDS, commands)):
        if rows:
            console.print()
            print_text(console, "", tr(heading))
            _print_rows(console, rows)


def _paragraphs(command: Any, tr: Translate) -> list[str]:
    """The text of a command, of which the list of commands has the first paragraph."""
    return [" ".join(text.split()) for text in tr(command.help or "").split("\n\n")]


def _said(param: Any, ctx: Any, tr: Translate) -> tuple[str, str]:
    """Names of an argument or option, and its text with the remark on its default."""
    names, text = param.get_help_record(ctx)
    remark = _REMARK.search(text)
    if remark is None:
        return names, tr(text)
    after = tr(_REQUIRED) if remark["default"] is None else tr(_DEFAULT).replace("{}", remark["default"])
    return names, f"{tr(text[: remark.start()])} {after}"


def _print_rows(console: Console, rows: Sequence[tuple[str, str]]) -> None:
    """Names and texts side by side; where the screen is narrow or a name is long, the text below its name."""
    most = int(console.width * _PART)
    widest = max((cell_len(name) for name, _ in rows if cell_len(name) <= most), default=most)
    wide = console.width - widest - 4 >= _ROOM
    at = widest + 4 if wide else 6
    for name, text in rows:
        lines = lines_of(text, max(min(console.width, _WIDEST) - at, 1), fold=True)
        beside = wide and cell_len(name) <= most
        head = f"  {name}" + (" " * (at - 2 - cell_len(name)) + lines.pop(0) if beside else "")
        print_text(console, head[len(name) + 2 :], head[: len(name) + 2], "cyan")
        for line in lines:
            print_text(console, " " * at + line)


def _paragraph(console: Console, text: str, before: str) -> None:
    for line in lines_of(text, max(min(console.width, _WIDEST) - len(before), 1), fold=True):
        print_text(console, (before + line).rstrip())
