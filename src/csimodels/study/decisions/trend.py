"""All waves of a study together: levels, changes, slope, control limits, parts of changes (docs/decisions.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.trend import control_limits, less_products, split_change, trend
from csimodels.errors import Problem, SpecError, listed, nearest
from csimodels.infer.contrasts import combined
from csimodels.infer.interval import symmetric
from csimodels.messages import Message, beside
from csimodels.moments import Key
from csimodels.moments.linalg import Floats
from csimodels.rollup.comparisons import Comparing
from csimodels.rollup.estimates import GroupNumbers, index_numbers
from csimodels.spec.decisions import TrendSpec
from csimodels.spec.model import plain_text
from csimodels.study.decisions.influence import Influences
from csimodels.survey.natural_order import natural

Ints = NDArray[np.intp]
#: Of more series than this the parts of changes have no intervals: those of 1000 in three waves take 12 s of processor.
MOST_SERIES = 1000
#: Series whose influences are made, and held, together.
_AT_ONCE = 16
_ENDS = ("se", "low", "high")


@dataclass(frozen=True, eq=False)
class Series:
    """One unit through all waves: its labels, and its group in every wave (-1 where it has none)."""

    labels: Mapping[str, object]
    groups: Ints


@dataclass(frozen=True, eq=False)
class Waves:
    """Estimates of every wave: `series` along the waves named ``names (T,)``."""

    comparing: Comparing
    asked: TrendSpec
    names: tuple[object, ...]
    series: tuple[Series, ...]
    influences: Influences | None = None

    @classmethod
    def of(cls, comparing: Comparing, asked: TrendSpec, influences: Influences | None) -> Waves:
        """All series of the groups of `comparing`.

        Raises
        ------
        SpecError
            There are no waves, or one only; the base or a break is no wave.
        """
        by, keys, wave = comparing.estimates.by, comparing.estimates.keys, comparing.wave
        names = wave_names(by, keys, wave)
        check_trend(asked, names)
        k = by.index(wave)
        place: dict[tuple[object, ...], Ints] = {}
        for g, key in enumerate(keys):
            unit = (*key[:k], *key[k + 1 :])
            place.setdefault(unit, np.full(len(names), -1, dtype=np.intp))[names.index(key[k])] = g
        rest = [name for name in by if name != wave]
        series = tuple(Series(dict(zip(rest, unit, strict=True)), at) for unit, at in place.items())
        return cls(comparing, asked, names, series, influences if len(series) <= MOST_SERIES else None)

    @cached_property
    def numbers(self) -> GroupNumbers:
        """The indices of all groups."""
        return index_numbers(self.comparing.estimates, corr=self.comparing.corr)

    @property
    def base(self) -> int:
        """Position of the wave that others are compared with."""
        return 0 if not self.asked.base else [plain_text(name) for name in self.names].index(self.asked.base)

    @property
    def breaks(self) -> Ints:
        """(T,) 1 where the method changed from the wave before."""
        return np.asarray([int(plain_text(name) in self.asked.breaks) for name in self.names], dtype=np.intp)

    @property
    def times(self) -> Floats:
        """(T,) numbers of the waves: their own where all are numbers, else 0, 1, 2 .."""
        try:
            return np.asarray([float(plain_text(name)) for name in self.names])
        except ValueError:
            return np.arange(len(self.names), dtype=np.float64)


def wave_names(by: Sequence[str], keys: Sequence[Key], wave: str) -> tuple[str | float, ...]:
    """Waves in their natural order; none where there is no such column."""
    if wave not in by:
        return ()
    place = by.index(wave)
    return tuple(sorted({k if isinstance(k := key[place], (str, float, int)) else str(k) for key in keys}, key=natural))


def check_trend(asked: TrendSpec, names: Sequence[object]) -> None:
    """Refuse a trend without waves, and waves that are not there.

    Raises
    ------
    SpecError
    """
    if len(names) < 2:
        remedy = "name the column of the waves under data: wave: year; compare folders with csi compare"
        raise SpecError(Problem("a trend needs at least two waves", "trend", listed(names), remedy=remedy))
    known = [plain_text(name) for name in names]
    asked_for = [*([asked.base] if asked.base else []), *asked.breaks]
    strange = [name for name in asked_for if name not in known]
    if strange:
        allowed = beside(nearest(strange[0], known), listed(known))
        raise SpecError(Problem("this wave does not occur in the data", "trend", listed(strange), allowed))


def trend_notes(asked: TrendSpec, names: Sequence[object]) -> list[Message]:
    """Breaks that change nothing, and those that leave too few waves for a line."""
    known = [plain_text(name) for name in names]
    places = sorted(known.index(name) for name in asked.breaks if name in known)
    if not places:
        return []
    last, out = known[places[-1]], []
    if places[0] == 0:
        text = "trend: a break at {wave} changes nothing: it is the first wave, and a break lies between two waves"
        out.append(Message(text, wave=known[0]))
    if places[-1] > 0 and len(known) - places[-1] < 2:
        text = "trend: no line, slope and limits: {wave} alone came after the last break; a line needs two waves"
        out.append(Message(text, wave=last))
    return out


def trend_tables(waves: Waves) -> dict[str, pd.DataFrame]:
    """Tables ``trend``, ``trend_tests`` and ``change_parts`` of every series and construct."""
    levels: list[dict[str, object]] = []
    tests: list[dict[str, object]] = []
    parts: list[dict[str, object]] = []
    for start in range(0, len(waves.series), _AT_ONCE):
        some = waves.series[start : start + _AT_ONCE]
        own = _contributions(waves, some)
        for series in some:
            found = _levels(waves, series)
            levels += found[0]
            tests += found[1]
            parts += _parts(waves, series, own)
    names = ("trend", "trend_tests", "change_parts")
    return {name: pd.DataFrame(rows) for name, rows in zip(names, (levels, tests, parts), strict=True) if rows}


def _levels(waves: Waves, series: Series) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Rows of the levels and of the tests of one series."""
    numbers = waves.numbers
    there = np.flatnonzero(series.groups >= 0)
    at = series.groups[there]
    fixed = _fixed(waves, series)
    levels: list[dict[str, object]] = []
    tests: list[dict[str, object]] = []
    for j, construct in enumerate(numbers.names):
        value, se, df = numbers.value[at, j], numbers.se[at, j], numbers.df[at, j]
        corr = None if numbers.corr is None else numbers.corr[j][np.ix_(at, at)]
        line = _line(waves, there, (value, se, df), corr)
        tests.append({**series.labels, "construct": construct, **line.test})
        goal = dict(waves.comparing.model.targets).get(construct, np.nan)
        changes = {
            "change": _changes(waves, there, (value, se, df), corr, None),
            "since_base": _changes(waves, there, (value, se, df), corr, waves.base),
        }
        for i, t in enumerate(there.tolist()):
            row: dict[str, object] = {**series.labels, waves.comparing.wave: waves.names[t], "construct": construct}
            row |= {"index": value[i]} | {end: getattr(numbers, end)[at[i], j] for end in _ENDS}
            row["fixed_index"] = fixed[t, j]
            for name, (change, low, high, p) in changes.items():
                row |= {name: change[i], f"{name}_low": low[i], f"{name}_high": high[i], f"{name}_p": p[i]}
            row |= {"lower_limit": line.lower[i], "upper_limit": line.upper[i]}
            row["outside"] = bool(value[i] < line.lower[i] or value[i] > line.upper[i])
            row |= {"target": goal, "break": bool(waves.breaks[t]), "status": numbers.status[at[i]]}
            levels.append(row)
    return levels, tests


