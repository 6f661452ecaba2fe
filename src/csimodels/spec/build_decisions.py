"""The sections for decisions: from their checked form to the model, and back to plain YAML."""

from __future__ import annotations

from typing import Any

from csimodels.spec.decisions import BenchmarkSpec, ContrastSpec, Decisions, DriversSpec, TrendSpec
from csimodels.spec.schema import RawSpec
from csimodels.spec.schema_decisions import RawBenchmark, RawDrivers, RawTrend


def decisions_of(raw: RawSpec) -> Decisions:
    """What the spec asks for."""
    return Decisions(
        benchmark=_benchmark(raw.benchmark),
        trend=_trend(raw.trend),
        drivers=_drivers(raw.drivers),
        penalty_reward=tuple(
            ContrastSpec(target, tuple(c.items or ()), float(c.low or 0.0), float(c.high or 0.0))
            for target, c in (raw.penalty_reward or {}).items()
            if c is not None
        ),
        kano=tuple(
            (name, pair.functional or "", pair.dysfunctional or "")
            for name, pair in (raw.kano or {}).items()
            if pair is not None
        ),
    )


def _drivers(raw: RawDrivers | None) -> DriversSpec | None:
    if raw is None:
        return None
    items = tuple((target, tuple(names)) for target, names in (raw.items or {}).items())
    return DriversSpec(raw.shares is not False, items, tuple(raw.assumed or ()))


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
    if asked.drivers is not None:
        d = asked.drivers
        items = {target: list(names) for target, names in d.items}
        out["drivers"] = _given(shares=None if d.shares else False, items=items, assumed=list(d.assumed)) or True
    if asked.penalty_reward:
        out["penalty_reward"] = {
            c.target: {"items": list(c.items), "low": c.low, "high": c.high} for c in asked.penalty_reward
        }
    if asked.kano:
        out["kano"] = {name: {"functional": f, "dysfunctional": d} for name, f, d in asked.kano}
    return out


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}
