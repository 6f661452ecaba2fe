"""Scores and predictions written back where the answers lie: a file, a table, or an SQL expression."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.assess.prediction import Antecedents
from csimodels.errors import DataError, Problem, refuse_lost_folder
from csimodels.messages import N_, Message
from csimodels.paths import home_path
from csimodels.report.escaping import safe_cell
from csimodels.spec.file_list import FileList
from csimodels.study.linear_scores import Linear, OfRespondents, Predicted, Scores, by_pattern, refuse_no_rows
from csimodels.study.linear_sql import linear_sql, of_group
from csimodels.survey.scale.hole_patterns import codes_of_pattern, pattern_codes
from csimodels.survey.scale.relation import literal, quoted, reading
from csimodels.survey.scale.source import connect
from csimodels.survey.scale.summed_survey import Origin, SummedSurvey

if TYPE_CHECKING:
    pass

#: Kinds of files that scores are written to.
SUFFIXES = (".parquet", ".csv", ".duckdb")


@plain_methods
class Scored:
    """Methods of a result that say and write back what is known of every respondent."""

    def predicted(self: Any, antecedents: Antecedents = "earliest") -> pd.DataFrame:
        """What the model predicts for every respondent from the answers to the items of the antecedents.

        Rows in the order of the data.  The respondents are those that the model was fitted to, so what is left between
        answer and prediction is smaller than for new ones: :meth:`prediction` holds respondents out.

        Parameters
        ----------
        antecedents : {"earliest", "direct"}
            Constructs that predict: those at the start of the routes, or those right before.

        Returns
        -------
        pandas.DataFrame
            Columns: ``row`` (data rows from 1), group columns; a predicted score from 0 to 100 for each endogenous
            construct, and a predicted answer for each of its items, in scale points (reversed items turned).  A line
            has no ends: predictions may lie beyond those of the scale.  A missing answer to an item that predicts
            counts as the mean of the group; ``listwise`` leaves NaN.

        Raises
        ------
        SpecError
            Models without linear predictions: covariance structures, interactions, covariates, constructs of higher
            order, polychoric correlations.
        DataError
            The result carries no rows.

        Notes
        -----
        PLS: items to scores by weights, scores to scores by (total) paths, scores to items by loadings, as ``predict``
        of seminr with ``predict_EA`` and ``predict_DA`` (Shmueli et al. 2016); PLSc: the expectation of the items given
        those that predict, under the implied correlations (de Rooij et al. 2023).
        """
        remedy = N_("write_predicted(path) writes them to a file, predicted_sql() is an expression for a database")
        refuse_no_rows(self, "predicted", remedy)
        return Predicted(self, antecedents).table()

    def write_scores(self: Any, path: str | Path) -> Path:
        """Write the scores of every respondent to a file: ``row``, group columns, one column per construct.

        Of surveys that DuckDB summed the respondents are gone through where they lie, and not held.

        Parameters
        ----------
        path : str or Path
            ``.parquet``, ``.csv``, or ``.duckdb``, whose table ``scores`` is replaced.  In CSV files an apostrophe
            stands before labels that a spreadsheet would run as a formula.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        DataError
            Another suffix, a file that cannot be written, a result without respondents, or respondents who are no
            longer those that were summed.
        """
        return write_values(Scores(self), path)

    def write_predicted(self: Any, path: str | Path, antecedents: Antecedents = "earliest") -> Path:
        """Write :meth:`predicted` to a file, as :meth:`write_scores` does; the table of a ``.duckdb`` is ``predicted``.

        Parameters
        ----------
        path : str or Path
            ``.parquet``, ``.csv``, or ``.duckdb``.
        antecedents : {"earliest", "direct"}
            Constructs that predict: those at the start of the routes, or those right before.

        Returns
        -------
        Path
            The file written.

        Raises
        ------
        SpecError, DataError
            As :meth:`predicted` and :meth:`write_scores`.
        """
        return write_values(Predicted(self, antecedents), path)

    def score_sql(
        self: Any, construct: str | None = None, *, group: str | float | tuple[str | float, ...] | None = None
    ) -> str:
        """The score of a construct as an SQL expression over the columns of the data, on 0-100.

        Parameters
        ----------
        construct : str, optional
            The index construct by default.
        group : value or tuple of values, optional
            Key of the group whose weights are meant; where left out those of all respondents together.

        Returns
        -------
        str
            An expression of plain SQL; NULL where an answer is missing under ``listwise``, and under ``em`` and
            ``fiml``, which fill it by the other answers: `write_scores` does.

        Raises
        ------
        SpecError
            The construct or the group is unknown, or answers are words, which no expression of numbers reads.
        """
        result, place = of_group(self, group)
        return linear_sql(Scores(result), place, construct or self.model.index.construct)

    def predicted_sql(
        self: Any,
        name: str | None = None,
        antecedents: Antecedents = "earliest",
        *,
        group: str | float | tuple[str | float, ...] | None = None,
    ) -> str:
        """A prediction of :meth:`predicted` as an SQL expression over the columns of the data.

        Parameters
        ----------
        name : str, optional
            An endogenous construct (0-100) or one of its items (scale points); the index construct by default.
        antecedents : {"earliest", "direct"}
            Constructs that predict: those at the start of the routes, or those right before.
        group : value or tuple of values, optional
            Key of the group whose estimates are meant; where left out those of all respondents together.

        Returns
        -------
        str
            An expression of plain SQL; NULL where an answer is missing under ``listwise``.

        Raises
        ------
        SpecError
            As :meth:`predicted` and :meth:`score_sql`.
        """
        result, place = of_group(self, group)
        return linear_sql(Predicted(result, antecedents), place, name or self.model.index.construct)


def write_values(what: OfRespondents, path: str | Path) -> Path:
    """Functions of every respondent into a file; in a database their table is named as the method that shows them."""
    out, survey = home_path(path), what.result.survey
    if out.suffix.lower() not in SUFFIXES:
        no = Message('scores are not written to files with the suffix "{suffix}"', suffix=out.suffix)
        raise DataError(Problem(no, str(out), allowed=" ".join(SUFFIXES), remedy="name a file of one of these kinds"))
    refuse_lost_folder(out)
    _refuse_source(what.result, out)
    if not isinstance(survey, SummedSurvey):
        return _written(what.table(), out, what.title)
    if survey.origin is None:
        no = Message("sums carry no respondents")
        raise DataError(Problem(no, what.title, remedy="write scores where the rows are: score_sql() says how"))
    return _copied(what, survey, survey.origin.at_hand(what.result.model.data.memory_limit), out)


def _refuse_source(result: Any, out: Path) -> None:
    """Refuse to write scores over a file that the answers, or the model, are read from."""
    source = result.data_file
    paths = source.paths if isinstance(source, FileList) else (source,) if source is not None else ()
    read = [*(path for path in paths if out.suffix.lower() != ".duckdb"), Path(result.model.origin or out / "none")]
    if out.exists() and any(path.exists() and path.samefile(out) for path in read):
        what = "scores would take the place of what they are made from"
        raise DataError(Problem(what, str(out), remedy="name another file"))


def _written(table: pd.DataFrame, out: Path, title: str) -> Path:
    """A table in memory to a file."""
    if out.suffix.lower() == ".csv":
        table.map(safe_cell).to_csv(out, index=False, encoding="utf-8-sig", lineterminator="\n")
        return out
    connection = connect(None)
    connection.register("scores_", table)
    return _put(connection, "select * from scores_", (out, title), lambda: None)


def _copied(what: OfRespondents, survey: SummedSurvey, origin: Origin, out: Path) -> Path:
    """Scores of respondents that DuckDB reads: coefficients are joined by group, and the answer is copied to a file."""
    names, coefficients = what.names, _table(what, survey, origin)
    if out.suffix.lower() == ".csv":
        shown = [f"label{i}" for i in range(len(survey.by))]
        coefficients[shown] = coefficients[shown].map(safe_cell)
    origin.connection.register("coefficients_", coefficients)
    p = len(survey.model.items)
    used = [[i for i in range(p) if (coefficients[f"f{i}_{j}"] != 0).any()] for j in range(len(names))]
    scored = []
    for j, name in enumerate(names):
        value = " + ".join([f"c{j}", *(f"f{i}_{j} * coalesce(x{i}, m{i})" for i in used[j])])
        if what.complete:
            whole = " and ".join(f"x{i} is not null" for i in sorted({i for some in used for i in some}))
            value = f"case when {whole} then {value} end"
        scored.append(f"{value} as {quoted(name)}")
    codes = {f"h{i}": sql for i, sql in enumerate(_codes(survey) if what.by_holes else [])}
    keys = [*(f"k{i}" for i in range(len(survey.by))), *codes]
    match = " and ".join(f"rows_.{key} = coefficients_.{key}" for key in keys) or "true"
    coded = "".join(f", {sql} as {name}" for name, sql in codes.items())
    respondents = f"(select *{coded} from ({origin.rows}))" if codes else f"({origin.rows})"
    file = [] if len(origin.files) < 2 else ["file_ as file"]
    labels = [f"label{i} as {quoted(name)}" for i, name in enumerate(survey.by)]
    columns = ", ".join([*file, "row_ as row", *labels, *scored])
    order = " order by file_, row_"
    sql = f"select {columns} from {respondents} rows_ join coefficients_ on {match}{order}"
    return _put(origin.connection, sql, (out, what.title), origin.relation.refuse_changed)


def _table(what: OfRespondents, survey: SummedSurvey, origin: Origin) -> pd.DataFrame:
    """Coefficients of every group by the values of the group columns as the database has them."""
    rows, seen = [], set()
    for part, g in enumerate(survey.group.tolist()):
        raw = tuple(origin.keys[i][part] for i in range(len(survey.by)))
        if raw in seen:
            continue
        seen.add(raw)
        own: dict[str, Any] = {f"k{i}": value for i, value in enumerate(raw)}
        own |= {f"label{i}": value for i, value in enumerate(what.result.estimates.keys[g])}
        patterns = _of_patterns(what, survey, g) if what.by_holes else [([], what.at(g))]
        for codes, linear in patterns:
            row = own | {f"h{i}": code for i, code in enumerate(codes)}
            row |= {f"c{j}": value for j, value in enumerate(linear.constant.tolist())}
            row |= {f"m{i}": value for i, value in enumerate(linear.mean.tolist())}
            row |= {f"f{i}_{j}": v for i, factors in enumerate(linear.factor.tolist()) for j, v in enumerate(factors)}
            rows.append(row)
    return pd.DataFrame(rows)


def _codes(survey: SummedSurvey) -> list[str]:
    """SQL of the numbers of a respondent's pattern of holes, where each pattern has coefficients of its own."""
    there = survey.parts.sums.patterns is not None
    return pattern_codes(range(len(survey.model.items))) if there else []


