"""Changes between two waves: of one result, of two results, of two stored results (docs/rollup.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Protocol

import numpy as np
import pandas as pd

from csimodels.arguments import known_keywords
from csimodels.errors import Problem, SpecError, listed
from csimodels.infer.contrasts import Contrast, difference
from csimodels.infer.multiple import Adjust, adjusted
from csimodels.messages import Message, joined
from csimodels.moments import Key
from csimodels.moments.linalg import Bools, Floats
from csimodels.rollup.method_changes import method_said, redefined, same_answers
from csimodels.spec import Model
from csimodels.spec.measures import UNEVEN_KINDS
from csimodels.survey.columns import text_of
from csimodels.survey.natural_order import natural
from csimodels.tables import comparisons
from csimodels.tables.comparisons import REDEFINED
from csimodels.tables.rollup import RolledUp, Tree, unit_columns

Steps = tuple[list[int], list[int], dict[str, list[object]]]

#: Tables that :func:`compare` reads, and the columns that hold the number and what it is of.
_TABLES = {
    "index": ("index", "construct"),
    "rollup": ("index", "construct"),
    "indices": ("value", "name"),
    "hierarchy": ("index", "node"),
    "simple_rollup": ("index", "construct"),
    "paths": ("estimate", "source"),
}
#: Those of simple indices and nodes of the hierarchy.
_SIMPLE = ("indices", "hierarchy", "simple_rollup")
#: Columns that tell the rows of a table apart, where they are there.
_SUBJECTS = ("level", "unit", "construct", "source", "target")


class Compared(Protocol):
    """What :func:`compare` needs of a result."""

    @property
    def model(self) -> Model:
        """The model with the options of the run."""

    @property
    def by(self) -> tuple[str, ...]:
        """Group columns."""

    @property
    def facts(self) -> Mapping[str, str]:
        """How it was computed; the hash of the data among it."""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name."""


def change_units(
    before: RolledUp, after: RolledUp, *, level: float = 0.95, adjust: Adjust = "holm", wave: str | None = None
) -> pd.DataFrame:
    """Changes of every unit and construct between two waves, or two independent results.

    Parameters
    ----------
    before, after : of two results; or the same one twice, with `wave`.
    wave : the group column whose values, in their natural order, are compared each with the next.
    adjust : how p-values are corrected for the number of rows with the same construct and level.

    Raises
    ------
    SpecError
        `wave` is no wave column of the tree; the two have different levels, or no construct in common.
    """
    names = [name for name in after.names if name in before.names]
    if not names:
        found = f"{listed(before.names)}; {listed(after.names)}"
        raise SpecError(Problem("the two results have no construct in common", "changes", found))
    first, second, labels = _matched(before.tree, after.tree) if wave is None else _steps(after.tree, wave)
    old, new = _side(before, first, names), _side(after, second, names)
    ends = None
    if before.uneven and after.uneven:
        ends = _ends(after, second, names), _ends(before, first, names)
    tested = difference(new, old, level, None if wave is None else _covariance(after, first, second, names), ends)
    columns = {column: [text for text in texts for _ in names] for column, texts in labels.items()}
    columns |= {
        "construct": [name for _ in first for name in names],
        "before": [*old[0].ravel()],
        "after": [*new[0].ravel()],
    }
    family = [*zip(columns["construct"], columns.get("level", columns["construct"]), strict=True)]
    return comparisons.compared(columns, "change", tested, adjusted_within(tested.p.ravel(), family, adjust), level)


def _covariance(rolled: RolledUp, first: Sequence[int], second: Sequence[int], names: Sequence[str]) -> Floats | None:
    """(K, J) covariances of units of two waves of one result; None where the waves share nobody."""
    cov = rolled.unit_cov(np.asarray(first, dtype=np.intp), np.asarray(second, dtype=np.intp))
    return None if cov is None else cov[:, [rolled.names.index(name) for name in names]]


