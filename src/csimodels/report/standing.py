"""The number at the top: of which unit and wave it is, and what it has changed since the wave before.

Page, notebook and terminal read it here, from the finished tables, so that a stored result says the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pandas as pd

from csimodels.i18n import Translate
from csimodels.messages import Message
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.wording import Names, Say
from csimodels.spec.model import plain_text
from csimodels.survey.natural_order import natural

_TREE = ("level", "unit", "parent")


@dataclass(frozen=True, slots=True)
class Standing:
    """The index of the whole, in points of the 0-100 scale; NaN where a number is not known.

    Attributes
    ----------
    unit : str
        The unit at the top of the roll-up; empty where the number is of all respondents.
    wave, before_wave : str
        The wave it is of, and the one it is compared with; empty where there is none.
    index, low, high : float
    status : str
    before, change, change_low, change_high : float
        The index of the wave before, and the difference with its interval; NaN where either number bears a status: it
        is compared with nothing.
    corrected : float
        P-value of the difference, corrected for all steps between waves.
    different : bool
        The verdict on it in the table of changes.
    before_status : str
        What the number of the wave before bears: nothing is compared with it either.
    """

    unit: str
    wave: str
    index: float
    low: float
    high: float
    status: str
    before_wave: str = ""
    before: float = math.nan
    change: float = math.nan
    change_low: float = math.nan
    change_high: float = math.nan
    corrected: float = math.nan
    different: bool = False
    before_status: str = ""

    @property
    def direction(self) -> int:
        """1 and -1 where the interval of the change leaves 0 out and the table of changes says so too, else 0."""
        return self._alone if self.different else 0

    @property
    def corrected_away(self) -> bool:
        """Whether the interval of the change leaves 0 out, but not its p-value corrected for all steps."""
        return bool(self._alone) and not self.different

    @property
    def _alone(self) -> int:
        return (self.change_low > 0) - (self.change_high < 0)


def standing(content: Content) -> Standing:
    """The index of the current wave: of the top of the roll-up where there is one, else of all respondents."""
    wave = current_wave(content)
    total = _total(content)
    if total is not None:
        index, low, high = (formatting.as_float(total[name]) for name in ("index", "low", "high"))
        return Standing("", wave, index, low, high, "" if formatting.is_ok(total["status"]) else str(total["status"]))
    top = _top(content, wave)
    row = _own(content) if top is None else top
    index, low, high = (formatting.as_float(row.get(name)) for name in ("index", "low", "high"))
    state = row.get("status")
    said = "" if formatting.is_ok(state) else str(state)
    unit = "" if top is None else str(top["unit"])
    now = Standing(unit, wave, index, low, high, said)
    step = _change(content, wave, top)
    if step is None:
        return now
    state = _state_before(content, _text(step["from"]), top)
    if said or state:
        return replace(now, before_wave=_text(step["from"]), before_status=state)
    before, change, low, high, p = (
        formatting.as_float(step.get(name)) for name in ("before", "change", "low", "high", "p_adj")
    )
    return replace(
        now, before_wave=_text(step["from"]), before=before, change=change, change_low=low, change_high=high,
        corrected=p, different=formatting.is_true(step.get("different")),
    )  # fmt: skip


def _state_before(content: Content, wave: str, top: dict[str, object] | None) -> str:
    """The status of the number of an earlier wave, with which nothing is then compared; empty where it has none."""
    column, rolled = wave_column(content), content.comparison("rollup")
    waves = content.comparison("wave_index")
    rows = (content.groups if waves is None else waves) if top is None else rolled
    if rows is None or column not in rows:
        return ""
    rows = rows[(rows["construct"] == content.target) & (rows[column].map(_text) == wave)]
    for name in _TREE if top is not None else ():
        rows = rows[rows[name].fillna("").map(str) == str((top or {})[name] or "")]
    return next((str(state) for state in rows["status"] if not formatting.is_ok(state)), "")


def headline_name(content: Content) -> str:
    """What the number at the top is of: the index construct, or the total of a hierarchy where there is no model."""
    total = _total(content)
    return content.model.index.construct if total is None else str(total["node"])


def _total(content: Content) -> dict[str, object] | None:
    """The top of the hierarchy of a spec without a model and without groups, which are compared by the index construct;
    None for any other."""
    rows = content.comparison("hierarchy")
    if rows is None or content.groups is not None or not content.model.estimate.entry.plain:
        return None
    return dict(formatting.records(rows.head(1))[0])


def wave_column(content: Content) -> str:
    """The column of the waves: as the spec names it, else the only group column that is no level; empty without."""
    stated = content.model.data.wave.column
    if stated:
        return stated if stated in content.group_by else ""
    rolled = content.comparison("rollup")
    levels = [] if rolled is None else rolled["level"].unique().tolist()
    rest = [name for name in content.group_by if name not in levels] if levels else []
    return rest[0] if len(rest) == 1 else ""


def own_columns(content: Content) -> tuple[str, ...]:
    """The group columns without that of the waves; all of them where the waves are the only groups."""
    return tuple(c for c in content.group_by if c != wave_column(content)) or content.group_by


def of_current_wave(content: Content, frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the current wave; all where there are no waves."""
    column, now = wave_column(content), current_wave(content)
    if not column or column not in frame:
        return frame
    return frame[[plain_text(value) == now for value in frame[column]]].reset_index(drop=True)


