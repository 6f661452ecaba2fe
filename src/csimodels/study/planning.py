"""How large the next survey must be, and what a finished one has reached (docs/decisions.md#planning)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csimodels.desk import planning
from csimodels.errors import Problem, SpecError, listed
from csimodels.messages import Message
from csimodels.simulation import Population, simulate
from csimodels.spec import Model, load_model
from csimodels.study.study import Study
from csimodels.survey.answers.numbers import as_number, fold
from csimodels.survey.columns import Coded, Column, number_text
from csimodels.survey.files.delimited import delimited_table
from csimodels.survey.files.kinds import refuse_disguised

if TYPE_CHECKING:
    from csimodels.study.result import Result

#: Standard deviation of a respondent's score where none is stated: that of most satisfaction indices.
USUAL_SD = 20.0


def plan(
    *,
    sd: float = USUAL_SD,
    half_width: float | None = None,
    difference: float | None = None,
    path: float | None = None,
    power: float = 0.8,
    level: float = 0.95,
    deff: float = 1.0,
    population: float | None = None,
) -> pd.DataFrame:
    """Interviews that are needed, one row for each purpose that is stated: ``purpose, aim, n``.

    Parameters
    ----------
    sd : float
        Standard deviation of a respondent's 0-100 score.
    half_width : float, optional
        Half-width of the interval of an index, in points.
    difference : float, optional
        Difference of two indices that is to be found; ``n`` is that of *each* sample.
    path : float, optional
        Standardised path that is to be found (inverse square root method, one-sided at 5 %).
    power, level : float
        Chance that a difference or path is found; confidence level.
    deff : float
        Design effect of weights and clusters.
    population : float, optional
        Customers there are; without it many.

    Returns
    -------
    pandas.DataFrame
        ``purpose, aim, n``.

    Raises
    ------
    SpecError
        Nothing is asked for, or a quantity is not above 0 (shares: not between 0 and 1).
    """
    aims = {"half_width": half_width, "difference": difference, "path": path}
    asked = {name: value for name, value in aims.items() if value is not None}
    problems = planning.check_plan({"sd": sd, "deff": deff, "population": population or 1.0, **asked})
    problems += [
        Problem("this must be a share between 0 and 1", f"plan, {name}", f"{value:g}", remedy=_as_share(value))
        for name, value in (("power", power), ("level", level), *([("path", abs(path))] if path else []))
        if not 0 < value < 1
    ]
    if not asked:
        remedy = "state half_width, difference or path"
        problems.append(Problem("a plan needs something to reach", "plan", remedy=remedy))
    if problems:
        raise SpecError(problems)
    rows: list[dict[str, object]] = []
    everybody = np.inf if population is None else population
    one = np.asarray(float(sd))
    for name, aim in asked.items():
        if name == "half_width":
            n = planning.size_for_half_width(one, np.asarray(aim), level, deff, everybody)
        elif name == "difference":
            n = planning.size_for_difference(one, np.asarray(aim), power, level, deff)
        else:
            n = planning.size_for_path(np.asarray(aim), power=power)
        rows.append({"purpose": name, "aim": aim, "n": int(n)})
    return pd.DataFrame(rows)


def plan_strata(n: int, population: Mapping[str, float], sd: Mapping[str, float] | None = None) -> pd.DataFrame:
    """Interviews of every stratum: ``stratum, population, sd, proportional, neyman``, whole numbers that sum to `n`.

    Parameters
    ----------
    n : int
        Interviews there are to divide.
    population : mapping of str to float
        Customers of each stratum.
    sd : mapping of str to float, optional
        Standard deviation of the scores in each stratum; all alike where left out.

    Returns
    -------
    pandas.DataFrame
        ``stratum, population, sd, proportional, neyman``.

    Raises
    ------
    SpecError
        A stratum without customers or deviation, or more interviews than customers.
    """
    names = list(population)
    spread = dict.fromkeys(names, USUAL_SD) if sd is None else {name: sd.get(name, np.nan) for name in names}
    problems = planning.check_plan({"n": float(n), **population}, "plan, population")
    problems += planning.check_plan(spread, "plan, sd")
    if n > sum(population.values()):
        problems.append(Problem("there are fewer customers than interviews", "plan, n", str(n)))
    if problems:
        raise SpecError(problems)
    sizes, deviations = (np.asarray([part[name] for name in names], dtype=float) for part in (population, spread))
    shares = planning.proportional_allocation(n, sizes), planning.neyman_allocation(n, sizes, deviations)
    whole = [planning.whole_allocation(part).astype(np.int64) for part in shares]
    columns = {"stratum": names, "population": sizes, "sd": deviations, "proportional": whole[0], "neyman": whole[1]}
    return pd.DataFrame(columns)


def plan_by_simulation(
    model: Model | str | Path,
    sizes: Sequence[int],
    *,
    surveys: int = 20,
    seed: int = 1,
    truth: Population | None = None,
) -> pd.DataFrame:
    """Half-widths that surveys drawn from the model reach: ``n, quantity, half_width`` (mean over the surveys).

    Parameters
    ----------
    model : Model or str or Path
        Model, name or path.
    sizes : sequence of int
        Numbers of respondents to try.
    surveys : int
        Surveys drawn for each size.
    seed : int
        Int.
    truth : Population, optional
        What they are drawn from; see :func:`csimodels.simulate`.

    Returns
    -------
    pandas.DataFrame
        ``n, quantity, half_width``.

    Raises
    ------
    SpecError
        No size, or one that is too small to be fitted.
    """
    if not sizes or min(sizes) < 20 or surveys < 1:
        what = "a simulated plan needs sizes of at least 20, and a survey of each"
        raise SpecError(Problem(what, "plan, sizes", ", ".join(map(str, sizes))))
    loaded = model if isinstance(model, Model) else load_model(model)
    target, rows = loaded.index.construct, []
    for size in sizes:
        found: dict[str, list[float]] = {}
        for k in range(surveys):
            drawn = simulate(loaded, size, seed=seed + 1000 * k + size, truth=truth)
            result = Study(loaded, drawn.data, by=[], uncertainty="linearised").run(progress=False)
            table = result.index()
            mine = table[table["construct"] == target]
            width = float((mine["high"] - mine["low"]).iloc[0]) / 2
            found.setdefault(f"index {target}", []).append(width)
            for row in result.drivers().to_dict("records") if result.has_drivers else []:
                width = (row["importance_high"] - row["importance_low"]) / 2
                found.setdefault(f"importance {row['driver']}", []).append(width)
        rows += [{"n": size, "quantity": name, "half_width": float(np.mean(v))} for name, v in found.items()]
    return pd.DataFrame(rows)


def reached(result: Result, half_width: float | None = None) -> pd.DataFrame:
    """What a finished survey has reached: group columns, ``construct, n, n_eff, sd, deff, half_width``.

    Parameters
    ----------
    result : Result
        Result.
    half_width : float, optional
        An aim; then also ``aim``, ``met`` and ``needed``: respondents with the same design that reach it.

    Returns
    -------
    pandas.DataFrame
        One row for each group and construct.
    """
    if half_width is not None and not half_width > 0:
        raise SpecError(Problem("this must be a number above 0", "reached, half_width", f"{half_width:g}"))
    e, table = result.estimates, result.index()
    size = len(e.layout.design.constructs)
    out = table[[*e.by, "construct", "n", "n_eff"]].copy()
    out["sd"] = e.value[:, e.layout.blocks["sd"]].ravel()
    n, se, sd = (frame.to_numpy(dtype=float) for frame in (table["n"], table["se"], out["sd"]))
    with np.errstate(invalid="ignore", divide="ignore"):
        out["deff"] = se**2 * n / sd**2
    out["half_width"] = ((table["high"] - table["low"]) / 2).to_numpy(dtype=float)
    assert len(out) == size * len(e.keys)
    if half_width is not None:
        out["aim"] = half_width
        out["met"] = (out["half_width"] <= half_width).astype("boolean").mask(out["half_width"].isna())
        wanted = np.ceil(n * (out["half_width"].to_numpy() / half_width) ** 2 - 1e-9)
        out["needed"] = pd.array([None if np.isnan(w) else int(w) for w in wanted], dtype="Int64")
    return out


def strata_file(path: Path) -> tuple[dict[str, float], dict[str, float] | None]:
    """Strata of a CSV file with the columns ``stratum, population`` and, where known, ``sd``.

    Parameters
    ----------
    path : Path
        A CSV file.

    Returns
    -------
    tuple[dict of str to float, dict of str to float], optional
        Customers of each stratum, and standard deviations where the file has them.

    Raises
    ------
    SpecError, DataError
        The file is not there or no table, a column or number is missing, or a stratum stands twice.
    """
    if not path.is_file():
        raise SpecError(Problem("there is no such file", str(path), remedy="name a CSV file of strata"))
    refuse_disguised(path)
    table = delimited_table(path, None, None)
    absent = [name for name in ("stratum", "population") if name not in table.names]
    if absent:
        what = Message("the file of strata has no column {names}", names=", ".join(absent))
        raise SpecError(Problem(what, str(path), ", ".join(table.names), "stratum, population, sd"))
    wanted = [name for name in ("stratum", "population", "sd") if name in table.names]
    columns, _ = table.fetch(wanted, ["stratum"])
    names = [text.strip() for text in _cells(columns["stratum"])]
    twice = sorted({name for name in names if names.count(name) > 1})
    problems = [Problem("a stratum stands twice", str(path), listed(twice))] if twice else []
    parts: dict[str, dict[str, float]] = {}
    for column in wanted[1:]:
        cells = dict(zip(names, _cells(columns[column]), strict=True))
        read = {name: as_number(fold(text), comma=table.comma_decimal) for name, text in cells.items()}
        wrong = [Message("{name}: {text}", name=name, text=cells[name] or "-") for name, n in read.items() if n is None]
        if wrong:
            what = Message("{column} must be a number in every row", column=column)
            problems.append(Problem(what, str(path), listed(wrong, 6)))
        parts[column] = {name: float("nan") if number is None else number for name, number in read.items()}
    if problems:
        raise SpecError(problems)
    return parts["population"], parts.get("sd")


def _cells(column: Column) -> list[str]:
    """Cells as text; empty ones are empty texts."""
    if isinstance(column, Coded):
        return [column.values[code] if code >= 0 else "" for code in column.codes.tolist()]
    return ["" if np.isnan(number) else number_text(number) for number in column.tolist()]


def _as_share(value: float) -> Message:
    """What was meant by a share in hundredths."""
    return Message("write {value}", value=f"{value / 100:g}") if 10 <= value < 100 else Message("")
