"""Respondents that stand in a survey twice, by the column that identifies them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from csimodels.messages import Message, listed
from csimodels.survey.answers.numbers import fold
from csimodels.survey.columns import Ints
from csimodels.survey.keys import labels
from csimodels.survey.options import Options
from csimodels.survey.table import LogEntry, Table

#: Names of columns that identify respondents, folded and without blanks and underlines.
NAMES = frozenset(
    (
        *("id", "respid", "respondent", "respondentid", "caseid", "uid", "userid", "interviewid", "questionnaireid"),
        *("serial", "serialnumber", "编号", "序号", "问卷编号", "样本编号", "受访者编号", "答卷编号", "被访者编号"),
    )
)


def repeated_ids(table: Table, chosen: Options, used: Ints, group: Ints) -> list[LogEntry]:
    """What to say of an identifier that occurs twice within a group; nothing where the column has another role.

    Parameters
    ----------
    table : Table
        The source; the first column whose name is one of an identifier is looked at.
    chosen : Options
        The settings; a column of a panel or of clusters repeats by design.
    used : (n,)
        Positions in the source of the rows that are used.
    group : (n,)
        Group of each of them.
    """
    column = identifier(table.names, chosen)
    if not column:
        return []
    cells = labels(table.fetch([column], [column])[0][column])
    codes = cells.codes[used]
    pairs, counts = np.unique(np.stack([group, codes])[:, codes >= 0], axis=1, return_counts=True)
    twice = np.flatnonzero(counts > 1)
    if not len(twice) or len(twice) > len(counts) / 2:  # most of them twice: a wave or a household, no slip
        return []
    names = [str(cells.keys[code]) for code in dict.fromkeys(pairs[1, twice].tolist())]
    return [twice_entry(column, names, int((counts[twice] - 1).sum()))]


def identifier(names: Sequence[str], chosen: Options) -> str:
    """The first column whose name is one of an identifier; empty where there is none, or it has another role."""
    found = [name for name in names if fold(name).replace(" ", "").replace("_", "") in NAMES]
    return found[0] if found and found[0] not in chosen.purposes else ""


def twice_entry(column: str, names: Sequence[str], extra: int, one_in: int = 1) -> LogEntry:
    """The line on ids that occur twice, of one of `one_in` equal parts of the ids."""
    shown = listed(names, 6)
    if one_in > 1:
        text = (
            "in a share of the ids (1 : {parts}) {names} stand more than once, and the count is scaled up; "
            "if interviews were entered twice, take the second ones out"
        )
        return LogEntry("repeated respondent ids", column, extra, Message(text, names=shown, parts=one_in))
    text = "{names} stand more than once; if interviews were entered twice, take the second ones out"
    return LogEntry("repeated respondent ids", column, extra, Message(text, names=shown))