def current_wave(content: Content) -> str:
    """The wave that is reported: the one the spec names, else the latest; empty where there are no waves."""
    column = wave_column(content)
    if not column or content.groups is None:
        return ""
    asked = content.model.data.wave.current if content.model.data.wave.column else None
    if asked is not None:
        return plain_text(asked)
    return _text(max(content.groups[column].unique().tolist(), key=natural))


def _text(wave: object) -> str:
    return plain_text(wave) if isinstance(wave, (int, float)) else str(wave)


def _own(content: Content) -> dict[str, object]:
    """The index of all respondents (of the current wave, where the spec names the waves)."""
    index = content.table("index")
    rows = formatting.records(index[index["construct"] == content.target])
    return dict(rows[0]) if rows else {}


def _top(content: Content, wave: str) -> dict[str, object] | None:
    """The one unit at the top of the roll-up in `wave`; None where there are several, or it has no number."""
    rolled = content.comparison("rollup")
    if rolled is None:
        return None
    mine = rolled[(rolled["construct"] == content.target) & rolled["parent"].isin(["", None])]
    mine = mine[mine["level"] == rolled["level"].iloc[-1]]
    column = wave_column(content)
    if column in mine and wave:
        mine = mine[mine[column].map(_text) == wave]
    rows = formatting.records(mine)
    known = len(rows) == 1 and math.isfinite(formatting.as_float(rows[0]["index"]))
    return dict(rows[0]) if known else None


def _change(content: Content, wave: str, top: dict[str, object] | None) -> dict[str, object] | None:
    """The change to `wave` of the unit that the number is of; None where it was not computed."""
    rows = changes_of(content)
    if not wave or rows is None:
        return None
    rows = rows[rows["to"].map(_text) == wave]
    for name in (c for c in _TREE if c in rows):
        if top is not None:
            rows = rows[rows[name].fillna("").map(str) == str(top[name] or "")]
    if len(rows) != 1 or math.isnan(formatting.as_float(rows["change"].iloc[0])):
        return None
    return dict(formatting.records(rows)[0])


def changes_of(content: Content) -> pd.DataFrame | None:
    """Changes of the index construct: of the units of the roll-up, or of all respondents; None where there are none.

    All respondents are in one table by themselves where there are groups within the waves.
    """
    name = "changes" if content.comparison("rollup") is not None or len(content.group_by) == 1 else "wave_changes"
    changes = content.comparison(name)
    return None if changes is None else changes[changes["construct"] == content.target]


def wave_label(content: Content, wave: str, lang: str) -> str:
    """What a wave is called in `lang`."""
    return clean(Names(content.model, lang).wave(wave, wave_column(content)))


def place(content: Content, top: Standing, lang: str) -> str:
    """Of which unit and wave the number is; empty for all respondents of a survey without waves."""
    unit = clean(Names(content.model, lang).top(top.unit)) if top.unit else ""
    return " · ".join(part for part in (unit, wave_label(content, top.wave, lang) if top.wave else "") if part)


def not_compared(top: Standing, tr: Translate, say: Say, wave: str) -> Message | None:
    """That nothing is compared with the number of the wave before, which bears a status; None where it bears none."""
    if not top.before_status or top.status:
        return None
    text = "The number of {before} is flagged ({status}): nothing is compared with it."
    return Message(text, before=wave, status=formatting.status_words(top.before_status, tr, say))


def changed(content: Content, top: Standing, lang: str, tr: Translate) -> str:
    """The change in one line, with a word where it is not measurable; empty where there is none."""
    if math.isnan(top.change):
        return ""
    limits = formatting.interval(top.change_low, top.change_high, 1)
    text = tr("no significant change from {wave}: {change} {limits}")
    if top.direction or limits == formatting.NONE:
        text = tr("{change} from {wave} {limits}")
    elif top.corrected_away:
        text = tr("no significant change from {wave}: {change} {limits}, corrected p {p}")
    limits = "" if limits == formatting.NONE else limits
    change, p = formatting.signed(top.change, 1), formatting.p_value(top.corrected)
    return text.format(wave=wave_label(content, top.before_wave, lang), change=change, limits=limits, p=p).strip()


def flag(content: Content, top: Standing, tr: Translate, say: Say) -> str:
    """That the number at the top, or else the model, is flagged, with the states; empty where neither is."""
    if top.status:
        return tr("Result flagged: {status}").format(status=formatting.status_words(top.status, tr, say))
    if content.bears_verdicts:
        return ""
    said = tr("; ").join(formatting.status_words(state, tr, say) for state in content.doubts)
    return tr("Model flagged: {status}").format(status=said)


@dataclass(frozen=True, slots=True)
class Quarter:
    """The level that the best quarter of the groups of the current wave reach, with its interval; NaN where unknown."""

    level: float = math.nan
    low: float = math.nan
    high: float = math.nan

    def ahead(self, performance: float, direction: int) -> bool:
        """Whether the whole interval is better than `performance`."""
        edge = self.low if direction > 0 else self.high
        return direction * (edge - performance) > 0


def best_quarter(content: Content, construct: str) -> Quarter:
    """The level of the best quarter in `construct`, of the table ``best_quarter``."""
    table = content.comparison("best_quarter")
    if table is None:
        return Quarter()
    mine = table[table["construct"] == construct]
    column = wave_column(content)
    if column in mine:
        mine = mine[mine[column].map(_text) == current_wave(content)]
    if len(mine) != 1:
        return Quarter()
    return Quarter(*(formatting.as_float(mine[name].iloc[0]) for name in ("index", "low", "high")))
