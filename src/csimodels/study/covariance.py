"""The covariance structure analyses of a result: one for every group, made when first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import get_args

import numpy as np
import pandas as pd

from csimodels.errors import DataError, Problem, SpecError, is_real, nearest
from csimodels.estimate import FIML, ML, Design, Semopy, solutions_of
from csimodels.estimate.ml.analysis import SCALING, Analysis, GroupSample, analyse, chosen_errors
from csimodels.estimate.ml.bollen_stine import bollen_stine
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.covariates import Observed
from csimodels.estimate.ml.estimator import compiled
from csimodels.estimate.ml.factor_scores import Method, factor_scores
from csimodels.estimate.ml.fiml.summed_holes import SummedHoles
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.summed_cases import SummedCases
from csimodels.estimate.ml.summed_ordered import SummedOrdered
from csimodels.messages import N_, Item, Message, about, listed
from csimodels.moments.linalg import Floats
from csimodels.moments.threads import single_blas
from csimodels.score import filled
from csimodels.spec import EstimateSpec, Model
from csimodels.spec.estimators import names_of
from csimodels.spec.model import Parameter
from csimodels.study.estimation import Outcome
from csimodels.study.fixed_values import far_off, freed
from csimodels.study.groups import MIN_ROWS, group_name
from csimodels.study.settings import Settings
from csimodels.study.summed_structures import summed_cases
from csimodels.survey import Survey
from csimodels.survey.scale.refused import refuse_sums, refuse_without_respondents
from csimodels.tables import covariance

#: With fewer clusters the sandwich is too small and the normal distribution too short (Cameron & Miller 2015).
FEW_CLUSTERS = 20


@dataclass(frozen=True, eq=False)
class Structures:
    """Analyses of one model on every group of a survey; ``stored`` holds the tables of a loaded result instead."""

    model: Model
    survey: Survey | None = None
    outcome: Outcome | None = None
    stored: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def there(self) -> bool:
        """Whether the estimator is one of covariance structures."""
        return self.model.estimate.covariance_based

    @cached_property
    def analyses(self) -> tuple[tuple[tuple[object, ...], Analysis | None], ...]:
        """Key and analysis of every group; None for one with too few rows."""
        with single_blas():
            return self._analyses()

    def _analyses(self) -> tuple[tuple[tuple[object, ...], Analysis | None], ...]:
        run = self._outcome()
        used = run.fit.estimator
        assert isinstance(used, (ML, FIML, Semopy))
        solved = None if self.model.estimate.entry.peer else solutions_of(run.fit)
        out: list[tuple[tuple[object, ...], Analysis | None]] = []
        for g, group in enumerate(run.groups):
            if group.rows.n < MIN_ROWS or group.unasked:
                out.append((group.key, None))
                continue
            known = None if solved is None else solved.solution.element(g)
            out.append((group.key, self._analysis(g, run.fit.design, known)))
        return tuple(out)

    def _analysis(self, g: int, design: Design, known: Solution | None = None) -> Analysis:
        """The analysis of one group with `design`; `known` is its solution where there is one."""
        run = self._outcome()
        group, used, units = run.groups[g], run.fit.estimator, self._survey().units
        assert isinstance(used, (ML, FIML, Semopy))
        cluster = None if units is None else units[group.used]
        rule, errors = run.settings.rule, self.model.estimate.errors
        sample = GroupSample(group.rows, run.moments[g], rule, cluster, self._summed.get(g))
        return analyse(design, sample, used.ml, errors, known)

    @cached_property
    def _summed(self) -> Mapping[int, SummedCases | SummedOrdered | SummedHoles]:
        """What stands for the rows of each group in robust errors, of a survey of sums."""
        run = self._outcome()
        used = run.fit.estimator
        assert isinstance(used, (ML, FIML, Semopy))
        asked, rule = self.model.estimate.errors, run.settings.rule
        return summed_cases(self._survey(), run.groups, run.moments, used.ml, asked, rule)

    def _if_free(self, g: int, parameter: Parameter) -> float:
        """What a stated value becomes in one group when it is estimated; NaN where that fit is not usable."""
        with single_blas():
            done = self._analysis(g, Design.of(freed(self.model, parameter)))
        if not done.usable:
            return float("nan")
        table = covariance.parameters((((), done),), (), self.model.uncertainty.level, self.model.defined)
        mine = (table["lhs"] == parameter.lhs) & (table["op"] == parameter.op) & (table["rhs"] == parameter.rhs)
        return float(table.loc[mine, "est"].iloc[0]) if mine.any() else float("nan")

    def modification_indices(self, least: float) -> pd.DataFrame:
        """See :meth:`csimodels.Result.modification_indices`."""
        whole = self.table("modification_indices")
        if not is_real(least):
            raise SpecError(Problem("the least index must be a number", "least", repr(least), remedy="0 shows all"))
        if self.stored or least == covariance.LEAST_INDEX:
            return whole[whole["mi"] >= least].reset_index(drop=True)
        return covariance.modification_indices(self.analyses, self._survey().by, least)

    def factor_scores(self, method: Method) -> pd.DataFrame:
        """See :meth:`csimodels.Result.factor_scores`."""
        self.table("parameters")
        if method not in get_args(Method):
            allowed = get_args(Method)
            hint = nearest(str(method), allowed)
            raise SpecError(Problem("unknown factor scores", "method", repr(method), ", ".join(allowed), hint))
        survey = self._survey()
        refuse_sums(survey, N_("a factor score"))
        names = self.model.construct_names
        out = np.full((survey.n, len(names)), np.nan)
        for g, (_, done) in enumerate(self.analyses):
            rows = np.flatnonzero(survey.group == g) if survey.by else np.arange(survey.n)
            if done is not None and done.usable:
                out[rows] = factor_scores(done.solution, self._filled(survey.x[rows], done), method=method)
        frame: dict[str, object] = {"row": survey.row}
        for i, name in enumerate(survey.by):
            frame[name] = np.asarray([key[i] for key in survey.group_keys], dtype=object)[survey.group]
        frame |= {name: out[:, j] for j, name in enumerate(names)}
        return pd.DataFrame(frame).sort_values("row", ignore_index=True).infer_objects()

    @staticmethod
    def _filled(x: Floats, done: Analysis) -> Floats:
        """Holes filled by their expectation under the fitted model, which gives the scores from the answers there."""
        if not np.isnan(x).any():
            return x
        s = done.solution
        centre = s.mu[0] if s.structure.table.mean_structure else s.sample.mean[0]
        return filled(x, centre, s.sigma[0], "em")

    def bollen_stine(self, replicates: int, seed: int) -> pd.DataFrame:
        """See :meth:`csimodels.Result.bollen_stine`."""
        self.table("parameters")
        survey = self._survey()
        refuse_sums(survey, N_("the Bollen-Stine bootstrap"))
        if np.isnan(survey.x).any() or survey.weights is not None or survey.cluster is not None:
            what = "the Bollen-Stine bootstrap is defined for complete, unweighted, independent rows"
            raise DataError(Problem(what, "bollen_stine", remedy="use errors: mlr and its scaled chi-square"))
        parts = []
        for g, (key, done) in enumerate(self.analyses):
            if done is None or not done.usable:
                continue
            x = survey.x[survey.group == g] if survey.by else survey.x
            found = bollen_stine(done.solution, Cases.of(x), replicates, seed)
            row = dict(zip(survey.by, key, strict=True))
            parts.append(row | {"chisq": found.stat, "p": found.p, "asked": replicates, "kept": found.kept})
        return pd.DataFrame(parts)

    def table(self, name: str) -> pd.DataFrame:
        """One of the tables by name."""
        return self._table(name)

    def notes(self) -> list[Message]:
        """Strata that the errors of parameters leave out; items that nobody answered both."""
        if not self.there or self.survey is None:
            return []
        out: list[Message] = []
        if self.survey.strata is not None:
            text = "parameters: their errors use weights and clusters, but not strata: they are on the safe side"
            out.append(Message(text))
        if self.survey.replicate_weights is not None:
            out.append(Message("parameters: their errors use the sampling weights, not the replicate weights"))
        if self.model.estimate.entry.peer:
            text = "parameters, model effects and fit are from the package's own ML; paths and indices from semopy"
            out.append(Message(text))
        if tied := _tied(Design.of(self.model)):
            text = "parameters of different kinds share a label and are held equal: {names}"
            out.append(Message(text, names=listed(tied)))
        groups = self._outcome().groups
        lacking = [group.name for group in groups if group.unasked]
        if lacking:
            text = "parameters and fit are not shown of groups that were not asked an item: {groups}"
            out.append(Message(text, groups=listed(lacking, 6)))
        doubtful = False
        for g, ((key, done), group) in enumerate(zip(self.analyses, groups, strict=True)):
            apart = [] if done is None else [pair for pair in done.apart if not set(pair) & set(group.unasked)]
            if apart:
                pairs = [Message("{a} and {b}", a=Item(a), b=Item(b)) for a, b in apart[:6]]
                text = "never answered by the same respondent: {pairs}; the degrees of freedom are overstated"
                out.append(Message(text, pairs=listed(pairs)))
            if done is not None and done.usable and not done.admissible:
                doubtful = True
            if done is not None and done.usable:
                doubts = [*self._doubts(key, done), *far_off(self.model, done, partial(self._if_free, g))]
                out += [about(group_name(self.survey.by, key), said) for said in doubts]
        if doubtful:
            text = "inadmissible solutions have no p-values: normal theory does not hold beside variances below zero"
            out.append(Message(text))
        return out

    def _doubts(self, key: tuple[object, ...], done: Analysis) -> list[Message]:
        """What makes the errors of a fit doubtful: none could be computed, or they rest on a few clusters."""
        survey = self._survey()
        out: list[Message] = []
        rows = survey.group == survey.group_keys.index(key) if survey.by else slice(None)
        count = FEW_CLUSTERS if survey.units is None else len(np.unique(survey.units[rows]))
        if count == 1:
            out.append(Message("parameters have no standard errors: all rows lie in one cluster"))
        elif np.isnan(done.vcov.se).any():
            text = "parameters have no standard errors: their information matrix is not positive definite"
            out.append(Message(text))
        elif count < FEW_CLUSTERS:
            text = "the errors of parameters rest on {n} clusters, too few for normal theory ({few} or more are usual)"
            out.append(Message(text, n=count, few=FEW_CLUSTERS))
        return out

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table that a result folder holds."""
        if not self.there:
            return {}
        if self.stored or self.survey is None:
            return {name: table.copy() for name, table in self.stored.items()}
        return {name: self._table(name) for name in _MAKERS}

    def _table(self, name: str) -> pd.DataFrame:
        if not self.there:
            what = "this table belongs to covariance structures"
            found = Message("estimator: {estimator}", estimator=self.model.estimate.estimator)
            remedy = 'run the study with estimator="ml"'
            raise SpecError(Problem(what, name, found, ", ".join(names_of("covariance")), remedy))
        if name in self.stored:
            return self.stored[name].copy()
        by = self._survey().by
        level = self.model.uncertainty.level
        with single_blas():
            if name == "parameters":
                return covariance.parameters(self.analyses, by, level, self.model.defined)
            made: pd.DataFrame = _MAKERS[name](self.analyses, by)
        return made

    def _survey(self) -> Survey:
        if self.survey is None:
            what = "a result loaded from a folder carries no respondents"
            raise DataError(Problem(what, "analyses", remedy="run the study again: Study(model, data).run()"))
        return self.survey

    def _outcome(self) -> Outcome:
        assert self.outcome is not None, Message("a survey comes with the run that was made of it")
        return self.outcome


