"""What is said of a run: notes and facts, made when they are first asked for, as most of it costs more than a table."""

from __future__ import annotations

from dataclasses import dataclass

from csimodels.moments.threads import single_blas
from csimodels.rollup.comparisons import Comparing
from csimodels.spec import Model
from csimodels.study.covariance import Structures
from csimodels.study.decisions import decision_notes
from csimodels.study.desk import Desk
from csimodels.study.estimation import Outcome
from csimodels.study.facts import facts, standing_notes
from csimodels.study.result import Result
from csimodels.survey import Survey, cautions


@dataclass(frozen=True, eq=False)
class RunSaid:
    """Notes and facts of one run, from what was made in it.

    Attributes
    ----------
    rows : Survey or None
        The survey whose rows are looked at for what makes numbers doubtful; None where `overall` does that.
    overall : Result or None
        The result of all respondents together, whose notes come first.
    rollup : tuple of str
        What reading the roll-up weights had to say.
    """

    model: Model
    survey: Survey
    outcome: Outcome
    comparing: Comparing
    structures: Structures
    desk: Desk | None
    rows: Survey | None
    overall: Result | None
    rollup: tuple[str, ...]

    def notes(self) -> tuple[str, ...]:
        """What a reader has to know, each sentence once."""
        with single_blas():
            notes = (
                *([] if self.rows is None else cautions(self.rows, self.outcome.settings.rule)),
                *(self.overall.notes if self.overall else ()),
                *self.outcome.notes,
                *standing_notes(self.model, self.survey, self.outcome),
                *self.rollup,
                *self.comparing.notes(),
                *decision_notes(self.model, self.survey),
                *self.structures.notes(),
                *(self.desk.notes if self.desk else ()),
            )
        return tuple(dict.fromkeys(notes))

    def facts(self) -> dict[str, str]:
        """How the numbers were computed."""
        whole = self.outcome.estimates if self.overall is None else self.overall.estimates
        return facts(self.survey.model, self.survey, self.outcome, float(whole.n_eff[0]))
