"""The ladder of invariance that stands beside a result, as a figure of its report."""

from __future__ import annotations

from dataclasses import replace

from csimodels.messages import Message, Several
from csimodels.report.escaping import clean
from csimodels.report.figures.picture import Picture
from csimodels.report.story.ladder import ladder_picture
from csimodels.report.story.reading import Reading
from csimodels.report.story.section import field_work


def invariance_picture(reading: Reading) -> Picture | None:
    """The ladder with whom it compares; None where the result has none."""
    ladder, groups = (reading.content.comparison(name) for name in ("invariance", "joint_groups"))
    if ladder is None or groups is None:
        return None
    names = [name for name in reading.content.group_by if name in groups or f"{name}_group" in groups]
    across = reading.lang.tr(", ").join(clean(reading.lang.names.column(name)) for name in names)
    parts = [Message("across: {names}", names=across), *_wave(reading, names)]
    parts += field_work(reading.content.model, reading.lang.code)
    made = ladder_picture(ladder, [int(n) for n in groups["n"]], reading.lang.code)
    caption = Several([made.caption, *map(reading.lang.say, parts)], separator=" · ")
    return replace(made, caption=clean(reading.lang.say(Message("{all}", all=caption))))


def _wave(reading: Reading, names: list[str]) -> list[Message]:
    """The wave that is compared within, where the waves are not what is compared."""
    if not reading.wave or reading.column in names or not reading.content.model.data.wave.column:
        return []
    return [Message("{wave}", wave=reading.wave_name(reading.wave))]
