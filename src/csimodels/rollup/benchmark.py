"""Who leads: every unit against the best other, the mean of the others and a named competitor (docs/desk.md).

Units stand in one group column; the others set leagues apart: a wave, a service.  The domains of a unit are the values
of these columns (services), or its constructs where there are none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.benchmark import rank
from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.infer.best import LeadOverBest, lead_over_best
from csimodels.infer.contrasts import Contrast, combined
from csimodels.messages import Message
from csimodels.moments import Key
from csimodels.moments.linalg import Floats
from csimodels.rollup.estimates import GroupNumbers
from csimodels.spec.model import plain_text

Ints = NDArray[np.intp]
_ENDS = ("se", "low", "high")
#: Columns behind the group columns, in their order.
COLUMNS = (
    *("construct", "index", "se", "low", "high", "rank", "among"),
    *("best_other", "lead_best", "lead_best_se", "lead_best_low", "lead_best_high", "contenders"),
    *("lead_mean", "lead_mean_se", "lead_mean_low", "lead_mean_high"),
    *("competitor", "lead_competitor", "lead_competitor_se", "lead_competitor_low", "lead_competitor_high"),
    *("lead_rank", "different", "status"),
)


@dataclass(frozen=True)
class Field:
    """Which of the group columns `by` holds the units, which one the waves (empty: none); what they are compared with.

    ``competitor`` is empty where no unit is named.
    """

    by: tuple[str, ...]
    unit: str
    wave: str = ""
    competitor: str = ""

    @property
    def at(self) -> int:
        """Position of the unit in a key."""
        return self.by.index(self.unit)

    @property
    def domains(self) -> tuple[str, ...]:
        """Group columns that are neither unit nor wave."""
        return tuple(name for name in self.by if name not in (self.unit, self.wave))


def field_of(by: tuple[str, ...], wave: str, keys: Sequence[Key], unit: str = "", competitor: str = "") -> Field:
    """The field that is meant: the first group column holds the units where none is named.

    Raises
    ------
    SpecError
        No groups, an unknown column, the wave as unit, fewer than two units, or a competitor that is not there.
    """
    columns = [name for name in by if name != wave]
    if not columns:
        remedy = "name the column of the units under data: by: company"
        raise SpecError(Problem("a benchmark needs units to compare", "benchmark", remedy=remedy))
    if unit and unit not in columns:
        allowed = nearest(unit, columns) or listed(columns)
        raise SpecError(Problem("this is no group column of units", "benchmark, unit", repr(unit)[:100], allowed))
    field = Field(by, unit or columns[0], wave, plain_text(competitor) if competitor else "")
    names = list(dict.fromkeys(plain_text(key[field.at]) for key in keys))
    if len(names) < 2:
        found = Message("only {name}", name=listed(names))
        raise SpecError(Problem("a benchmark needs at least two units", "benchmark", found))
    refuse_absent(field.competitor, names, "benchmark, competitor")
    return field


def refuse_absent(name: str, units: Sequence[str], where: str) -> None:
    """Refuse the name of a unit that is not there; an empty name is none.

    Raises
    ------
    SpecError
    """
    if name and name not in units:
        allowed = nearest(name, units) or listed(units)
        raise SpecError(Problem(Message('there is no unit "{name}" to compare with', name=name), where, "", allowed))


def benchmark(
    field: Field, keys: Sequence[Key], numbers: GroupNumbers, level: float = 0.95, lower: Sequence[str] = ()
) -> pd.DataFrame:
    """One row for every group and construct; see :data:`COLUMNS` and docs/desk.md.

    Parameters
    ----------
    field : Field
    keys : (G,) keys
        Of the groups, along ``field.by``.
    numbers : GroupNumbers
        Indices of the groups.
    level : float
        Confidence level.
    lower : sequence of str
        Constructs whose lower index is the better one: the first is the lowest, and a lead is the points a unit stands
        below the others.
    """
    rows: list[dict[str, object]] = []
    for league in _leagues(field, keys):
        for j, construct in enumerate(numbers.names):
            sense = -1 if construct in lower else 1
            for line in _league(field, keys, numbers, (league, j, sense), level):
                rows.append({**line, "construct": construct})
    frame = pd.DataFrame(rows)
    frame["lead_rank"] = _ranks_of_leads(frame, field)
    frame = frame.astype(dict.fromkeys(("rank", "contenders", "lead_rank"), "Int64") | {"different": "boolean"})
    front = [*([field.wave] if field.wave else []), *field.domains, field.unit]
    return frame[[*front, *COLUMNS]]


def _leagues(field: Field, keys: Sequence[Key]) -> list[Ints]:
    """Groups that differ in the unit only."""
    apart = [tuple(map(str, (*key[: field.at], *key[field.at + 1 :]))) for key in keys]
    order = sorted(range(len(keys)), key=lambda g: apart[g])
    found = [np.asarray(sorted(some), dtype=np.intp) for _, some in groupby(order, key=lambda g: apart[g])]
    return sorted(found, key=lambda some: int(some[0]))


def _league(
    field: Field, keys: Sequence[Key], numbers: GroupNumbers, place: tuple[Ints, int, int], level: float
) -> list[dict[str, object]]:
    """Rows of one league on one construct, best first."""
    mine, j, sense = place
    value, se, df = sense * numbers.value[mine, j], numbers.se[mine, j], numbers.df[mine, j]
    corr = None if numbers.corr is None else numbers.corr[j][np.ix_(mine, mine)]
    cov = None if corr is None else corr * np.outer(np.nan_to_num(se), np.nan_to_num(se))
    best = lead_over_best(value, se, df, level, cov)
    mean = combined(_against_mean(value), value, se, df, level, corr)
    names = [plain_text(keys[g][field.at]) for g in mine]
    rival = _against(field.competitor, names, value)
    named = None if rival is None else combined(rival, value, se, df, level, corr)
    place_of = rank(value)
    among = int((~np.isnan(value)).sum())
    out = []
    for i in np.argsort(np.where(np.isnan(place_of), np.inf, place_of), kind="stable").tolist():
        row: dict[str, object] = dict(zip(field.by, keys[mine[i]], strict=True))
        row |= {"index": sense * value[i]} | {end: getattr(numbers, end)[mine[i], j] for end in _ENDS}
        row |= {"rank": place_of[i], "among": among}
        row |= _over_best(best, names, i) | _lead("mean", mean, i, among > 1 and not np.isnan(value[i]))
        row["competitor"] = field.competitor if named is not None and names[i] != field.competitor else ""
        row |= _lead("competitor", named, i, bool(row["competitor"]))
        row["different"] = None if np.isnan(best.low[i]) else bool(best.low[i] > 0 or best.high[i] < 0)
        row["status"] = numbers.status[mine[i]]
        out.append(row)
    return out


def _over_best(best: LeadOverBest, names: Sequence[str], i: int) -> dict[str, object]:
    known: dict[str, object] = {"best_other": names[best.best[i]] if best.best[i] >= 0 else ""}
    known |= {"lead_best": best.lead[i]} | {f"lead_best_{end}": getattr(best, end)[i] for end in _ENDS}
    return known | {"contenders": int(best.contenders[i]) or None}


def _lead(name: str, tested: Contrast | None, i: int, there: bool) -> dict[str, object]:
    """Lead and its interval; NaN where there is nothing to compare with."""
    if tested is None or not there:
        return dict.fromkeys((f"lead_{name}", *(f"lead_{name}_{end}" for end in _ENDS)), np.nan)
    parts: Mapping[str, object] = {f"lead_{name}_{end}": getattr(tested, end)[i] for end in _ENDS}
    return {f"lead_{name}": tested.estimate[i], **parts}


def _against_mean(value: Floats) -> Floats:
    """(U, U) coefficients of each unit less the mean of the others that have an index."""
    there = ~np.isnan(value)
    others = max(int(there.sum()) - 1, 1)
    out = np.where(there[None, :], -1.0 / others, 0.0).repeat(len(value), axis=0)
    np.fill_diagonal(out, 1.0)
    return np.asarray(out)


def _against(competitor: str, names: Sequence[str], value: Floats) -> Floats | None:
    """(U, U) coefficients of each unit less the competitor; None where it is not in this league."""
    if competitor not in names or np.isnan(value[names.index(competitor)]):
        return None
    out = np.eye(len(names))
    out[:, names.index(competitor)] -= 1.0
    return out


def _ranks_of_leads(frame: pd.DataFrame, field: Field) -> Floats:
    """(rows,) place of a unit's lead among its own domains: 1 where it is furthest ahead."""
    keys = [field.unit, *([field.wave] if field.wave else []), *(["construct"] if field.domains else [])]
    found = frame.groupby(keys, sort=False, dropna=False)["lead_best"].rank(ascending=False, method="min")
    return np.asarray(found, dtype=np.float64)
