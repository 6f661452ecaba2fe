"""The grammar of the sections for decisions (docs/decisions.md) as pydantic models."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from csimodels.spec.nodes import Plain


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def widen_benchmark(value: Plain) -> Plain:
    """``true`` -> ``{}``, ``"operator"`` -> ``{"unit": "operator"}``."""
    if value is True:
        return {}
    return {"unit": value} if isinstance(value, str) else value


class RawBenchmark(_Section):
    """Units compared with the best other, the mean of the others and a competitor."""

    unit: str | None = Field(default=None, description="group column of the units; the first one where left out")
    competitor: str | None = Field(default=None, description="a unit that all others are compared with")
    own: str | None = Field(default=None, description="the unit whose map is drawn; the leader where left out")
