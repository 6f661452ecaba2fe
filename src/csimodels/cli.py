"""The command line: `csi` and its commands.  Exit codes: 0 done, 1 verify differs, 2 user error."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.cells import cell_len

import csimodels as cs
from csimodels.blocks import print_text
from csimodels.commands.comparisons import compare, compare_specs, plan
from csimodels.commands.groups import fit_groups, invariance
from csimodels.commands.results import batch, moments, report, run, scores, show, verify
from csimodels.commands.specs import check, codebook, init, lavaan, models, schema, simulate
from csimodels.commands.spoken import SpokenCommand, SpokenGroup
from csimodels.errors import CsiError, SpecError, memory_problem, system_reason
from csimodels.i18n import language_of_user, speak, translator
from csimodels.messages import N_, Translate, say
from csimodels.terminal import err, out, safe, show_every_letter

app = typer.Typer(
    name="csi",
    cls=SpokenGroup,
    help="Customer-satisfaction-index models: a spec file and a survey in; indices, paths, drivers and a report out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
ERROR = N_("error")


def main() -> None:
    """Entry point: a user's mistake ends with its remedy and exit code 2, without a traceback."""
    translate: Translate = str
    show_every_letter()
    with _ended_in_order() as ended:
        try:
            translate = translator(speak(None))
            app()
        except CsiError as error:
            _fail(error.said(_spoken(translate)))
        except KeyboardInterrupt:
            err.print(_spoken(translate)(N_("stopped")))
            sys.exit(128 + (ended[0] if ended else signal.SIGINT))
        except MemoryError as error:
            _fail(memory_problem(error).said(_spoken(translate)))
        except BrokenPipeError:  # whoever reads our output has seen enough
            sys.stdout = None
            sys.exit(0)
        except OSError as error:
            reason = say(system_reason(error), _spoken(translate))
            _fail(f"{error.filename or _spoken(translate)(N_('file'))}: {reason}")


@contextmanager
def _ended_in_order() -> Iterator[list[int]]:
    """Have a request to end stop the work as Ctrl-C does, so that it clears away what it began.

    Yields
    ------
    list of int
        The requests that came: of whoever watches over the run, or of a terminal that closes.
    """
    ended: list[int] = []
    usual = {}

    def stop(number: int, frame: FrameType | None) -> None:
        ended.append(number)
        raise KeyboardInterrupt

    ours = threading.current_thread() is threading.main_thread()
    for name in ("SIGTERM", "SIGHUP") if ours else ():
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:  # nohup has one ignored
            usual[number] = signal.signal(number, stop)
    try:
        yield ended
    finally:
        for number, action in usual.items():
            signal.signal(number, action)


def _spoken(usual: Translate) -> Translate:
    """The language chosen by ``--lang``, else the one that the command began with."""
    try:
        return translator(language_of_user())
    except SpecError:  # CSI_LANG names none
        return usual


def _under(line: str) -> int:
    """Where what follows a label (``found:``, ``do:``) begins: its next lines stand below that."""
    label = re.match(r" +[^\s:：]+[:：] *", line)
    return cell_len(label[0]) if label else len(line) - len(line.lstrip()) + 2


def _fail(text: str) -> NoReturn:
    """Print what went wrong; exit code 2."""
    first, *rest = safe(text).split("\n")
    print_text(err, first, f"{safe(_spoken(str)(ERROR))} ", "bold red")
    for line in rest:
        print_text(err, line, hanging=_under(line))
    sys.exit(2)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False,
    lang: Annotated[
        str | None, typer.Option(help="Language of messages: en or zh; by default that of CSI_LANG, else en.")
    ] = None,
) -> None:
    speak(lang)
    if version:
        out.print(f"csimodels {cs.__version__}")
        raise typer.Exit


#: In the order in which ``csi --help`` lists them.
COMMANDS = (
    models,
    init,
    codebook,
    check,
    run,
    moments,
    scores,
    batch,
    show,
    verify,
    compare,
    compare_specs,
    fit_groups,
    invariance,
    plan,
    simulate,
    report,
    schema,
    lavaan,
)
for command in COMMANDS:
    app.command(cls=SpokenCommand)(command)


if __name__ == "__main__":
    main()
