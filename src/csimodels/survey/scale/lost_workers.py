"""What is said where a cluster cannot go on, as a worker was lost or failed, or none is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from csimodels.errors import DataError, Problem
from csimodels.messages import Message

#: Seconds between two looks at the workers.
PAUSE = 1.0


@dataclass(frozen=True, eq=False)
class Workers:
    """Workers of a cluster that waits for new ones without end where all of them are lost.

    Attributes
    ----------
    count : how many there are now.
    give_up : ends what was asked of them, so that whoever waits for the answer gets an error.
    patience : seconds without any after which they are given up.
    """

    count: Callable[[], int]
    give_up: Callable[[], object]
    patience: float


@contextmanager
def working(cluster: str, *lost: type[Exception], workers: Workers | None = None) -> Iterator[None]:
    """Say in words that workers were lost or that the cluster could not go on.

    Parameters
    ----------
    cluster : what the kind of cluster is called.
    lost : what it raises then.
    workers : watched meanwhile, where they can be counted.

    Raises
    ------
    DataError
    """
    done, gone = Event(), Event()
    if workers is not None:
        Thread(target=_watch, args=(workers, done, gone), daemon=True).start()
    try:
        yield
    except lost as error:
        if workers is not None and gone.is_set():
            what = Message("{engine} could not go on: no worker was left", engine=cluster)
            remedy = "look into its log, see that its workers run, and start again; nothing was written"
        else:
            what = Message("{engine} could not go on: a worker was lost or failed", engine=cluster)
            remedy = (
                "look into its log, give its workers more memory or smaller pieces, and start again; "
                "nothing was written"
            )
        raise DataError(Problem(what, remedy=remedy)) from error
    finally:
        done.set()


def _watch(workers: Workers, done: Event, gone: Event) -> None:
    """Give up workers that are all missing for too long."""
    without = 0.0
    while not done.wait(PAUSE):
        without = 0.0 if workers.count() else without + PAUSE
        if without >= workers.patience:
            gone.set()
            workers.give_up()
            return
