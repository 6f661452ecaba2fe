"""Sentences for readers: finished English that still knows its template and its parts.

A :class:`Message` is a ``str``: it can be printed, compared, written to a file.  A report in another language does not
read that English back; it translates the template and renders the parts (:func:`say`).  A sentence is written where
its fact is known, once, in English; the catalogue of translations is ``locale/zh/LC_MESSAGES/csimodels.po``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, SupportsIndex

from csimodels.plurals import of_one, says_how_many

Translate = Callable[[str], str]


class Construct(str):
    """The name of a construct as a part of a message: readers see its label."""

    __slots__ = ()


class Item(str):
    """The name of an item as a part of a message."""

    __slots__ = ()


class ColumnName(str):
    """The name of a column of the data, or of a level of the roll-up, as a part of a message: readers see its label."""

    __slots__ = ()


class Value(str):
    """What stands in a column (a group, a unit, a wave) as a part of a message: readers see its label.

    Parameters
    ----------
    text : str
        The value as text.
    column : str
        The column, or the level of the roll-up, that it is a value of.
    """

    __slots__ = ("column",)
    column: str

    def __new__(cls, text: object, column: str) -> Value:
        """Keep the column beside the text."""
        self = str.__new__(cls, str(text))
        self.column = column
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (str(self), self.column)


class Cell(str):
    """A column with its value, ``"year = 2026"``, as a part of a message: readers see both labels.

    Attributes
    ----------
    column : str
    value : str
    """

    __slots__ = ("column", "value")
    column: str
    value: str

    def __new__(cls, column: str, value: object) -> Cell:
        """Column and value in one text."""
        self = str.__new__(cls, f"{column} = {value}")
        self.column, self.value = column, str(value)
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Cell, (self.column, self.value)


#: Names that have labels: of what the model and its data are made of.
Name = Construct | Item | ColumnName | Value | Cell
_NAMES = (Construct, Item, ColumnName, Value, Cell)

#: What a part may be: text, whole numbers (of Python's or numpy's), and the rendered kinds, which are text as well.
Part = str | SupportsIndex
#: How names are called in the language of the reader.
LabelOf = Callable[[Name], str]

_PLACE = re.compile(r"\{\{|\}\}|\{(\w+)\}")


class Message(str):
    """Finished English with the template and the parts it was made from.

    Parameters
    ----------
    template : str
        English with ``{names}`` of the parts; braces that are meant as such are doubled where there are parts.
    parts : str, int, Construct, Item, ColumnName, Value, Cell, Message or Several
        Plain text (names from the data, formatted numbers) is never translated; a word that is, is a `Message`.

    Raises
    ------
    KeyError
        The template names a part that is not given.

    Examples
    --------
    >>> note = Message("the constructs that lead to {name} are collinear", name=Construct("Value"))
    >>> note
    'the constructs that lead to Value are collinear'
    >>> say(note, lambda text: text.upper().replace("{NAME}", "{name}"), lambda name: f"<{name}>")
    'THE CONSTRUCTS THAT LEAD TO <Value> ARE COLLINEAR'
    """

    __slots__ = ("parts", "template")
    template: str
    parts: tuple[tuple[str, Any], ...]

    def __new__(cls, template: str, /, **parts: Part) -> Message:
        """Fill `template` with the English of its parts."""
        kept = {name: _counting(template, name, part) for name, part in parts.items()}
        self = str.__new__(cls, _fill(template, {name: str(part) for name, part in kept.items()}))
        self.template = template
        self.parts = tuple(kept.items())
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.template, self.parts)


class Several(str):
    """Parts joined by `separator`; beyond `most` of them only their number is said."""

    __slots__ = ("most", "parts", "separator")
    parts: tuple[Any, ...]
    most: int
    separator: str

    def __new__(cls, parts: Iterable[Part], most: int = 0, separator: str = ", ") -> Several:
        """Join the English of `parts`."""
        kept = tuple(_kept(part) for part in parts)
        shown, rest = _cut(kept, most)
        text = separator.join(map(str, shown))
        self = str.__new__(cls, _fill(MORE, {"names": text, "n": str(rest)}) if rest else text)
        self.parts, self.most, self.separator = kept, most, separator
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Several, (self.parts, self.most, self.separator)


def N_(text: str) -> str:
    """Mark `text` for the catalogue without translating it here."""
    return text


def counted(n: int, one: str, many: str, **parts: Part) -> Message:
    """Template `one` where `n` is 1, else `many`, with ``{n}``.

    >>> counted(1, "{n} row", "{n} rows"), counted(3, "{n} row", "{n} rows")
    ('1 row', '3 rows')
    """
    return Message(one if n == 1 else many, n=n, **parts)


#: The end of a list that was cut; a sentence about one group, led by its name.
MORE = N_("{names} and {n} more")
LED = N_("{where}: {said}")
#: What stands between names, sentences and, where a language has one, phrases of a list.
BETWEEN = (N_(", "), N_("; "), N_(" and "), N_(" or "), N_(" in "))
BETWEEN_PHRASES = N_("mark between phrases")


def about(group: str, message: str) -> Message:
    """`message` led by the group that it is about: the one way to prefix a message."""
    return Message(LED, where=group, said=message)


def joined(messages: Iterable[str], separator: str = "; ") -> Message:
    """Several messages in one line: the one way to join them.

    >>> joined([Message("singular"), Message("inadmissible")])
    'singular; inadmissible'
    """
    every = list(messages)
    if len(every) == 1 and isinstance(every[0], Message):
        return every[0]
    return Message("{all}", all=Several(every, separator=separator))


def beside(hint: str, names: str) -> Message:
    """A hint and the names that it was found among, one behind the other; either may be empty."""
    return joined([text for text in (hint, names) if text], " ")


def listed(names: Iterable[object], limit: int = 12) -> Message:
    """Names in one line, cut at `limit` with the number that is left out.

    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    return Message("{all}", all=Several([n if isinstance(n, str) else str(n) for n in names], limit))


