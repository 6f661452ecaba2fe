"""The study: a model bound to data, an estimator and uncertainty.  Delegation only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from csimodels.arguments import known_keywords, shown
from csimodels.errors import Problem, SpecError, is_whole, listed, nearest, refuse_together
from csimodels.estimate import CLASSES, ML, PLS, PLSc, Semopy
from csimodels.estimate.products import item_moments
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.messages import N_, Message, joined, known
from csimodels.moments.threads import single_blas
from csimodels.rollup.comparisons import Comparing
from csimodels.rollup.weights_file import read_rollup
from csimodels.spec import Model, data_path, load_model
from csimodels.study.covariance import Structures, check_covariance
from csimodels.study.decisions import Made, check_decisions, decision_tables
from csimodels.study.decisions.scored import with_scores
from csimodels.study.desk import Desk, check_desk, desk_of
from csimodels.study.desk.compared import compared_numbers
from csimodels.study.estimation import Outcome, estimate
from csimodels.study.notes import refuse_names
from csimodels.study.progress import progress_bar
from csimodels.study.result import Result
from csimodels.study.reviewer_tables import with_reviewer_tables
from csimodels.study.said import RunSaid
from csimodels.study.settings import Settings
from csimodels.study.unasked import estimate_groups
from csimodels.study.uncertainty import check_design, steps
from csimodels.study.waves import current_wave
from csimodels.survey import LogEntry, Survey, cautions, read_survey
from csimodels.survey.scale import FLOOR, read_sums, takes_over, write_sums
from csimodels.tables.rollup import Tree

FROM_SPEC = "from the spec"
#: The last step of the log, and its detail.
LEFT_OUT, WITH_HOLES = N_("left out by the missing rule"), Message("rows with a missing answer")
_METHODS = ("auto", "bootstrap", "jackknife", "linearised", "replicate_weights", "none")

#: Levels of lists and mappings that an option may have.
_DEEPEST = 20


class Study:
    """A model, its data and how to estimate it.

    Keywords override the spec file; the effective model, overrides included, is ``study.model`` and is what a result
    stores, so that a rerun needs nothing else.

    Parameters
    ----------
    model : str, Path or Model
        Name of a library model, path of a spec file, or a `Model`.
    data : path, DataFrame or dict, optional
        Path, pandas / polars / arrow frame or dict of columns; the spec's ``data: file`` by default.
    columns : dict, optional
        Item -> column, where they differ.
    missing_codes : list or dict, optional
        Codes of all items, or item -> codes.
    weight : str, optional
        Column of sampling weights.
    by : str, list of str or dict, optional
        Group column(s), or ``{"when": "month"}`` for periods.
    where : dict or str, optional
        Column -> value or values of the rows to keep, or a rule such as ``"age >= 18"``.
    design : dict, optional
        Columns ``strata``, ``cluster``, ``fpc`` and ``panel``.
    wave : str or dict, optional
        Column of the waves (years, quarters), or ``{"column": "year", "current": 2025}``: headline and drivers are of
        the current wave (the latest by default), changes compare the waves.
    estimator : str or estimator, optional
        ``PLS(...)``, ``PLSc(...)``, ``ML(...)``, ``Semopy()``, or a name: ``"pls"``, ``"plsc"``, ``"ml"``, ``"uls"``,
        ``"gls"``, ``"wls"``, ``"dwls"``, ``"semopy"``.
    missing : str, optional
        ``"mean"`` (default of PLS), ``"listwise"``, ``"pairwise"``, ``"em"`` (default of ML), ``"fiml"`` (ML).
    correlations : str, optional
        Of the items under PLS and PLSc: ``"pearson"`` (default), or ``"polychoric"`` for ordered answers.
    higher_order : str, optional
        Constructs made of others under PLS and PLSc: ``"disjoint"`` (default) or ``"embedded"`` two stages, or
        ``"repeated"`` items.
    errors : str, optional
        Of covariance structures: ``"expected"``, ``"observed"``, ``"mlm"``, ``"mlr"``; by default those that the
        sample allows.
    uncertainty : str, method or None
        ``Bootstrap(...)``, ``Jackknife(...)``, ``Linearised(...)``, ``ReplicateWeights(...)``, one of their names in
        the spec (``"auto"``, ``"jackknife"`` ...), or None for no intervals; the spec's by default.
    index_weights : str or dict, optional
        ``"own"``, ``"pooled"``, ``"equal"``, or fixed weights by item, for example those of last year:
        ``dict(last.loadings().set_index("item")["weight_unstd"])``; the spec's by default.

    Raises
    ------
    SpecError
        The spec or a keyword is wrong; all problems at once.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data  # or your own table
    >>> result = cs.Study("ecsi", data).run()
    >>> row = result.index().set_index("construct").loc["Satisfaction"]
    >>> print(f"{row['index']:.1f} [{row['low']:.1f}, {row['high']:.1f}]")  # points of 0-100, 95 % interval
    75.4 [73.0, 77.7]
    """

    @known_keywords
    def __init__(
        self,
        model: str | Path | Model,
        data: Any = None,
        *,
        columns: Mapping[str, str] | None = None,
        missing_codes: Sequence[float | str] | Mapping[str, Sequence[float | str]] | None = None,
        weight: str | None = None,
        by: str | Sequence[str] | Mapping[str, str | None] | None = None,
        wave: str | Mapping[str, float | str] | None = None,
        where: Mapping[str, float | str | Sequence[float | str]] | str | None = None,
        design: Mapping[str, str] | None = None,
        estimator: PLS | PLSc | ML | Semopy | str | None = None,
        missing: str | None = None,
        correlations: str | None = None,
        higher_order: str | None = None,
        errors: str | None = None,
        uncertainty: Bootstrap | Jackknife | Linearised | ReplicateWeights | str | None = FROM_SPEC,
        index_weights: str | Mapping[str, float] | None = None,
    ) -> None:
        _refuse_columns(weight=weight)
        keywords = {
            "data": _present(
                columns=columns,
                missing_codes=missing_codes,
                weight=weight,
                by=by,
                wave=wave,
                where=where,
                design=design,
            )
            | _replicate_weights(uncertainty),
            "estimate": _estimate_options(
                estimator,
                _present(missing=missing, correlations=correlations, higher_order=higher_order, errors=errors),
            ),
            "uncertainty": _uncertainty_options(uncertainty),
            "index": _index_options(index_weights),
        }
        overrides = {name: value for name, value in keywords.items() if value}
        self.model: Model = load_model(model, overrides=overrides or None)
        refuse_together(partial(refuse_names, self.model), partial(check_desk, self.model))
        self.data = data

    @cached_property
    def survey(self) -> Survey:
        """The answers, read and checked against the model; of very many rows their sums."""
        if takes_over(self.data, self.model):
            return read_sums(self.data, self.model)
        return read_survey(self.data, self.model)

    def save_sums(self, folder: str | Path, *, floor: int = FLOOR) -> list[Path]:
        """Write the sums that an estimator needs, and no respondent; ``data: {moments: folder}`` takes them.

        Respondents are divided by groups, strata and clusters, or into random groups where there are no clusters.

        Parameters
        ----------
        folder : str or Path
            Where to write ``sums.npz`` and ``sums.json``.
        floor : int
            Fewest respondents of a part: smaller ones are joined to others of their group and stratum, and left out
            where there is none.

        Returns
        -------
        list of Path

        Raises
        ------
        SpecError, DataError
            The spec asks for what is no sum over respondents, the data do not fit, or no part is large enough.
        """
        if not is_whole(floor) or floor < 1:
            what = Message("{name} must be {kind}", name="floor", kind=Message("a whole number of at least 1"))
            raise SpecError(Problem(what, "floor", shown(floor)))
        return write_sums(read_sums(self.data, self.model, split=True), Path(folder), floor)

    def check(self) -> Survey:
        """Everything that a run would refuse: data, roll-up, design, estimator, one fit; returns the survey.

        Raises
        ------
        SpecError, DataError
            What :meth:`run` would refuse before it begins.
        """
        survey = self.survey
        self._settings(partial(check_design, self.model, survey), lambda: desk_of(self.model, survey).extras)
        plain = replace(self.model, uncertainty=replace(self.model.uncertainty, method="none"))
        if survey.by:
            estimate(plain, _without_groups(survey), Settings.of(plain, survey))
        estimate_groups(plain, survey, Settings.of(plain, survey))
        return survey

    @property
    def cautions(self) -> tuple[Message, ...]:
        """What in the rows makes the numbers doubtful, whatever the estimator; it stands in the notes of a run too."""
        return tuple(cautions(self.survey, Settings.of(self.model, self.survey).rule))

    def _settings(self, *more: Callable[[], object]) -> Settings:
        """The choices of a run, once they go together; what is wrong with them, and by `more`, at once."""
        model, survey = self.model, self.survey
        refuse_together(
            lambda: check_covariance(model, survey, Settings.of(model, survey)),
            partial(check_decisions, model, survey),
            partial(read_rollup, model, survey.by, survey.group_keys),
            *more,
        )
        return Settings.of(model, survey)

    def run(self, *, progress: bool | None = None) -> Result:
        """Estimate everything the spec asks for.

        Parameters
        ----------
        progress : show a bar while replicates run; by default where standard error is a terminal, and in a notebook.

        Raises
        ------
        DataError, EstimationError
            The data do not fit the model, or nothing could be estimated.
        """
        with single_blas():
            return self._run(progress)

    def _run(self, progress: bool | None) -> Result:
        survey = self.survey
        desk = desk_of(self.model, survey)
        settings = self._settings(lambda: desk.extras)
        rollup = read_rollup(self.model, survey.by, survey.group_keys)
        overall, whole, parent, by_wave = None, None, None, None
        with progress_bar(self._work(settings), progress) as tick:
            if survey.by:
                together = self._together(survey)
                rule = _single_group_rule(self.model)
                alone = replace(self.model, index=replace(self.model.index, weights=rule))
                beside = desk_of(self.model, together)
                outcome = estimate(alone, together, settings, None, tick, beside.extras)
                overall = self._result(outcome, together, desk=beside)
                layout = outcome.estimates.layout
                shares = outcome.estimates.value[0, layout.blocks["weight_unstd"]]
                parent = shares / (layout.high - layout.low)
                if len(survey.by) > 1 and len(survey.waves) > 1:
                    waves = survey.by_wave()
                    simple = desk_of(self.model, waves).comparable
                    by_wave = estimate(alone, waves, settings, None, tick, simple.extras)
                    said = compared_numbers(simple, by_wave, waves)
                    whole = Comparing(self.model, by_wave.estimates, None, by_wave.draws, by_wave.corr, beside=said)
            outcome = estimate_groups(self.model, survey, settings, parent, tick, desk.extras)
        return self._result(outcome, survey, overall, rollup, whole, desk, by_wave)

    def _together(self, survey: Survey) -> Survey:
        """All respondents that headlines are of: those of the current wave, or all where there are no waves."""
        return _without_groups(survey) if survey.wave is None else survey.of_wave(current_wave(self.model, survey))

    @property
    def data_file(self) -> Path | None:
        """The file that the answers are read from, None where they come from memory."""
        if self.data is None:
            return data_path(self.model)
        return Path(self.data).expanduser() if isinstance(self.data, (str, Path)) else None

    @property
    def work(self) -> int:
        """Steps that :meth:`run` goes through, groups and the whole together: mostly replicates."""
        return self._work(Settings.of(self.model, self.survey))

    def _work(self, settings: Settings) -> int:
        method = settings.method
        if method is None:
            return 0
        survey = self.survey
        whole = steps(method, self._together(survey)) if survey.by else 0
        if len(survey.by) > 1 and len(survey.waves) > 1:
            whole += steps(method, survey.by_wave())
        return whole + steps(method, survey)

    def _result(
        self,
        outcome: Outcome,
        survey: Survey,
        overall: Result | None = None,
        rollup: tuple[Tree, tuple[str, ...]] | None = None,
        waves: Comparing | None = None,
        desk: Desk | None = None,
        by_wave: Outcome | None = None,
    ) -> Result:
        tree, said = (None, ()) if rollup is None else rollup
        log = _log(survey, outcome)
        said_beside = compared_numbers(desk, outcome, survey)
        comparing = Comparing(
            self.model, outcome.estimates, tree, outcome.draws, outcome.corr, waves, beside=said_beside
        )
        structures = Structures(self.model, survey, outcome)
        rows = self.survey if overall or not self.survey.by else None
        told = RunSaid(self.model, survey, outcome, comparing, structures, desk, rows, overall, said)
        made = Made(self.model, comparing, outcome, by_wave, survey)
        result = Result(
            model=survey.model,
            estimates=outcome.estimates,
            tallies=outcome.tallies,
            noted=told.notes,
            stated=told.facts,
            log=log,
            comparing=comparing,
            structures=structures,
            desk=replace(desk or Desk(), made=outcome.extra, more=decision_tables(made)),
            overall=overall,
            moments=item_moments(outcome.fit.design, outcome.moments),
            survey=survey,
            data_file=self.data_file,
            told=_told(log) | comparing.said(),
        )
        return with_reviewer_tables(with_scores(result))

    def _repr_html_(self) -> str:
        return self.model._repr_html_()

    def __repr__(self) -> str:
        return f"<csimodels.Study {self.model.name}: {len(self.model.constructs)} constructs>"


def _refuse_columns(**given: Any) -> None:
    """Values where the name of a column is meant."""
    problems = [
        Problem(
            Message("{keyword} must be the name of a column", keyword=keyword),
            keyword,
            type(value).__name__,
            "text",
            "put the values into a column of the data, and name it",
        )
        for keyword, value in given.items()
        if value is not None and not isinstance(value, str)
    ]
    if problems:
        raise SpecError(problems)


def _without_groups(survey: Survey) -> Survey:
    return replace(survey, by=(), group=np.zeros(survey.n, dtype=np.intp), group_keys=((),))


def _present(**values: Any) -> dict[str, Any]:
    """The keywords that were given, as plain YAML values."""
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any, depth: int = 0) -> Any:
    """Containers as plain ones; what lies deeper than any option is shown as text, which every option refuses."""
    if depth > _DEEPEST:
        return {shown(value): None}
    if isinstance(value, Mapping):
        return {str(k): _plain(v, depth + 1) for k, v in value.items()}
    if isinstance(value, (str, bytes)):
        return value
    if isinstance(value, Sequence):
        return [_plain(v, depth + 1) for v in value]
    return value.item() if isinstance(value, np.generic) else value


def _estimate_options(estimator: object, options: dict[str, Any]) -> dict[str, Any]:
    if estimator is None:
        return options
    if isinstance(estimator, str):
        return options | {"estimator": estimator}
    if isinstance(estimator, CLASSES):
        return estimator.settings() | options
    problem = Problem("unknown estimator", "estimator", shown(estimator), "PLS(...), PLSc(...), ML(...), Semopy()")
    raise SpecError(problem)


def _uncertainty_options(uncertainty: object) -> dict[str, Any]:
    if uncertainty is None:
        return {"method": "none"}
    if isinstance(uncertainty, Bootstrap):
        return {"method": "bootstrap", **asdict(uncertainty)}
    for name, kind in (("jackknife", Jackknife), ("linearised", Linearised), ("replicate_weights", ReplicateWeights)):
        if isinstance(uncertainty, kind):
            return {"method": name, "level": uncertainty.level}
    if isinstance(uncertainty, str) and uncertainty in (FROM_SPEC, *_METHODS):
        return {} if uncertainty == FROM_SPEC else {"method": uncertainty}
    also = Message("in Python also Bootstrap(...), Jackknife(...), Linearised(...), None")
    allowed = joined([listed(_METHODS, 9), also])
    hint = nearest(uncertainty, _METHODS) if isinstance(uncertainty, str) else ""
    raise SpecError(Problem("unknown uncertainty", "uncertainty", shown(uncertainty), allowed, hint))


def _replicate_weights(uncertainty: object) -> dict[str, Any]:
    """The data keys that a `ReplicateWeights` with columns stands for."""
    if not isinstance(uncertainty, ReplicateWeights):
        return {}
    if uncertainty.columns is None:
        _refuse_lost(uncertainty)
        return {}
    columns = _plain([uncertainty.columns] if isinstance(uncertainty.columns, str) else uncertainty.columns)
    keys: dict[str, Any] = {"columns": columns, "kind": uncertainty.kind}
    if uncertainty.fay:
        keys["fay"] = uncertainty.fay
    if uncertainty.scale is not None:
        keys["scale"] = uncertainty.scale
    if uncertainty.rscales:
        keys["rscales"] = list(uncertainty.rscales)
    return {"replicate_weights": keys}


def _refuse_lost(weights: ReplicateWeights) -> None:
    """Settings without columns, where all of them are those of the spec."""
    usual = asdict(ReplicateWeights())
    lost = [name for name, value in asdict(weights).items() if name != "level" and value != usual[name]]
    if lost:
        what = Message(
            "ReplicateWeights without columns takes the settings of the spec, and {names} would be lost",
            names=listed(lost),
        )
        remedy = 'name the columns too, for example columns="rw*", or leave these out'
        raise SpecError(Problem(what, "uncertainty", remedy=remedy))


def _log(survey: Survey, outcome: Outcome) -> tuple[LogEntry, ...]:
    """What was done to the rows, the missing rule included."""
    left_out = outcome.left_out(survey)
    last = [LogEntry(LEFT_OUT, survey.source.name, left_out, str(WITH_HOLES))] if left_out else []
    return (*survey.entries(), *last)


def _told(log: tuple[LogEntry, ...]) -> dict[str, Message]:
    """What the log says in words, by its text."""
    return known([WITH_HOLES, *(text for entry in log for text in (entry.subject, entry.detail))])


def _index_options(weights: str | Mapping[str, float] | None) -> dict[str, Any]:
    if isinstance(weights, Mapping):
        return {"weights": "fixed", "fixed": _plain(weights)}
    return _present(weights=weights)


def _single_group_rule(model: Model) -> Any:
    """Index weights of all respondents together: pooled weights are their own."""
    return "own" if model.index.weights == "pooled" else model.index.weights
