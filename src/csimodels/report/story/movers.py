"""Winners and losers: changes of the lowest units, corrected for their number."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from csimodels.messages import N_, Message
from csimodels.report import formatting
from csimodels.report.change_summary import largest, separate
from csimodels.report.figures.charts.dots import Look, Row, dot_chart
from csimodels.report.figures.charts.slope import Slope, slope_chart
from csimodels.report.figures.picture import Picture
from csimodels.report.figures.scene import Scene
from csimodels.report.html.changes import ADJUSTED, corrected_for
from csimodels.report.story.league import MANY
from csimodels.report.story.levels import frame_of
from csimodels.report.story.reading import Reading, Unit
from csimodels.report.story.section import Section, in_waves, kind_of, measure, names, picture, points, signed_limits
from csimodels.spec.measures import SHARE_KINDS

_SLOPES = 30
_EACH_END = 15
#: The largest change by estimate: of a share in percent or not, a rise or a fall.
_LARGEST = {
    (False, True): N_("The largest estimated rise is that of {unit}, {change} points (interval {range}, corrected p "
                      "{p})."),
    (False, False): N_("The largest estimated fall is that of {unit}, {change} points (interval {range}, corrected p "
                       "{p})."),
    (True, True): N_("The largest estimated rise is that of {unit}, {change} percentage points (interval {range}, "
                     "corrected p {p})."),
    (True, False): N_("The largest estimated fall is that of {unit}, {change} percentage points (interval {range}, "
                      "corrected p {p})."),
}  # fmt: skip


def movers(reading: Reading) -> Section | None:
    """Changes of the lowest units; None where fewer than two were tested."""
    if not reading.levels:
        return None
    tested = [u for u in reading.units(reading.levels[0]) if u.ok and u.change.known]
    if len(tested) < 2:
        return None
    tested.sort(key=lambda u: -reading.sense * u.change.change)
    said = sentences(reading, tested)
    both = (reading.top.before_wave or reading.waves[-2], reading.wave)
    before, now = (reading.wave_name(wave) for wave in both)
    subtitle = Message("Change of {construct} from {before} to {wave}, in points",
                       construct=reading.judged(reading.target), before=before, wave=now)  # fmt: skip
    rows = _rows(reading, tested)

    def draw(width: float) -> Scene:
        return dot_chart(rows, width, Look(signed=True))

    drawn = [picture(reading, "changes", (said[0], subtitle), draw, frame_of(tested), in_waves(reading, both))]
    if len(tested) <= _SLOPES:
        drawn.append(slopes(reading, tested, both, said[0]))
    return Section("movers", Message("Winners and losers"), said, tuple(drawn))


def sentences(reading: Reading, tested: Sequence[Unit]) -> tuple[Message, ...]:
    """Who changed measurably after correction; else that nobody did, and the largest change with its p-value."""
    up = [u for u in tested if u.change.moved > 0]
    down = [u for u in tested if u.change.moved < 0]
    down = down if reading.sense < 0 else down[::-1]
    up = up[::-1] if reading.sense < 0 else up
    n, method = str(len(tested)), ADJUSTED.get(reading.content.model.rollup.adjust)
    family = formatting.number(corrected_for(reading.content), 0)
    if not up and not down:
        said = Message("None of {n} changed measurably, each taken by itself.", n=n)
        if method:
            text = "None of {n} changed measurably after correction for {family} comparisons."
            said = Message(text, n=n, family=family)
        return (said, *_largest(reading, tested), *reading.remark())
    out = []
    if up:
        out.append(Message("{count} of {n} rose measurably: {names}.", count=str(len(up)), n=n, names=names(up)))
    if down:
        out.append(Message("{count} of {n} fell measurably: {names}.", count=str(len(down)), n=n, names=names(down)))
    if method:
        text = "This holds after correction for {family} comparisons ({method})."
        out.append(Message(text, family=family, method=Message(method)))
    else:
        out.append(Message("Each is taken by itself: of many comparisons some stand out by chance."))
    return (*(out[1::-1] + out[2:] if up and down and reading.sense < 0 else out), *reading.remark())


def _largest(reading: Reading, tested: Sequence[Unit]) -> tuple[Message, ...]:
    at, beside = largest(
        [(u.change.change, u.change.low, u.change.high) for u in tested], apart=separate(reading.content.model)
    )
    unit, change = tested[at], tested[at].change
    parts = {
        "unit": unit.name, "change": points(change.change), "range": signed_limits(change.low, change.high),
        "p": formatting.p_value(change.corrected),
    }  # fmt: skip
    share, rise = kind_of(reading, reading.target) in SHARE_KINDS, change.change >= 0
    return (Message(_LARGEST[share, rise], **parts), *beside)


def _rows(reading: Reading, tested: Sequence[Unit]) -> list[Row]:
    shown = list(tested) if len(tested) <= MANY else [*tested[:_EACH_END], *tested[-_EACH_END:]]
    rows = []
    for unit in shown:
        c = unit.change
        colour = ("amber", "ghost", "accent")[c.better + 1]
        shown_as, limits = formatting.signed(c.change, 1), formatting.interval(c.low, c.high, 1)
        rows.append(Row(unit.name, c.change, c.low, c.high, shown=shown_as, colour=colour, note=limits,
                        said=f"{unit.name}: {shown_as} {limits}"))  # fmt: skip
    if len(shown) < len(tested):
        text = Message("… {n} more between these …", n=str(len(tested) - len(shown)))
        rows.insert(_EACH_END, Row(reading.lang.say(text)))
    return rows


def slopes(reading: Reading, units: Sequence[Unit], waves: tuple[str, str], finding: Message) -> Picture:
    """Both waves side by side."""
    shown = (reading.wave_name(waves[0]), reading.wave_name(waves[1]))
    lines = [Slope(u.name, u.change.before, u.index, u.change.better) for u in units]
    text = "{measure}, in {before} and {wave}; coloured lines are measurable changes"
    subtitle = Message(text, measure=measure(reading), before=shown[0], wave=shown[1])

    def draw(width: float) -> Scene:
        return slope_chart(shown, lines, width)

    data = pd.DataFrame([(s.name, s.before, s.after, s.moved) for s in lines], columns=["unit", *shown, "moved"])
    return picture(reading, "slope", (finding, subtitle), draw, data, in_waves(reading, waves))
