"""The sections for decisions: from their checked form to the model, and back to plain YAML."""

from __future__ import annotations

from typing import Any

from csimodels.spec.decisions import BenchmarkSpec, Decisions, TrendSpec
from csimodels.spec.schema import RawSpec
from csimodels.spec.schema_decisions import RawBenchmark, RawTrend


def decisions_of(raw: RawSpec) -> Decisions:
    """What the spec asks for."""
    return Decisions(benchmark=_benchmark(raw.benchmark), trend=_trend(raw.trend))


def _benchmark(raw: RawBenchmark | None) -> BenchmarkSpec | None:
    return None if raw is None else BenchmarkSpec(raw.unit or "", raw.competitor or "", raw.own or "")


def _trend(raw: RawTrend | None) -> TrendSpec | None:
    if raw is None:
        return None
    return TrendSpec(raw.base or "", tuple(raw.breaks or ()), TrendSpec().limits if raw.limits is None else raw.limits)


def decisions_dict(asked: Decisions) -> dict[str, Any]:
    """The sections as they are written in a spec file; those not asked for are left out."""
    out: dict[str, Any] = {}
    if asked.benchmark is not None:
        b = asked.benchmark
        out["benchmark"] = _given(unit=b.unit, competitor=b.competitor, own=b.own) or True
    if asked.trend is not None:
        t = asked.trend
        limits = t.limits if t.limits != TrendSpec().limits else None
        out["trend"] = _given(base=t.base, breaks=list(t.breaks), limits=limits) or True
    return out


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}
