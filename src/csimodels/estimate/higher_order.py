"""Higher-order constructs in stages (Sarstedt, Hair, Cheah, Becker & Ringle 2019), on correlations.

Stage one fits the dimensions, stage two takes their scores as items of their construct, and so on upwards where
constructs are ``of`` constructs that are themselves of others.  *Disjoint*: in stage one the dimensions stand in the
place of their construct, linked to all that it is linked to; the other constructs keep their items in every stage.
*Embedded*: stage one repeats the items of the dimensions as the block of their construct (Lohmoeller 1989); stage two
takes the scores of all constructs, so that the others are single items.

With ``A`` the weights of a stage, the next one is a fit on ``A' S A``: a matrix over the items of the model and the
scores made so far, which every element of a batch has for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from csimodels.errors import Problem, SpecError, listed
from csimodels.estimate.design import Design
from csimodels.estimate.fit import Estimator, Fit, Stages, regress, singular_structure
from csimodels.estimate.stages import Stage, plan_stages
from csimodels.messages import Message
from csimodels.moments import Moments
from csimodels.moments.linalg import Bools, Floats

#: How higher-order constructs are estimated; the first is the default.
HigherOrder = Literal["disjoint", "embedded", "repeated"]


@dataclass(frozen=True, eq=False)
class Measured:
    """The measurement side of one stage, ``q`` entries and ``K`` constructs.

    Attributes
    ----------
    weights : (*B, q) outer weights of unit-variance scores
    own : (*B, q) loading of every entry on its own construct (PLSc: corrected)
    attenuation : (*B, K) root of the reliability that correlations are corrected by, 1 where they are not
    rho_a : (*B, K) rho_A, NaN where it is not defined
    corrected : (K,) bool, constructs whose `own` are those of a common factor
    status, iterations : (*B,)
    """

    weights: Floats
    own: Floats
    attenuation: Floats
    rho_a: Floats
    corrected: Bools
    status: NDArray[np.int64]
    iterations: NDArray[np.int64]


class StagedEstimator(Estimator, Protocol):
    """An estimator that can be applied stage by stage."""

    @property
    def higher_order(self) -> HigherOrder:
        """What stage one links."""
        ...

    @property
    def definite(self) -> bool:
        """Whether correlations of constructs must be positive definite for a regression to have a solution."""
        ...

    def measure(self, design: Design, corr: Floats, sums: Bools) -> Measured:
        """Measure the constructs of one stage; those in `sums` stand beside their own dimensions."""
        ...


@dataclass(frozen=True, eq=False)
class _Scores:
    """What the stages leave behind; filled from stage to stage.

    ``corr`` (*B, p + J, p + J) holds the correlations of the ``p`` items of the model and, behind them, of its
    constructs (PLSc: corrected), zero for those not made yet.  ``weights`` by construct: (*B, k) of the entries of its
    block; ``shares`` by construct of higher order: (*B, parts) of the scores of its dimensions; ``rho_a`` (*B, J).
    ``factors``: constructs corrected for attenuation.
    """

    corr: Floats
    weights: dict[int, Floats]
    shares: dict[int, Floats]
    rho_a: Floats
    factors: set[int]


def refuse_outside_causes(design: Design) -> None:
    """Refuse repeated items where something else than its dimensions leads to a higher-order construct.

    The dimensions explain such a construct without remainder, so that every other cause of it gets a path near zero.
    Where the construct leads to its dimensions these explain nothing of it, and its causes are left as they are.
    """
    problems = []
    for target, family in enumerate(design.family):
        outside = [design.constructs[s] for s in design.predecessors[target] if not family[s]]
        if family.any() and outside and not design.path[family, target].any():
            problems.append(outside_causes(design.constructs[target], outside))
    if problems:
        raise SpecError(problems)


def outside_causes(name: str, outside: list[str]) -> Problem:
    """The problem of repeated items with causes from outside."""
    return Problem(
        Message(
            "repeated items leave nothing of {name} for other causes to explain: its dimensions are all of it",
            name=name,
        ),
        Message("paths into {name}", name=name),
        listed(outside),
        Message("paths from its dimensions only"),
        "leave out higher_order: repeated, so that two stages estimate these paths",
    )


def fit_in_stages(design: Design, moments: Moments, estimator: StagedEstimator) -> Fit:
    """Fit a model with higher-order constructs stage by stage.

    Parameters
    ----------
    design : Design
        of the whole model
    moments : Moments
        of the items of the model, ``(*B, p)``
    estimator : StagedEstimator
        measures each stage; its ``higher_order`` says what stage one links (module docstring)

    Returns
    -------
    Fit
        ``weights`` of a higher-order construct are those of the items of its dimensions: the weight of the dimension
        times the item's weight in it, for scores of unit variance.  ``loadings`` of its items are their correlations
        with it; those of its dimensions stand in ``correlations``.  A path between a dimension and its construct is the
        weight of the dimension (composite), the regression of the factor on its dimensions (PLSc, reflective) or, where
        it leads to the dimension, the loading.  ``r2`` of a higher-order construct is what causes other than its
        dimensions explain, NaN where there are none.
    """
    expanded = design.expand(moments)
    with np.errstate(invalid="ignore", divide="ignore"):
        stages = plan_stages(design, estimator.higher_order == "embedded")
        scores, status, iterations = _run(stages, design, moments.corr, estimator)
        size = moments.mean.shape[-1]
        correlations = scores.corr[..., size:, size:]
        paths, r2 = _paths(design, correlations, scores, estimator.definite)
        weights, of_parts = _standardised(design, expanded.corr, scores)
    status = status | moments.status
    return Fit(
        design,
        expanded,
        weights[..., None] * design.mask,
        scores.corr[..., :size, size:][..., design.columns, :],
        correlations,
        paths,
        r2,
        np.where(np.isnan(design.reliability), scores.rho_a, design.reliability),
        status | singular_structure(paths, status),
        iterations.sum(axis=-1),
        estimator,
        stages=Stages(iterations, of_parts),
    )


def measured_stages(
    design: Design, moments: Moments, estimator: StagedEstimator
) -> list[tuple[Design, Floats, Measured]]:
    """What each stage of :func:`fit_in_stages` is measured with, and what comes of it."""
    seen: list[tuple[Design, Floats, Measured]] = []
    with np.errstate(invalid="ignore", divide="ignore"):
        stages = plan_stages(design, estimator.higher_order == "embedded")
        _run(stages, design, moments.corr, estimator, seen)
    return seen


def _run(
    stages: tuple[Stage, ...],
    design: Design,
    corr: Floats,
    estimator: StagedEstimator,
    seen: list[tuple[Design, Floats, Measured]] | None = None,
) -> tuple[_Scores, NDArray[np.int64], NDArray[np.int64]]:
    """Scores of all constructs, status ``(*B,)`` and iterations ``(*B, stages)``; each stage is added to `seen`."""
    batch, p, size = corr.shape[:-2], corr.shape[-1], len(design.constructs)
    whole = np.zeros((*batch, p + size, p + size))
    whole[..., :p, :p] = corr
    scores = _Scores(whole, {}, {}, np.full((*batch, size), np.nan), set())
    status = np.zeros(batch, dtype=np.int64)
    iterations = []
    for stage in stages:
        columns = stage.design.columns
        entries = whole[..., columns[:, None], columns]
        done = estimator.measure(stage.design, entries, stage.sums)
        if seen is not None:
            seen.append((stage.design, entries, done))
        for place in stage.made:
            _add_score(scores, design, stage, place, done)
        status = status | done.status
        iterations.append(done.iterations)
    return scores, status, np.stack(iterations, axis=-1)


def _add_score(scores: _Scores, design: Design, stage: Stage, place: int, done: Measured) -> None:
    """Correlations of one construct with all items and scores, and the weights that it is made with."""
    construct, block = stage.constructs[place], stage.design.blocks[place]
    columns, w = stage.design.columns[block], done.weights[..., block]
    whole, p = scores.corr, scores.corr.shape[-1] - len(design.constructs)
    new = (whole[..., columns] @ w[..., None])[..., 0] / done.attenuation[..., place, None]
    own = done.own[..., block]
    if done.corrected[place]:
        new[..., columns] = own
        for k, column in enumerate(columns.tolist()):  # what lies below a dimension goes through it
            below = _below(design, column - p, p) if column >= p else []
            new[..., below] = whole[..., below, column] * own[..., k, None]
    whole[..., p + construct] = new
    whole[..., p + construct, :] = new
    whole[..., p + construct, p + construct] = np.where(np.isnan(w).any(axis=-1), np.nan, 1.0)
    scores.rho_a[..., construct] = done.rho_a[..., place]
    if done.corrected[place]:
        scores.factors.add(construct)
    parts = design.parts[construct]
    scores.weights[construct] = w
    if parts:
        scores.shares[construct] = w
        lower = [scores.weights[part] * w[..., k, None] for k, part in enumerate(parts)]
        scores.weights[construct] = np.concatenate(lower, axis=-1)


def _below(design: Design, construct: int, p: int) -> list[int]:
    """Items and scores that a construct is made of, as places in the matrix of the stages."""
    scores = [p + int(k) for k in np.flatnonzero(design.family[construct])]
    return [*dict.fromkeys(design.columns[design.blocks[construct]].tolist()), *scores]


def _standardised(design: Design, corr: Floats, scores: _Scores) -> tuple[Floats, Floats]:
    """Weights ``(*B, p)`` of all entries and ``(*B, J, J)`` of dimensions, for scores of variance one."""
    out = np.empty(corr.shape[:-1])
    of_parts = np.zeros((*corr.shape[:-2], len(design.parts), len(design.parts)))
    spread = np.ones((*corr.shape[:-2], len(design.parts)))  # PLSc: factors have variance one, their scores have not
    for j, block in enumerate(design.blocks):
        w = scores.weights[j]
        if design.parts[j]:
            variance = (w[..., None, :] @ corr[..., block[:, None], block] @ w[..., :, None])[..., 0, 0]
            spread[..., j] = np.sqrt(variance)
            w = w / spread[..., j, None]
        out[..., block] = w
    for j, parts in enumerate(map(list, design.parts)):
        if parts:
            of_parts[..., j, parts] = scores.shares[j] * spread[..., parts] / spread[..., j, None]
    return out, of_parts


def _paths(design: Design, correlations: Floats, scores: _Scores, definite: bool) -> tuple[Floats, Floats]:
    """Paths ``(*B, J, J)`` and R2 ``(*B, J)`` (see :func:`fit_in_stages`)."""
    paths = np.zeros_like(correlations)
    r2 = np.full(correlations.shape[:-1], np.nan)
    for target, sources in design.equations:
        inner = bool(design.family[target][sources].any())
        parts = design.parts[target]
        if inner and target not in scores.factors and set(sources.tolist()) <= set(parts):
            paths[..., target, sources] = scores.shares[target][..., [parts.index(int(k)) for k in sources]]
            continue
        beta, explained = regress(correlations, sources, target, definite)
        paths[..., target, sources] = beta
        if not inner:
            r2[..., target] = explained
    return paths, r2
