"""Tables and notes of a result on the terminal."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

from rich import markup
from rich.console import Console

from csimodels.blocks import Shown, print_blocks, print_text
from csimodels.i18n import language_of_user, translator
from csimodels.messages import Message, Part, say
from csimodels.messages import columns as columns_of

if TYPE_CHECKING:
    import pandas as pd

    from csimodels import Model, Result
    from csimodels.report.overview import Line
    from csimodels.report.wording import Say
    from csimodels.survey import Survey

#: Rows of a table that are shown before it is cut.
MOST_ROWS = 30

#: Characters that a terminal obeys instead of showing: controls, escape sequences, marks of direction.
_SEQUENCE = r"\x1b\[[0-?]*[ -/]*[@-~]"
_SINGLE = r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
_OBEYED = re.compile(f"{_SEQUENCE}|{_SINGLE}")


class SafeStream:
    """A stream of the moment: what its encoding lacks is written as ``\\u4e2d``, so that no text ends the program."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(sys, self.name), name)

    def write(self, text: str) -> int:
        """Write what the encoding of the stream can show."""
        stream = getattr(sys, self.name)
        encoding = getattr(stream, "encoding", None) or "utf-8"
        return int(stream.write(text.encode(encoding, "backslashreplace").decode(encoding)) or 0)


def safe(text: object) -> str:
    """`text` without what a terminal obeys."""
    return _OBEYED.sub("", str(text))


def escape(text: object) -> str:
    """`text` as a terminal shows it letter by letter: no markup, no control sequences."""
    return markup.escape(safe(text))


out = Console(highlight=False, emoji=False, file=cast("IO[str]", SafeStream("stdout")))
err = Console(highlight=False, emoji=False, file=cast("IO[str]", SafeStream("stderr")))


def plainly(text: str) -> None:
    """Print a text that may be read by a program: no wrapping, no markup, nothing that a terminal obeys."""
    SafeStream("stdout").write(_OBEYED.sub("", text))


