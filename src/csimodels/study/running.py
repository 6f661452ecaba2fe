"""One run of a study: its parts in order, and the result that they make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from csimodels.errors import refuse_together
from csimodels.estimate.products import item_moments
from csimodels.messages import N_, Message, known
from csimodels.moments.linalg import Floats
from csimodels.rollup.comparisons import Comparing
from csimodels.rollup.estimates import GroupNumbers
from csimodels.rollup.weights_file import read_rollup
from csimodels.spec import Model
from csimodels.spec.file_list import FileList
from csimodels.study.covariance import Structures, check_covariance
from csimodels.study.decisions import Made, check_decisions, decision_notes, decision_tables
from csimodels.study.decisions.scored import with_scores
from csimodels.study.design_checks import crossing_notes
from csimodels.study.desk import Desk, desk_of
from csimodels.study.desk.compared import compared_numbers
from csimodels.study.estimation import Outcome, estimate
from csimodels.study.group_errors import Tick
from csimodels.study.progress import progress_bar
from csimodels.study.result import Result
from csimodels.study.reviewer.tables import with_reviewer_tables
from csimodels.study.said import RunSaid
from csimodels.study.settings import Settings
from csimodels.study.unasked import estimate_groups
from csimodels.study.uncertainty import check_design, steps
from csimodels.study.waves import current_wave
from csimodels.survey import LogEntry, Survey
from csimodels.tables.rollup import Tree

#: The last step of the log, and its detail.
LEFT_OUT, WITH_HOLES = N_("left out by the missing rule"), Message("rows with a missing answer")


@dataclass(frozen=True, eq=False)
class Run:
    """A model and its survey, and what a run makes of them.

    ``data_file`` is the file, or the files, that the answers were read from, None where they came from memory.
    """

    model: Model
    survey: Survey
    data_file: Path | FileList | None = None

    def settings(self, *more: Callable[[], object]) -> Settings:
        """The choices of a run, once they go together; what is wrong with them, and by `more`, at once."""
        model, survey = self.model, self.survey
        refuse_together(
            lambda: check_covariance(model, survey, Settings.of(model, survey)),
            partial(check_decisions, model, survey),
            partial(_check_ladder, model, survey),
            partial(read_rollup, model, survey.by, survey.group_keys),
            *more,
        )
        return Settings.of(model, survey)

    def check(self) -> None:
        """Refuse what a run would refuse, one fit included.

        Raises
        ------
        SpecError, DataError
        """
        model, survey = self.model, self.survey
        if survey.wave is not None:
            current_wave(model, survey)
        self.settings(partial(check_design, model, survey), lambda: desk_of(model, survey).extras)
        plain = replace(model, uncertainty=replace(model.uncertainty, method="none"))
        if survey.by:
            estimate(plain, survey.together(), Settings.of(plain, survey))
        estimate_groups(plain, survey, Settings.of(plain, survey))

    def cautions(self) -> list[Message]:
        """What makes the numbers doubtful beside the rows: weights of the roll-up, sections for decisions, the desk."""
        model, survey = self.model, self.survey
        rollup = read_rollup(model, survey.by, survey.group_keys)
        said = [*(rollup[1] if rollup else ()), *decision_notes(model, survey), *desk_of(model, survey).cautions]
        return [*said, *crossing_notes(survey)]

    def result(self, progress: bool | None) -> Result:
        """Estimate the groups, and where there are groups all of them together and each wave as a whole."""
        survey = self.survey
        desk = desk_of(self.model, survey)
        settings = self.settings(lambda: desk.extras)
        rollup = read_rollup(self.model, survey.by, survey.group_keys)
        overall, parent, by_wave, whole = None, None, None, None
        with progress_bar(self.steps(settings), progress) as tick:
            if survey.by:
                overall, parent = self._all_together(settings, tick)
            if self._has_whole_waves:
                by_wave, whole = self._whole_waves(settings, tick)
            outcome = estimate_groups(self.model, survey, settings, parent, tick, desk.extras)
        return _with_ladder(self._result(outcome, survey, overall, rollup, whole, desk, by_wave), survey)

    def _all_together(self, settings: Settings, tick: Tick | None) -> tuple[Result, Floats]:
        """The result of all respondents together, and its index weights ``(p,)`` for those of the groups."""
        together = self._together()
        desk = desk_of(self.model, together)
        outcome = estimate(self._alone, together, settings, None, tick, desk.extras)
        layout = outcome.estimates.layout
        shares = outcome.estimates.value[0, layout.blocks["weight_unstd"]]
        return self._result(outcome, together, desk=desk), shares / (layout.high - layout.low)

    def _whole_waves(self, settings: Settings, tick: Tick | None) -> tuple[Outcome, Comparing]:
        """Every wave with its groups together, and the changes between them."""
        waves = self.survey.by_wave()
        simple = desk_of(self.model, waves).comparable
        outcome = estimate(self._alone, waves, settings, None, tick, simple.extras)
        beside = compared_numbers(simple, outcome, waves)
        return outcome, _comparing(self.model, outcome, beside=beside)

    @property
    def _has_whole_waves(self) -> bool:
        return len(self.survey.by) > 1 and len(self.survey.waves) > 1

    @property
    def _alone(self) -> Model:
        """The model of all groups together: pooled index weights are their own."""
        index = self.model.index
        return replace(self.model, index=replace(index, weights="own" if index.weights == "pooled" else index.weights))

    def _together(self) -> Survey:
        """All respondents that headlines are of: those of the current wave, or all where there are no waves."""
        survey = self.survey
        return survey.together() if survey.wave is None else survey.of_wave(current_wave(self.model, survey))

    def steps(self, settings: Settings) -> int:
        """Steps that :meth:`result` goes through, mostly replicates."""
        method, survey = settings.method, self.survey
        if method is None:
            return 0
        whole = steps(method, self._together()) if survey.by else 0
        whole += steps(method, survey.by_wave()) if self._has_whole_waves else 0
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
        comparing = _comparing(self.model, outcome, tree, waves, said_beside)
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


def _check_ladder(model: Model, survey: Survey) -> None:
    """Refuse a ladder of invariance that cannot be; its rooms, and those of the report, load where one is asked for."""
    if model.report.invariance is not None:
        from csimodels.study.joint.ladder_tables import check_invariance

        check_invariance(model, survey)


def _with_ladder(result: Result, survey: Survey) -> Result:
    """`result` with the tables of the ladder where one is asked for."""
    if result.model.report.invariance is None:
        return result
    from csimodels.study.joint.ladder_tables import with_invariance

    return with_invariance(result, survey)


def _comparing(
    model: Model,
    outcome: Outcome,
    tree: Tree | None = None,
    waves: Comparing | None = None,
    beside: tuple[GroupNumbers, ...] = (),
) -> Comparing:
    parts = outcome.estimates, tree, outcome.draws, outcome.corr, outcome.shared
    return Comparing(model, *parts, whole=waves, beside=beside)


def _log(survey: Survey, outcome: Outcome) -> tuple[LogEntry, ...]:
    """What was done to the rows, the missing rule included."""
    left_out = outcome.left_out(survey)
    last = [LogEntry(LEFT_OUT, survey.source.name, left_out, str(WITH_HOLES))] if left_out else []
    return (*survey.entries(), *last)


def _told(log: tuple[LogEntry, ...]) -> dict[str, Message]:
    """What the log says in words, by its text."""
    return known([WITH_HOLES, *(text for entry in log for text in (entry.subject, entry.detail))])
