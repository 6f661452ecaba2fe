"""Two specs on the same answers, side by side: indices, effects, explained variance, fit and prediction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.arguments import check_counts, known_keywords
from csimodels.errors import CsiError, DataError, Problem, SpecError
from csimodels.infer import row_influences, symmetric
from csimodels.infer.freedom import effective_df
from csimodels.infer.multiple import Adjust, adjusted
from csimodels.messages import N_, Message, listed
from csimodels.moments.linalg import Floats
from csimodels.spec import Model, load_model
from csimodels.spec.model import UncertaintySpec
from csimodels.study.estimation import Outcome, estimate
from csimodels.study.group_errors import sampling_of_rows
from csimodels.study.result import Result
from csimodels.study.study import Study
from csimodels.survey.scale.refused import refuse_sums

#: Name in the table -> block of published numbers, and whether only effects on the index construct are shown.
_NUMBERS: Mapping[str, tuple[str, bool]] = {
    "index": ("index", False), "paths": ("path", False), "effects": ("total_unstd", True), "r2": ("r2", False),
}  # fmt: skip
_FRONT = ("table", "subject", "measure", "first", "second", "difference")
_TESTED = ("se", "df", "low", "high", "p", "p_adj", "different", "status")
_ONE_ONLY, _NO_TEST, _NO_ERRORS = N_("in one spec only"), N_("no test"), N_("no interval")
_SAME = N_("the same in both")
#: An error below this is rounding: the number does not depend on what differs between the specs.
_ROUNDING = 1e-9


@known_keywords
def compare_specs(
    first: str | Path | Model,
    second: str | Path | Model,
    data: Any = None,
    *,
    folds: int = 10,
    repeats: int = 10,
    seed: int = 1,
    adjust: Adjust = "holm",
) -> pd.DataFrame:
    """Two specs on the same answers, side by side: indices, paths, effects on the index, R2, fit, prediction.

    The numbers of both come from the same respondents, so the error of a difference is that of the difference of each
    respondent's contributions (Binder 1983), not of two independent samples; intervals are linearised, with t.

    Parameters
    ----------
    first, second : str, Path or Model
        The specs, each with the groups, weights and rules of its own.
    data : DataFrame or path, optional
        The answers; by default the file that each spec names.
    folds, repeats, seed : int
        Cross-validation of the prediction of PLS and PLSc.
    adjust : {"holm", "bh", "none"}
        Correction of the p-values within a table and group.

    Returns
    -------
    DataFrame
        ``table`` (``index``, ``paths``, ``effects`` in points of the index construct of `first`, ``r2``, ``fit``,
        ``prediction``); group columns; ``subject, measure``; ``first, second, difference`` (second less first);
        ``se, df, low, high, p, p_adj, different`` where there is a test: indices, paths, effects, R2, and the loss of
        CVPAT (Liengaard et al. 2021), where less is better; ``status``.

    Raises
    ------
    SpecError
        The specs are grouped by different columns, or have no construct in common.
    DataError
        They do not use the same answers.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data
    >>> other = cs.load_model("ecsi", overrides={"paths": {"Image": ["Expectation", "Loyalty"]}})
    >>> beside = cs.compare_specs("ecsi", other, data, repeats=1)
    >>> sorted(beside["table"].unique())
    ['effects', 'fit', 'index', 'paths', 'prediction', 'r2']
    """
    check_counts(seed, folds=folds, repeats=repeats)
    one, two = _Side.of(first, data), _Side.of(second, data)
    _refuse_unlike(one, two)
    by, cut = one.result.by, (folds, repeats, seed)
    parts = [_numbers(one, two, g, adjust) for g in range(len(one.keys))]
    parts += [_fit(one, two), _prediction(one, two, cut, adjust)]
    done = pd.concat([part for part in parts if not part.empty], ignore_index=True)
    done = done.reindex(columns=[_FRONT[0], *by, *_FRONT[1:], *_TESTED])
    differs = (done["p_adj"] < 1 - one.model.uncertainty.level).astype("boolean")
    return done.assign(different=differs.mask(done["p_adj"].isna()))  # what has no test is neither


@dataclass(frozen=True, eq=False)
class _Side:
    """One of the specs: its result, and the outcome that further errors are made from."""

    result: Result
    outcome: Outcome

    @classmethod
    def of(cls, spec: str | Path | Model, data: Any) -> _Side:
        bare = replace(load_model(spec), uncertainty=UncertaintySpec(method="none"))
        result = Study(bare, data).run(progress=False)
        assert result.survey is not None
        refuse_sums(result.survey, N_("a comparison of specs"))
        model = replace(result.model, uncertainty=UncertaintySpec(method="linearised", level=bare.uncertainty.level))
        if model.estimate.missing == "fiml":  # no contributions of respondents
            model = bare
        return cls(result, estimate(model, replace(result.survey, model=model)))

    @property
    def model(self) -> Model:
        return self.result.model

    @property
    def keys(self) -> list[tuple[object, ...]]:
        return [tuple(group.key) for group in self.outcome.groups]

    @cached_property
    def rows(self) -> NDArray[np.int64]:
        """Numbers of the rows in the source, sorted."""
        assert self.result.survey is not None
        return np.sort(self.result.survey.row)

    @cached_property
    def places(self) -> dict[tuple[str, str], int]:
        """Table and subject -> place in the vector of published numbers."""
        layout, end = self.outcome.estimates.layout, f" -> {self.model.index.construct}"
        return {
            (name, subject): layout.blocks[block].start + k
            for name, (block, on_index) in _NUMBERS.items()
            for k, subject in enumerate(layout.subjects[block])
            if subject.endswith(end) or not on_index
        }

    def at(self, every: list[tuple[str, str]], g: int) -> Floats:
        """Numbers of group `g`, NaN for those that this spec does not have."""
        value, places = self.outcome.estimates.value[g], self.places
        return np.asarray([value[places[about]] if about in places else np.nan for about in every])


def _refuse_unlike(first: _Side, second: _Side) -> None:
    if first.result.by != second.result.by or first.keys != second.keys:
        found = Message("{first}; {second}", first=_grouped(first), second=_grouped(second))
        remedy = "give both the same groups: data: {by: ...}"
        raise SpecError(Problem("the two specs have different groups", "by", found, remedy=remedy))
    taken = [name for name in first.result.by if name in (*_FRONT, *_TESTED)]
    if taken:
        remedy = "rename the column of the groups for this comparison"
        raise SpecError(Problem("the comparison has a column of that name", "by", listed(taken), remedy=remedy))
    if not set(first.model.construct_names) & set(second.model.construct_names):
        names = listed(first.model.construct_names)
        raise SpecError(Problem("the two specs have no construct in common", "constructs", names))
    if not np.array_equal(first.rows, second.rows):
        apart = len(np.setxor1d(first.rows, second.rows))
        what = Message("{apart} rows are used by one of the specs only", apart=apart)
        remedy = "compare specs on the same answers: the same where:, weights and rules of missing answers"
        raise DataError(Problem(what, "data", remedy=remedy))


def _grouped(side: _Side) -> str:
    return f"{', '.join(side.result.by) or '-'} ({len(side.keys)})"


def _numbers(first: _Side, second: _Side, g: int, adjust: Adjust) -> pd.DataFrame:
    """Published numbers of one group, with the errors of the differences of those that both specs have."""
    ours, theirs = first.places, second.places
    every = [*ours, *(place for place in theirs if place not in ours)]
    every.sort(key=lambda about: list(_NUMBERS).index(about[0]))
    out = pd.DataFrame(every, columns=["table", "subject"]).assign(measure="")
    out["first"], out["second"] = first.at(every, g), second.at(every, g)
    out["difference"] = out["second"] - out["first"]
    both = np.asarray([about in ours and about in theirs for about in every])
    known = both & np.isfinite(out["difference"].to_numpy())
    out["status"] = np.where(both, _NO_ERRORS, _ONE_ONLY)
    for name, label in zip(first.result.by, first.keys[g], strict=True):
        out[name] = pd.Series([label] * len(out), index=out.index)
    if first.outcome.task is None or second.outcome.task is None or not known.any():
        return out
    mine = [about for about, there in zip(every, known, strict=True) if there]
    places = [np.asarray([side[about] for about in mine], dtype=np.intp) for side in (ours, theirs)]
    tested = _tested(first, second, g, places, out["difference"].to_numpy(dtype=float)[known])
    out = out.join(pd.DataFrame(tested, index=out.index[known]))
    out["p_adj"] = out.groupby("table")["p"].transform(_adjusted(adjust))
    out.loc[known, "status"] = np.where(out["p"][known].isna(), _SAME, "ok")
    return out


def _tested(
    first: _Side, second: _Side, g: int, places: list[NDArray[np.intp]], difference: Floats
) -> dict[str, Floats]:
    """Error, interval and p-value of the difference of numbers at `places`, from each respondent's contributions.

    The p-value is NaN where the number does not depend on what differs between the specs.
    """
    rows, added = [], []
    for side, at in zip((first, second), places, strict=True):
        answers, group, task = side.result.survey, side.outcome.groups[g], side.outcome.task
        assert answers is not None and task is not None
        rows.append(answers.row[group.used])
        added.append(row_influences(task, group.rows, side.outcome.moments[g], at))
    every = np.union1d(*rows)
    gap = np.zeros((len(every), len(difference)))
    for sign, numbers, part in zip((-1, 1), rows, added, strict=True):
        gap[np.searchsorted(every, numbers)] += sign * part
    survey = first.result.survey
    assert survey is not None
    order = np.argsort(survey.row)
    # these rows may be more than the missing rule of one spec keeps
    sampling = sampling_of_rows(survey, order[np.searchsorted(survey.row[order], every)])
    totals = sampling.totals(gap)
    se, df = np.sqrt(sampling.variance(totals)), effective_df(totals, sampling)
    found = symmetric(difference, se, first.model.uncertainty.level, df)
    p = np.where((se > _ROUNDING) | (np.abs(difference) > _ROUNDING), found.p, np.nan)
    df = np.broadcast_to(df, se.shape)
    return {"se": se, "df": df, "low": found.low, "high": found.high, "p": p}


def _fit(first: _Side, second: _Side) -> pd.DataFrame:
    """Measures of overall fit that both have, without tests."""
    try:
        tables = [_fit_of(side.result) for side in (first, second)]
    except CsiError as error:
        return _refused("fit", error)
    return _beside("fit", tables, first.result.by)


def _fit_of(result: Result) -> pd.DataFrame:
    """Group columns, ``subject``, ``measure``, ``value``."""
    if result.model.estimate.covariance_based:
        return result.fit_measures().assign(subject="").drop(columns="status")
    table = result.model_fit()
    measure = table["measure"].where(table["model"] == "", table["measure"] + ", " + table["model"])
    return table.assign(measure=measure)[[*result.by, "subject", "measure", "value"]]


def _prediction(first: _Side, second: _Side, cut: tuple[int, int, int], adjust: Adjust) -> pd.DataFrame:
    """CVPAT between the two where they predict the same items; else the errors of the items that both predict."""
    folds, repeats, seed = cut
    try:
        test = first.result.cvpat_between(second.result, folds, repeats, seed=seed)
    except SpecError:
        try:
            errors = [side.result.prediction(folds, repeats, seed=seed) for side in (first, second)]
        except CsiError as error:
            return _refused("prediction", error)
        by = first.result.by
        return _beside("prediction", [_errors_of(table, by) for table in errors], by)
    except CsiError as error:
        return _refused("prediction", error)
    level = first.model.uncertainty.level
    difference, se, df = (test[name].to_numpy(dtype=float) for name in ("difference", "se", "df"))
    found = symmetric(-difference, se, level, df)
    out = test.rename(columns={"construct": "subject", "loss": "first", "loss_other": "second"}).drop(columns="t")
    out = out.assign(table="prediction", measure="loss", difference=-difference)
    keys = list(first.result.by)
    p_adj = test.groupby(keys)["p"].transform(_adjusted(adjust)) if keys else _adjusted(adjust)(test["p"])
    out = out.assign(low=found.low, high=found.high, p_adj=p_adj)
    return out.assign(status="ok")


def _adjusted(adjust: Adjust) -> Callable[[pd.Series[float]], pd.Series[float]]:
    return lambda p: pd.Series(adjusted(np.asarray(p, dtype=float), adjust), index=p.index)


def _errors_of(table: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    keys = [*by, "item"]
    return table.melt(keys, ["rmse", "mae", "q2"], "measure", "value").rename(columns={"item": "subject"})


def _beside(name: str, tables: list[pd.DataFrame], by: tuple[str, ...]) -> pd.DataFrame:
    """Values of both, matched by group, subject and measure."""
    keys = [*by, "subject", "measure"]
    both = tables[0].merge(tables[1], on=keys, how="outer", suffixes=("_first", "_second"), sort=False)
    both = both.rename(columns={"value_first": "first", "value_second": "second"})
    there = both["first"].notna() & both["second"].notna()
    both["status"] = np.where(there, _NO_TEST, _ONE_ONLY)
    return both.assign(table=name, difference=both["second"] - both["first"])


def _refused(name: str, error: CsiError) -> pd.DataFrame:
    """One row that says why there are no numbers."""
    return pd.DataFrame([{"table": name, "subject": "", "measure": "", "status": error.problems[0].what}])