def show_every_letter() -> None:
    """Write what the encoding of a stream lacks as ``\\u4e2d``, by other libraries too: nothing ends the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def tell(template: str, /, flag: tuple[str, str] | None = None, **parts: Part) -> None:
    """Print a sentence in the language of the user, with a word in colour (colour, word) before it."""
    tr = translator(language_of_user())
    colour, word = ("", "") if flag is None else (flag[0], f"{tr(flag[1])} ")
    print_text(out, safe(say(Message(template, **parts), tr)), safe(word), colour)


def print_result(result: Result) -> None:
    """Indices and paths of all respondents, the index of every group, the roll-up, and the notes."""
    from csimodels.report.direction import best_first
    from csimodels.report.overview import headline

    whole = result.whole
    lang = language_of_user()
    words = Words.of(result)
    out.print(f"\n[bold]{escape(result.model.title.get(lang, result.model.name))}[/]")
    print_line(headline(result.content, lang))
    print_frame(words.said(whole.index()))
    print_direction(result)
    if result.model.paths:
        print_frame(words.said(_p_shown(whole.paths(), "paths", result.least_p)))
    if whole.structures.there:
        out.print(escape(say(_fit_line(whole), translator(lang))))
    name = result.model.index.construct
    called = result.model.label(name, lang)
    if result.by:
        from csimodels.report.standing import own_columns

        table = _current(result, result.index())
        ranked = best_first(table[table["construct"] == name], result.model)
        names = words.say(columns_of(own_columns(result.content)))
        out.print(_title("{construct} by {names}", construct=called, names=names))
        print_frame(words.said(ranked.drop(columns="construct")), "tables/index.csv")
    if result.model.rollup.levels:
        table = _current(result, result.rollup())
        lowest = result.model.rollup.levels[0]
        upper = table[(table["construct"] == name) & (table["level"] != lowest)]
        out.print(_title("{construct}, rolled up", construct=called))
        upper = upper.iloc[::-1].sort_values("level", key=lambda level: -level.map(_height(result)), kind="stable")
        columns = [c for c in ("level", "unit", "parent", "index", "se", "low", "high", "members") if c in upper]
        print_frame(words.said(upper[[*result.comparing.waves, *columns]]), "tables/rollup.csv")
    _print_desk(whole, words)
    for note in result.notes:
        print_note(words.say(note))
    out.print(_title("What was done to the data"))
    _print_steps(result.survey_log, words)


def print_direction(result: Result) -> None:
    """Of which constructs and indices the lower number is the better one; nothing where there are none."""
    from csimodels.report.direction import lower_is_better

    lang = language_of_user()
    text = lower_is_better(result.model, lang, translator(lang))
    if text:
        print_text(out, safe(text))


def _p_shown(frame: pd.DataFrame, name: str, floor: float) -> pd.DataFrame:
    """A table with the p-values that are at the floor of the replicates as words: ``<0.004``."""
    from csimodels.report import formatting
    from csimodels.tables.catalogue import find

    table = find(name)
    columns = [c.name for c in table.columns if c.of_replicates and c.name in frame] if table else []
    least = max(floor * (1 + 1e-9), 0.0005)
    said = {c: [formatting.p_value(p, floor) if p <= least else p for p in frame[c]] for c in columns}
    return frame.astype(dict.fromkeys(columns, object)).assign(**said)


def _print_desk(whole: Result, words: Words) -> None:
    """What the spec asks for beside the model: simple indices, targets, what-if."""
    from csimodels.tables.catalogue import find

    made = whole.desk.tables()
    tr = translator(language_of_user())
    for name in ("hierarchy", "indices", "targets", "what_if"):
        table = find(name)
        if name in made and table is not None:
            out.print(f"[bold]{escape(tr(table.title))}[/]")
            print_frame(words.said(made[name]), f"tables/{name}.csv")


def print_line(line: Line) -> None:
    """A line of the overview, its lead in bold or in the colour of notes."""
    print_text(out, safe(line.text), safe(line.lead), "yellow" if line.kind == "note" else "bold")


def _current(result: Result, table: pd.DataFrame) -> pd.DataFrame:
    """Rows of the current wave, where there are waves."""
    from csimodels.report.standing import current_wave, wave_column
    from csimodels.spec.model import plain_text

    column, now = wave_column(result.content), current_wave(result.content)
    return table[table[column].map(plain_text) == now] if column in table and len(result.by) > 1 else table


@dataclass(frozen=True)
class Words:
    """How tables and notes of a result are said in the language of the user; English as the library has it."""

    model: Model
    lang: str
    told: Say

    @classmethod
    def of(cls, result: Result, messages: Mapping[str, Message] | None = None) -> Words:
        """Words of `result`, and of `messages` that its tables do not have."""
        from csimodels.report.wording import sayer

        lang = language_of_user()
        known = {**result.messages, **(messages or {})}
        return cls(result.model, lang, sayer(known, result.model, lang, translator(lang)))

    def say(self, text: str) -> str:
        """A note or a state of a table."""
        return self.told(text)

    def said(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A table with its headings, states and constructs in words."""
        from csimodels.report import formatting
        from csimodels.report.wording import Names

        names = Names(self.model, self.lang)
        tr, shown = translator(self.lang), names.frame(frame).copy()
        if "status" in frame and frame["status"].map(formatting.is_ok).all():  # which says nothing
            frame, shown = frame.drop(columns="status"), shown.drop(columns="status")
        if self.lang == "en":
            return shown
        beside = [index.name for index in self.model.indices] + [node.name for node in self.model.desk.hierarchy]
        labels = {name: self.model.label(name, self.lang) for name in (*self.model.construct_names, *beside)}
        labels |= {f"{a} -> {b}": f"{labels[a]} -> {labels[b]}" for a, b in self.model.paths}
        for column in {"construct", "source", "target", "subject"} & set(frame.columns):
            shown[column] = [labels.get(str(name), str(name)) for name in frame[column]]
        if "status" in frame:
            shown["status"] = [formatting.status_words(state, tr, self.told) for state in frame["status"]]
        headings = [formatting.heading("", str(name), tr) for name in frame.columns]
        shown.columns = [
            names.column(name) if name == h else h for name, h in zip(frame.columns, headings, strict=True)
        ]
        return shown


def _print_steps(log: pd.DataFrame, words: Words) -> None:
    """The log of the survey of a result, which holds its sentences as text."""
    from csimodels.report import formatting

    tr, shown = translator(words.lang), log.copy()
    shown["step"] = [tr(str(step)) for step in log["step"]]
    for name in ("subject", "detail"):
        shown[name] = [words.say(str(text)) for text in log[name]]
    if words.lang != "en":
        shown.columns = [formatting.heading("survey_log", str(name), tr) for name in log.columns]
    print_frame(shown)


def print_log(survey: Survey) -> None:
    """What was done to the rows of a survey."""
    lang = language_of_user()
    tr, table = translator(lang), survey.report()
    if lang != "en":
        from csimodels.report import formatting

        for name in ("step", "subject", "detail"):
            table[name] = [
                say(Message(entry.step) if name == "step" else getattr(entry, name), tr) for entry in survey.entries()
            ]
        table.columns = [formatting.heading("survey_log", str(name), tr) for name in table.columns]
    print_frame(table)


