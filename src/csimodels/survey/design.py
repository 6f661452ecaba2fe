"""How the rows were drawn and count: strata, clusters, sampling fractions, replicate weights, margins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, listed
from csimodels.messages import N_, Message, counted
from csimodels.moments.linalg import Bools, Floats
from csimodels.survey.columns import Column, Ints, number_text
from csimodels.survey.keys import Labels, label_text
from csimodels.survey.natural_order import Key
from csimodels.survey.options import Options
from csimodels.survey.order import mixed_key
from csimodels.survey.panel import panel
from csimodels.survey.table import LogEntry, Notes
from csimodels.survey.weights import replicates
from csimodels.survey.weights.cells import weights
from csimodels.survey.weights.raking import categories, raked, raked_replicates
from csimodels.survey.weights.replicate_kinds import amiss, same_everywhere

_T = TypeVar("_T", bound=np.generic)
#: Step of the log of clusters whose label stands in several strata.
IN_SEVERAL = "clusters in several strata"


@dataclass(frozen=True, eq=False)
class Cells:
    """Columns as they were fetched, the labels in them, and the rows that are used.

    Attributes
    ----------
    keep, row : (n,) positions of the rows that are used, and their numbers in the source.
    comma : ``7,5`` is 7.5.
    """

    fetched: dict[str, Column]
    labels: dict[str, Labels]
    keep: Ints
    row: NDArray[Any]
    comma: bool


@dataclass(frozen=True, eq=False)
class Drawn:
    """What is known of the rows besides their answers, each ``(n,)`` or ``(n, ...)`` or None."""

    group: Ints
    weights: Floats | None
    strata: Ints | None = None
    cluster: Ints | None = None
    fpc: Floats | None = None
    replicates: Floats | None = None
    margins: Ints | None = None
    strata_names: tuple[str, ...] = ()
    panel: Ints | None = None
    trimmed: Floats | None = None

    def ties(self, grouped: bool) -> list[NDArray[Any]]:
        """What orders rows with the same answers; sampling fractions follow from the strata."""
        ties: list[NDArray[Any] | None] = [
            *(self.weights, self.group if grouped else None, self.strata, self.cluster, self.panel)
        ]
        if self.margins is not None:
            ties += list(self.margins.T)
        if self.replicates is not None:
            ties.append(mixed_key(self.replicates))
        return [tie for tie in ties if tie is not None]

    def ordered(self, order: NDArray[np.intp]) -> Drawn:
        """The same rows in another order."""
        return Drawn(
            self.group[order],
            _taken(self.weights, order),
            _taken(self.strata, order),
            _taken(self.cluster, order),
            _taken(self.fpc, order),
            _taken(self.replicates, order),
            _taken(self.margins, order),
            self.strata_names,
            _taken(self.panel, order),
        )


def _taken(values: NDArray[_T] | None, order: NDArray[np.intp]) -> NDArray[_T] | None:
    return None if values is None else values[order]


def drawn_rows(cells: Cells, drawn: Drawn, chosen: Options, notes: Notes) -> Drawn:
    """`drawn` (group and weights) with everything else that the options name; problems go to `notes`."""
    design, known = chosen.design, len(notes.problems)
    strata = units(cells, design.strata, N_("strata"), notes)
    cluster = units(cells, design.cluster, N_("cluster"), notes)
    if strata is not None and cluster is not None:
        say_nested(strata.codes, cluster.codes, str(design.cluster), notes)
    share = None
    if design.fpc is not None and len(notes.problems) == known:
        share = fractions(cells, design.fpc, strata, cluster, notes)
    margins = None
    if chosen.rake:
        codes = [categories(cells.labels[m.column], m, cells.keep, cells.row, notes) for m in chosen.rake]
        margins = np.stack(codes, axis=1)
    return replace(
        drawn,
        strata=None if strata is None else strata.codes,
        cluster=None if cluster is None else cluster.codes,
        fpc=share,
        replicates=_replicates(cells, drawn.weights, chosen, notes),
        margins=margins,
        panel=panel(cells.labels, cells.keep, drawn.group, chosen, notes),
        strata_names=() if strata is None else tuple("" if key is None else label_text(key) for key in strata.keys),
    )


def _replicates(cells: Cells, weight: Floats | None, chosen: Options, notes: Notes) -> Floats | None:
    columns = chosen.replicates.columns
    if not columns:
        return None
    values, texts = replicates.matrix(cells.fetched, columns, cells.keep, cells.comma)
    problems = replicates.matrix_problems(values, texts, cells.row, columns, notes.where)
    if not problems and not notes.problems:
        problems = replicates.belonging_problems(values, weight, chosen.weight, notes.where)
        problems = problems or same_everywhere(values, weight, notes.where)
        notes.log.append(replicates.replicate_entry(values, columns, weight))
        notes.log += [] if problems else amiss(values, weight, columns, chosen.replicates)
    notes.problems += problems
    return values


def raked_rows(drawn: Drawn, chosen: Options, notes: Notes) -> Drawn:
    """Weights and replicate weights raked to the margins, where there are any; ones where there are no weights.

    Raises
    ------
    DataError
        The margins cannot be met.
    """
    if drawn.margins is None:
        return drawn
    start = np.ones(len(drawn.group)) if drawn.weights is None else drawn.weights
    weights_, factors, log = raked(start, drawn.margins, chosen.rake, notes.where, chosen.rake_bounds)
    notes.log += log
    replicates = drawn.replicates
    if replicates is not None:
        columns = chosen.replicates.columns
        replicates, entry = raked_replicates(
            replicates, drawn.margins, chosen.rake, columns, notes.where, chosen.rake_bounds
        )
        notes.log.append(entry)
    trimmed = None if chosen.rake_bounds is None else factors
    return replace(drawn, weights=weights_, replicates=replicates, trimmed=trimmed)


# ---- strata, clusters and sampling fractions -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Units:
    """Codes ``0, 1, ...`` (n,) of strata or clusters and the label of each code."""

    codes: Ints
    keys: tuple[Key | None, ...]


def units(cells: Cells, column: str | None, kind: str, notes: Notes) -> Units | None:
    """Strata or clusters (`kind`) of the rows that are used; None where no column is named."""
    if column is None:
        return None
    found = cells.labels[column]
    codes = found.codes[cells.keep]
    empty = np.flatnonzero(codes < 0)
    present, out = np.unique(codes, return_inverse=True)
    rows = listed(cells.row[empty[:6]].tolist())
    shown = Message("row {n}", n=rows) if len(empty) == 1 else Message("rows {names}", names=rows)
    say_units(kind, column, len(present), len(empty), notes, shown)
    keys = tuple(found.keys[code] if code >= 0 else None for code in present.tolist())
    return Units(np.asarray(out, dtype=np.intp), keys)


def say_units(kind: str, column: str, different: int, empty: int, notes: Notes, shown: Message | str = "") -> None:
    """Strata or clusters (`kind`) go to the log; cells that are empty are a problem, `shown` where they stand."""
    if empty:
        what = Message('{kind} column "{column}" is empty in {n}', kind=Message(kind), column=column, n=_rows(empty))
        remedy = "fill it in, or take those rows out of the data"
        notes.problems.append(Problem(what, notes.where, shown, remedy=remedy))
    notes.log.append(LogEntry(kind, column, different, Message("{n} different values", n=different)))


def say_nested(strata: Ints, cluster: Ints, column: str, notes: Notes) -> None:
    """A word where labels of clusters stand in several strata, and so count as different ones."""
    pairs = np.unique(np.stack([strata, cluster], axis=1), axis=0)
    labels, times = np.unique(pairs[:, 1], return_counts=True)
    several = int((times > 1).sum())
    if several:
        text = (
            "these labels (of {n}) stand in two strata or more, and count as another cluster in each: clusters in "
            "all {units}; if such a cluster is one, the strata are not those that it was drawn from"
        )
        detail = Message(text, n=len(labels), units=len(pairs))
        notes.log.append(LogEntry(IN_SEVERAL, column, several, detail))


def fractions(cells: Cells, name: str, strata: Units | None, cluster: Units | None, notes: Notes) -> Floats | None:
    """(n,) sampling fraction of the stratum of each row, or None where something is wrong with the column `name`.

    The column holds the number of primary sampling units (clusters, or rows without clusters) of the stratum in the
    population; where no value exceeds 1 it holds the fractions themselves.  Units in the sample are counted among the
    rows that are used, all groups together.
    """
    every, bad = weights(cells.fetched[name], cells.comma)
    values = every[cells.keep]
    problems = _cell_problems(values, bad, cells.row, name, notes.where)
    if not problems:
        problems = _stratum_problems(values, strata, cluster, name, notes.where)
    notes.problems += problems
    if problems:
        return None
    stratum = _codes(strata, len(values))
    share = values if values.max() <= 1 else _sizes(stratum, cluster)[stratum] / values
    by_stratum = share[np.unique(stratum, return_index=True)[1]]
    low, high = f"{by_stratum.min():.4g}", f"{by_stratum.max():.4g}"
    shown = Message("sampling fraction {n}", n=low)
    if np.ptp(by_stratum) > 0:
        shown = Message("sampling fraction {few} to {most}", few=low, most=high)
    notes.log.append(LogEntry("fpc", name, len(by_stratum), shown))
    return np.asarray(share)


def _codes(strata: Units | None, n: int) -> Ints:
    return np.zeros(n, dtype=np.intp) if strata is None else strata.codes


def _sizes(stratum: Ints, cluster: Units | None) -> Ints:
    """(H,) primary sampling units of each stratum; a cluster code in two strata is two units."""
    if cluster is None:
        return np.bincount(stratum).astype(np.intp)
    pairs = np.unique(np.stack([stratum, cluster.codes], axis=1), axis=0)
    return np.bincount(pairs[:, 0]).astype(np.intp)


def _cell_problems(values: Floats, bad: list[str], row: Ints, name: str, where: str) -> list[Problem]:
    """Cells that hold no number of units."""
    allowed = Message("the number of clusters (or rows) of the stratum in the population, or the sampling fraction")
    if bad:
        found = listed([repr(text) for text in bad], 5)
        return [
            Problem(
                Message('fpc column "{name}" holds text', name=name),
                where,
                found,
                allowed,
                "name the column that holds them",
            )
        ]

    def problem(hit: Bools, what: str) -> Problem:
        places = np.flatnonzero(hit)
        shown = [
            Message("row {n}", n=int(row[i]))
            if np.isnan(values[i])
            else Message("row {n}: {value}", n=int(row[i]), value=number_text(values[i]))
            for i in places
        ]
        text = Message('fpc column "{name}": {what} in {n}', name=name, what=Message(what), n=_rows(len(places)))
        return Problem(text, where, listed(shown, 5), allowed, "fill in or correct the column")

    kinds = (
        (np.isnan(values), N_("missing")),
        (values < 0, N_("negative")),
        (np.isinf(values) & (values > 0), N_("infinite")),
    )
    return [problem(hit, what) for hit, what in kinds if hit.any()]


def _stratum_problems(
    values: Floats, strata: Units | None, cluster: Units | None, name: str, where: str
) -> list[Problem]:
    """Strata whose values differ, or are smaller than the number of units that are in the sample."""
    stratum = _codes(strata, len(values))
    number = int(stratum.max()) + 1
    low, high = np.full(number, np.inf), np.full(number, -np.inf)
    np.minimum.at(low, stratum, values)
    np.maximum.at(high, stratum, values)
    varying = np.flatnonzero(low < high)
    if len(varying):
        shown = [_range_of(_name(strata, h), low[h], high[h]) for h in varying.tolist()]
        what = Message('fpc column "{name}" is not constant within a stratum', name=name)
        remedy = "give all rows of a stratum the same value"
        if strata is None:
            what = Message('fpc column "{name}" is not constant and there are no strata', name=name)
            remedy = "give all rows of a stratum the same value, or name the strata under design"
        return [Problem(what, where, listed(shown, 5), Message("one value for each stratum"), remedy)]
    if high.max() <= 1:
        if low.min() < 1:
            return []
        what = Message('fpc column "{name}" is 1 in every row: all was asked, and nothing is left to chance', name=name)
        return [
            Problem(what, where, allowed=Message("a fraction below 1"), remedy="leave fpc out, or correct the column")
        ]
    sizes = _sizes(stratum, cluster)
    small = np.flatnonzero(low < sizes)
    unit = Message("clusters") if cluster else Message("rows")
    if not len(small):
        if (low > sizes).any():
            return []
        what = Message(
            'fpc column "{name}" is the number of {unit} in the sample: all was asked, nothing is left to chance',
            name=name,
            unit=unit,
        )
        allowed = Message("the number of {unit} of the stratum in the population", unit=unit)
        return [Problem(what, where, allowed=allowed, remedy="leave fpc out, or correct the column")]
    text = "{name}: {n} {unit} in the sample, fpc {value}"
    shown = [
        Message(text, name=_name(strata, h), n=int(sizes[h]), unit=unit, value=number_text(low[h]))
        for h in small.tolist()
    ]
    what = Message('fpc column "{name}" is smaller than the number of {unit} in the sample', name=name, unit=unit)
    allowed = Message(
        "the number of {unit} in the population; values up to 1 are sampling fractions where all of them are", unit=unit
    )
    return [Problem(what, where, listed(shown, 5), allowed, "correct the column")]


def _name(strata: Units | None, stratum: int) -> str:
    return "all rows" if strata is None else f"stratum {strata.keys[stratum]}"


def _rows(count: int) -> Message:
    return counted(count, "{n} row", "{n} rows")


def _range_of(name: str, low: float, high: float) -> Message:
    return Message("{name}: {low} to {high}", name=name, low=number_text(low), high=number_text(high))
