"""Surveys drawn from a model with known truth: for tests, teaching and planning a study.

Constructs are multivariate normal with variance 1 and the correlations that the recursive paths imply; an answer is a
cut normal variable (:mod:`csimodels.simulation.ordinal`).  Composites are drawn as common factors too.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.arguments import plain_arguments
from csimodels.errors import Problem
from csimodels.moments import Key, stream_of
from csimodels.moments.linalg import Floats
from csimodels.simulation.design_columns import design_problems, drawn_columns, fixed_columns
from csimodels.simulation.population import Population, codes_of
from csimodels.simulation.resolve import Resolved, checked, resolve
from csimodels.simulation.truth import Truth
from csimodels.spec import load_model
from csimodels.spec.model import Code, Item, Model

__all__ = ["Population", "Simulated", "Truth", "simulate"]

#: Name of the weight column where the model names none.
WEIGHT = "weight"

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Simulated:
    """A drawn survey, as raw answers in the columns that the model reads, and the truth behind it."""

    data: pd.DataFrame
    truth: Truth

    def __repr__(self) -> str:
        rows, columns = self.data.shape
        return f"<csimodels simulated survey: {rows} rows x {columns} columns in .data, its truth in .truth>"


@plain_arguments
def simulate(
    model: Model | str | Path,
    n: int | Mapping[Any, int],
    *,
    seed: int,
    truth: Population | None = None,
    groups: Mapping[Any, Population] | None = None,
    by: Sequence[str] | None = None,
    text: bool = False,
) -> Simulated:
    """Draw a survey of `model` from stated populations.

    The frame has the columns that ``model.data`` names (item columns, weight, group, filter and design columns), so
    that the same model reads it.  Answers of reversed items are written as they were asked.

    Parameters
    ----------
    model : Model, str or Path
        A `Model`, the name of a library model or the path of a spec file.
    n : int or sequence of int
        Interviews, one number (for each group) or a number per group.
    seed : int
        The same seed gives the same survey; groups draw independently of each other and of their order.
    truth : Population, optional
        The population; default ``Population()``, that is everything as usual for the model.
    groups : dict, optional
        A population per group instead; a key is a name or a tuple with one entry per group column.
    by : tuple of str, optional
        The group columns; default those of the model, else ``group``.
    text : bool
        Write items with ``values`` in the words of the model (yes, no) instead of numbers.

    Returns
    -------
    Simulated
        The answers (``data``) with the truth they were drawn from (``truth``).

    Raises
    ------
    SpecError
        With every option that cannot be used and every construct whose disturbance would have no variance.

    Examples
    --------
    >>> import csimodels as cs
    >>> drawn = cs.simulate("acsi", 300, seed=1)
    >>> drawn.data.shape
    (300, 14)
    """
    model = model if isinstance(model, Model) else load_model(model)
    populations = {} if groups is None else {k if isinstance(k, tuple) else (k,): v for k, v in groups.items()}
    columns = _group_columns(model, by, populations)
    sizes, problems = _sizes(n, tuple(populations))
    problems += _bad_call(seed, truth, groups, columns, tuple(populations)) + design_problems(model)
    if groups is None:
        found = [resolve(model, truth or Population())]
    else:
        found = [resolve(model, pop, "group " + ", ".join(map(str, key))) for key, pop in populations.items()]
    resolved = checked(found, problems)
    known = Truth(model, int(seed), tuple(sizes), columns, tuple(populations), resolved)
    weighted = model.data.weight is not None or any(r.population.weight_cv > 0 for r in resolved)
    parts = []
    for i, group in enumerate(resolved):
        key = known.keys[i] if known.keys else ()
        rng = np.random.Generator(np.random.Philox(key=[int(seed) & (2**64 - 1), stream_of(key)]))
        parts.append(_frame(group, sizes[i], rng, dict(zip(columns, key, strict=True)), (weighted, text)))
    return Simulated(_joined(parts, model.data.design.cluster), known)


def _group_columns(model: Model, by: Sequence[str] | None, populations: Mapping[Key, Population]) -> tuple[str, ...]:
    if not populations:
        return ()
    if by is not None:
        return (by,) if isinstance(by, str) else tuple(by)
    width = len(next(iter(populations)))
    if len(model.data.by) == width:
        return model.data.by
    return ("group",) if width == 1 else tuple(f"group_{i + 1}" for i in range(width))


def _is_count(value: object) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and int(value) >= 1


def _sizes(n: int | Mapping[Any, int], keys: tuple[Key, ...]) -> tuple[list[int], list[Problem]]:
    """Interviews per group, and what is wrong with them."""
    if isinstance(n, Mapping):
        stated = {k if isinstance(k, tuple) else (k,): v for k, v in n.items()}
        if not keys:
            return [1], [Problem("interviews by group need groups", "n", remedy="pass groups, or one number")]
        extra, lacking = [k for k in stated if k not in keys], [k for k in keys if k not in stated]
        problems = [Problem("no such group", "n", str(k)) for k in extra]
        problems += [Problem("no number of interviews for this group", "n", str(k)) for k in lacking]
        asked = [stated.get(k, 1) for k in keys]
    else:
        asked, problems = [n] * max(len(keys), 1), []
    if not all(_is_count(v) for v in asked):
        wrong = next(v for v in asked if not _is_count(v))
        problems.append(Problem("the number of interviews must be a whole number of at least 1", "n", repr(wrong)))
        return [1] * len(asked), problems
    return [int(v) for v in asked], problems


def _bad_call(
    seed: object,
    truth: Population | None,
    groups: Mapping[Any, Population] | None,
    columns: tuple[str, ...],
    keys: tuple[Key, ...],
) -> list[Problem]:
    problems = []
    if not isinstance(seed, int | np.integer) or isinstance(seed, bool) or seed < 0:
        problems.append(Problem("the seed must be a whole number of at least 0", "seed", repr(seed)))
    if truth is not None and groups is not None:
        problems.append(Problem("state one population or populations by group, not both", "truth, groups"))
    if groups is not None and not groups:
        problems.append(Problem("no group is given", "groups", "{}"))
    if any(len(key) != len(columns) for key in keys):
        wrong = next(key for key in keys if len(key) != len(columns))
        problems.append(
            Problem("a group key needs one entry per group column", "groups", str(wrong), ", ".join(columns))
        )
    return problems


def _frame(
    group: Resolved, n: int, rng: np.random.Generator, key: Mapping[str, object], style: tuple[bool, bool]
) -> pd.DataFrame:
    """One group's survey as the model reads it; `style` is (write weights, write words)."""
    model, population = group.model, group.population
    weighted, text = style
    latent, weights = _constructs(group, n, rng)
    named, codes = dict(model.data.columns), codes_of(model, population)
    columns: dict[str, Any] = {name: [value] * n for name, value in {**fixed_columns(model), **key}.items()}
    if weighted:
        columns[model.data.weight or WEIGHT] = weights
    for p, item in enumerate(model.items):
        own = group.normal[p]
        z = own * latent[:, group.block[p]] + math.sqrt(max(1.0 - own**2, 0.0)) * rng.standard_normal(n)
        answer = group.values[p][np.searchsorted(group.thresholds[p], z, side="right")]
        raw = item.scale[0] + item.scale[1] - answer if item.reverse else answer
        gap = _gaps(rng.random(n), population, len(codes))
        columns[named.get(item.name, item.name)] = _written(item, raw, gap, codes, text)
    columns |= drawn_columns(model, weights if weighted else np.ones(n), columns, rng)
    return pd.DataFrame(columns)


