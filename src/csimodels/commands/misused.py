"""What a command line that cannot be read is told, in the language of the user."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import typer

from csimodels.i18n import language_of_user, translator
from csimodels.messages import N_, Message, say

#: The class of all mistakes on a command line: of click, or of the copy of it that typer has.
UsageError: Any = typer.BadParameter.__mro__[1]
_TITLE, _HINT = N_("Error"), N_("Try '{command}' for help.")


@contextmanager
def in_words() -> Iterator[None]:
    """Say a mistake on the command line in the language of the user; English as it is raised."""
    try:
        yield
    except UsageError as error:
        _frame()
        said = None if language_of_user() == "en" else _said(error)
        if said is None:
            raise
        raise UsageError(say(said, translator(language_of_user())), ctx=error.ctx) from None


def _frame() -> None:
    """The heading and the remark round the mistake, which is printed after everything else."""
    from typer import rich_utils

    tr = translator(language_of_user())
    rich_utils.ERRORS_PANEL_TITLE = tr(_TITLE)
    rich_utils.RICH_HELP = tr(_HINT).format(command="[blue]{command_path} {help_option}[/]")


def _said(error: Any) -> Message | None:
    """The mistake by what it is about; None where it names nothing."""
    option, near = getattr(error, "option_name", ""), list(getattr(error, "possibilities", None) or ())
    if option and near:
        return Message("there is no option {name}; near it: {near}", name=option, near=", ".join(near))
    if option and type(error).__name__.startswith("NoSuch"):
        return Message("there is no option {name}", name=option)
    if option:
        return Message("option {name} needs a value", name=option)
    param = getattr(error, "param", None)
    if param is None:
        words = re.search(r" \(([^()]*)\)$", str(error.message))
        return Message("too many words: {words}", words=words[1]) if words else None
    name = param.opts[0] if param.param_type_name == "option" else str(param.name)
    if type(error).__name__.startswith("Missing"):
        return Message("{name} is missing", name=name)
    return Message("the value of {name} cannot be read", name=name)


def no_command(error: Any, name: str, known: Sequence[str]) -> Any:
    """The mistake of a word that is no command, in the language of the user."""
    _frame()
    if language_of_user() == "en":
        return error
    near = get_close_matches(name, known, 1)
    said = Message("there is no command {name}", name=name)
    if near:
        said = Message("there is no command {name}; near it: {near}", name=name, near=near[0])
    return UsageError(say(said, translator(language_of_user())), ctx=error.ctx)