@dataclass(frozen=True, eq=False)
class _Line:
    """Slope and homogeneity in words of a table; control limits ``(T,)``."""

    test: Mapping[str, object]
    lower: Floats
    upper: Floats


def _line(waves: Waves, there: Ints, parts: tuple[Floats, Floats, Floats], corr: Floats | None) -> _Line:
    """Line through the waves since the last break of method; limits from all of those."""
    value, se, df = parts
    last = np.flatnonzero(waves.breaks[there])
    use = np.arange(last[-1] if len(last) else 0, len(there))
    use = use[~np.isnan(value[use]) & ~np.isnan(se[use])]
    blank = np.full(len(there), np.nan)
    names = ("slope", "se", "low", "high", "p", "q", "df", "p_equal", "pooled")
    if len(use) < 2:
        return _Line({"waves": len(use)} | dict.fromkeys(names, np.nan), blank, blank)
    shared = np.eye(len(use)) if corr is None else corr[np.ix_(use, use)]
    cov = shared * np.outer(se[use], se[use])
    found = trend(value[use], cov, waves.times[there][use])
    around = symmetric(np.atleast_1d(found.slope), np.atleast_1d(found.se), waves.comparing.model.uncertainty.level,
                       float(np.nanmin(df[use])))  # fmt: skip
    lower, upper = control_limits(found.pooled, se, waves.asked.limits)
    ends = [float(getattr(around, end)[0]) for end in ("se", "low", "high", "p")]
    shown = [float(found.slope), *ends, float(found.q), float(found.df), float(found.p), float(found.pooled)]
    return _Line({"waves": len(use)} | dict(zip(names, shown, strict=True)), lower, upper)


