"""Tables that need the scores of respondents, put beside those of a finished result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from csimodels.moments.linalg import Floats
from csimodels.study.decisions.behaviour import Scored, behaviour_tables
from csimodels.study.result import Result
from csimodels.survey import Survey


def with_behaviour(result: Result) -> Result:
    """The result with the tables of its section `behaviour`, and notes on groups that have none."""
    assert result.survey is not None
    scored = Scored(result.survey, result.estimates, scores_of(result, result.survey), result.model.uncertainty.level)
    tables, notes = behaviour_tables(scored, result.model.decisions.behaviour)
    desk = replace(result.desk, more={**result.desk.more, **tables})
    return replace(result, desk=desk, notes=(*result.notes, *notes))


def scores_of(result: Result, survey: Survey) -> Floats:
    """(n, J) scores in the order of the rows of `survey`."""
    table = result.scores()
    names = list(result.estimates.layout.design.constructs)
    found = table[names].to_numpy(dtype=np.float64)
    return np.asarray(found[np.searchsorted(table["row"].to_numpy(), survey.row)])