def print_note(text: str) -> None:
    """A note, in the language that it is in."""
    from csimodels.report.overview import NOTE

    print_text(out, safe(text), f"{translator(language_of_user())(NOTE)} ", "yellow")


def _title(template: str, **parts: Part) -> str:
    return f"[bold]{escape(say(Message(template, **parts), translator(language_of_user())))}[/]"


def _fit_line(result: Result) -> Message:
    """Fit of a covariance structure in one line, scaled where it was asked for."""
    from csimodels.report import formatting

    table = result.fit_measures()
    values = dict(zip(table["measure"], table["value"], strict=True))
    end = ".scaled" if "chisq.scaled" in values else ""
    robust = ".robust" if "cfi.robust" in values else end
    if not values:
        return Message("fit: none, the model was not estimated")
    text = (
        "fit: chi-square {chisq}, df {df}, p {p}; CFI {cfi}, TLI {tli}, RMSEA {rmsea}, SRMR {srmr}"
        if not end
        else "fit, scaled: chi-square {chisq}, df {df}, p {p}; CFI {cfi}, TLI {tli}, RMSEA {rmsea}, SRMR {srmr}"
    )
    return Message(
        text,
        chisq=f"{values[f'chisq{end}']:.2f}",
        df=f"{values[f'df{end}']:.0f}",
        p=formatting.p_value(values[f"pvalue{end}"]),
        cfi=f"{values[f'cfi{robust}']:.3f}",
        tli=f"{values[f'tli{robust}']:.3f}",
        rmsea=f"{values[f'rmsea{robust}']:.3f}",
        srmr=f"{values['srmr']:.3f}",
    )


def _height(result: Result) -> dict[str, int]:
    return {name: place for place, name in enumerate(result.model.rollup.levels)}


def print_changes(table: pd.DataFrame, by: tuple[str, ...], index: str, file: str, words: Words) -> None:
    """The changes of the index construct, those of all respondents and of the upper units first; of simple indices,
    nodes of the hierarchy and paths."""
    import pandas as pd

    rolled = (table["table"] == "rollup").any()  # which holds the groups as well
    kept = ["overall_index", "rollup" if rolled else "index"]
    mine = table[(table["subject"] == index) & table["table"].isin(kept)]
    whole = ["overall_indices", "overall_hierarchy", "overall_paths"] if by else ["indices", "hierarchy", "paths"]
    rest = table[table["table"].isin(whole)]
    mine = mine.assign(subject=mine["unit"].where(mine["unit"] != "", index)) if "unit" in mine and rolled else mine
    first = mine["table"].map({"overall_index": 0}).fillna(1)
    if rolled:
        mine, first = mine.iloc[::-1], first.iloc[::-1]  # upper units before their members
    shown = pd.concat([mine.iloc[first.argsort(kind="stable")], rest])
    columns = [c for c in by if c in shown and not rolled and (shown[c] != "").any()]
    print_frame(words.said(shown[[*columns, "subject", "before", "after", "change", "low", "high", "p_adj"]]), file)
    for text, rows in shown[shown["status"] != "ok"].groupby("status", sort=False):
        own = rows["table"].str.removeprefix("overall_").isin(("indices", "hierarchy")).all()
        names = ", ".join(dict.fromkeys(words.model.label(name, words.lang) for name in rows["subject"]))
        print_note(f"{names}: {words.say(str(text))}" if own else words.say(str(text)))


def print_frame(frame: pd.DataFrame, file: str = "") -> None:
    """A table with numbers to three decimals; cut where it is long and `file` holds the whole."""
    shown = frame.head(MOST_ROWS) if file else frame
    columns = []
    for name, kind in frame.dtypes.items():
        numeric = kind.kind in "if" or all(map(_is_number, shown[name]))
        columns.append(Shown(safe(name), tuple(map(_cell, shown[name])), numeric))
    print_blocks(out, columns)
    if len(frame) > len(shown):
        tell("... and {n} more, in {file}", n=len(frame) - len(shown), file=file)


def _is_number(value: object) -> bool:
    """Whether a cell is a number, or a p-value below what three decimals show."""
    return (isinstance(value, (int, float)) and not isinstance(value, bool)) or str(value).startswith("<0")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:z.3f}"  # z: a zero has no sign
    text = safe(value)
    return "" if text == "<NA>" else text
