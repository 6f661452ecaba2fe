"""Commands whose help texts are said in the language of the user, through the catalogue of all messages."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from itertools import pairwise
from typing import Any

from rich.cells import cell_len
from typer.core import TyperCommand, TyperGroup

from csimodels.commands.misused import UsageError, in_words, no_command
from csimodels.i18n import LANGUAGES, language_of_user, speak, translator
from csimodels.messages import N_, Translate

#: Words that the frame of a help text has, by the name under which typer keeps them.
_FRAME = {
    "ARGUMENTS_PANEL_TITLE": N_("Arguments"), "OPTIONS_PANEL_TITLE": N_("Options"),
    "COMMANDS_PANEL_TITLE": N_("Commands"), "DEFAULT_STRING": N_("[default: {}]"),
    "REQUIRED_LONG_STRING": N_("[required]"),
}  # fmt: skip
_USAGE = N_("Usage:")
_WORDS = (N_("[OPTIONS]"), N_("COMMAND [ARGS]..."))
#: Options that typer adds by itself.
ADDED = (
    N_("Show this message and exit."), N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
)  # fmt: skip

#: After these a line may end; without a space behind them a whole Chinese sentence is one word, and is cut.
_BREAKS = re.compile(r"([、，；：。）])(?=[^\s、，；：。）])")


#: Cells that stand beside a help text: of an option (names, kind, frame), of a command in the list, of a command.
_OPTION, _NAME, _MARGIN = 53, 19, 2
#: Where typer makes the texts of a help page.
_MAKER = "_make_rich_text"


class _Spoken:
    """What a command and a group of them share, in front of those of typer."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As ever; a language that is asked for is spoken at once, by help and by mistakes."""
        _listen(args)
        with in_words():
            return super().parse_args(ctx, args)  # type: ignore[misc,no-any-return]

    def get_usage(self, ctx: Any) -> str:
        """The line that shows how the command is written."""
        return _usage(super().get_usage(ctx))  # type: ignore[misc]


class SpokenCommand(_Spoken, TyperCommand):
    """A command of ``csi``."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help text in the language of the user."""
        tr = translator(language_of_user())
        with _framed(tr):
            TyperCommand.format_help(_said(self, ctx, tr), ctx, formatter)


class SpokenGroup(_Spoken, TyperGroup):
    """``csi`` itself."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names."""
        try:
            return super().resolve_command(ctx, args)
        except UsageError as error:
            raise no_command(error, args[0], list(self.commands)) from None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help text and the list of commands in the language of the user."""
        tr = translator(language_of_user())
        whole = _said(self, ctx, tr)
        whole.commands = {name: _worded(command, tr, _room(_NAME)) for name, command in self.commands.items()}
        with _framed(tr):
            TyperGroup.format_help(whole, ctx, formatter)


def _listen(args: Sequence[str]) -> None:
    """Speak the language that ``--lang`` names: help and mistakes are written before options are read."""
    named = [a.partition("=")[2] for a in args if a.startswith("--lang=")]
    named += [after for a, after in pairwise(args) if a == "--lang"]
    for lang in named:
        if lang in LANGUAGES:
            speak(lang)


def _said(command: TyperCommand | TyperGroup, ctx: Any, tr: Translate) -> Any:
    """The command with its own help and that of its arguments and options."""
    out = _worded(command, tr, _room(_MARGIN))
    out.params = [_worded(param, tr, _room(_OPTION)) for param in command.params]
    own = command.get_help_option(ctx)
    added = None if own is None else _worded(own, tr, _room(_OPTION))
    out.get_help_option = lambda ctx: added
    return out


def _worded(part: Any, tr: Translate, room: int) -> Any:
    """A command, argument or option whose help is said by `tr`; it may have to break where it is wider than `room`."""
    out = copy(part)
    if getattr(part, "help", None):
        said = tr(part.help)
        out.help = _BREAKS.sub(r"\1 ", said) if cell_len(said) > room else said
    return out


def _room(taken: int) -> int:
    """Cells of a line of the screen beside what stands before a help text."""
    return shutil.get_terminal_size().columns - taken


def _usage(text: str) -> str:
    tr = translator(language_of_user())
    for word in (_USAGE, *_WORDS):
        text = text.replace(word, tr(word), 1)
    return text


def _whole(text: Any) -> Any:
    """A text whose lines are never cut: a blank at the end of a full line of wide letters counted as too much."""
    if hasattr(text, "overflow"):
        text.overflow = "fold"
    return text


@contextmanager
def _framed(tr: Translate) -> Iterator[None]:
    """Headings and remarks of the frame in the language of `tr`, as long as a help text is written."""
    from typer import rich_utils

    usual = {name: getattr(rich_utils, name) for name in _FRAME}
    make = getattr(rich_utils, _MAKER, None)
    try:
        if make is not None:
            setattr(rich_utils, _MAKER, lambda *given, **parts: _whole(make(*given, **parts)))
        for name, text in _FRAME.items():
            setattr(rich_utils, name, tr(text))
        yield
    finally:
        if make is not None:
            setattr(rich_utils, _MAKER, make)
        for name, text in usual.items():
            setattr(rich_utils, name, text)
