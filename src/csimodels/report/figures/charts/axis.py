"""A scale along one side of a plot: ends, round ticks, and where a value stands in pixels."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from csimodels.report import formatting
from csimodels.report.figures.scene import Line, Sheet, Text


@dataclass(frozen=True, slots=True)
class Axis:
    """Values from `low` to `high` between two places in pixels; ``own`` are ticks to be used instead of round ones."""

    low: float
    high: float
    start: float
    end: float
    step: float
    own: tuple[float, ...] = ()

    def at(self, value: float) -> float:
        """Where `value` stands, in pixels."""
        return self.start + (self.end - self.start) * (value - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Round values along the axis, or its own."""
        if self.own:
            return self.own
        first, last = math.ceil(self.low / self.step - 1e-9), math.floor(self.high / self.step + 1e-9)
        return tuple(self.step * k for k in range(first, last + 1))

    def said(self, value: float, signed: bool = False) -> str:
        """A tick as it is written."""
        digits = max(0, -math.floor(math.log10(self.step) + 1e-9))
        return formatting.signed(value, digits) if signed and value else formatting.number(value, digits)


def axis(
    values: Iterable[float],
    place: tuple[float, float],
    ends: tuple[float, float] = (-math.inf, math.inf),
    most: int = 6,
) -> Axis:
    """An axis round all finite `values`, in round steps, that leaves `ends` nowhere.

    Parameters
    ----------
    values : iterable of float
    place : (float, float)
        Where it starts and ends, in pixels.
    ends : (float, float)
        Bounds that values cannot pass, such as 0 and 100 of an index.
    most : int
        Ticks at most.
    """
    known = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
    low, high = min(known), max(known)
    if high - low < 1e-9:
        low, high = low - 1, high + 1
    pad = 0.04 * (high - low)
    step = _step(high - low + 2 * pad, most)
    bottom = step * math.floor((low - pad) / step) if low else 0.0
    top = step * math.ceil((high + pad) / step) if high else 0.0  # an end at 0 is no value: nothing lies beyond
    bottom, top = (max(bottom, ends[0]) if low >= ends[0] else bottom), (min(top, ends[1]) if high <= ends[1] else top)
    return Axis(bottom, top, *place, step)


def _step(span: float, most: int) -> float:
    power = 10.0 ** math.floor(math.log10(span / most))
    return next((power * k for k in (1, 2, 5) if span / (power * k) <= most), power * 10)


def across(sheet: Sheet, scale: Axis, top: float, bottom: float, signed: bool = False) -> None:
    """Grid lines of a horizontal axis, and its numbers below."""
    for tick in scale.ticks:
        x = scale.at(tick)
        sheet.add(Line(((x, top), (x, bottom)), "line"))
        sheet.add(Text(x, bottom + 16, scale.said(tick, signed), 11.5, "muted", "middle"))


def upright(sheet: Sheet, scale: Axis, left: float, right: float) -> None:
    """Grid lines of an upright axis, and its numbers to the left."""
    for tick in scale.ticks:
        y = scale.at(tick)
        sheet.add(Line(((left, y), (right, y)), "line"))
        sheet.add(Text(left - 8, y + 4, scale.said(tick), 11.5, "muted", "end"))
