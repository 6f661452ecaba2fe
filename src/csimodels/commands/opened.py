"""A stored result for a command that writes: files of its folder that were changed are named on the screen."""

from __future__ import annotations

from pathlib import Path

import csimodels as cs
from csimodels.messages import N_, Message
from csimodels.terminal import tell

CHANGED = N_("changed")


def opened(folder: Path) -> cs.Result:
    """The result in a folder; files of it that are not what was written are named on the screen.

    Parameters
    ----------
    folder : Path
        The output folder.
    """
    from csimodels.study.stored.results import OTHER_FILES

    result = cs.load_result(folder)
    for note in result.notes:
        if isinstance(note, Message) and note.template == OTHER_FILES:
            tell("{folder}: {said}", ("yellow", CHANGED), folder=str(folder), said=note)
    return result
