"""What is said of a respondent as a linear function of the answers: scores, and what the model predicts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from csimodels.assess.prediction import Antecedents, prediction_rules, refuse_unpredicted
from csimodels.errors import DataError, Problem
from csimodels.estimate import Design, Fit
from csimodels.messages import N_, Message
from csimodels.moments import FORM_OF_RULE
from csimodels.moments.holes import slope_of_holes
from csimodels.moments.linalg import Bools, Floats
from csimodels.spec import missing_rule
from csimodels.study.reviewer.base import refuse_not_additive, refuse_structure
from csimodels.study.settings import Settings
from csimodels.survey.scale.summed_survey import SummedSurvey

if TYPE_CHECKING:
    from csimodels.study.result import Result


@dataclass(frozen=True, eq=False)
class Linear:
    """Linear functions of the answers of one group: ``constant (J,) + sum factor (p, J) answer``.

    ``mean (p,)`` fills a missing answer; NaN where the missing rule leaves it open, or fills it by the other answers.
    """

    constant: Floats
    factor: Floats
    mean: Floats

    def of(self, answers: Floats) -> Floats:
        """(n, J) values for ``(n, p)`` answers, NaN where one that the function looks at is missing and not filled."""
        there = np.where(np.isnan(answers), self.mean, answers)
        hole = np.isnan(there)
        values = self.constant + np.where(hole, 0.0, there) @ self.factor
        return np.where(hole.astype(np.float64) @ (self.factor != 0) > 0, np.nan, values)


class OfRespondents(ABC):
    """Functions of the answers that are written for every respondent, with coefficients of each group.

    Attributes
    ----------
    result : whose estimates they have.
    title : the method of a result that shows them, and their table in a database.
    unknown : what is said of a name that is none of theirs.
    """

    result: Result
    title: ClassVar[str]
    unknown: ClassVar[str]

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """(J) their columns."""

    @property
    def by_holes(self) -> bool:
        """Whether a hole is filled by the other answers of the respondent."""
        return False

    @property
    def complete(self) -> bool:
        """Whether a respondent with a hole has none of them."""
        return False

    def at(self, group: int) -> Linear:
        """Those of a group; NaN for every respondent of one without a fit."""
        if np.isnan(self.result.estimates.value[group]).all():
            items = len(self.result.model.item_names)
            return Linear(np.full(len(self.names), np.nan), np.zeros((items, len(self.names))), np.zeros(items))
        return self._of_fit(group)

    @abstractmethod
    def _of_fit(self, group: int) -> Linear:
        """Those of a group with a fit."""

    @abstractmethod
    def table(self) -> pd.DataFrame:
        """Their values, of respondents in memory, in the order of the data."""


@dataclass(frozen=True, eq=False)
class Scores(OfRespondents):
    """0-100 scores of every construct, with the index weights of the group."""

    result: Result
    title: ClassVar[str] = "scores"
    unknown: ClassVar[str] = "unknown construct"

    @property
    def names(self) -> tuple[str, ...]:
        """(J) constructs."""
        return tuple(self.result.estimates.layout.design.constructs)

    @property
    def by_holes(self) -> bool:
        """Whether a hole is filled by the other answers of the respondent."""
        return missing_rule(self.result.model) in ("em", "fiml")

    @property
    def complete(self) -> bool:
        """Whether a respondent with a hole has no score at all."""
        return missing_rule(self.result.model) == "listwise"

    def _of_fit(self, group: int) -> Linear:
        """Scores of a group as functions of the answers (reversed items turned)."""
        result = self.result
        layout, design = result.estimates.layout, result.estimates.layout.design
        slope = _slope(result, group)
        factor = np.zeros((len(result.model.item_names), len(design.constructs)))
        constant = np.zeros(len(design.constructs))
        np.add.at(factor, (design.columns, design.block), slope)
        np.add.at(constant, design.block, -slope * layout.low)
        by_mean = FORM_OF_RULE[missing_rule(result.model)] == "pairwise"
        return Linear(constant, factor, _means(result, group, by_mean))

    def table(self) -> pd.DataFrame:
        """Of respondents in memory: the scores that the result shows, whose holes are filled under every rule."""
        return self.result.scores()


@dataclass(frozen=True, eq=False)
class Predicted(OfRespondents):
    """What the model predicts from the items of the antecedents: items of endogenous constructs, and their scores.

    The score predicted for a construct is that of its predicted items, with the index weights; under PLS, with index
    weights of its own, this is what the paths make of the scores of its antecedents.  A missing answer to an item that
    predicts counts as the mean of the group, as in :func:`csimodels.assess.predict`; ``listwise`` leaves it open.

    Raises
    ------
    SpecError
        Of a covariance structure; with interactions, covariates, constructs of higher order, or polychoric
        correlations; unknown antecedents.
    """

    result: Result
    antecedents: Antecedents = "earliest"
    title: ClassVar[str] = "predicted"
    unknown: ClassVar[str] = N_("neither an endogenous construct nor one of its items")

    def __post_init__(self) -> None:
        model = self.result.model
        refuse_not_additive(model, N_("predicted"))
        refuse_structure(model)
        refuse_unpredicted(Design.of(model), self.antecedents)

    @cached_property
    def _targets(self) -> np.ndarray:
        design = self._fit.design
        return np.flatnonzero(np.isin(design.block, design.endogenous))

    @property
    def names(self) -> tuple[str, ...]:
        """(J) endogenous constructs, then their items."""
        design = self._fit.design
        items = (design.items[t] for t in self._targets)
        return (*(design.constructs[j] for j in sorted(design.endogenous)), *items)

    @cached_property
    def _fit(self) -> Fit:
        result = self.result
        assert result.moments is not None and result.survey is not None
        return Settings.of(result.model, result.survey).estimator(Design.of(result.model), result.moments)

    @cached_property
    def _rules(self) -> Floats:
        return prediction_rules(self._fit, self._targets, self.antecedents)[0]

    def _of_fit(self, group: int) -> Linear:
        """Predictions of a group as functions of the answers: scores on 0-100, items on their scales (turned)."""
        fit, targets, layout = self._fit, self._targets, self.result.estimates.layout
        design, mean, slope = fit.design, fit.moments.mean[group], _slope(self.result, group)
        rules = self._rules[group]
        ends = np.array(sorted(design.endogenous))
        share = np.where(design.block[targets, None] == ends, slope[targets, None], 0.0)  # (q, E): items to scores
        own = np.hstack([rules @ share, rules])
        centre = np.concatenate([(mean[targets] - layout.low[targets]) @ share, mean[targets]])
        factor = np.zeros((len(self.result.model.item_names), own.shape[1]))
        np.add.at(factor, design.columns, own)
        by_mean = missing_rule(self.result.model) != "listwise"
        return Linear(centre - mean @ own, factor, _means(self.result, group, by_mean))

    def table(self) -> pd.DataFrame:
        """Of respondents in memory, in the order of the data."""
        result, survey = self.result, self.result.survey
        assert survey is not None
        out = np.full((survey.n, len(self.names)), np.nan)
        for g in range(len(result.estimates.keys)):
            rows = np.flatnonzero(survey.group == g) if result.by else np.arange(survey.n)
            out[rows] = self.at(g).of(survey.x[rows])
        return of_rows(result, out, self.names)


def refuse_no_rows(result: Result, table: str, remedy: str) -> None:
    """DataError for a table of respondents of a result that has none in memory.

    Parameters
    ----------
    table, remedy : the method that was asked, and what to do where the respondents lie elsewhere.
    """
    if result.survey is None or result.moments is None:
        what = "a result loaded from a folder carries no respondents"
        again = Message("run the study again: Study(model, data).run().{table}()", table=table)
        raise DataError(Problem(what, table, remedy=again))
    if isinstance(result.survey, SummedSurvey):
        raise DataError(Problem("the respondents are not in memory", table, remedy=remedy))


def of_rows(result: Result, values: Floats, names: tuple[str, ...]) -> pd.DataFrame:
    """``(n, J)`` values of respondents as a table with ``row`` and group columns, in the order of the data."""
    assert result.survey is not None
    frame: dict[str, object] = {"row": result.survey.row}
    for i, name in enumerate(result.by):
        labels = np.asarray([key[i] for key in result.estimates.keys], dtype=object)
        frame[name] = labels[result.survey.group]
    frame |= {name: values[:, j] for j, name in enumerate(names)}
    return pd.DataFrame(frame).sort_values("row", ignore_index=True).infer_objects()


def _slope(result: Result, group: int) -> Floats:
    """(p,) what one scale point of each entry of the design adds to the score of its construct."""
    layout = result.estimates.layout
    shares = result.estimates.value[group, layout.blocks["weight_unstd"]]
    return np.asarray(100 * shares / (layout.high - layout.low))


def _means(result: Result, group: int, fill: bool) -> Floats:
    assert result.moments is not None
    mean = np.array(result.moments.mean[group])
    return mean if fill else np.full_like(mean, np.nan)


def by_pattern(linear: Linear, mean: Floats, cov: Floats, there: Bools) -> Linear:
    """Scores where only some items are answered, the others filled by their expectation given these (``em``, ``fiml``).

    Parameters
    ----------
    mean, cov : (p,), (p, p) of the group;  there : (p,) items that are answered.

    Returns
    -------
    Linear in the answers that are there; those that are not have no factor, and count as 0.
    """
    slope = slope_of_holes(cov, there)
    own = np.zeros_like(linear.factor)
    own[there] = linear.factor[there] + slope @ linear.factor[~there]
    constant = linear.constant + (mean[~there] - mean[there] @ slope) @ linear.factor[~there]
    return Linear(constant, own, np.zeros_like(mean))
