"""The grammar of the sections for decisions (docs/decisions.md) as pydantic models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from csimodels.spec.model import plain_text
from csimodels.spec.nodes import Plain
from csimodels.spec.schema.fields import Finite, Raw


def _as_list(value: Plain) -> Plain:
    return [value] if isinstance(value, str) else value


def widen_benchmark(value: Plain) -> Plain:
    """``true`` -> ``{}``, ``"operator"`` -> ``{"unit": "operator"}``."""
    if value is True:
        return {}
    return {"unit": value} if isinstance(value, str) else value


def widen_trend(value: Plain) -> Plain:
    """``true`` -> ``{}``; one break -> a list of one."""
    if value is True:
        return {}
    if isinstance(value, dict) and value.get("breaks") is not None and not isinstance(value["breaks"], list):
        return value | {"breaks": [value["breaks"]]}
    return value


def _as_wave(value: Plain) -> Plain:
    return plain_text(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else value


#: A wave: a year, or a name.
Wave = Annotated[str, BeforeValidator(_as_wave, json_schema_input_type=float | str)]


class RawTrend(Raw):
    """All waves together."""

    base: Wave | None = Field(default=None, description="wave that others are compared with; the first where left out")
    breaks: list[Wave] | None = Field(default=None, description="waves whose method differs from the wave before")
    limits: Finite | None = Field(default=None, description="control limits in standard errors; default 3")


def widen_drivers(value: Plain) -> Plain:
    """``true`` -> ``{}``."""
    return {} if value is True else value


class RawDrivers(Raw):
    """Shares of R2 beside the driver table."""

    shares: bool | None = Field(default=None, description="of the constructs right before every target; default true")
    items: dict[str, list[str]] | None = Field(
        default=None, description="answer: [answers that explain it], for shares of single questions"
    )
    assumed: list[str] | None = Field(default=None, description="drivers in the order expected, the first first")


class RawContrast(Raw):
    """Items whose low and high answers are contrasted."""

    items: list[str] | None = Field(default=None, description="questions that may please or displease")
    low: Finite | None = Field(default=None, description="answers of at most this are low")
    high: Finite | None = Field(default=None, description="answers of at least this are high")


class RawKano(Raw):
    """A pair of questions with answers 1 like, 2 must be, 3 neutral, 4 live with, 5 dislike."""

    functional: str | None = Field(default=None, description="if it is there")
    dysfunctional: str | None = Field(default=None, description="if it is not there")


def widen_focus(value: Plain) -> Plain:
    """``{valued: "profit > 0", value: profit}`` -> ``{steps: {valued: ...}, value: profit}``."""
    if not isinstance(value, dict) or "steps" in value:
        return value
    own = {key: part for key, part in value.items() if key in ("value", "axes")}
    steps = {key: part for key, part in value.items() if key not in own}
    return {**own, "steps": steps}


class RawFocus(Raw):
    """Respondents who matter more and more, by rules; value and axes stand beside the steps."""

    steps: dict[str, str] | None = Field(default=None, description="name: rule, every one within the one before")
    value: str | None = Field(default=None, description="column of what a customer is worth")
    axes: dict[str, Finite] | None = Field(
        default=None, description="two columns and their cuts: {profit: 100, stay: 24}"
    )


class RawBehaviour(Raw):
    """What follows from a score."""

    outcome: str | None = Field(default=None, description="a rule for logit, else a column of amounts or counts")
    kind: Literal["logit", "gamma", "poisson"] | None = Field(default=None, description="logit where left out")
    on: Annotated[list[str] | None, BeforeValidator(_as_list, json_schema_input_type=str | list[str])] = Field(
        default=None, description="constructs whose scores explain it; the index where left out"
    )
    levels: list[Finite] | None = Field(default=None, description="scores at which it is predicted; [60, 70, 80]")


class RawStates(Raw):
    """States of a score, and moves of the persons of a panel between them."""

    on: str | None = Field(default=None, description="construct whose scores make the states; the index where left out")
    cuts: list[Finite] | None = Field(default=None, description="scores that part the states; [60, 80]")
    names: list[str] | None = Field(default=None, description="names of the states, the lowest first")
    retained: str | None = Field(default=None, description="a rule that says who stays a customer")
    value: str | None = Field(default=None, description="column of what a customer is worth in a period")
    discount: Finite | None = Field(default=None, description="rate per period; 0 where left out")


class RawFuzzy(Raw):
    """Fuzzy comprehensive evaluation of the answers in five grades."""

    composition: Literal["weighted", "min_max", "product_max", "bounded_sum"] | None = Field(
        default=None, description="how weights and memberships are composed; weighted where left out"
    )
    values: list[Finite] | None = Field(default=None, description="values of the grades; [20, 40, 60, 80, 100]")
    weights: dict[str, Finite] | None = Field(default=None, description="weights of the constructs in a total")


class RawBenchmark(Raw):
    """Units compared with the best other, the mean of the others and a competitor."""

    unit: str | None = Field(default=None, description="group column of the units; the first one where left out")
    competitor: str | None = Field(default=None, description="a unit that all others are compared with")
    own: str | None = Field(default=None, description="the unit whose map is drawn; the leader where left out")
