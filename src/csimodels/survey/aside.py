"""Rules and amounts that stand beside the answers, for the sections for decisions."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec.row_rules import parse_rule, rule_columns
from csimodels.survey.keys import Labels
from csimodels.survey.options import Options
from csimodels.survey.row_rules import holds, numbers
from csimodels.survey.table import LogEntry, Notes


def asides(found: Mapping[str, Labels], chosen: Options, notes: Notes) -> dict[str, Floats]:
    """Each by its text: 1 where a rule holds, 0 where it does not, or amounts; NaN where a cell is empty.

    Quantiles are those of all rows that `where` keeps.  Problems go to `notes`.
    """
    out: dict[str, Floats] = {}
    for aside in chosen.asides:
        where = f"{notes.where}, {aside.use}"
        if aside.rule:
            rule = parse_rule(aside.text)
            held, problems = holds(rule, {c: found[c] for c in rule_columns(rule)}, where)
            out[aside.text] = np.where(held.known, held.true.astype(np.float64), np.nan)
        else:
            out[aside.text], problems = numbers(found, aside.text, where)
        notes.problems += problems
        empty = int(np.isnan(out[aside.text]).sum())
        if empty:
            detail = Message("{n} rows cannot be decided, as a cell is empty", n=empty)
            notes.log.append(LogEntry("beside the answers", aside.text, empty, detail))
    return out