def check_covariance(model: Model, survey: Survey, settings: Settings) -> None:
    """Refuse settings that do not go together and errors that do not hold for the sample, before any long work.

    Raises
    ------
    SpecError, DataError
    """
    if not model.estimate.covariance_based:
        return
    _refuse_settings(model.estimate)
    uneven = survey.rows("complete").uneven
    used = settings.estimator
    assert isinstance(used, (ML, FIML, Semopy))
    chosen = chosen_errors(used.ml, settings.rule, model.estimate.errors, uneven, survey.cluster is not None)
    if chosen in SCALING:
        refuse_without_respondents(survey)
    structure = compiled(Design.of(model), used.ml.identification)
    Observed.of(structure.table, used.ml.covariates)
    if used.ml.covariates is not None and settings.rule != "listwise":
        what = "covariates as lavaan's x are those of complete rows"
        raise DataError(Problem(what, "missing", settings.rule, "listwise", "write missing: listwise"))


def _refuse_settings(chosen: EstimateSpec) -> None:
    """Refuse what the estimator does not have; any of these would be left unused."""
    problems = []
    kinds = chosen.entry.errors
    if chosen.errors is not None and chosen.errors not in kinds:
        what = Message(
            "errors: {errors} are those of maximum likelihood; the estimator is {estimator}",
            errors=chosen.errors,
            estimator=chosen.estimator,
        )
        remedy = Message("write {kinds}, or leave errors out", kinds=kinds[-1])
        problems.append(Problem(what, "errors", str(chosen.errors), ", ".join(kinds), remedy))
    if chosen.identification == "std_lv" and chosen.entry.peer:
        what = Message("semopy is given the model with markers: the first loading of every construct is 1")
        problems.append(Problem(what, "identification", "std_lv", "marker", "leave it out, or take estimator: ml"))
    if problems:
        raise SpecError(problems)


def _tied(design: Design) -> list[str]:
    """Statements that share a label though they are of different kinds: a loading and a variance, say."""
    kinds: dict[str, set[str]] = {}
    for p in design.parameters:
        if p.label:
            kinds.setdefault(p.label, set()).add("variance" if p.op == "~~" and p.lhs == p.rhs else p.op)
    return [
        f"{p.lhs} {p.op} {p.rhs}".strip() + f" ({p.label})"
        for p in design.parameters
        if p.label and len(kinds[p.label]) > 1
    ]


_MAKERS = {
    "parameters": covariance.parameters,
    "fit_measures": covariance.fit_measures,
    "model_effects": covariance.model_effects,
    "modification_indices": covariance.modification_indices,
    "model_residuals": covariance.model_residuals,
    "explained": covariance.explained_items,
}
