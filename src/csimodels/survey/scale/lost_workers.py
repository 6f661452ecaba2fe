"""What is said where a cluster cannot go on, as a worker was lost or failed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from csimodels.errors import DataError, Problem
from csimodels.messages import Message


@contextmanager
def working(cluster: str, *lost: type[Exception]) -> Iterator[None]:
    """Say in words that workers were lost or that the cluster could not go on.

    Parameters
    ----------
    cluster : what the kind of cluster is called.
    lost : what it raises then.

    Raises
    ------
    DataError
    """
    try:
        yield
    except lost as error:
        what = Message("{engine} could not go on: a worker was lost or failed", engine=cluster)
        remedy = (
            "look into its log, give its workers more memory or smaller pieces, and start again; nothing was written"
        )
        raise DataError(Problem(what, remedy=remedy)) from error