def _of_patterns(what: OfRespondents, survey: SummedSurvey, g: int) -> Iterator[tuple[list[int], Linear]]:
    """Coefficients of a group, for each of its patterns of holes where the missing rule tells them apart."""
    linear, moments = what.at(g), what.result.moments
    if not _codes(survey):
        yield [], linear
        return
    patterns = survey.rows("patterns", g).sums().patterns
    assert patterns is not None and moments is not None
    nothing = np.zeros((1, patterns.present.shape[1]), dtype=bool)  # answers beside the model only
    for there in (*patterns.present, *nothing):
        yield codes_of_pattern(there), by_pattern(linear, moments.mean[g], moments.cov[g], there)


def _put(connection: Any, sql: str, place: tuple[Path, str], check: Callable[[], None]) -> Path:
    """An answer into a file that is whole or not there; `check` raises where it must not be.

    `place` is the file, and the name of the table where it is one of DuckDB.
    """
    out, _ = place
    if out.suffix.lower() == ".duckdb":
        return _put_table(connection, sql, place, check)
    beside = out.with_name(f".part-{out.name}")
    try:
        with reading(out.name):
            kind = "parquet" if out.suffix.lower() == ".parquet" else "csv, header"
            connection.execute(f"copy ({sql}) to {literal(str(beside))} (format {kind})")
        check()
        beside.replace(out)
    finally:
        beside.unlink(missing_ok=True)
    return out


def _put_table(connection: Any, sql: str, place: tuple[Path, str], check: Callable[[], None]) -> Path:
    """An answer as a table of a file of DuckDB, which is as it was where something fails."""
    out, title = place
    new, done = not out.exists(), False
    with reading(out.name):
        connection.execute(f"attach {literal(str(out))} as written_")
    try:
        with reading(out.name):
            connection.execute(f"begin; create or replace table written_.{title} as {sql}")
        check()
        connection.execute("commit")
        done = True
    finally:
        if not done:
            with suppress(Exception):
                connection.execute("rollback")
        connection.execute("detach written_")
        if new and not done:
            out.unlink(missing_ok=True)
    return out
