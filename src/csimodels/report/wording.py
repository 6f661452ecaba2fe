"""What lower floors said, in the language of the report; what groups, units, waves and columns are called."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import pandas as pd

from csimodels.errors import Status
from csimodels.i18n import Translate
from csimodels.messages import Cell, ColumnName, Construct, Message, Name, Value, known, say
from csimodels.report.escaping import clean
from csimodels.spec.model import Model, plain_text
from csimodels.tables.columns import COLUMNS

#: Text or a message in the language of the reader.
Say = Callable[[str], str]

#: Every state that the fit of a group may have, by its text: tables hold the text only.
STATES = known(Status(sum(flags)).describe() for size in range(len(Status) + 1) for flags in combinations(Status, size))
#: Columns of published tables that hold units of the roll-up: how far above the level of their row.
_UNITS = {"unit": 0, "parent": 1, "against": 0}
#: Columns of published tables that hold units of the benchmark.
_RIVALS = ("best_other", "competitor")
#: A wave that is a year.
_YEAR = re.compile("(19|20)[0-9]{2}")
#: Columns of published tables that hold waves.
_WAVES = ("from", "to")


def sayer(messages: Mapping[str, Message], model: Model, lang: str, tr: Translate) -> Say:
    """A function that says a message, or the text of one of `messages`, in the language of `tr`.

    Constructs, columns, groups and waves go by their labels, items by their names, as both the data and the tables
    have them.  Other text is shown as it is.
    """
    names = Names(model, lang)
    columns = {column: Message("{name}", name=ColumnName(column)) for column, _ in model.labels}
    told = {**STATES, **columns, **messages}
    return lambda text: say(text if isinstance(text, Message) else told.get(text, text), tr, names.part)


def _begins(text: str, word: str) -> bool:
    """Whether a text begins with a word, and goes on with something else: another word or a number."""
    rest = text[len(word) :]
    same = bool(word) and text.casefold().startswith(word.casefold())
    return same and bool(rest) and not (word[-1].isascii() and rest[0].isascii() and rest[0].isalpha())


@dataclass(frozen=True)
class Names:
    """What the columns of the data, levels, groups, units and waves of a model are called in one language.

    Everything that a reader sees of a group goes through here; tables in files and stored results keep the raw names.
    """

    model: Model
    lang: str

    def column(self, name: object) -> str:
        """A column of the data, or a level."""
        return self.model.label_of(str(name), lang=self.lang)

    def noun(self, name: object) -> str:
        """A column or level inside a sentence: in small letters where it is labelled with its own name."""
        label, own = self.column(name), str(name).replace("_", " ")
        return own if own.islower() and label.casefold() == own else label

    def value(self, column: str, value: object) -> str:
        """A group, a unit or a wave: a value of `column`, which may be a level."""
        name = self.model.label_of(column, value, self.lang)
        return self._year(name) if column and column == self._wave else name

    def wave(self, value: object, column: str = "") -> str:
        """A wave, of `column` or of that of the spec; in Chinese a year without a label is written as one."""
        column = column or self._wave
        return self._year(self.model.label_of(column, value, self.lang) if column else plain_text(value))

    def _year(self, name: str) -> str:
        """A wave as it is called; in Chinese a year is written as one."""
        return f"{name}年" if self.lang == "zh" and _YEAR.fullmatch(name) else name

    def cell(self, column: str, value: object) -> str:
        """``"Year 2026"`` for a column with a label, else ``"year = 2026"``; in Chinese a year is one.

        A name that begins with what its column is called is not told twice: ``"Company 007"``, ``"企业007"``.
        """
        name, said = self.column(column), self.value(column, value)
        if said != self.model.label_of(column, value, self.lang) or _begins(said, name):
            return said
        return f"{name}{' = ' if name == column else ' '}{said}"

    def top(self, unit: object) -> str:
        """The unit at the top of the roll-up."""
        return self.unit(unit, *self.model.rollup.levels[-1:])

    def unit(self, value: object, level: str = "") -> str:
        """A unit of the roll-up, of `level` or of the lowest level that has a label for it."""
        for name in (level, *self.model.rollup.levels):
            label = self.value(name, value)
            if label != plain_text(value):
                return label
        return plain_text(value)

    def key(self, row: Mapping[str, object], by: Iterable[str]) -> str:
        """The group of a row in one text: ``"Harbour / 2026"``."""
        return " / ".join(clean(self.value(column, row[column])) for column in by)

    def part(self, name: Name) -> str:
        """A name inside a message."""
        if isinstance(name, Construct):
            return self.model.label(name, self.lang)
        if isinstance(name, Cell):
            return self.cell(name.column, name.value)
        if isinstance(name, Value):
            return self.value(name.column, name)
        return self.column(name) if isinstance(name, ColumnName) else str(name)

    def frame(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A table with groups, levels, units and waves as they are called; its columns keep their names."""
        if not self._labelled and not self._years:
            return frame
        out = frame.copy()
        for name in (str(column) for column in frame.columns if self._has_labels(str(column))):
            out[name] = pd.Series(self._called(frame, name), index=frame.index, dtype=object)
        return out

    @cached_property
    def _labelled(self) -> dict[str, bool]:
        """Columns that have labels, and whether their values have."""
        return {column: bool(labels.values) for column, labels in self.model.labels}

    @cached_property
    def _wave(self) -> str:
        """The column of the waves: the one the spec names, else the only group column that is no level."""
        data, levels = self.model.data, self.model.rollup.levels
        rest = [name for name in data.by if name not in levels]
        return data.wave.column or (rest[0] if levels and len(rest) == 1 else "")

    @property
    def _years(self) -> bool:
        """Whether waves that are years are called otherwise than they are written."""
        return self.lang == "zh" and bool(self._wave)

    @cached_property
    def _rivals(self) -> str:
        """The column of the units that are compared: the one the spec names, else the first of the groups."""
        asked, rest = self.model.decisions.benchmark, [c for c in self.model.data.by if c != self._wave]
        return (asked.unit if asked is not None else "") or "".join(rest[:1])

    def _has_labels(self, name: str) -> bool:
        if name in _UNITS:
            return any(self._labelled.values())
        if self._years and (name in _WAVES or name == self._wave):
            return True
        if name in _WAVES:
            return self._labelled.get(self._wave, False)
        if name in _RIVALS:
            return self._labelled.get(self._rivals, False)
        return name == "level" or (name not in COLUMNS and self._labelled.get(name, False))

    def _called(self, frame: pd.DataFrame, name: str) -> list[object]:
        """The values of one column as they are called, those without a label as they are."""
        values = frame[name].tolist()
        if name in _UNITS:
            called = {
                pair: self._unit(*pair, _UNITS[name]) for pair in set(zip(values, self._levels(frame), strict=True))
            }
            return [called[pair] for pair in zip(values, self._levels(frame), strict=True)]
        column = self._wave if name in _WAVES else self._rivals if name in _RIVALS else name
        label = self._level if name == "level" else lambda value: self.value(column, value)
        words = {value: label(value) for value in dict.fromkeys(values) if value is not None}
        return [value if value is None or words[value] == plain_text(value) else words[value] for value in values]

    def _levels(self, frame: pd.DataFrame) -> list[str]:
        """The level of every row of a table of units; the lowest where the table does not say."""
        levels = self.model.rollup.levels
        return [str(x) for x in frame["level"]] if "level" in frame else [levels[0] if levels else ""] * len(frame)

    def _level(self, value: object) -> str:
        return self.column(value) if value in self.model.rollup.levels else plain_text(value)

    def _unit(self, value: object, level: str, above: int) -> object:
        """A unit of `level`, or of as many levels above."""
        if value is None:
            return None
        levels = self.model.rollup.levels
        if level in levels:
            level = levels[min(levels.index(level) + above, len(levels) - 1)]
        label = self.unit(value, level)
        return value if label == plain_text(value) else label
