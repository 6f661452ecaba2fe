"""What the page of one unit says: its index and place, its constructs against what it belongs to, its priorities."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.charts.trend import Series, trend_chart
from csimodels.report.figures.scene import Scene
from csimodels.report.html.changes import corrected_for
from csimodels.report.story.league import ranks_of
from csimodels.report.story.reading import NAN, Reading, Unit
from csimodels.report.story.section import limits, number, overlap, points, signed_limits

#: Questions that are named as priorities.
_FIRST = 3


@dataclass(frozen=True, slots=True)
class Priority:
    """A question to work on: what it asks, its level here and among all, and the points that go with it."""

    question: str
    driver: str
    level: float
    whole: float
    importance: float


@dataclass(frozen=True, eq=False)
class Profile:
    """The page of one unit; sentences in the language of the reader."""

    unit: Unit
    sentences: tuple[str, ...]
    priorities: tuple[Priority, ...]
    history: tuple[tuple[str, float, float, float], ...]
    constructs: tuple[tuple[str, Unit, Unit | None], ...]
    drivers: tuple[Driver, ...] = ()
    before: Mapping[str, float] = field(default_factory=dict)
    before_wave: str = ""


@dataclass(frozen=True, slots=True)
class Driver:
    """Points of the index that go with 1 point more of a driver, in a unit and among all."""

    label: str
    importance: float
    low: float
    high: float
    whole: float


@dataclass(frozen=True)
class Profiles:
    """The units of the lowest level in the reported wave, with what their pages are made from."""

    reading: Reading

    @cached_property
    def units(self) -> list[Unit]:
        """The units, the highest index first; flagged ones behind."""
        return self.reading.units(self.reading.levels[0]) if self.reading.levels else []

    def of(self, unit: Unit) -> Profile:
        """The page of `unit`."""
        reading = self.reading
        names = [c.name for c in reading.content.model.constructs]
        rows = [(name, self._place(name).get(unit.key), self.above(unit, name)) for name in names]
        constructs = tuple((reading.lang.label(name), own, above) for name, own, above in rows if own is not None)
        said = (self._stands(unit), *self._ranked(unit), *self._moved(unit), *self._gap(unit, constructs))
        say = reading.lang.say
        told = tuple(say(text) for text in said)
        before = self._before(unit)
        called = reading.wave_name(reading.top.before_wave) if before else ""
        return Profile(unit, told, self._priorities(unit), self._history(unit), constructs, self._driven(unit),
                       before, called)  # fmt: skip

    def _before(self, unit: Unit) -> Mapping[str, float]:
        """Indices of the unit in the wave before, by the labels of the constructs."""
        reading, wave = self.reading, self.reading.top.before_wave
        if not wave:
            return {}
        names = [c.name for c in reading.content.model.constructs]
        found = {reading.lang.label(name): self._place(name, wave).get(unit.key) for name in names}
        return {label: other.index for label, other in found.items() if other is not None and other.ok}

    def _driven(self, unit: Unit) -> tuple[Driver, ...]:
        """Drivers of a unit whose model bears a verdict, in the order of those of all respondents."""
        if not unit.ok or not self.reading.content.bears_verdicts:
            return ()
        mine = {str(r["driver"]): r for r in self._drivers.get(unit.key, []) if formatting.is_ok(r["status"])}
        label, out = self.reading.lang.label, []
        for row in formatting.records(self.reading.content.table("drivers")):
            own = mine.get(str(row["driver"]))
            if own is not None and math.isfinite(own["importance"]):
                low, high = (formatting.as_float(own[f"importance_{end}"]) for end in ("low", "high"))
                out.append(Driver(label(row["driver"]), own["importance"], low, high, row["importance"]))
        return tuple(out)

    def above(self, unit: Unit, construct: str) -> Unit | None:
        """What a unit belongs to: its parent in the roll-up, else all respondents."""
        levels = self.reading.levels
        if len(levels) > 1 and unit.parent:
            return self._parents(construct).get(unit.parent)
        return self.reading.whole(construct)

    @property
    def compared(self) -> Message:
        """What the units are compared with, in words."""
        levels = self.reading.levels
        if len(levels) > 1:
            return Message("its {level}", level=self.reading.level_words(levels[1]))
        return Message("the mean of the others")

    def _place(self, construct: str, wave: str | None = None) -> Mapping[str, Unit]:
        asked = construct, wave
        if asked not in self._placed:
            found = self.reading.units(self.reading.levels[0], construct, wave)
            self._placed[asked] = {unit.key: unit for unit in found}
        return self._placed[asked]

    @cached_property
    def _placed(self) -> dict[tuple[str, str | None], Mapping[str, Unit]]:
        return {}

    def _parents(self, construct: str) -> Mapping[str, Unit]:
        if construct not in self._parented:
            found = self.reading.units(self.reading.levels[1], construct)
            self._parented[construct] = {unit.name: unit for unit in found}
        return self._parented[construct]

    @cached_property
    def _parented(self) -> dict[str, Mapping[str, Unit]]:
        return {}

    @cached_property
    def _ranks(self) -> Mapping[str, Mapping[str, Any]]:
        return ranks_of(self.reading)

    def _stands(self, unit: Unit) -> Message:
        """The index with its interval, and the measured distance to what the unit belongs to."""
        index = {
            "unit": unit.name,
            "value": number(unit.index),
            "construct": self.reading.lang.label(self.reading.target),
        }
        if not unit.ok:
            return Message("{unit}: {value} for {construct}, with a flag; it is compared with nothing.", **index)
        place = self._ranks.get(unit.key, {})
        gap = formatting.as_float(place.get("difference"))
        known = math.isfinite(unit.low) and math.isfinite(unit.high)
        around = limits(unit.low, unit.high) if known else Message("no interval")
        if math.isnan(gap):
            return Message("{unit} stands at {value} of 100 ({around}).", around=around, **index)
        other = self.compared
        if str(place.get("different")) != "True":
            return Message("{unit} stands at {value} of 100 ({around}), not measurably different from {other}.",
                           around=around, other=other, **index)  # fmt: skip
        text = (
            "{unit} stands at {value} of 100 ({around}), measurably above {other} by {gap} points."
            if gap > 0
            else "{unit} stands at {value} of 100 ({around}), measurably below {other} by {gap} points."
        )
        return Message(text, around=around, other=other, gap=points(gap), **index)

    def _ranked(self, unit: Unit) -> tuple[Message, ...]:
        place = self._ranks.get(unit.key, {})
        rank, low, high = (formatting.as_float(place.get(c)) for c in ("rank", "rank_low", "rank_high"))
        if not unit.ok or math.isnan(rank) or math.isnan(low):
            return ()
        n = sum(u.ok for u in self.units)
        return (Message("Rank {rank} of {n}; the interval of its rank runs from {low} to {high}.", rank=number(rank, 0),
                        n=str(n), low=number(low, 0), high=number(high, 0)),)  # fmt: skip

    def _moved(self, unit: Unit) -> tuple[Message, ...]:
        change = unit.change
        if not change.known:
            return ()
        parts = {"gap": points(change.change), "around": signed_limits(change.low, change.high)}
        before = self.reading.wave_name(self.reading.top.before_wave)
        if not change.moved and change.direction:
            text = "No measurable change from {before} after correction for {n} comparisons ({around} by itself)."
            n = formatting.number(corrected_for(self.reading.content), 0)
            return (Message(text, before=before, n=n, around=parts["around"]),)
        if not change.moved:
            return (Message("No measurable change from {before} ({around}).", before=before, around=parts["around"]),)
        if change.moved > 0:
            return (Message("Measurably up by {gap} points from {before} ({around}).", before=before, **parts),)
        return (Message("Measurably down by {gap} points from {before} ({around}).", before=before, **parts),)

    def _gap(self, unit: Unit, constructs: tuple[tuple[str, Unit, Unit | None], ...]) -> tuple[Message, ...]:
        """The construct that lies furthest on the weak side of what the unit belongs to, where one does measurably."""
        if not unit.ok or not self.reading.lang.intervals:
            return ()
        found = []
        for name, (label, own, above) in zip(
            [c.name for c in self.reading.content.model.constructs], constructs, strict=False
        ):
            if above is not None and own.ok and not overlap(own, above):
                found.append((self.reading.content.model.direction(name) * (own.index - above.index), label))
        weak = min(found, default=(0.0, ""))
        other = self.compared if len(self.reading.levels) > 1 else Message("all respondents together")
        if weak[0] >= 0:
            return (Message("No construct lies measurably on the weak side of {other}.", other=other),)
        return (Message("By estimate furthest on the weak side of {other}: {construct}, by {gap} points.", other=other,
                        construct=weak[1], gap=points(weak[0])),)  # fmt: skip

    def _history(self, unit: Unit) -> tuple[tuple[str, float, float, float], ...]:
        target, called = self.reading.target, self.reading.wave_name
        found = [(called(wave), self._place(target, wave).get(unit.key)) for wave in self.reading.waves]
        return tuple((name, u.index, u.low, u.high) if u else (name, NAN, NAN, NAN) for name, u in found)

    def _priorities(self, unit: Unit) -> tuple[Priority, ...]:
        """Questions with most room times importance, of a unit whose model bears a verdict."""
        if not unit.ok or not self.reading.content.bears_verdicts:
            return ()
        rows = [r for r in self._items.get(unit.key, []) if formatting.is_ok(r["status"])]
        rows = [r for r in rows if math.isfinite(r["priority"]) and r["importance_low"] > 0]
        rows.sort(key=lambda r: -r["priority"])
        label = self.reading.lang.label
        return tuple(
            Priority(label(r["item"]), label(r["driver"]), r["performance"], self._whole.get(str(r["item"]), NAN),
                     r["importance"])
            for r in rows[:_FIRST]
        )  # fmt: skip

    @cached_property
    def _whole(self) -> Mapping[str, float]:
        items = self.reading.content.table("driver_items")
        return dict(zip(items["item"].astype(str), items["performance"], strict=True))

    @cached_property
    def _items(self) -> Mapping[str, list[dict[Any, Any]]]:
        return self._by_unit("group_driver_items")

    @cached_property
    def _drivers(self) -> Mapping[str, list[dict[Any, Any]]]:
        return self._by_unit("group_drivers")

    def _by_unit(self, name: str) -> Mapping[str, list[dict[Any, Any]]]:
        """Rows of a table of every unit in the reported wave."""
        reading, frame = self.reading, self.reading.content.comparison(name)
        if frame is None:
            return {}
        if reading.column in frame and reading.wave:
            frame = frame[frame[reading.column].map(str) == reading.wave]
        out: dict[str, list[dict[Any, Any]]] = {}
        for row in formatting.records(frame):
            level = reading.levels[0]
            key = str(row.get(level)) if level else reading._key(row, "")
            out.setdefault(key, []).append(row)
        return out


def constructs_chart(profile: Profile, other: str, width: float, tr: Any) -> Scene:
    """Indices of a unit with whiskers; the ghost is what it belongs to."""
    rows = [
        Row(label, own.index, own.low, own.high, above.index if above else NAN, number(own.index),
            colour="accent" if own.ok else "amber", said=f"{label}: {number(own.index)}",
            before=profile.before.get(label, NAN))
        for label, own, above in profile.constructs
    ]  # fmt: skip
    legend = [("accent", profile.unit.name)]
    if any(above is not None for _, _, above in profile.constructs):
        legend.append(("ghost", profile.unit.parent or other))
    if profile.before:
        legend.append(("open", profile.before_wave))
    return dot_chart(rows, width, Look((0, 100), legend=tuple(legend)))


def drivers_chart(profile: Profile, other: str, width: float) -> Scene:
    """Total effects of the drivers in a unit with whiskers; the ghost is the effect among all respondents."""
    rows = [
        Row(d.label, d.importance, d.low, d.high, d.whole, formatting.signed(d.importance, 2),
            colour="accent" if d.low > 0 or d.high < 0 else "amber",
            said=f"{d.label}: {formatting.signed(d.importance, 2)} {formatting.interval(d.low, d.high, 2)}")
        for d in profile.drivers
    ]  # fmt: skip
    legend = (("accent", profile.unit.name), ("ghost", other))
    return dot_chart(rows, width, Look(signed=True, legend=legend))


def history_chart(profile: Profile, width: float) -> Scene:
    """The index of a unit over the waves."""
    values = tuple((value, low, high) for _, value, low, high in profile.history)
    series = Series(profile.unit.name, values, main=True)
    return trend_chart([wave for wave, *_ in profile.history], [series], width, small=True)
