"""The sections for decisions: from their checked form to the model, and back to plain YAML."""

from __future__ import annotations

from typing import Any

from csimodels.spec.decisions import (
    AxesSpec,
    BehaviourSpec,
    BenchmarkSpec,
    ContrastSpec,
    Decisions,
    DriversSpec,
    FocusSpec,
    FuzzySpec,
    StatesSpec,
    TrendSpec,
)
from csimodels.spec.schema import RawSpec
from csimodels.spec.schema.decisions import RawBehaviour, RawBenchmark, RawDrivers, RawFocus, RawFuzzy, RawTrend
from csimodels.spec.view import DEFAULT_INDEX


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
        focus=_focus(raw.focus),
        behaviour=tuple(_behaviour(name, b, raw) for name, b in (raw.behaviour or {}).items() if b is not None),
        states=_states(raw),
        fuzzy=_fuzzy(raw.fuzzy),
    )


def _states(spec: RawSpec) -> StatesSpec | None:
    raw, usual = spec.states, (spec.index and spec.index.target) or DEFAULT_INDEX
    if raw is None:
        return None
    cuts = tuple(float(cut) for cut in raw.cuts or StatesSpec("").cuts)
    rest = (raw.retained or "", raw.value or "", float(raw.discount or 0.0))
    return StatesSpec(raw.on or usual, cuts, tuple(raw.names or ()), *rest)


def _fuzzy(raw: RawFuzzy | None) -> FuzzySpec | None:
    if raw is None:
        return None
    weights = tuple((name, float(w)) for name, w in (raw.weights or {}).items())
    return FuzzySpec(raw.composition or "weighted", tuple(float(v) for v in raw.values or ()), weights)


def _focus(raw: RawFocus | None) -> FocusSpec | None:
    if raw is None:
        return None
    axes = tuple((raw.axes or {}).items())
    pair = AxesSpec(axes[0][0], axes[0][1], axes[1][0], axes[1][1]) if len(axes) == 2 else None
    return FocusSpec(tuple((raw.steps or {}).items()), raw.value or "", pair)


def _behaviour(name: str, raw: RawBehaviour, spec: RawSpec) -> BehaviourSpec:
    usual, default = (spec.index and spec.index.target) or DEFAULT_INDEX, BehaviourSpec("", "")
    levels = tuple(float(level) for level in raw.levels or default.levels)
    return BehaviourSpec(name, raw.outcome or "", raw.kind or default.kind, tuple(raw.on or (usual,)), levels)


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
    if asked.focus is not None:
        f = asked.focus
        axes = {f.axes.x: f.axes.x_cut, f.axes.y: f.axes.y_cut} if f.axes else None
        out["focus"] = {**dict(f.steps), **_given(value=f.value, axes=axes)}
    if asked.behaviour:
        out["behaviour"] = {
            b.name: _given(outcome=b.outcome, kind=b.kind, on=list(b.on), levels=list(b.levels))
            for b in asked.behaviour
        }
    if asked.states is not None:
        s = asked.states
        rest = {"retained": s.retained, "value": s.value, "discount": s.discount or None}
        out["states"] = _given(on=s.construct, cuts=list(s.cuts), names=list(s.names), **rest)
    if asked.fuzzy is not None:
        z = asked.fuzzy
        named = None if z.composition == "weighted" else z.composition
        out["fuzzy"] = _given(composition=named, values=list(z.values), weights=dict(z.weights)) or True
    return out


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in ("", None, [], {})}
