"""Second opinions: the same model by another program, and by other estimators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd

from csimodels.arguments import is_one_of, known_keywords, shown
from csimodels.errors import CsiError, DataError, Problem, SpecError, Status, listed, nearest
from csimodels.estimate import ML, Semopy
from csimodels.estimate.semopy_peer import crosscheck as side_by_side
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.messages import Message, joined
from csimodels.report.figures.picture import Picture
from csimodels.report.story.opinions import opinions_picture
from csimodels.spec import EstimateSpec, EstimatorName, Model, load_model
from csimodels.spec.estimators import ESTIMATORS, is_covariance
from csimodels.study.result import Result
from csimodels.study.study import Study
from csimodels.study.table_html import table_html

#: Tables that are laid side by side: what names a row, and the column of the number.
_COMPARED = {
    "index": (("construct",), "index"),
    "paths": (("source", "target"), "estimate"),
    "loadings": (("construct", "item"), "loading"),
    "r2": (("construct",), "r2"),
}


@known_keywords
def crosscheck(result: Result) -> pd.DataFrame:
    """The parameters and chi-square of a maximum-likelihood result beside those of semopy, from the same moments.

    Parameters
    ----------
    result : Result
        What was estimated.

    Returns
    -------
    pandas.DataFrame
        Columns: group columns; ``parameter`` (lavaan's words), ``ours, semopy, difference``; ``ours_status,
        semopy_status``.  Both fit the same model: residuals of single items are fixed, and semopy's bounds on variances
        are taken off.

    Raises
    ------
    SpecError
        The result is not one of maximum likelihood, or has ``missing: fiml``, which semopy does not fit.
    MissingExtraError
        semopy is not installed.
    """
    if not isinstance(result, Result):
        what, found = "a result is cross-checked", type(result).__name__
        raise SpecError(Problem(what, "crosscheck", found, "Result", 'run Study(model, data, estimator="ml").run()'))
    estimator, missing = result.model.estimate.estimator, result.model.estimate.missing
    if not result.model.estimate.entry.likelihood:
        what = "only results of maximum likelihood can be cross-checked"
        raise SpecError(
            Problem(
                what,
                "crosscheck",
                Message("estimator: {estimator}", estimator=estimator),
                "ml",
                'run with estimator="ml"',
            )
        )
    if result.moments is None:
        what = "a result loaded from a folder carries no moments"
        raise DataError(Problem(what, "crosscheck", remedy="run the study again: Study(model, data).run()"))
    if missing == "fiml" and result.moments.sums is not None:
        what = "semopy fits covariances, not the casewise likelihood of fiml"
        raise SpecError(Problem(what, "crosscheck", "missing: fiml", "em, listwise", "run with missing: em"))
    design, moments = result.estimates.layout.design, result.moments
    parts = []
    for g, key in enumerate(result.estimates.keys):
        ours, theirs = ML()(design, moments[g]), Semopy()(design, moments[g])
        table = pd.DataFrame([asdict(row) for row in side_by_side(ours, theirs)])
        table["ours_status"] = Status(int(ours.status)).describe()
        table["semopy_status"] = Status(int(theirs.status)).describe()
        for place, name in enumerate(result.by):
            table.insert(place, name, np.full(len(table), key[place], dtype=object))
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True, eq=False)
class EstimatorComparison:
    """One model by several estimators.

    Attributes
    ----------
    estimators : tuple of str
        Names, in the order asked for.
    results : mapping of str to Result
        Estimator -> `Result`.
    failed : mapping of str to str
        Estimator -> why it has none.
    """

    estimators: tuple[str, ...]
    results: Mapping[str, Result]
    failed: Mapping[str, str]

    def table(self) -> pd.DataFrame:
        """Paths, loadings, indices and R2 by every estimator: ``table, subject``, one column and one status each."""
        parts = []
        for name, (keys, number) in _COMPARED.items():
            columns: dict[str, Any] = {}
            for estimator in self.estimators:
                columns |= self._columns(estimator, name, keys, number)
            part = pd.DataFrame(columns)
            part.insert(0, "subject", part.index)
            part.insert(0, "table", name)
            parts.append(part.reset_index(drop=True))
        return pd.concat(parts, ignore_index=True)

    def _columns(self, estimator: str, name: str, keys: tuple[str, ...], number: str) -> dict[str, pd.Series]:
        shown = next(iter(self.results.values())) if estimator in self.failed else self.results[estimator]
        table: pd.DataFrame = getattr(shown, name)()
        between = " -> " if name == "paths" else " "
        subject = [between.join(map(str, row)) for row in table[list(keys)].to_numpy()]
        value = pd.Series(table[number].to_numpy(), index=subject)
        status = pd.Series(table["status"].to_numpy(), index=subject)
        if estimator in self.failed:
            value, status = value * np.nan, status.map(lambda _: "not estimated")
        return {estimator: value, f"{estimator}_status": status}

    def figure(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """Paths and indices by estimator, each with its interval where `uncertainty` was asked for.

        Parameters
        ----------
        lang : {"en", "zh"}
            Language.
        size : {"page", "column", "slide"}
            Width.
        theme : {"light", "dark"}
            Colours.

        Returns
        -------
        Picture
            Saved as SVG, PNG or PDF by ``save``; ``data`` is what is drawn.
        """
        tables = {name: self._long(name) for name in ("paths", "index")}
        first = next(iter(self.results.values()))
        return opinions_picture(tables, first.model, float(first.index()["n"].max()), lang, size, theme)

    def _long(self, name: str) -> pd.DataFrame:
        """Numbers of a table with their intervals, one row for every estimator."""
        (keys, number), parts = _COMPARED[name], []
        for estimator in (e for e in self.estimators if e in self.results):
            table: pd.DataFrame = getattr(self.results[estimator], name)()
            part = table[["low", "high", "status"]].copy()
            part.insert(0, "value", table[number])
            part.insert(0, "estimator", estimator)
            part.insert(0, "subject", [" -> ".join(map(str, row)) for row in table[list(keys)].to_numpy()])
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def _repr_html_(self) -> str:
        return table_html(self.table(), (f"{name}: {why}" for name, why in self.failed.items()))

    def __repr__(self) -> str:
        return f"<csimodels.EstimatorComparison {', '.join(self.estimators)}>"


@known_keywords
def compare_estimators(
    model: str | Path | Model,
    data: Any = None,
    *,
    estimators: Sequence[str] = ("pls", "plsc", "ml"),
    columns: Mapping[str, str] | None = None,
    missing_codes: Sequence[float | str] | Mapping[str, Sequence[float | str]] | None = None,
    weight: str | None = None,
    where: Mapping[str, float | str] | None = None,
    missing: str | None = None,
    uncertainty: Bootstrap | Jackknife | Linearised | ReplicateWeights | str | None = None,
) -> EstimatorComparison:
    """Fit one spec by several estimators, from the same moments.

    Parameters
    ----------
    model : str, Path or Model
        As for :class:`~csimodels.Study`.
    data : path or frame, optional
        As for :class:`~csimodels.Study`.
    estimators : sequence of str
        Names as in a spec; each once.
    columns : mapping, optional
        As for :class:`~csimodels.Study`.
    missing_codes : list or mapping, optional
        As for Study.
    weight : str, optional
        As for Study.
    where : mapping, optional
        As for Study.
    missing : str, optional
        One rule for all; ``"em"`` where left out, which pls, plsc and ml can take.
    uncertainty : method or str, optional
        As for Study; none where left out, which is quick and gives no intervals.

    Returns
    -------
    EstimatorComparison
        An estimator that the model or the data do not allow has no numbers; ``failed`` says why.

    Raises
    ------
    SpecError
        Unknown estimators, or none of them can fit the model.
    """
    _refuse_estimators(estimators)
    base = load_model(model)
    results: dict[str, Result] = {}
    failed: dict[str, CsiError] = {}
    for name in estimators:
        try:
            study = Study(
                _bare(base, name),
                data,
                columns=columns,
                missing_codes=missing_codes,
                weight=weight,
                where=where,
                missing=missing or "em",
                uncertainty=uncertainty,
            )
            results[name] = study.run(progress=False)
        except CsiError as error:
            failed[name] = error
    if results:
        return EstimatorComparison(tuple(estimators), results, {name: str(error) for name, error in failed.items()})
    if len({str(error) for error in failed.values()}) == 1:
        raise failed[estimators[0]]
    what = "{name} cannot fit this model"
    why = {name: joined(problem.what for problem in error.problems) for name, error in failed.items()}
    raise SpecError([Problem(Message(what, name=name), "estimators", text) for name, text in why.items()])


def _bare(base: Model, name: str) -> Model:
    """The model by one estimator, all respondents together; without parameters that only a covariance structure has."""
    own = is_covariance(name)
    return replace(
        base,
        data=replace(base.data, by=()),
        rollup=replace(base.rollup, levels=(), weights=None),
        parameters=base.parameters if own else (),
        defined=base.defined if own else (),
        constraints=base.constraints if own else (),
        estimate=EstimateSpec(estimator=cast(EstimatorName, name)),
    )


def _refuse_estimators(estimators: object) -> None:
    """Refuse what is no list of names of estimators, each once."""
    allowed = tuple(ESTIMATORS)
    if isinstance(estimators, str) or not isinstance(estimators, Sequence):
        what = "estimators must be a list of names"
        known = is_one_of(estimators, allowed)
        remedy = Message('write estimators=["{estimators}"]', estimators=str(estimators)) if known else ""
        raise SpecError(Problem(what, "estimators", shown(estimators), ", ".join(allowed), remedy))
    names = [name if isinstance(name, str) else shown(name) for name in estimators]
    problems = [
        Problem(
            Message('unknown estimator "{name}"', name=name),
            "estimators",
            "",
            ", ".join(allowed),
            nearest(name, allowed),
        )
        for name in dict.fromkeys(names)
        if name not in allowed
    ]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        problems.append(Problem("an estimator is named twice", "estimators", listed(twice), remedy="name it once"))
    if not names:
        problems.append(Problem("no estimator is named", "estimators", "", ", ".join(allowed)))
    if problems:
        raise SpecError(problems)
