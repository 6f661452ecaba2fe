"""The survey: rows checked against the model, ready to be summed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.errors import DataError, Problem, SpecError, listed, nearest
from csimodels.messages import Message, columns
from csimodels.moments import FORM_OF_RULE, Rows
from csimodels.moments.linalg import Bools, Floats
from csimodels.moments.spans import Spans
from csimodels.spec.model import Model
from csimodels.survey.columns import Ints
from csimodels.survey.domains import WholeSample
from csimodels.survey.keys import group_in_words
from csimodels.survey.natural_order import natural
from csimodels.survey.raked_sample import RakedSample
from csimodels.survey.table import GROUP_ROWS, LogEntry, Source

if TYPE_CHECKING:
    from csimodels.survey.cautions.counts import AnswerCounts

#: Answers whose middle is further than this many of their ranges from the midpoint of the scale are shifted by it.
FAR_SPREADS = 100.0

GroupKey = tuple[str | float, ...]
_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True, eq=False)
class Survey:
    """Answers of respondents, checked against a model.

    Rows stand in a canonical order that depends on what they hold and not on the order they came in; `row` leads back
    to the file.

    Attributes
    ----------
    model : the model the rows were checked against.
    x : (n, p) answers in scale points, NaN where missing; columns as ``model.item_names``, reversed items turned.
    weights : (n,) sampling weights, all above zero, or None.
    by : names of the group columns.
    group, group_keys : (n,) position in `group_keys`; without groups there is the one key ``()``.
    strata, cluster : (n,) numbers of the stratum and the cluster, or None.
    fpc : (n,) share of the primary sampling units of the row's stratum that is in the sample, 0 to 1, or None.
    replicate_weights : (n, R) replicate weights that came with the data, sampling weight included, or None; the factors
        of their variance are those of ``model.data.replicate_weights`` (`replicate_scale`).
    margins, targets : (n, M) category of the row in each margin that the weights were raked to, or None, and for each
        margin the shares (K_m,) of its categories.  ``weights`` and ``replicate_weights`` are raked already.
    trimmed, rake_bounds : (n,) factor that each weight was raked with, and the bounds, where factors are trimmed.
    beside : (n, k) answers to the items beside the model (``model.beside``), or None.
    reasons : (n, p + k) why each answer of items and those beside is missing: the place in ``REASONS`` counted from 1,
        0 where it is there or no code says so; None where the spec names no reasons.
    panel : (n,) number of the respondent, the same in every wave, -1 where unknown; or None.
    wave : the one of `by` that holds the waves, or None.
    aside : by its text, each rule of the sections for decisions as (n,) 1 where it holds, 0 where not, and each column
        of amounts; NaN where a cell is empty.
    drawn_as : by its key, the group of a finer survey that has the same rows: replicates of both are drawn alike.
    raked_in : the survey whose weights were raked, and where these rows stand in it; None: this one.
    strata_names : what each number of a stratum is called in the source.
    row : (n,) number of the row in the source; 1 is the first row under the header.
    log : what was done to the rows on the way, with counts.
    source : where they come from.
    """

    model: Model
    x: Floats
    weights: Floats | None
    by: tuple[str, ...]
    group: Ints
    group_keys: tuple[GroupKey, ...]
    strata: Ints | None
    cluster: Ints | None
    row: NDArray[np.int64]
    log: tuple[LogEntry, ...]
    source: Source
    fpc: Floats | None = None
    replicate_weights: Floats | None = None
    margins: Ints | None = None
    targets: tuple[Floats, ...] = ()
    trimmed: Floats | None = None
    rake_bounds: tuple[float, float] | None = None
    strata_names: tuple[str, ...] = ()
    panel: Ints | None = None
    beside: Floats | None = None
    wave: str | None = None
    reasons: NDArray[np.int8] | None = None
    aside: Mapping[str, Floats] = field(default_factory=dict)
    drawn_as: Mapping[tuple[object, ...], GroupKey] = field(default_factory=dict)
    raked_in: tuple[Survey, Ints] | None = None

    @property
    def n(self) -> int:
        """Number of rows used."""
        return len(self.x)

    @property
    def counted(self) -> AnswerCounts | None:
        """Counts that cautions are made from, where they were made with the sums; None: they are made from the rows."""
        return None

    @property
    def respondents(self) -> int:
        """Number of rows used; of sums the number of respondents in them."""
        return self.n

    @property
    def missing(self) -> Ints:
        """(p,) missing answers of every item."""
        return self._spans.missing

    @cached_property
    def _spans(self) -> Spans:
        return Spans.of(self.x)

    @property
    def sizes(self) -> Ints:
        """(G,) rows of the groups."""
        return np.bincount(self.group, minlength=len(self.group_keys)).astype(np.intp)

    def unasked(self, group: int) -> Bools:
        """(p,) items that nobody of a group answered."""
        if not self.by:
            return np.asarray(self.missing == self.n)
        rows, most = self.members_of[group], self.missing
        if most.max(initial=0) < len(rows):  # nowhere are so many answers missing
            return np.zeros(len(most), dtype=bool)
        return np.asarray(np.isnan(self.x[rows]).all(axis=0))

    def answered_together(self, group: int) -> Floats:
        """(p, p) rows of a group that answered both items of a pair; of sums their weight."""
        rows = self.members_of[group] if self.by else slice(None)
        there = (~np.isnan(self.x[rows])).astype(np.float64)
        return np.asarray(there.T @ there)

    @cached_property
    def shift(self) -> Floats:
        """(p,) midpoints of the scales, subtracted before sums are formed.

        Where the answers lie together far from the midpoint, as large numbers on a wide scale do, it is the midpoint of
        the answers: the squares of the shifted answers would otherwise swallow their variance.
        """
        middle = np.asarray([(item.scale[0] + item.scale[1]) / 2 for item in self.model.items])
        there = self._spans.low <= self._spans.high
        low, high = np.where(there, self._spans.low, 0.0), np.where(there, self._spans.high, 0.0)
        far = there & (np.abs((low + high) / 2 - middle) > FAR_SPREADS * (high - low))
        return np.where(far, (low + high) / 2, middle)

    @cached_property
    def units(self) -> Ints | None:
        """(n,) primary sampling units: clusters numbered anew in every stratum are different ones; None without."""
        if self.cluster is None or self.strata is None:
            return self.cluster
        pairs = np.stack([self.strata, self.cluster], axis=1)
        return np.unique(pairs, axis=0, return_inverse=True)[1].ravel().astype(np.intp)

    @cached_property
    def whole_sample(self) -> WholeSample | None:
        """What groups are met in by chance, where the spec says that they are; None where they are planned."""
        by_chance = self.model.data.design.groups == "by_chance"
        return WholeSample.of(self) if by_chance and not (self.strata is None and self.cluster is None) else None

    @cached_property
    def raked_sample(self) -> RakedSample | None:
        """What groups are parts of where weights were raked over more rows than theirs; None where they were not."""
        if self.raked_in is not None:
            survey, places = self.raked_in
            return survey._raked_whole.part(places)
        return self._raked_whole if self.by and self.margins is not None else None

    @cached_property
    def _raked_whole(self) -> RakedSample:
        return RakedSample.of(self)

    @cached_property
    def members_of(self) -> tuple[Ints, ...]:
        """Positions of the rows of every group."""
        order = np.argsort(self.group, kind="stable").astype(np.intp)
        ends = np.cumsum(np.bincount(self.group, minlength=len(self.group_keys)))
        return tuple(np.split(order, ends[:-1]))

    @cached_property
    def levels(self) -> tuple[Floats, ...]:
        """(K_j,) answers of each item that occur, where the spec asks for polychoric correlations; else nothing."""
        if not self.model.estimate.polychoric:
            return ()
        return tuple(np.unique(column[~np.isnan(column)]) for column in self.x.T)

    def rows(self, form: str, group: int | None = None) -> Rows:
        """Rows ready to be summed: of one group, by its position in `group_keys`, or of all together.

        Parameters
        ----------
        form : ``"complete"``, ``"pairwise"`` or ``"patterns"``, as in `csimodels.moments.Rows`.
        group : position in `group_keys`, or None for every row.
        """
        forms = sorted(set(FORM_OF_RULE.values()))
        if form not in forms:
            raise SpecError(Problem("unknown form of sums", "form", form, nearest(form, forms) or listed(forms)))
        items = self.model.item_names
        if group is None:
            return Rows(items, self.x, self.shift, self.weights, form, levels=self.levels)
        mine = self.members_of[group]
        weights = None if self.weights is None else self.weights[mine]
        return Rows(items, self.x[mine], self.shift, weights, form, levels=self.levels)

    def replicate_factors(self, rows: Ints | None = None) -> Floats:
        """(R, n) what the sampling weights are multiplied with in each replicate of the weights that were given.

        Parameters
        ----------
        rows : positions of the rows that are wanted; all of them by default.
        """
        if self.replicate_weights is None:
            raise DataError(
                Problem("the survey has no replicate weights", remedy="name their columns: data: replicate_weights")
            )
        at = slice(None) if rows is None else rows
        weights = np.ones(self.n) if self.weights is None else self.weights
        return np.ascontiguousarray((self.replicate_weights[at] / weights[at][:, None]).T)

    def select(self, mask: Bools) -> Survey:
        """The survey of the rows where `mask` (n,) holds; groups keep their numbers, even those left empty.

        Weights stay as they are (raked over all rows), and so do sampling fractions.
        """
        keep = np.asarray(mask)
        if keep.dtype != np.bool_ or keep.shape != (self.n,):
            raise DataError(
                Problem(
                    "select needs one True or False for each row",
                    found=Message("{dtype} of shape {shape}", dtype=str(keep.dtype), shape=str(keep.shape)),
                    allowed=Message("bool of shape ({n},)", n=self.n),
                )
            )
        raked_in = self.raked_in if self.raked_in is not None else (self, np.arange(self.n))
        places = None if self.margins is None else (raked_in[0], raked_in[1][keep])
        note = LogEntry("rows selected", Message("survey"), int(keep.sum()), Message("of {n}", n=self.n))
        return replace(
            self,
            x=self.x[keep],
            weights=_subset(self.weights, keep),
            group=self.group[keep],
            strata=_subset(self.strata, keep),
            cluster=_subset(self.cluster, keep),
            panel=_subset(self.panel, keep),
            beside=_subset(self.beside, keep),
            reasons=_subset(self.reasons, keep),
            fpc=_subset(self.fpc, keep),
            replicate_weights=_subset(self.replicate_weights, keep),
            margins=_subset(self.margins, keep),
            trimmed=_subset(self.trimmed, keep),
            raked_in=places,
            row=self.row[keep],
            aside={text: values[keep] for text, values in self.aside.items()},
            log=(*self.log, note),
        )

    @cached_property
    def waves(self) -> tuple[str | float, ...]:
        """Waves in their natural order; empty where there are none."""
        if self.wave is None:
            return ()
        place = self.by.index(self.wave)
        return tuple(sorted({key[place] for key in self.group_keys}, key=natural))

    def of_wave(self, wave: str | float) -> Survey:
        """The rows of one wave, without groups."""
        waves = self.by_wave()
        mine = np.asarray([key == (wave,) for key in waves.group_keys])
        picked = waves.select(mine[waves.group]).together()
        return replace(picked, wave=None, log=self.log)

    def together(self) -> Survey:
        """All rows without groups."""
        return self._coarser((), np.zeros(len(self.group_keys), dtype=np.intp), ((),))

    def by_wave(self) -> Survey:
        """All rows with the waves as their only groups."""
        place, waves = self.by.index(self.wave or ""), self.waves
        number = np.asarray([waves.index(key[place]) for key in self.group_keys], dtype=np.intp)
        return self._coarser((self.by[place],), number, tuple((w,) for w in waves))

    def _coarser(self, by: tuple[str, ...], number: Ints, keys: tuple[GroupKey, ...]) -> Survey:
        """Groups joined to those of `keys` by ``number (G,)``; one with the rows of a single group is drawn as that."""
        parts: dict[int, set[int]] = {}
        for k in np.unique(self.group).tolist():
            parts.setdefault(int(number[k]), set()).add(k)
        alone = {keys[k]: self.group_keys[min(mine)] for k, mine in parts.items() if len(mine) == 1}
        drawn: dict[tuple[object, ...], GroupKey] = {key: self.drawn_as.get(of, of) for key, of in alone.items()}
        return replace(self, by=by, group=number[self.group], group_keys=keys, drawn_as=drawn)

    def report(self) -> pd.DataFrame:
        """What became of the rows: ``step, subject, count, detail``, one line for each thing that was done.

        The last lines say how many answers each item misses, with their share, and how many rows each group has.
        """
        return log_table(self.entries())

    def entries(self) -> list[LogEntry]:
        """The lines of :meth:`report`."""
        n = self.respondents
        entries = [*self.log, LogEntry("rows used", self.source.name, n, Message("of {n} rows", n=self.source.n_rows))]
        for name, count in zip(self.model.item_names, self.missing.tolist(), strict=True):
            share = Message("{share} % of {n} rows", share=f"{100 * count / n:.1f}", n=n) if count else ""
            entries.append(LogEntry("missing answers", name, count, share))
        if self.by:
            entries += [
                LogEntry(GROUP_ROWS, group_in_words(self.by, key), int(size), columns(self.by))
                for key, size in zip(self.group_keys, self.sizes, strict=True)
            ]
        return entries

    def __repr__(self) -> str:
        """One line: the arrays of a survey fill screens."""
        groups = f", {len(self.group_keys)} groups by {', '.join(self.by)}" if self.by else ""
        size = f"{self.n} rows, {len(self.model.item_names)} items"
        return f"<csimodels.Survey {self.source.name}: {size}{groups}>"

    def _repr_html_(self) -> str:
        size = f"{self.n} rows, {len(self.model.item_names)} items"
        groups = f", {len(self.group_keys)} groups by {', '.join(self.by)}" if self.by else ""
        table: str = self.report().to_html(index=False, escape=True)
        return f"<b>Survey: {escape(self.source.name)}</b> ({escape(size + groups)}){table}"


def log_table(entries: Iterable[LogEntry]) -> pd.DataFrame:
    """Lines of a log as a table: ``step, subject, count, detail``."""
    table = [(e.step, e.subject, e.count, e.detail) for e in entries]
    return pd.DataFrame(table, columns=["step", "subject", "count", "detail"])


def _subset(values: NDArray[_T] | None, keep: Bools) -> NDArray[_T] | None:
    return None if values is None else values[keep]


def constant_items(survey: Survey, group: int | None = None) -> list[str]:
    """Items that do not vary in a group (or in the whole survey): one answer only, or none at all."""
    return survey.rows("pairwise", group).flat_items
