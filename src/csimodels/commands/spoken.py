"""Commands whose help texts are said in the language of the user, through the catalogue of all messages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from itertools import pairwise
from typing import Any

from typer import BadParameter
from typer.core import TyperCommand, TyperGroup

from csimodels.errors import Problem, SpecError, nearest
from csimodels.i18n import LANGUAGES, language_of_user, speak, translator
from csimodels.messages import N_, Message, Translate

#: Words that the frame of a help text has, by the name under which typer keeps them.
_FRAME = {
    "ARGUMENTS_PANEL_TITLE": N_("Arguments"), "OPTIONS_PANEL_TITLE": N_("Options"),
    "COMMANDS_PANEL_TITLE": N_("Commands"), "DEFAULT_STRING": N_("[default: {}]"),
    "REQUIRED_LONG_STRING": N_("[required]"),
}  # fmt: skip
_USAGE = N_("Usage:")
#: Options that typer adds by itself.
ADDED = (
    N_("Show this message and exit."), N_("Install completion for the current shell."),
    N_("Show completion for the current shell, to copy it or customize the installation."),
)  # fmt: skip

#: Every fault of a call; what typer calls it lies in another place from version to version.
_USAGE_ERROR: Any = BadParameter.__mro__[1]
#: What an option takes, by the name that its type has.
_KINDS = {"int": Message("a whole number"), "float": Message("a number")}

#: After these a line may end; without a space behind them a whole Chinese sentence is one word, and is cut.
_BREAKS = re.compile(r"([、，；：。）])(?=[^\s、，；：。）])")


class _Spoken:
    """What a command and a group of them share, in front of those of typer."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """As ever; a language that is asked for together with help is spoken at once."""
        _listen(args)
        given = list(args)
        try:
            return super().parse_args(ctx, args)  # type: ignore[misc,no-any-return]
        except _USAGE_ERROR as error:
            raise _as_problem(error, ctx, given) from None

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
        """As ever; an unknown command is said in the language of the user."""
        try:
            return super().resolve_command(ctx, args)
        except _USAGE_ERROR:
            what = Message("there is no command {name}", name=args[0])
            known = list(self.commands)
            remedy = Message("see all of them: {command}", command=f"{ctx.command_path} --help")
            raise SpecError(Problem(what, allowed=nearest(args[0], known), remedy=remedy)) from None

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help text and the list of commands in the language of the user."""
        tr = translator(language_of_user())
        whole = _said(self, ctx, tr)
        whole.commands = {name: _worded(command, tr) for name, command in self.commands.items()}
        with _framed(tr):
            TyperGroup.format_help(whole, ctx, formatter)


def _as_problem(error: Any, ctx: Any, given: Sequence[str]) -> Exception:
    """What is wrong with a call, in the form of all problems; an error that asks for help stays what it is."""
    kind, call = type(error).__name__, ctx.command_path
    remedy = Message("see what it takes: {command}", command=f"{call} --help")
    if kind == "NoArgsIsHelpError":
        return error  # type: ignore[no-any-return]
    if kind == "NoSuchOption":
        name = str(error.option_name)
        known = [text for param in ctx.command.params for text in (*param.opts, *param.secondary_opts)]
        what = Message("there is no option {name}", name=name)
        return SpecError(Problem(what, call, allowed=nearest(name, known), remedy=remedy))
    param = getattr(error, "param", None)
    names = [] if param is None else [name for name in param.opts if name.startswith("-")]
    shown = " / ".join(names) or str(getattr(param, "name", "") or getattr(error, "option_name", ""))
    if kind == "MissingParameter":
        return SpecError(Problem(Message("{name} is not given", name=shown), call, remedy=remedy))
    if kind == "BadOptionUsage":
        return SpecError(Problem(Message("option {name} has no value behind it", name=shown), call, remedy=remedy))
    if kind == "BadParameter":
        wanted = next((said for name, said in _KINDS.items() if name in _type_of(param)), "")
        return SpecError(Problem("this value cannot be read", f"{call} {shown}", _value(given, names), wanted, remedy))
    extra = str(error.message).rpartition("(")[2].rstrip(")") if "(" in str(error.message) else ""
    return SpecError(Problem("more words than the command takes", call, extra, remedy=remedy))


def _type_of(param: Any) -> str:
    """What the value of an option is, by the name of its type; typer keeps it in several places."""
    described = getattr(getattr(param, "type_descriptor", None), "annotation", None)
    return str(getattr(getattr(param, "type", None), "name", "") if described is None else described)


def _value(given: Sequence[str], names: Sequence[str]) -> str:
    """What stands behind an option, as it was typed."""
    for word, after in pairwise([*given, ""]):
        name, equals, value = word.partition("=")
        if name in names:
            return value if equals else after
    return ""


def _listen(args: Sequence[str]) -> None:
    """Speak the language that ``--lang`` names where help is asked for: help is written before options are read."""
    if "--help" not in args:
        return
    named = [a.partition("=")[2] for a in args if a.startswith("--lang=")]
    named += [after for a, after in pairwise(args) if a == "--lang"]
    for lang in named:
        if lang in LANGUAGES:
            speak(lang)


def _said(command: TyperCommand | TyperGroup, ctx: Any, tr: Translate) -> Any:
    """The command with its own help and that of its arguments and options."""
    out = _worded(command, tr)
    out.params = [_worded(param, tr) for param in command.params]
    own = command.get_help_option(ctx)
    added = None if own is None else _worded(own, tr)
    out.get_help_option = lambda ctx: added
    return out


def _worded(part: Any, tr: Translate) -> Any:
    """A command, argument or option whose help is said by `tr`."""
    out = copy(part)
    if getattr(part, "help", None):
        out.help = _BREAKS.sub(r"\1 ", tr(part.help))
    return out


def _usage(text: str) -> str:
    return text.replace(_USAGE, translator(language_of_user())(_USAGE), 1)


@contextmanager
def _framed(tr: Translate) -> Iterator[None]:
    """Headings and remarks of the frame in the language of `tr`, as long as a help text is written."""
    from typer import rich_utils

    usual = {name: getattr(rich_utils, name) for name in _FRAME}
    try:
        for name, text in _FRAME.items():
            setattr(rich_utils, name, tr(text))
        yield
    finally:
        for name, text in usual.items():
            setattr(rich_utils, name, text)
