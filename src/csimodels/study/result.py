"""What a user holds after a run: tables, figures, report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence, Sized
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.messages import N_, Message, known
from csimodels.moments import Moments
from csimodels.other_names import Helpful
from csimodels.rollup.comparisons import Comparing
from csimodels.score import filled, scores
from csimodels.spec import Model, missing_rule
from csimodels.spec.file_list import FileList
from csimodels.study.covariance import Structures
from csimodels.study.decisions.facet import Deciding
from csimodels.study.desk import Desk
from csimodels.study.estimated import Estimated
from csimodels.study.facets import Grouped, Structured
from csimodels.study.linear_scores import of_rows, refuse_no_rows
from csimodels.study.names_elsewhere import OF_RESULTS
from csimodels.study.presented import Presented
from csimodels.study.replicate_counts import Tally, least_p
from csimodels.study.reviewer.reviewed import Reviewed
from csimodels.study.scores_back import Scored
from csimodels.study.sections import Sectioned
from csimodels.survey import LogEntry, Survey, log_table
from csimodels.tables import Estimates, catalogue
from csimodels.tables.index import index_status
from csimodels.tables.of_joint import JOINT_TABLES
from csimodels.tables.table import Table

if TYPE_CHECKING:
    from csimodels.report import Content

#: Tables of groups that the report takes by names of their own.
_APART = ("index", "paths")


@plain_methods
@dataclass(frozen=True, eq=False)
class Result(Estimated, Grouped, Structured, Sectioned, Deciding, Reviewed, Scored, Presented, Helpful):
    """Estimates of a model on a survey; each table is a method that returns a fresh tidy DataFrame.

    Attributes
    ----------
    model : Model
        The complete model, options included: rerunning it on the same data gives the same numbers.
    estimates : Estimates
        Every published number with its error and interval.
    tallies : tuple of Tally
        Replicates of each group, asked, kept and failed.
    noted, stated : callable
        Make `notes` and `facts` when they are first asked for.
    log : tuple of LogEntry
        What was read, recoded and left out; as a table `survey_log`.
    comparing, structures, desk : object
        What ranks and roll-up, the tables of covariance structures, and those beside the model are made from.
    overall : Result or None
        The result of all respondents together, where there are groups.
    moments, survey : object or None
        What the estimates came from; None for a result loaded from a folder.
    data_file : Path, FileList or None
        The file the answers were read from; None where they came from memory.
    told : mapping of str to Message
        What the survey log and the finished tables say in words, by its text, so that it can be said in Chinese.

    Examples
    --------
    >>> import csimodels as cs
    >>> result = cs.Study("ecsi", cs.simulate("ecsi", 250, seed=1).data).run()
    >>> result
    <csimodels.Result ecsi: 1 fit, 0 notes>
    >>> result.drivers().sort_values("importance")["driver"].iloc[-1]
    'Image'
    """

    model: Model
    estimates: Estimates
    tallies: tuple[Tally, ...]
    noted: Callable[[], Sequence[str]]
    stated: Callable[[], Mapping[str, str]]
    log: tuple[LogEntry, ...]
    comparing: Comparing
    structures: Structures
    desk: Desk = field(default_factory=Desk)
    overall: Result | None = None
    moments: Moments | None = None
    survey: Survey | None = None
    data_file: Path | FileList | None = None
    told: Mapping[str, Message] = field(default_factory=dict)
    names_elsewhere: ClassVar[Mapping[str, str]] = OF_RESULTS

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """What a reader has to know: groups refused, replicates failed, inadmissible results."""
        return tuple(self.noted())

    @cached_property
    def facts(self) -> dict[str, str]:
        """How it was computed, as text: estimator, rows, replicates, seed, versions, hashes."""
        return dict(self.stated())

    @property
    def by(self) -> tuple[str, ...]:
        """Group columns."""
        return self.estimates.by

    @property
    def whole(self) -> Result:
        """The result of all respondents together: `overall`, or this one where there are no groups."""
        return self if self.overall is None else self.overall

    @cached_property
    def survey_log(self) -> pd.DataFrame:
        """What was read, recoded and left out: ``step, subject, count, detail`` (see ``Survey.report``)."""
        return log_table(self.log)

    def replicates(self) -> pd.DataFrame:
        """Replicates per group: asked, kept, failed by reason; inadmissible ones are kept and counted."""
        rows = [
            {
                **dict(zip(self.by, t.key, strict=True)),
                "asked": t.asked,
                "kept": t.kept,
                "failed": t.asked - t.kept,
                "not_converged": t.not_converged,
                "singular": t.singular,
                "inadmissible": t.inadmissible,
            }
            for t in self.tallies
        ]
        columns = [*self.by, "asked", "kept", "failed", "not_converged", "singular", "inadmissible"]
        return pd.DataFrame(rows, columns=columns)

    def scores(self) -> pd.DataFrame:
        """0-100 scores of every respondent, in the order of the data: ``row``, group columns, one column per construct.

        ``row`` counts data rows from 1.  Scores use the index weights of the respondent's group, so their weighted
        mean is that group's index.  Holes are filled by the missing rule (``listwise`` leaves NaN).

        Raises
        ------
        DataError
            The result was loaded from a folder and carries no rows.
        """
        refuse_no_rows(
            self, "scores", N_("write_scores(path) writes them to a file, score_sql() is an expression for a database")
        )
        assert self.survey is not None and self.moments is not None
        survey, layout = self.survey, self.estimates.layout
        d, rule = layout.design, missing_rule(self.model)
        shares = self.estimates.value[:, layout.blocks["weight_unstd"]]
        out = np.full((survey.n, len(d.constructs)), np.nan)
        for g in range(len(self.estimates.keys)):
            rows = np.flatnonzero(survey.group == g) if self.by else np.arange(survey.n)
            answers = filled(survey.x[rows], self.moments.mean[g], self.moments.cov[g], rule)
            out[rows] = scores(answers[:, d.columns], shares[g], layout.low, layout.high, d.block)
        return of_rows(self, out, d.constructs)

    @property
    def messages(self) -> dict[str, Message]:
        """What tables and log say in words, by its text, those of all respondents together included."""
        below = {} if self.overall is None else self.overall.messages
        return {**below, **self.told, **known(index_status(self.estimates))}

    @cached_property
    def content(self) -> Content:
        """The tables as the report takes them."""
        from csimodels.report import Content

        mine, parts = self.tables(), {}
        of_all = "overall_" if self.overall is not None else ""
        for table in (*catalogue.CATALOGUE, *JOINT_TABLES):
            source = table.name if table.of_groups == "only" else of_all + table.name
            if source in mine and (table.keyed or table in JOINT_TABLES):
                parts[table.name] = mine[source]
            if of_all and source == table.name and of_all + table.name in mine and table.keyed:
                parts[of_all + table.name] = mine[of_all + table.name]
        if self.by:
            names = [table.name for table in catalogue.CATALOGUE if table.of_groups == "too"]
            parts |= {f"group_{name}": mine[name] for name in names if name in mine and name not in _APART}
        return Content(
            model=self.model,
            title=self.model.title,
            tables=parts,
            groups=mine["index"] if self.by else None,
            group_by=self.by,
            group_paths=mine["paths"] if self.by else None,
            survey_log=self.survey_log,
            notes=self.notes,
            facts=self.facts,
            messages=self.messages,
            p_floor=self.least_p,
        )

    @cached_property
    def least_p(self) -> float:
        """Smallest p-value that replicates of this result can give."""
        both = (*self.tallies, *self.whole.tallies)
        return least_p(both, self.model.uncertainty)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by name, in the order of the catalogue; with groups, those of all respondents together have the
        prefix ``overall_``."""
        return {name: table.copy() for name, table in self._tables.items()}

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        """Every table, made once: the folder and the report take them one after the other."""
        made = {table.name: self._made(table) for table in catalogue.CATALOGUE if table.method and self._has(table)}
        made |= self.structures.tables() | self.comparing.tables() | self.desk_tables()
        out = {table.name: made[table.name] for table in (*catalogue.CATALOGUE, *JOINT_TABLES) if table.name in made}
        if self.overall is not None:
            own = {table.name for table in catalogue.CATALOGUE if table.keyed}
            out |= {f"overall_{name}": t for name, t in self.overall._tables.items() if name in own}
        return out

    def _has(self, table: Table) -> bool:
        return not table.when or bool(getattr(self, table.when))

    def _made(self, table: Table) -> pd.DataFrame:
        made = getattr(self, table.method)
        frame: pd.DataFrame = made() if callable(made) else made
        return frame

    def __repr__(self) -> str:
        size = f"{_count(self.estimates.keys, 'fit')}, {_count(self.notes, 'note')}"
        return f"<csimodels.Result {self.model.name}: {size}>"


def _count(things: Sized, word: str) -> str:
    return f"{len(things)} {word}" + ("" if len(things) == 1 else "s")


def with_notes(result: Result, more: Sequence[str]) -> Result:
    """`result` with further notes after its own, which are still made when they are first asked for."""
    return replace(result, noted=partial(_joined, result, tuple(more)))


def _joined(result: Result, more: tuple[str, ...]) -> tuple[str, ...]:
    return (*result.notes, *more)
