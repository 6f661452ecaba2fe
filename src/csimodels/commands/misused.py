"""What a command line that cannot be read is told, in the language of the user."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

import typer

from csimodels.blocks import print_text
from csimodels.i18n import language_of_user, translator
from csimodels.messages import N_, Message, say
from csimodels.terminal import err, safe

#: The class of all mistakes on a command line: of click, or of the copy of it that typer has.
UsageError: Any = typer.BadParameter.__mro__[1]
_TITLE, _HINT = N_("error"), N_("Try '{command}' for help.")


@contextmanager
def in_words() -> Iterator[None]:
    """Say a mistake on the command line in the language of the user; English as it is raised."""
    try:
        yield
    except UsageError as error:
        said = None if language_of_user() == "en" else _said(error)
        if said is None:
            raise
        raise UsageError(say(said, translator(language_of_user())), ctx=error.ctx) from None


def print_misuse(error: Any) -> None:
    """Print the mistake as every other error is printed: what is wrong, how the command is written, where help is."""
    if type(error).__name__ == "NoArgsIsHelpError":  # the help is on the screen
        return
    tr = translator(language_of_user())
    print_text(err, safe(error.format_message()), f"{tr(_TITLE)} ", "bold red")
    if error.ctx is not None:
        print_text(err, f"  {error.ctx.get_usage()}")
        print_text(err, "  " + tr(_HINT).format(command=f"{error.ctx.command_path} --help"))


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
    if language_of_user() == "en":
        return error
    near = get_close_matches(name, known, 1)
    said = Message("there is no command {name}", name=name)
    if near:
        said = Message("there is no command {name}; near it: {near}", name=name, near=near[0])
    return UsageError(say(said, translator(language_of_user())), ctx=error.ctx)
