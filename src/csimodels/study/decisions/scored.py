"""Tables that need the scores of respondents, put beside those of a finished result."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from csimodels.moments.linalg import Floats
from csimodels.study.decisions.behaviour import Scored, behaviour_tables
from csimodels.study.decisions.states import state_tables
from csimodels.study.result import Result, with_notes
from csimodels.survey import Survey


def with_scores(result: Result) -> Result:
    """The result with the tables of its sections `behaviour` and `states`, and what is to be said of them."""
    asked, survey = result.model.decisions, result.survey
    moving = asked.states is not None and survey is not None and survey.wave is not None and survey.panel is not None
    if survey is None or not (asked.behaviour or moving):
        return result
    scored = Scored(survey, result.estimates, scores_of(result, survey), result.model.uncertainty.level)
    tables, notes = behaviour_tables(scored, asked.behaviour)
    if asked.states is not None and moving:
        score = scored.of((asked.states.construct,))[:, 0]
        u = result.model.uncertainty
        level = None if u.method == "none" else u.level
        found, said = state_tables(survey, score, asked.states, level)
        tables, notes = tables | found, notes + said
    desk = replace(result.desk, more={**result.desk.more, **tables})
    return with_notes(replace(result, desk=desk), notes)


def scores_of(result: Result, survey: Survey) -> Floats:
    """(n, J) scores in the order of the rows of `survey`."""
    table = result.scores()
    names = list(result.estimates.layout.design.constructs)
    found = table[names].to_numpy(dtype=np.float64)
    return np.asarray(found[np.searchsorted(table["row"].to_numpy(), survey.row)])
