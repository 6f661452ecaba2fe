"""Scores written back where the answers lie: a file, a table, or an SQL expression."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.errors import DataError, Problem, SpecError, listed, nearest, refuse_lost_folder
from csimodels.messages import Message
from csimodels.moments import FORM_OF_RULE
from csimodels.moments.holes import slope_of_holes
from csimodels.moments.linalg import Bools, Floats
from csimodels.paths import home_path
from csimodels.report.escaping import safe_cell
from csimodels.spec import Model, missing_rule
from csimodels.spec.file_list import FileList
from csimodels.spec.model import Item
from csimodels.survey.answers.numbers import Codes
from csimodels.survey.scale.hole_patterns import codes_of_pattern, pattern_codes
from csimodels.survey.scale.relation import literal, quoted, reading
from csimodels.survey.scale.source import connect
from csimodels.survey.scale.summed_survey import Origin, SummedSurvey

if TYPE_CHECKING:
    from csimodels.study.result import Result

#: Kinds of files that scores are written to.
SUFFIXES = (".parquet", ".csv", ".duckdb")


@dataclass(frozen=True, eq=False)
class Linear:
    """Scores as linear functions of the answers of one group: ``constant (J,) + sum factor (p, J) answer``.

    ``mean (p,)`` fills a missing answer; NaN where the missing rule leaves it open, or fills it by the other answers.
    """

    constant: Floats
    factor: Floats
    mean: Floats


def linear_scores(result: Result, group: int) -> Linear:
    """Scores of a group, on 0-100, as functions of the answers (reversed items turned)."""
    layout, moments = result.estimates.layout, result.moments
    assert moments is not None
    design = layout.design
    shares = result.estimates.value[group, layout.blocks["weight_unstd"]]
    slope = 100 * shares / (layout.high - layout.low)
    factor = np.zeros((len(result.model.item_names), len(design.constructs)))
    constant = np.zeros(len(design.constructs))
    np.add.at(factor, (design.columns, design.block), slope)
    np.add.at(constant, design.block, -slope * layout.low)
    mean = np.array(moments.mean[group])
    by_mean = FORM_OF_RULE[missing_rule(result.model)] == "pairwise"
    return Linear(constant, factor, mean if by_mean else np.full_like(mean, np.nan))


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


@plain_methods
class Scored:
    """Methods of a result that write scores back."""

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
        out = home_path(path)
        if out.suffix.lower() not in SUFFIXES:
            what = Message('scores are not written to files with the suffix "{suffix}"', suffix=out.suffix)
            raise DataError(
                Problem(what, str(out), allowed=" ".join(SUFFIXES), remedy="name a file of one of these kinds")
            )
        refuse_lost_folder(out)
        _refuse_source(self, out)
        if isinstance(self.survey, SummedSurvey):
            if self.survey.origin is None:
                what = Message("sums carry no respondents")
                raise DataError(Problem(what, "scores", remedy="write scores where the rows are: score_sql() says how"))
            return _copied(self, self.survey, self.survey.origin.at_hand(), out)
        return _written(self.scores(), out)

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
        name = construct or self.model.index.construct
        names = self.estimates.layout.design.constructs
        if name not in names:
            found, allowed = repr(name)[:100], nearest(name, names) or listed(names)
            raise SpecError(Problem("unknown construct", "construct", found, allowed))
        result, place = _of_group(self, group)
        return _expression(result, linear_scores(result, place), names.index(name))


def _refuse_source(result: Any, out: Path) -> None:
    """Refuse to write scores over a file that the answers, or the model, are read from."""
    source = result.data_file
    paths = source.paths if isinstance(source, FileList) else (source,) if source is not None else ()
    read = [*(path for path in paths if out.suffix.lower() != ".duckdb"), Path(result.model.origin or out / "none")]
    if out.exists() and any(path.exists() and path.samefile(out) for path in read):
        what = "scores would take the place of what they are made from"
        raise DataError(Problem(what, str(out), remedy="name another file"))


def _of_group(result: Result, group: Any) -> tuple[Result, int]:
    if group is None:
        return result.whole, 0
    key = group if isinstance(group, tuple) else (group,)
    keys = [tuple(map(str, known)) for known in result.estimates.keys]
    wanted = tuple(map(str, key))
    if wanted not in keys:
        shown = [" / ".join(known) for known in keys]
        raise SpecError(Problem("unknown group", "group", " / ".join(wanted), listed(shown, 6)))
    return result, keys.index(wanted)


def _expression(result: Result, linear: Linear, j: int) -> str:
    """``constant + factor * answer + ...`` with every cell checked against its scale and codes."""
    model = result.model
    worded = [item.name for item in model.items if item.values]
    if worded:
        what = Message("answers are words, which an SQL expression does not read: {items}", items=listed(worded, 6))
        raise SpecError(Problem(what, "items", remedy="write the scores to a file: write_scores"))
    parts = [repr(float(linear.constant[j]))]
    for item, factor, mean in zip(model.items, linear.factor[:, j].tolist(), linear.mean.tolist(), strict=True):
        if factor:
            parts.append(f"{factor!r} * {_answer(model, item, mean)}")
    return " + ".join(parts)


def _answer(model: Model, item: Item, mean: float) -> str:
    column = quoted(dict(model.data.columns).get(item.name, item.name))
    low, high = item.scale
    own = dict(model.data.item_missing_codes).get(item.name, ())
    codes = Codes.of((*model.data.missing_codes, *own), dict(model.data.missing_reasons)).numbers
    inside = [code for code in codes if low <= code <= high]
    test = f"{column} between {low:g} and {high:g}"
    test += f" and {column} not in ({', '.join(f'{code:g}' for code in inside)})" if inside else ""
    value = f"({low + high:g} - {column})" if item.reverse else column
    cell = f"case when {test} then {value} end"
    return f"({cell})" if np.isnan(mean) else f"coalesce({cell}, {mean!r})"


def _written(table: pd.DataFrame, out: Path) -> Path:
    """A table in memory to a file."""
    if out.suffix.lower() == ".csv":
        table.map(safe_cell).to_csv(out, index=False, encoding="utf-8-sig", lineterminator="\n")
        return out
    connection = connect(None)
    connection.register("scores_", table)
    return _put(connection, "select * from scores_", out, lambda: None)


def _copied(result: Result, survey: SummedSurvey, origin: Origin, out: Path) -> Path:
    """Scores of respondents that DuckDB reads: coefficients are joined by group, and the answer is copied to a file."""
    names = result.estimates.layout.design.constructs
    coefficients = _table(result, survey, origin)
    if out.suffix.lower() == ".csv":
        shown = [f"label{i}" for i in range(len(survey.by))]
        coefficients[shown] = coefficients[shown].map(safe_cell)
    origin.connection.register("coefficients_", coefficients)
    p = len(result.model.items)
    used = [[i for i in range(p) if (coefficients[f"f{i}_{j}"] != 0).any()] for j in range(len(names))]
    scored = []
    for j, name in enumerate(names):
        value = " + ".join([f"c{j}", *(f"f{i}_{j} * coalesce(x{i}, m{i})" for i in used[j])])
        if missing_rule(result.model) == "listwise":  # a respondent with a hole has no score at all
            whole = " and ".join(f"x{i} is not null" for i in sorted({i for some in used for i in some}))
            value = f"case when {whole} then {value} end"
        scored.append(f"{value} as {quoted(name)}")
    codes = {f"h{i}": sql for i, sql in enumerate(_codes(survey))}
    keys = [*(f"k{i}" for i in range(len(survey.by))), *codes]
    match = " and ".join(f"rows_.{key} = coefficients_.{key}" for key in keys) or "true"
    coded = "".join(f", {sql} as {name}" for name, sql in codes.items())
    respondents = f"(select *{coded} from ({origin.rows}))" if codes else f"({origin.rows})"
    file = [] if len(origin.files) < 2 else ["file_ as file"]
    labels = [f"label{i} as {quoted(name)}" for i, name in enumerate(survey.by)]
    columns = ", ".join([*file, "row_ as row", *labels, *scored])
    order = " order by file_, row_"
    sql = f"select {columns} from {respondents} rows_ join coefficients_ on {match}{order}"
    return _put(origin.connection, sql, out, origin.relation.refuse_changed)


def _table(result: Result, survey: SummedSurvey, origin: Origin) -> pd.DataFrame:
    """Coefficients of every group by the values of the group columns as the database has them."""
    rows, seen = [], set()
    for part, g in enumerate(survey.group.tolist()):
        raw = tuple(origin.keys[i][part] for i in range(len(survey.by)))
        if raw in seen or np.isnan(result.estimates.value[g]).all():
            continue
        seen.add(raw)
        own: dict[str, Any] = {f"k{i}": value for i, value in enumerate(raw)}
        own |= {f"label{i}": value for i, value in enumerate(result.estimates.keys[g])}
        for codes, linear in _of_patterns(result, survey, g):
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


def _of_patterns(result: Result, survey: SummedSurvey, g: int) -> Iterator[tuple[list[int], Linear]]:
    """Coefficients of a group, for each of its patterns of holes where the missing rule tells them apart."""
    linear, moments = linear_scores(result, g), result.moments
    if not _codes(survey):
        yield [], linear
        return
    patterns = survey.rows("patterns", g).sums().patterns
    assert patterns is not None and moments is not None
    nothing = np.zeros((1, patterns.present.shape[1]), dtype=bool)  # answers beside the model only
    for there in (*patterns.present, *nothing):
        yield codes_of_pattern(there), by_pattern(linear, moments.mean[g], moments.cov[g], there)


def _put(connection: Any, sql: str, out: Path, check: Callable[[], None]) -> Path:
    """An answer into a file that is whole or not there; `check` raises where it must not be."""
    if out.suffix.lower() == ".duckdb":
        return _put_table(connection, sql, out, check)
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


def _put_table(connection: Any, sql: str, out: Path, check: Callable[[], None]) -> Path:
    """An answer as the table ``scores`` of a file of DuckDB, which is as it was where something fails."""
    new, done = not out.exists(), False
    with reading(out.name):
        connection.execute(f"attach {literal(str(out))} as written_")
    try:
        with reading(out.name):
            connection.execute(f"begin; create or replace table written_.scores as {sql}")
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