def _constructs(group: Resolved, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Construct scores ``(n, J)`` and sampling weights ``(n,)`` of mean 1.

    Interviews with log weight ``s t - s^2 / 2``, ``t = r eta + sqrt(1 - r^2) u``, are drawn from the population tilted
    by 1 / weight: a shift of the normal constructs by ``-s r corr(eta, .)``, so that weighted means are those of the
    stated population exactly in expectation.
    """
    model, pop = group.model, group.population
    shocks = rng.standard_normal((n, len(model.constructs)))
    eta = np.zeros_like(shocks)
    first = [j for j in group.order if np.isnan(group.r2[j])]
    root = np.linalg.cholesky(group.latent[np.ix_(first, first)])
    for row, j in enumerate(first):
        eta[:, j] = (shocks[:, first] * root[row]).sum(axis=1)
    for j in group.order[len(first) :]:
        eta[:, j] = (eta * group.paths[j]).sum(axis=1) + math.sqrt(max(1.0 - group.r2[j], 0.0)) * shocks[:, j]
    s, r = math.sqrt(math.log1p(pop.weight_cv**2)), pop.informative
    if s == 0.0:
        return eta, np.ones(n)
    known = model.index.construct in model.construct_names
    target = model.construct_names.index(model.index.construct) if known else group.order[-1]
    t = r * eta[:, target] + math.sqrt(1.0 - r**2) * rng.standard_normal(n)
    return eta - s * r * group.latent[target], np.exp(s * t - s**2 / 2.0)


def _gaps(u: Floats, population: Population, codes: int) -> Places:
    """(n,) -1 answered, 0 blank, k the k-th of `codes` codes, from uniform numbers."""
    dont_know, blank = population.dont_know_share, population.missing_share
    gap = np.where(u < dont_know + blank, 0, -1)
    if codes and dont_know:
        which = 1 + np.minimum((u * codes / dont_know).astype(np.intp), codes - 1)
        gap = np.where(u < dont_know, which, gap)
    return np.asarray(gap, dtype=np.intp)


def _written(item: Item, raw: Floats, gap: Places, codes: tuple[Code, ...], text: bool) -> Any:
    """Answers as they stand in a file: whole numbers where they are whole, words where asked, codes, blanks."""
    words = {number: word for word, number in reversed(item.values)} if text else {}
    if words or ((gap > 0).any() and any(isinstance(code, str) for code in codes)):
        shown = [words.get(float(v), _plain(v)) for v in raw]
        return [s if g < 0 else None if g == 0 else _plain(codes[g - 1]) for s, g in zip(shown, gap, strict=True)]
    number = raw.copy()
    for k in np.unique(gap[gap > 0]):
        number[gap == k] = codes[k - 1]
    number[gap == 0] = np.nan
    if (number[gap != 0] % 1 == 0).all():
        return pd.Series(number).astype("Int64") if (gap == 0).any() else number.astype(np.int64)
    return number


def _plain(value: Code) -> str:
    return value if isinstance(value, str) else f"{float(value):g}"


def _joined(parts: list[pd.DataFrame], cluster: str | None) -> pd.DataFrame:
    """All groups one below the other; every interview is a cluster of its own."""
    data = parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)
    if cluster is not None:
        data.insert(0, cluster, np.arange(1, len(data) + 1))
    return data
