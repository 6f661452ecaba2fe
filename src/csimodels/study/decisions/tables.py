"""The tables for decisions that a spec asks for, from the outcome of a run."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from csimodels.rollup.benchmark import benchmark, field_of, refuse_absent
from csimodels.rollup.comparisons import Comparing
from csimodels.rollup.estimates import index_numbers
from csimodels.spec import Model
from csimodels.spec.model import plain_text
from csimodels.survey import Survey


@dataclass(frozen=True, eq=False)
class Made:
    """What the tables are made from: a model and the estimates of its groups."""

    model: Model
    comparing: Comparing


def decision_tables(made: Made) -> dict[str, pd.DataFrame]:
    """Every table that the spec asks for and the groups allow, by its name in the catalogue.

    Raises
    ------
    SpecError
        A section names a unit or column that is not there.
    """
    asked = made.model.decisions
    out: dict[str, pd.DataFrame] = {}
    if asked.benchmark is not None and made.comparing.estimates.by:
        out["benchmark"] = benchmark_table(made.comparing, asked.benchmark.unit, asked.benchmark.competitor)
    return out


def check_decisions(model: Model, survey: Survey) -> None:
    """What the sections ask for, against the groups of the survey, before anything is computed.

    Raises
    ------
    SpecError
        A section names a unit or column that is not there, or needs groups where there are none.
    """
    asked = model.decisions
    if asked.benchmark is not None:
        b = asked.benchmark
        field = field_of(survey.by, survey.wave or "", survey.group_keys, b.unit, b.competitor)
        refuse_absent(b.own, [plain_text(key[field.at]) for key in survey.group_keys], "benchmark, own")


def benchmark_table(comparing: Comparing, unit: str = "", competitor: str = "") -> pd.DataFrame:
    """Every unit against the best other, the mean of the others and a competitor."""
    estimates = comparing.estimates
    field = field_of(estimates.by, comparing.wave, estimates.keys, unit, competitor)
    numbers = index_numbers(estimates, corr=comparing.corr)
    return benchmark(field, estimates.keys, numbers, comparing.model.uncertainty.level)
