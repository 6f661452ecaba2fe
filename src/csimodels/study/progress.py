"""A progress bar for long work, on a terminal or in a notebook; nothing anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from importlib import import_module

from csimodels.i18n import N_, language_of_user, translator
from csimodels.messages import Message, counted, say
from csimodels.study.pace import Pace

#: Work that is over sooner than this shows no bar.
PATIENCE_SECONDS = 1.0

Tick = Callable[[int], None]


def _told(total: int) -> Tick:
    """Say once, in words on standard error, how long the work will take, measured on what is done of it."""
    pace = Pace(total, time.monotonic())

    def tick(steps: int) -> None:
        whole = pace.announced(time.monotonic(), steps)
        if whole is None:
            return
        minutes = round(whole / 60)
        left = counted(minutes, "{n} minute", "{n} minutes") if minutes else Message("{n} seconds", n=round(whole))
        text = "this will take about {time} at the pace so far: {total} replicates, {done} done"
        announce(Message(text, time=left, total=total, done=pace.done))

    return tick


def announce(text: Message) -> None:
    """Say on standard error, in the language of the user, what long work is about to begin."""
    line = say(text, translator(language_of_user()))
    code = getattr(sys.stderr, "encoding", None) or "utf-8"
    print(line.encode(code, "backslashreplace").decode(code), file=sys.stderr, flush=True)


@contextmanager
def _in_notebook(total: int) -> Iterator[Tick]:
    """A bar as HTML, which needs no widgets: where these are not installed, that of rich warns."""
    shown = import_module("IPython.display")
    begun = said = time.monotonic()
    done, handle = 0, None

    def tick(steps: int) -> None:
        nonlocal done, handle, said
        done += steps
        now = time.monotonic()
        if now - begun < PATIENCE_SECONDS or now - said < PATIENCE_SECONDS / 4:
            return
        said = now
        word = escape(translator(language_of_user())(N_("replicates")))
        bar = shown.HTML(f'<progress value="{done}" max="{total}"></progress> {word} {done}/{total}')
        if handle is None:
            handle = shown.display(bar, display_id=True)
        else:
            handle.update(bar)

    try:
        yield tick
    finally:
        if handle is not None:
            handle.update(shown.HTML(""))


@contextmanager
def progress_bar(total: int, show: bool | None = None) -> Iterator[Tick | None]:
    """A function to call with the number of steps just done, or None where nothing is to be shown.

    Parameters
    ----------
    total : number of steps.
    show : True or False; by default shown where standard error is a terminal or the code runs in a notebook.
    """
    if total == 0 or show is False:
        yield None
        return
    from rich.console import Console

    console = Console(stderr=True)
    wanted = console.is_terminal or console.is_jupyter if show is None else show
    if not wanted:
        yield _told(total)
        return
    if console.is_jupyter:
        with _in_notebook(total) as drawn:
            yield drawn
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(translator(language_of_user())(N_("replicates"))),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    bar = Progress(*columns, console=console, transient=True)
    task = bar.add_task("replicates", total=total)
    begun = time.monotonic()
    started, told = False, _told(total)

    def tick(done: int) -> None:
        nonlocal started
        told(done)
        bar.advance(task, done)
        if not started and time.monotonic() - begun > PATIENCE_SECONDS:
            started = True
            bar.start()

    try:
        yield tick
    finally:
        if started:
            bar.stop()