def constructs(names: Iterable[str], limit: int = 12) -> Message:
    """Names of constructs in one line."""
    return listed([Construct(name) for name in names], limit)


def items(names: Iterable[str], limit: int = 12) -> Message:
    """Names of items in one line."""
    return listed([Item(name) for name in names], limit)


def columns(names: Iterable[str], limit: int = 12) -> Message:
    """Names of columns or levels in one line."""
    return listed([ColumnName(name) for name in names], limit)


def cells(names: Iterable[str], values: Iterable[object]) -> Message:
    """Columns with their values in one line: the one way to name a group or a wave.

    >>> cells(["bank", "year"], ["Harbour", 2026])
    'bank = Harbour, year = 2026'
    """
    return listed([Cell(name, value) for name, value in zip(names, values, strict=True)], 0)


def say(text: str, translate: Translate, label_of: LabelOf = str) -> str:
    """`text` in the language of `translate`, with names (constructs, items, columns, values) as `label_of` has them.

    Plain text, which has no template, is shown as it is.
    """
    if isinstance(text, Message):
        if not text.parts:
            return translate(text.template) if text.template else ""
        return _fill(translate(text.template), {name: say(part, translate, label_of) for name, part in text.parts})
    if isinstance(text, Several):
        shown, rest = _cut(text.parts, text.most)
        names = _between(text, translate).join(say(part, translate, label_of) for part in shown)
        return _fill(translate(MORE), {"names": names, "n": str(rest)}) if rest else names
    return label_of(text) if isinstance(text, _NAMES) else str(text)


def known(texts: Iterable[object]) -> dict[str, Message]:
    """The messages among `texts` by their English, so that a table that holds only text can be translated."""
    return {str(text): text for text in texts if isinstance(text, Message)}


