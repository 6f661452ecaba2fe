"""The tables for decisions that a spec asks for, from the outcome of a run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from csimodels.desk.classes import check_classes
from csimodels.desk.shapley import MOST_DRIVERS
from csimodels.errors import SpecError, refuse_together
from csimodels.estimate import Design
from csimodels.messages import Construct, Message, listed
from csimodels.rollup.benchmark import benchmark, field_of, refuse_absent
from csimodels.rollup.classes import class_table
from csimodels.rollup.comparisons import Comparing
from csimodels.rollup.estimates import index_numbers
from csimodels.spec import Model
from csimodels.spec.decisions import BenchmarkSpec, DriversSpec, TrendSpec
from csimodels.spec.desk import ClassesSpec
from csimodels.spec.model import plain_text
from csimodels.study.decisions.agreement import agreement, check_assumed
from csimodels.study.decisions.behaviour import check_behaviour
from csimodels.study.decisions.focus import check_focus, focus_notes, focus_tables
from csimodels.study.decisions.influence import Influences
from csimodels.study.decisions.lead_quadrants import lead_quadrants
from csimodels.study.decisions.sectors import change_sectors
from csimodels.study.decisions.states import check_states
from csimodels.study.decisions.trend import Waves, check_trend, trend_notes, trend_tables
from csimodels.study.estimation import Outcome
from csimodels.survey import Survey
from csimodels.tables import Estimates
from csimodels.tables.driver_shares import driver_shares
from csimodels.tables.edge_shares import too_many


@dataclass(frozen=True, eq=False)
class Made:
    """What the tables are made from.

    Attributes
    ----------
    model, comparing
        The model, and the estimates of its groups; those of all respondents wave by wave are ``comparing.whole``.
    outcome, waves : Outcome or None
        What the estimates of the groups, and of all respondents wave by wave, came from.
    survey : Survey or None
        The rows of `outcome`.
    """

    model: Model
    comparing: Comparing
    outcome: Outcome | None = None
    waves: Outcome | None = None
    survey: Survey | None = None

    def influences(self, outcome: Outcome | None) -> Influences | None:
        """What further errors are made from; None without intervals."""
        if outcome is None or outcome.task is None:
            return None
        return Influences(outcome.task, outcome.groups, outcome.moments, outcome.estimates.value)


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
        out |= benchmark_tables(made.comparing, asked.benchmark)
    if asked.trend is not None and made.comparing.wave in made.comparing.estimates.by:
        out |= trend_of(made, asked.trend)
    if asked.focus is not None and not made.comparing.estimates.by and made.survey is not None:
        out |= focus_tables(made.model, made.survey, asked.focus)
    if made.model.desk.classes is not None and made.comparing.estimates.by:
        out["classes"] = classes_of(made)
    if asked.drivers is not None:
        out |= driver_tables(made.comparing.estimates, made.model, asked.drivers)
    return out


def classes_of(made: Made) -> pd.DataFrame:
    """Classes and their weighted total, by all indices."""
    asked, comparing = made.model.desk.classes, made.comparing
    assert asked is not None
    e = comparing.estimates
    numbers = (index_numbers(e, comparing.draws, comparing.corr), *comparing.beside)
    return class_table(asked, e.by, e.keys, numbers, comparing.model.uncertainty)


def decision_notes(model: Model, survey: Survey) -> list[Message]:
    """What the sections cannot give: shares of very many drivers, lines after a break, steps without a value."""
    asked = model.decisions.drivers
    text = "more than {MOST_DRIVERS} drivers of {construct}: no Shapley shares there, relative weights only"
    names = too_many(Design.of(model)) if asked is not None and asked.shares else []
    notes = [Message(text, MOST_DRIVERS=MOST_DRIVERS, construct=Construct(name)) for name in names]
    notes += _without_replicates(model, survey)
    if model.decisions.trend is not None:
        notes += trend_notes(model.decisions.trend, survey.waves)
    return notes if model.decisions.focus is None else notes + focus_notes(model.decisions.focus, survey)


def _without_replicates(model: Model, survey: Survey) -> list[Message]:
    """That given replicate weights do not enter the errors of sections that are made from respondents."""
    if survey.replicate_weights is None or model.uncertainty.method not in ("auto", "replicate_weights"):
        return []
    asked = model.decisions
    parts = {"trend": asked.trend, "focus": asked.focus, "behaviour": asked.behaviour, "states": asked.states}
    names = [name for name, section in parts.items() if section]
    text = (
        "errors of {sections} are linearised, by the weights and the strata and clusters that design names: the "
        "replicate weights do not enter them"
    )
    return [Message(text, sections=listed(names, len(names)))] if names else []


def driver_tables(estimates: Estimates, model: Model, asked: DriversSpec) -> dict[str, pd.DataFrame]:
    """Shares of R2, and how far the assumed order of the drivers agrees with the one found."""
    out = {"driver_shares": driver_shares(estimates)} if asked.shares and estimates.layout.design.edges else {}
    if asked.assumed:
        out["agreement"] = agreement(estimates, model.index.construct, asked.assumed)
    return out


def trend_of(made: Made, asked: TrendSpec) -> dict[str, pd.DataFrame]:
    """Tables of the trend of the groups, of all respondents (``wave_``), and of the sectors of a roll-up."""
    out = trend_tables(Waves.of(made.comparing, asked, made.influences(made.outcome)))
    if made.comparing.whole is not None:
        whole = trend_tables(Waves.of(made.comparing.whole, asked, made.influences(made.waves)))
        out |= {f"wave_{name}": table for name, table in whole.items()}
    sectors = change_sectors(made.comparing, made.influences(made.outcome))
    return out if sectors is None else out | {"change_sectors": sectors}


def check_decisions(model: Model, survey: Survey) -> None:
    """What the sections ask for, against the groups of the survey, all at once, before anything is computed.

    Raises
    ------
    SpecError, DataError
        A section names a unit or column that is not there, or needs groups where there are none.
    """
    asked = model.decisions
    checks: list[Callable[[], object]] = []
    if asked.benchmark is not None:
        checks.append(partial(_check_benchmark, asked.benchmark, survey))
    if asked.trend is not None:
        checks.append(partial(check_trend, asked.trend, survey.waves))
    if asked.focus is not None:
        checks.append(partial(check_focus, asked.focus, survey))
    if asked.states is not None:
        checks.append(partial(check_states, asked.states, survey))
    if model.desk.classes is not None:
        checks.append(partial(refuse_classes, model.desk.classes, survey))
    if asked.behaviour:
        checks.append(partial(check_behaviour, asked.behaviour, survey))
    if asked.drivers is not None:
        checks.append(partial(check_assumed, model, asked.drivers.assumed))
    refuse_together(*checks)


def _check_benchmark(asked: BenchmarkSpec, survey: Survey) -> None:
    field = field_of(survey.by, survey.wave or "", survey.group_keys, asked.unit)
    units = [plain_text(key[field.at]) for key in survey.group_keys]
    named = {"competitor": asked.competitor, "own": asked.own}
    refuse_together(*(partial(refuse_absent, name, units, f"benchmark, {role}") for role, name in named.items()))


def refuse_classes(asked: ClassesSpec, survey: Survey) -> None:
    """Refuse classes that nobody belongs to, and classes of the data without a weight, all at once.

    Raises
    ------
    SpecError
        Naming them.
    """
    place = survey.by.index(asked.column)
    sizes = dict.fromkeys((plain_text(key[place]) for key in survey.group_keys), 0)
    for key, n in zip(survey.group_keys, np.bincount(survey.group, minlength=len(survey.group_keys)), strict=True):
        sizes[plain_text(key[place])] += int(n)
    problems = check_classes(asked.shares, sizes)
    if problems:
        raise SpecError(problems)


def benchmark_tables(comparing: Comparing, asked: BenchmarkSpec) -> dict[str, pd.DataFrame]:
    """The benchmark of the spec, and where the drivers of the index stand between importance and lead."""
    leads, target = benchmark_table(comparing, asked.unit, asked.competitor), comparing.model.index.construct
    design = comparing.estimates.layout.design
    if not any(design.constructs[t] == target for _, t in design.pairs):
        return {"benchmark": leads}
    return {"benchmark": leads, "lead_quadrants": lead_quadrants(comparing.estimates, target, leads)}


def benchmark_table(comparing: Comparing, unit: str = "", competitor: str = "") -> pd.DataFrame:
    """Every unit against the best other, the mean of the others and a competitor."""
    estimates = comparing.estimates
    field = field_of(estimates.by, comparing.wave, estimates.keys, unit, competitor)
    numbers = index_numbers(estimates, corr=comparing.corr)
    lower = [name for name in numbers.names if comparing.model.direction(name) < 0]
    return benchmark(field, estimates.keys, numbers, comparing.model.uncertainty.level, lower)
