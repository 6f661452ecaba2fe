"""A floor for small cells: no sums of a handful of respondents leave the house."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from csimodels.errors import DataError, Problem
from csimodels.messages import Message
from csimodels.moments import Pairwise, Sums
from csimodels.moments.linalg import Floats
from csimodels.survey.columns import Ints
from csimodels.survey.scale.cross_tables import TravelledSums
from csimodels.survey.scale.summed_survey import SummedSurvey
from csimodels.survey.scale.sums import Parts
from csimodels.survey.table import LogEntry

#: Fewest respondents of a part that leaves the house.
FLOOR = 10


def to_floor(survey: SummedSurvey, floor: int) -> SummedSurvey:
    """The survey with its small parts joined to others of their group and stratum, and those that stay small left out.

    Parameters
    ----------
    survey : SummedSurvey
        As it was summed.
    floor : int
        Fewest respondents of a part.

    Raises
    ------
    DataError
        No part is left.
    """
    stratum = np.zeros(survey.n, dtype=np.intp) if survey.strata is None else survey.strata
    cells = np.unique(np.stack([survey.group, stratum]), axis=1, return_inverse=True)[1].ravel()
    joined, size = np.zeros(survey.n, dtype=np.intp), 0
    for cell in range(int(cells.max()) + 1):
        mine = np.flatnonzero(cells == cell)
        own = _bins(survey.parts.given[mine].tolist(), floor)
        joined[mine] = size + np.asarray(own)
        size += max(own) + 1
    return _merged(survey, joined, floor)


def _bins(sizes: Sequence[int], floor: int) -> list[int]:
    """Which of the parts go together: small ones until they reach the floor, the last ones with those before.

    >>> _bins([12, 3, 4, 5, 2], 10)
    [0, 1, 1, 1, 1]
    """
    out, number, filled = [0] * len(sizes), 0, 0
    last = -1
    for k in sorted(range(len(sizes)), key=lambda k: -sizes[k]):
        out[k] = number
        filled += sizes[k]
        if filled >= floor:
            last, number, filled = number, number + 1, 0
    if filled and last >= 0:
        out = [last if at == number else at for at in out]
    return out


def _merged(survey: SummedSurvey, joined: Ints, floor: int) -> SummedSurvey:
    """Parts that go together added up; those below the floor are left out and said."""
    size = np.bincount(joined, survey.parts.given)
    kept = np.flatnonzero(size >= floor)
    if not len(kept):
        what = Message("no part of the survey has {floor} respondents", floor=floor)
        raise DataError(Problem(what, survey.source.name, remedy="group by fewer columns, or state a lower floor"))
    matrix = (joined == kept[:, None]).astype(np.float64)
    first = np.argmax(matrix, axis=1)
    assert isinstance(survey.tables, TravelledSums)
    given = np.rint(matrix @ survey.parts.given).astype(np.intp)
    group, small = survey.group[first], int(size[size < floor].sum())
    present = np.unique(group)
    log = list(survey.log)
    if small:
        text = Message("parts of fewer than {floor} respondents; {used} used", floor=floor, used=int(given.sum()))
        log.append(LogEntry("rows below the floor left out", survey.source.name, small, text))
    return replace(
        survey,
        x=np.empty((len(kept), 0)),
        row=np.arange(len(kept), dtype=np.int64),
        group=np.searchsorted(present, group).astype(np.intp),
        group_keys=tuple(survey.group_keys[g] for g in present.tolist()),
        strata=None if survey.strata is None else survey.strata[first],
        cluster=None if survey.cluster is None else np.arange(len(kept), dtype=np.intp),
        parts=Parts((), _added(survey.parts.sums, matrix), matrix @ survey.parts.answered, given),
        tables=survey.tables.merged(matrix),
        log=tuple(log),
        stream=None,
        origin=None,
    )


def _added(s: Sums, matrix: Floats) -> Sums:
    """Sums of parts that a matrix of zeros and ones puts together."""
    p = len(s.items)
    pairwise = s.pairwise
    if pairwise is not None:
        w, wx = (matrix @ a.reshape(-1, p * p) for a in (pairwise.w, pairwise.wx))
        pairwise = Pairwise(w.reshape(-1, p, p), wx.reshape(-1, p, p))
    wxx = (matrix @ s.wxx.reshape(-1, p * p)).reshape(-1, p, p)
    n_rows, w, ww, wx = (matrix @ a for a in (s.n_rows, s.w, s.ww, s.wx))
    return replace(s, n_rows=n_rows, w=w, ww=ww, wx=wx, wxx=wxx, pairwise=pairwise)