def as_json(part: Any) -> Any:
    """A part or message as plain JSON types; see :func:`from_json`."""
    if isinstance(part, Message):
        return {"template": part.template, "parts": {name: as_json(value) for name, value in part.parts}}
    if isinstance(part, Several):
        return {"all": [as_json(value) for value in part.parts], "most": part.most, "separator": part.separator}
    if isinstance(part, Value):
        return {"value": str(part), "column": part.column}
    if isinstance(part, Cell):
        return {"cell": part.value, "column": part.column}
    for kind, name in ((Construct, "construct"), (Item, "item"), (ColumnName, "column")):
        if isinstance(part, kind):
            return {name: str(part)}
    return part


def from_json(stored: Any) -> Any:
    """The way back of :func:`as_json`.

    Raises
    ------
    KeyError, TypeError, ValueError
        `stored` is nothing that :func:`as_json` has made.
    """
    if isinstance(stored, str):
        return stored
    if not isinstance(stored, Mapping):
        raise TypeError(f"no message: {type(stored).__name__}")
    if "template" in stored:
        return _made(str(stored["template"]), tuple((k, from_json(v)) for k, v in stored["parts"].items()))
    if "all" in stored:
        return Several([from_json(v) for v in stored["all"]], int(stored["most"]), str(stored["separator"]))
    if "value" in stored:
        return Value(str(stored["value"]), str(stored["column"]))
    if "cell" in stored:
        return Cell(str(stored["column"]), str(stored["cell"]))
    if "column" in stored:
        return ColumnName(stored["column"])
    return Construct(stored["construct"]) if "construct" in stored else Item(stored["item"])


def _made(template: str, parts: tuple[tuple[str, Any], ...]) -> Message:
    return Message(template, **dict(parts))


def _kept(part: Part) -> str:
    """A part as text: whole numbers as their digits, kinds of text that are not ours as plain text.

    Anything else, which the types refuse, is shown as it prints: a message must not fail while an error is told.
    """
    return part if isinstance(part, (Message, Several, *_NAMES)) else str(part)


def _counting(template: str, name: str, part: Part) -> str:
    """A part as text, a count of four digits and more with marks of thousands; the number of a row or line without.

    >>> Message("{n} of {all} rows of {wave}, the last in row {row}", n=1204, all=48000, wave=2026, row=52317)
    '1,204 of 48,000 rows of 2026, the last in row 52317'
    """
    counts = isinstance(part, int) and part >= 1000 and says_how_many(template, name)
    return f"{part:,}" if counts else _kept(part)


def _between(text: Several, translate: Translate) -> str:
    """What stands between the parts of a list: another mark between sentences than between names."""
    phrases = any(isinstance(part, Message) for part in text.parts)
    if text.separator != ", " or not phrases:
        return translate(text.separator)
    mark = translate(BETWEEN_PHRASES)
    return ", " if mark == BETWEEN_PHRASES else mark


def _cut(parts: tuple[Any, ...], most: int) -> tuple[tuple[Any, ...], int]:
    return (parts[:most], len(parts) - most) if 0 < most < len(parts) else (parts, 0)


def _fill(template: str, texts: Mapping[str, str]) -> str:
    """`template` with its places filled, one of a thing in the singular; neither formats nor attributes are read."""
    if not texts:
        return template
    out = [""]
    for between, name, brace in _pieces(template):
        out.append(of_one(out[-2], between) if out[-1] == "1" else between)
        out.append(texts[name] if name else brace)
    return "".join(out)


@lru_cache(maxsize=2048)
def _pieces(template: str) -> tuple[tuple[str, str, str], ...]:
    """What stands before each place of a template, the name of the place, or the brace that it is; last its end."""
    out, end = [], 0
    for hit in _PLACE.finditer(template):
        out.append((template[end : hit.start()], hit[1] or "", "" if hit[1] else hit[0][0]))
        end = hit.end()
    return (*out, (template[end:], "", ""))
