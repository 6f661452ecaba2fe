"""The sections for decisions: from their checked form to the model, and back to plain YAML."""

from __future__ import annotations

from typing import Any

from csimodels.spec.decisions import BenchmarkSpec, Decisions
from csimodels.spec.schema import RawSpec
from csimodels.spec.schema_decisions import RawBenchmark


def decisions_of(raw: RawSpec) -> Decisions:
    """What the spec asks for."""
    return Decisions(benchmark=_benchmark(raw.benchmark))


def _benchmark(raw: RawBenchmark | None) -> BenchmarkSpec | None:
    return None if raw is None else BenchmarkSpec(raw.unit or "", raw.competitor or "", raw.own or "")


def decisions_dict(asked: Decisions) -> dict[str, Any]:
    """The sections as they are written in a spec file; those not asked for are left out."""
    out: dict[str, Any] = {}
    if asked.benchmark is not None:
        b = asked.benchmark
        out["benchmark"] = _given(unit=b.unit, competitor=b.competitor, own=b.own) or True
    return out


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}