def _changes(
    waves: Waves, there: Ints, parts: tuple[Floats, Floats, Floats], corr: Floats | None, base: int | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Change of every wave since the one before it (or since the base wave), with interval and p."""
    value, se, df = parts
    size = len(there)
    coefficients = np.eye(size)
    known = np.zeros(size, dtype=bool)
    for i, t in enumerate(there.tolist()):
        other = t - 1 if base is None else base
        if other != t and other in there:
            coefficients[i, int(np.flatnonzero(there == other)[0])] -= 1.0
            known[i] = True
    done = combined(coefficients, value, se, df, waves.comparing.model.uncertainty.level, corr)
    found = [np.where(known, getattr(done, name), np.nan) for name in ("estimate", "low", "high", "p")]
    return found[0], found[1], found[2], found[3]


def _fixed(waves: Waves, series: Series) -> Floats:
    """(T, J) indices of every wave with the weights of the base wave; NaN where one of the two is not there."""
    e = waves.comparing.estimates
    d, blocks = e.layout.design, e.layout.blocks
    out = np.full((len(waves.names), len(d.constructs)), np.nan)
    if series.groups[waves.base] < 0:
        return out
    weights = e.value[series.groups[waves.base], blocks["weight_unstd"]]
    for t, g in enumerate(series.groups.tolist()):
        if g >= 0:
            out[t] = (weights * e.value[g, blocks["performance"]]) @ d.mask
    return out


def _contributions(waves: Waves, some: Sequence[Series]) -> dict[int, Floats]:
    """What each row of the groups of some series adds to weights and performances of the items (n, 2 K)."""
    if waves.influences is None:
        return {}
    blocks = waves.comparing.estimates.layout.blocks
    at = np.concatenate([np.arange(blocks[n].start, blocks[n].stop) for n in ("weight_unstd", "performance")])
    value = waves.influences.value
    groups = [int(g) for series in some for g in series.groups if g >= 0 and (series.groups >= 0).sum() > 1]
    return waves.influences.of_all([g for g in groups if not np.isnan(value[g]).all()], at)


def _parts(waves: Waves, series: Series, own: Mapping[int, Floats]) -> list[dict[str, object]]:
    """Each step from wave to wave and from the base to the last, split into answers and weights, item by item."""
    there = [t for t in range(len(waves.names)) if series.groups[t] >= 0]
    steps = [*pairwise(there)]
    if len(there) > 2 and waves.base in there and (waves.base, there[-1]) not in steps and waves.base != there[-1]:
        steps.append((waves.base, there[-1]))
    return [row for step in steps for row in _step(waves, series, step, own)]


def _step(waves: Waves, series: Series, step: tuple[int, int], own: Mapping[int, Floats]) -> list[dict[str, object]]:
    e = waves.comparing.estimates
    d, blocks = e.layout.design, e.layout.blocks
    pair = [int(series.groups[t]) for t in step]
    v, p = ([e.value[g, blocks[name]] for g in pair] for name in ("weight_unstd", "performance"))
    answers, weights = split_change((v[0], v[1]), (p[0], p[1]))
    spread = _errors(waves, pair, (v, p), own)
    labels = {**series.labels, "from": waves.names[step[0]], "to": waves.names[step[1]]}
    rows: list[dict[str, object]] = []
    for j, construct in enumerate(d.constructs):
        mine = np.flatnonzero(d.mask[:, j] > 0)
        totals = (answers[mine].sum(), weights[mine].sum())
        rows.append({**labels, "construct": construct, "item": ""} | _split(*totals) | _ends(waves, totals, spread, j))
        for k in mine:
            none = dict.fromkeys(("answers_se", *_PART_ENDS), np.nan)
            rows.append({**labels, "construct": construct, "item": d.items[k]} | _split(answers[k], weights[k]) | none)
    return rows


def _split(answers: float, weights: float) -> dict[str, object]:
    return {"answers": answers, "weights": weights, "total": answers + weights}


_PART_ENDS = ("answers_low", "answers_high", "weights_se", "weights_low", "weights_high")


def _errors(
    waves: Waves, pair: list[int], parts: tuple[list[Floats], list[Floats]], known: Mapping[int, Floats]
) -> tuple[Floats, float]:
    """Errors (2 J,) of the sums of answers and of weights of every construct, and degrees of freedom."""
    d = waves.comparing.estimates.layout.design
    size = len(d.constructs)
    if waves.influences is None or any(g not in known for g in pair):
        return np.full(2 * size, np.nan), np.nan
    v, p = parts
    mean_v, mean_p = (v[0] + v[1]) / 2, (p[0] + p[1]) / 2
    own = [known[g] for g in pair]
    parts_of = []
    for mine, sign in zip(own, (-1.0, 1.0), strict=True):
        by_weight = np.hstack([((p[1] - p[0]) / 2)[:, None] * d.mask, sign * mean_p[:, None] * d.mask])
        by_answer = np.hstack([sign * mean_v[:, None] * d.mask, ((v[1] - v[0]) / 2)[:, None] * d.mask])
        parts_of.append(mine @ np.vstack([by_weight, by_answer]))
    se, df = waves.influences.errors_of(pair, parts_of)
    se[size:] = less_products(se[size:], waves.influences.products(pair, own, d.mask))
    return se, df


def _ends(waves: Waves, totals: tuple[float, float], spread: tuple[Floats, float], j: int) -> dict[str, object]:
    se, df = spread
    size = len(se) // 2
    around = symmetric(np.asarray(totals), se[[j, size + j]], waves.comparing.model.uncertainty.level, df)
    out: dict[str, object] = {}
    for k, name in enumerate(("answers", "weights")):
        out |= {f"{name}_{end}": float(getattr(around, end)[k]) for end in _ENDS}
    return out