def adjusted_within(p: Floats, family: Sequence[object], adjust: Adjust) -> Floats:
    """P-values (m,) corrected among those of the same family."""
    number = np.unique([str(name) for name in family], return_inverse=True)[1]
    out = np.full(p.shape, np.nan)
    for k in range(number.max(initial=-1) + 1):
        out[number == k] = adjusted(p[number == k], adjust)
    return out


def _side(rolled: RolledUp, rows: Sequence[int], names: Sequence[str]) -> tuple[Floats, Floats, Floats]:
    """Value, error and degrees of freedom (K, J) of units; NaN where the position is -1."""
    at = np.asarray(rows, dtype=np.intp)[:, None]
    columns = [rolled.names.index(name) for name in names]
    value, se, df = (np.where(at >= 0, part[at, columns], np.nan) for part in (rolled.value, rolled.se, rolled.df))
    return value, se, df


def _ends(rolled: RolledUp, rows: Sequence[int], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Limits (K, J) of units; NaN where the position is -1."""
    at = np.asarray(rows, dtype=np.intp)[:, None]
    columns = [rolled.names.index(name) for name in names]
    low, high = (np.where(at >= 0, part[at, columns], np.nan) for part in (rolled.low, rolled.high))
    return low, high


def _matched(before: Tree, after: Tree) -> Steps:
    """Units of two trees that have the same wave and identity; those of the second first, -1 where one is absent."""
    if (before.levels, before.waves) != (after.levels, after.waves):
        one, two = (listed([*tree.waves, *tree.levels]) or Message("no groups") for tree in (before, after))
        found = Message("{a} and {b}", a=one, b=two)
        remedy = "run both with the same by and the same levels of the roll-up"
        raise SpecError(Problem("the two results have different groups", "changes", found, remedy=remedy))
    old, new = ({_as_text((t.wave[i], t.identity[i])): i for i in range(len(t))} for t in (before, after))
    gone = [i for name, i in old.items() if name not in new]
    first = [*(old.get(name, -1) for name in new), *gone]
    second = [*new.values(), *(-1 for _ in gone)]
    labels = _columns(after, [*new.values()])
    lost = _columns(before, gone)
    return first, second, {column: [*texts, *lost[column]] for column, texts in labels.items()}


def _as_text(name: object) -> object:
    """A name in which the number 1 and the text "1" are the same: one file may hold numbers only, the next not."""
    return tuple(map(_as_text, name)) if isinstance(name, tuple) else text_of(name)


def _columns(tree: Tree, rows: Sequence[int]) -> dict[str, list[object]]:
    return unit_columns(tree, np.asarray(rows, dtype=np.intp))


def _steps(tree: Tree, wave: str) -> Steps:
    """Every unit in consecutive waves; -1 where it is absent from one of the two."""
    if wave not in tree.waves:
        allowed = listed(tree.waves) or Message("the results have no column of waves: group by it as well")
        raise SpecError(Problem("changes need a group column of waves", "by", repr(wave), allowed))
    k = tree.waves.index(wave)
    values = sorted({key[k] for key in tree.wave}, key=_natural)
    if len(values) < 2:
        remedy = "keep the rows of at least two waves (where:), or compare two results"
        raise SpecError(Problem("there is one wave only", "by", f"{wave} = {values[0]}", remedy=remedy))
    place: dict[tuple[Key, object], dict[object, int]] = {}
    for i, key in enumerate(tree.wave):
        place.setdefault(((*key[:k], *key[k + 1 :]), tree.identity[i]), {})[key[k]] = i
    first, second, shown = [], [], []
    spans: list[tuple[object, object]] = []
    for start, end in pairwise(values):
        for at in place.values():
            if start in at or end in at:
                first.append(at.get(start, -1))
                second.append(at.get(end, -1))
                shown.append(at.get(end, at.get(start, -1)))
                spans.append((start, end))
    labels = _columns(tree, shown)
    del labels[wave]
    return first, second, labels | {"from": [a for a, _ in spans], "to": [b for _, b in spans]}


def _natural(key: object) -> tuple[int, float, str, str]:
    return natural(key if isinstance(key, (str, int, float)) else str(key))


@known_keywords
def compare(before: Compared, after: Compared, *, adjust: Adjust = "holm") -> pd.DataFrame:
    """What changed between two results, read from their tables: also those of stored results.

    Indices (of groups, of all respondents, rolled up), simple indices, nodes of the hierarchy and paths, as independent
    samples, with normal intervals at the level of `after`; changes of shares and net promoter scores by square-and-add
    of their own limits, where both results have the same level.  For intervals by Student's t, where the results have
    few clusters, use ``Result.changes``.  Two results of the same answers are no two samples: their differences have no
    interval and no p-value here (:func:`csimodels.compare_specs` gives them errors).

    A row whose change may be one of method (another estimator, missing rule, scale, weights, items or paths; another
    definition of a simple index or node) says so in ``status``.

    Parameters
    ----------
    before : Result
        The earlier result.
    after : Result
        The later result.
    adjust : {"holm", "bh", "none"}
        Correction for several comparisons: Holm, Benjamini-Hochberg or none.

    Returns
    -------
    pandas.DataFrame
        Columns: ``table``; group columns, ``level``, ``unit``; ``subject``: a construct, index, node or ``source ->
        target``; ``before, after, change, se, low, high, p``; ``p_adj``: corrected within table, level and subject;
        ``different``; ``status``.

    Raises
    ------
    SpecError
        The two are grouped by different columns, or have no row in common.

    Examples
    --------
    >>> import csimodels as cs
    >>> last, this = (cs.Study("ecsi", cs.simulate("ecsi", 250, seed=k).data).run() for k in (1, 2))
    >>> changes = cs.compare(last, this)
    >>> row = changes[changes["subject"] == "Satisfaction"].iloc[0]
    >>> bool(abs(row["after"] - row["before"] - row["change"]) < 1e-9)
    True
    """
    wrong = [type(result).__name__ for result in (before, after) if not hasattr(result, "tables")]
    if wrong:
        remedy = 'load stored results first: compare(load_result("out-2025"), load_result("out-2026"))'
        raise SpecError(Problem("compare takes two results", "compare", listed(wrong), "Result", remedy))
    if before.by != after.by:
        found = f"{listed(before.by) or 'nothing'}; {listed(after.by) or 'nothing'}"
        raise SpecError(Problem("the two results are grouped by different columns", "compare", found))
    old, new, level = before.tables(), after.tables(), after.model.uncertainty.level
    parts = []
    for name, columns in _TABLES.items():
        for table in (name, f"overall_{name}"):
            first, second = (_renamed(found.get(table), columns[1]) for found in (old, new))
            if name in _SIMPLE:
                first, second = _either(first, second)
            if first is None or second is None:
                continue
            if name == "hierarchy":  # constructs have rows of their own
                names = (*before.model.construct_names, *after.model.construct_names)
                first, second = (t[~t["construct"].isin(names)] for t in (first, second))
            uneven = _uneven(before.model, after.model) if name in ("indices", "simple_rollup") else frozenset()
            parts.append(_changed(table, first, second, (columns[0], after.by), level, adjust, uneven))
    done = pd.concat(parts, ignore_index=True)
    if not (done["before"].notna() & done["after"].notna()).any():
        remedy = "compare two waves of the same study: constructs and groups are matched by name"
        raise SpecError(Problem("the two results have no number in common", "compare", remedy=remedy))
    own = done["table"].str.removeprefix("overall_").isin(_SIMPLE)
    other = redefined(before.model, after.model)
    done["status"] = _with_state(done["status"], own & done["subject"].isin(other), REDEFINED)
    if same_answers(before, after):  # no two samples: nothing of the errors of each is known of the change
        done[["se", "low", "high", "p", "p_adj"]] = np.nan
        done["different"] = False
    said = method_said(before, after)
    if said:
        done["status"] = _with_state(done["status"], np.ones(len(done), dtype=bool), str(joined(said)))
    front = [c for c in ("table", *after.by, "level", "unit") if c in done.columns]
    done[front] = done[front].astype(object).where(done[front].notna(), "")
    return done[[*front, *(c for c in done.columns if c not in front)]]


def _with_state(status: pd.Series[str], where: pd.Series[bool] | Bools, text: str) -> pd.Series[str]:
    """States with `text` behind them (in the place of ``ok``) in the rows `where`."""
    longer = (status + "; " + text).where(status != "ok", text)
    return status.where(~np.asarray(where), longer)


def _renamed(table: pd.DataFrame | None, subject: str) -> pd.DataFrame | None:
    """A table whose column of names is called as in the tables of the constructs."""
    return table if table is None or subject == "source" else table.rename(columns={subject: "construct"})


def _either(old: pd.DataFrame | None, new: pd.DataFrame | None) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Two tables; one that only one of the results has stands against an empty one, so that its rows are seen."""
    if old is None and new is not None:
        return new.iloc[:0], new
    if new is None and old is not None:
        return old, old.iloc[:0]
    return old, new


def _changed(
    table: str,
    old: pd.DataFrame,
    new: pd.DataFrame,
    columns: tuple[str, tuple[str, ...]],
    level: float,
    adjust: Adjust,
    uneven: frozenset[str] = frozenset(),
) -> pd.DataFrame:
    """Rows of one table in both results, matched by what they are about; `uneven` have limits of their own."""
    number, by = columns
    keys = [name for name in (*by, *_SUBJECTS) if name in new.columns and name in old.columns]
    values = [number, "se", *(("low", "high") if uneven else ())]
    unlike = [name for name in keys if old[name].dtype != new[name].dtype]
    old, new = (t.assign(**{name: t[name].map(text_of) for name in unlike}) for t in (old, new))
    both = new[[*keys, *values]].merge(
        old[[*keys, *values]], on=keys, how="outer", suffixes=("_new", "_old"), sort=False
    )
    sides: Mapping[str, tuple[Floats, Floats, Floats]] = {
        side: (
            both[f"{number}_{side}"].to_numpy(dtype=float),
            both[f"se_{side}"].to_numpy(dtype=float),
            np.full(len(both), np.inf),
        )
        for side in ("new", "old")
    }
    tested = difference(sides["new"], sides["old"], level)
    if uneven:
        tested = _by_limits(tested, both, sides, level, uneven)
    pair = [f"{s} -> {t}" for s, t in zip(both["source"], both["target"], strict=True)] if "source" in both else None
    subject = np.asarray(both["construct"] if pair is None else pair, dtype=object)
    family = [*zip(subject, both["level"] if "level" in keys else subject, strict=True)]
    p_adj = adjusted_within(tested.p, family, adjust)
    labels: dict[str, Sequence[object]] = {"table": [table] * len(both)}
    labels |= {name: both[name].tolist() for name in keys if name not in ("construct", "source", "target")}
    labels |= {"subject": subject.tolist(), "before": sides["old"][0].tolist(), "after": sides["new"][0].tolist()}
    return comparisons.compared(labels, "change", tested, p_adj, level).drop(columns="df")


def _by_limits(
    tested: Contrast,
    both: pd.DataFrame,
    sides: Mapping[str, tuple[Floats, Floats, Floats]],
    level: float,
    uneven: frozenset[str],
) -> Contrast:
    """`tested`, with the limits of shares and scores squared and added, as within one result."""
    ends = [tuple(both[f"{end}_{side}"].to_numpy(dtype=float) for end in ("low", "high")) for side in ("new", "old")]
    own = difference(sides["new"], sides["old"], level, None, ((ends[0][0], ends[0][1]), (ends[1][0], ends[1][1])))
    mine = both["construct"].isin(uneven).to_numpy()
    parts = ("estimate", "se", "df", "low", "high", "p")
    return Contrast(*(np.where(mine, getattr(own, name), getattr(tested, name)) for name in parts))


def _uneven(before: Model, after: Model) -> frozenset[str]:
    """Simple indices of both models that are shares or net promoter scores, at the same confidence level."""
    if before.uncertainty.level != after.uncertainty.level:
        return frozenset()
    kinds = [{i.name for i in model.indices if i.kind in UNEVEN_KINDS} for model in (before, after)]
    return frozenset(kinds[0] & kinds[1])
