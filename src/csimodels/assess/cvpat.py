"""CVPAT: is one prediction better than another?  Losses compared respondent by respondent (Liengaard et al. 2021)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from csimodels.assess.prediction import Antecedents, Prediction, predict
from csimodels.errors import DataError, Problem, SpecError, listed
from csimodels.estimate import Design, Estimator
from csimodels.messages import Message
from csimodels.moments import Rows, Sampling
from csimodels.moments.linalg import Floats

Ints = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class LossTest:
    """Mean losses of two predictions and the test that they are equal.

    Attributes
    ----------
    subjects : tuple of str
        Endogenous constructs, then ``"overall"``, their mean.
    loss, other : (J + 1,) array
        Mean over respondents of the mean squared error of the construct's items, scale points squared.
    difference, se, t, p : (J + 1,) array
        `loss` less `other` (negative: the first predicts better), its standard error, t-value and two-sided p-value.
    df : float
        Degrees of freedom of t.
    """

    subjects: tuple[str, ...]
    loss: Floats
    other: Floats
    difference: Floats
    se: Floats
    t: Floats
    p: Floats
    df: float


def compare_with_benchmark(
    prediction: Prediction, design: Design, benchmark: str = "mean", sampling: Sampling | None = None
) -> LossTest:
    """Test the model against ``"mean"`` (indicator average) or ``"linear"`` (regression on the same items).

    The mean is that of the training rows; seminrExtras takes that of all rows, which the held-out answer is part of.

    Parameters
    ----------
    prediction : Prediction
        Of the model.
    design : Design
        Of the same model.
    benchmark : {"mean", "linear"}
        What it is compared with.
    sampling : Sampling, optional
        Strata and clusters of the rows that count; respondents are independent without it.
    """
    if benchmark not in prediction.squared or benchmark == "model":
        raise SpecError(Problem("unknown benchmark", "benchmark", repr(benchmark), "mean, linear"))
    ends = design.endogenous
    first = _by_construct(prediction, prediction.squared["model"], ends)
    second = _by_construct(prediction, prediction.squared[benchmark], ends)
    names = tuple(design.constructs[j] for j in ends)
    return _test(names, first, second, prediction.weights, sampling)


def compare_models(
    first: tuple[Prediction, Design], second: tuple[Prediction, Design], sampling: Sampling | None = None
) -> LossTest:
    """Test two models against each other, predicted on the same rows and folds.

    Raises
    ------
    SpecError
        Their endogenous constructs or the items of these differ: their losses are of different things.
    """
    (one, d1), (two, d2) = first, second
    blocks1, blocks2 = _targets(d1), _targets(d2)
    if blocks1 != blocks2:
        apart = sorted(name for name in {*blocks1, *blocks2} if blocks1.get(name) != blocks2.get(name))
        what = "CVPAT compares models with the same endogenous constructs and items"
        raise SpecError(Problem(what, found=Message("different: {names}", names=listed(apart))))
    if len(one.weights) != len(two.weights):
        found = Message("{n} and {n2} rows", n=len(one.weights), n2=len(two.weights))
        raise DataError(Problem("CVPAT compares predictions of the same respondents", found=found))
    names = tuple(d1.constructs[j] for j in d1.endogenous)
    other = tuple(d2.constructs.index(name) for name in names)
    losses = _by_construct(one, one.squared["model"], d1.endogenous), _by_construct(two, two.squared["model"], other)
    return _test(names, *losses, one.weights, sampling)


def _targets(design: Design) -> dict[str, frozenset[str]]:
    return {design.constructs[j]: frozenset(design.items[k] for k in design.blocks[j]) for j in design.endogenous}


def _by_construct(prediction: Prediction, losses: Floats, constructs: tuple[int, ...]) -> Floats:
    """(n, J + 1) loss of each construct, the mean over its answered items, and the mean of the constructs."""
    parts = []
    for j in constructs:
        mine = losses[:, prediction.construct == j]
        there = ~np.isnan(mine)
        with np.errstate(invalid="ignore", divide="ignore"):
            parts.append(np.where(there, mine, 0.0).sum(axis=1) / there.sum(axis=1))
    each = np.stack(parts, axis=1)
    return np.column_stack([each, each.mean(axis=1)])


def _test(names: tuple[str, ...], first: Floats, second: Floats, a: Floats, sampling: Sampling | None) -> LossTest:
    from scipy.special import stdtr

    there = ~np.isnan(first) & ~np.isnan(second)
    w = a[:, None] * there
    total = w.sum(axis=0)
    loss, other = ((w * np.where(there, part, 0.0)).sum(axis=0) / total for part in (first, second))
    gap = np.where(there, first - second, 0.0)
    difference = loss - other
    design = sampling or Sampling.of(len(a))
    se = np.sqrt(design.variance(design.totals(w * (gap - difference) / total)))
    with np.errstate(invalid="ignore", divide="ignore"):
        t = difference / se
    p = np.asarray(2 * stdtr(float(design.df), -np.abs(t)))
    return LossTest((*names, "overall"), loss, other, difference, se, t, p, float(design.df))


@dataclass(frozen=True, eq=False)
class MediatorContribution:
    """Predictive contribution of a mediator (Danks 2021): what the mediator adds to predicting the outcome's items.

    Attributes
    ----------
    route : tuple of str
        Antecedent, mediator, outcome.
    items : tuple of str
        Items of the outcome.
    rmse_direct, rmse_earliest : (q,) array
        With the mediator's answers known, and with those of the antecedent alone.
    contribution : (q,) array
        ``(earliest - direct) / earliest``.
    mae_direct, mae_earliest, mae_contribution : (q,) array
        The same for absolute errors.
    """

    route: tuple[str, str, str]
    items: tuple[str, ...]
    rmse_direct: Floats
    rmse_earliest: Floats
    contribution: Floats
    mae_direct: Floats
    mae_earliest: Floats
    mae_contribution: Floats


def mediator_contributions(
    rows: Rows, design: Design, estimator: Estimator, folds: Ints, target: str, rule: str = "listwise"
) -> list[MediatorContribution]:
    """Every chain antecedent -> mediator -> `target`, each estimated alone with the direct path (Danks 2021).

    Raises
    ------
    SpecError
        `target` is no construct, or nothing mediates an effect on it.
    """
    chains = []
    if target in design.constructs:
        end = design.constructs.index(target)
        chains = [(int(s), int(m), end) for m in design.predecessors[end] for s in design.predecessors[m]]
    if not chains:
        what = "no mediator leads to this construct"
        raise SpecError(
            Problem(what, "target", repr(target), Message("a construct with a predecessor that has predecessors"))
        )
    return [_contribution(rows, design, estimator, folds, chain, rule) for chain in chains]


def _contribution(
    rows: Rows, design: Design, estimator: Estimator, folds: Ints, chain: tuple[int, int, int], rule: str
) -> MediatorContribution:
    part, columns = _triple(design, chain)
    mine = Rows(part.items, rows.x[rows.kept][:, columns], rows.shift[columns], rows.a, rows.form)
    found = {mode: predict(mine, part, estimator, folds, rule, mode) for mode in get_args(Antecedents)}
    at = found["direct"].construct == 2
    rmse = {key: value.rmse()[at] for key, value in found.items()}
    mae = {key: value.mae()[at] for key, value in found.items()}
    names = tuple(name for name, there in zip(found["direct"].items, at, strict=True) if there)
    return MediatorContribution(
        (design.constructs[chain[0]], design.constructs[chain[1]], design.constructs[chain[2]]),
        names,
        rmse["direct"],
        rmse["earliest"],
        1 - rmse["direct"] / rmse["earliest"],
        mae["direct"],
        mae["earliest"],
        1 - mae["direct"] / mae["earliest"],
    )


def _triple(design: Design, chain: tuple[int, int, int]) -> tuple[Design, Ints]:
    """The model of three constructs X -> M -> Y with X -> Y, and the columns of its items."""
    keep = np.asarray(chain, dtype=np.intp)
    entries = np.concatenate([design.blocks[j] for j in chain])
    path = np.zeros((3, 3), dtype=bool)
    path[1, 0] = path[2, 0] = path[2, 1] = True
    part = replace(
        design,
        block=np.repeat(np.arange(3), [len(design.blocks[j]) for j in chain]),
        path=path,
        mode_b=design.mode_b[keep],
        reflective=design.reflective[keep],
        reliability=design.reliability[keep],
        order=(0, 1, 2),
        columns=np.arange(len(entries)),
        items=tuple(design.items[k] for k in entries),
        constructs=tuple(design.constructs[j] for j in chain),
        parts=((), (), ()),
        parameters=(),
    )
    return part, design.columns[entries]
