"""Checks of the sections for decisions: benchmark."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.spec.findings import Finding
from csimodels.spec.view import View


def decision_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the sections for decisions."""
    yield from _benchmark(view)
    trend = view.checked.raw.trend
    if trend is not None and trend.limits is not None and not 0 < trend.limits <= 10:
        yield Finding(
            ("trend", "limits"), "control limits lie some standard errors away", f"{trend.limits:g}", "0 to 10"
        )


def _benchmark(view: View) -> Iterator[Finding]:
    raw = view.checked.raw
    if raw.benchmark is None:
        return
    by = [*((raw.data and raw.data.by) or {})]
    wave = (raw.data and raw.data.wave and raw.data.wave.column) or ""
    units = tuple(name for name in by if name != wave)
    unit = raw.benchmark.unit
    if unit and by and unit not in units:
        what = "the units of a benchmark are a column of data: by"
        yield Finding(("benchmark", "unit"), what, unit, "", "", name=unit, known=units)
