"""Commands whose help texts are said in the language of the user, through the catalogue of all messages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from typer.core import TyperCommand, TyperGroup

from csimodels.commands.help_page import print_help, usage
from csimodels.commands.misused import UsageError, in_words, no_command, print_misuse
from csimodels.i18n import LANGUAGES, speak

_STOPPED = 130


class _Spoken:
    """What a command and a group of them share, in front of those of typer."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As ever; a language that is asked for is spoken at once, by help and by mistakes."""
        _listen(args)
        with in_words():
            return super().parse_args(ctx, args)  # type: ignore[misc,no-any-return]

    def get_usage(self, ctx: Any) -> str:
        """The line that shows how the command is written."""
        return usage(super().get_usage(ctx))  # type: ignore[misc]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Print the help text in the language of the user, in lines that the screen holds."""
        print_help(self, ctx)


class SpokenCommand(_Spoken, TyperCommand):
    """A command of ``csi``."""


class SpokenGroup(_Spoken, TyperGroup):
    """``csi`` itself."""

    def main(self, *args: Any, **rest: Any) -> Any:
        """As ever; a mistake on the command line is printed like every other error, without a box round it."""
        if not rest.get("standalone_mode", True):
            return super().main(*args, **rest)
        try:
            code = super().main(*args, **{**rest, "standalone_mode": False})
        except UsageError as error:
            print_misuse(error)
            sys.exit(2)
        if code == _STOPPED:  # how typer tells of Ctrl-C
            raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else 0)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that the first word names."""
        try:
            return super().resolve_command(ctx, args)
        except UsageError as error:
            raise no_command(error, args[0], list(self.commands)) from None


def _listen(args: Sequence[str]) -> None:
    """Speak the language that ``--lang`` names: help and mistakes are written before options are read."""
    named = [a.partition("=")[2] for a in args if a.startswith("--lang=")]
    named += [after for a, after in pairwise(args) if a == "--lang"]
    for lang in named:
        if lang in LANGUAGES:
            speak(lang)
