"""The study: a model bound to data, an estimator and uncertainty.  Delegation only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from csimodels.arguments import known_keywords, shown
from csimodels.errors import Problem, SpecError, is_whole, refuse_together
from csimodels.estimate import ML, PLS, PLSc, Semopy
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.messages import Message
from csimodels.moments.threads import single_blas
from csimodels.paths import home_path
from csimodels.spec import Model, data_source
from csimodels.spec.file_list import FileList, file_list
from csimodels.spec.load import load_judged
from csimodels.study.desk import answers_wanted, check_desk, desk_of
from csimodels.study.desk.node_weights import node_problems
from csimodels.study.keywords import (
    FROM_SPEC,
    Reading,
    estimate_options,
    index_options,
    present,
    refuse_values,
    replicate_weight_keys,
    uncertainty_options,
)
from csimodels.study.notes import refuse_names
from csimodels.study.result import Result
from csimodels.study.running import Run
from csimodels.study.settings import Settings
from csimodels.study.stored.folder import refuse_unwritable
from csimodels.survey import Survey, cautions, read_survey
from csimodels.survey.scale import FLOOR, takes_over
from csimodels.survey.scale.refused import refuse_patterns


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
        reading = Reading(columns, missing_codes, weight, by, wave, where, design)
        refuse_values(reading, index_weights)
        keywords = {
            "data": reading.options() | replicate_weight_keys(uncertainty),
            "estimate": estimate_options(
                estimator,
                present(missing=missing, correlations=correlations, higher_order=higher_order, errors=errors),
            ),
            "uncertainty": uncertainty_options(uncertainty),
            "index": index_options(index_weights),
        }
        overrides = {name: value for name, value in keywords.items() if value}
        self.model: Model = load_judged(model, overrides or None, node_problems)
        refuse_together(partial(refuse_names, self.model), partial(check_desk, self.model))
        self.data = data

    @cached_property
    def survey(self) -> Survey:
        """The answers, read and checked against the model; of very many rows their sums."""
        if takes_over(self.data, self.model):
            from csimodels.survey.scale import read_sums

            return read_sums(self.data, self.model, wanted=answers_wanted(self.model))
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
        from csimodels.survey.scale import read_sums, write_sums

        if not is_whole(floor) or floor < 1:
            what = Message("{name} must be {kind}", name="floor", kind=Message("a whole number of at least 1"))
            raise SpecError(Problem(what, "floor", shown(floor)))
        refuse_patterns(self.model)
        out = refuse_unwritable(folder)
        survey = read_sums(self.data, self.model, split=True, wanted=answers_wanted(self.model))
        return write_sums(survey, out, floor, desk_of(self.model, survey).recipes)

    def check(self) -> Survey:
        """Everything that a run would refuse: data, roll-up, design, estimator, one fit; returns the survey.

        Raises
        ------
        SpecError, DataError
            What :meth:`run` would refuse before it begins.
        """
        self._running.check()
        return self.survey

    @property
    def cautions(self) -> tuple[Message, ...]:
        """What makes the numbers doubtful, whatever the estimator, before a run; the notes of the run say it too."""
        of_rows = cautions(self.survey, Settings.of(self.model, self.survey).rule)
        return tuple(dict.fromkeys([*of_rows, *self._running.cautions()]))

    def run(self, *, progress: bool | None = None) -> Result:
        """Estimate everything the spec asks for.

        Parameters
        ----------
        progress : bool, optional
            Show a bar while replicates run; where left out, if standard error is a terminal, and in a notebook.

        Returns
        -------
        Result
            Estimates, intervals and tables.

        Raises
        ------
        DataError, EstimationError
            The data do not fit the model, or nothing could be estimated.
        """
        with single_blas():
            return self._running.result(progress)

    @property
    def data_file(self) -> Path | FileList | None:
        """The file, or the files, that the answers are read from, None where they come from memory."""
        if self.data is None:
            return data_source(self.model)
        if (several := file_list(self.data)) is not None:
            return several
        return home_path(self.data) if isinstance(self.data, (str, Path)) else None

    @property
    def work(self) -> int:
        """Steps that :meth:`run` goes through, groups and the whole together: mostly replicates."""
        return self._running.steps(Settings.of(self.model, self.survey))

    @property
    def _running(self) -> Run:
        return Run(self.model, self.survey, self.data_file)

    def _repr_html_(self) -> str:
        return self.model._repr_html_()

    def __repr__(self) -> str:
        return f"<csimodels.Study {self.model.name}: {len(self.model.constructs)} constructs>"
