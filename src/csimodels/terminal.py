"""Tables and notes of a result on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    import pandas as pd

    from csimodels import Result

#: Rows of a table that are shown before it is cut.
MOST_ROWS = 30

out = Console(highlight=False)


def print_result(result: Result) -> None:
    """Indices and paths of all respondents, the index of every group, the roll-up, and the notes."""
    whole = result.whole
    out.print(f"\n[bold]{escape(result.model.title.get('en', result.model.name))}[/]")
    print_frame(whole.index())
    print_frame(whole.paths())
    if whole.structures.there:
        out.print(_fit_line(whole))
    name = result.model.index.construct
    called = escape(result.model.label(name))
    if result.by:
        table = result.index()
        ranked = table[table["construct"] == name].sort_values("index", ascending=False)
        out.print(f"[bold]{called} by {escape(', '.join(result.by))}[/]")
        print_frame(ranked.drop(columns="construct"), "tables/index.csv")
    if result.model.rollup.levels:
        table = result.rollup()
        lowest = result.model.rollup.levels[0]
        upper = table[(table["construct"] == name) & (table["level"] != lowest)]
        out.print(f"[bold]{called}, rolled up[/]")
        upper = upper.iloc[::-1].sort_values("level", key=lambda level: -level.map(_height(result)), kind="stable")
        columns = [c for c in ("level", "unit", "parent", "index", "se", "low", "high", "members") if c in upper]
        print_frame(upper[[*result.comparing.waves, *columns]], "tables/rollup.csv")
    for note in result.notes:
        out.print(f"[yellow]note[/] {escape(note)}")


def _fit_line(result: Result) -> str:
    """Fit of a covariance structure in one line, scaled where it was asked for."""
    table = result.fit_measures()
    values = dict(zip(table["measure"], table["value"], strict=True))
    end = ".scaled" if "chisq.scaled" in values else ""
    robust = ".robust" if "cfi.robust" in values else end
    if not values:
        return "fit: none, the model was not estimated"
    return (
        f"fit{end.replace('.', ', ')}: chi-square {values[f'chisq{end}']:.2f}, df {values[f'df{end}']:.0f}, "
        f"p {values[f'pvalue{end}']:.3f}; CFI {values[f'cfi{robust}']:.3f}, TLI {values[f'tli{robust}']:.3f}, "
        f"RMSEA {values[f'rmsea{robust}']:.3f}, SRMR {values['srmr']:.3f}"
    )


def _height(result: Result) -> dict[str, int]:
    return {name: place for place, name in enumerate(result.model.rollup.levels)}


def print_changes(table: pd.DataFrame, by: tuple[str, ...], index: str, file: str) -> None:
    """The changes of the index construct, those of all respondents and of the upper units first, and of the paths."""
    import pandas as pd

    rolled = (table["table"] == "rollup").any()  # which holds the groups as well
    kept = ["overall_index", "rollup" if rolled else "index"]
    mine = table[(table["subject"] == index) & table["table"].isin(kept)]
    paths = table[table["table"].eq("overall_paths" if by else "paths")]
    mine = mine.assign(subject=mine["unit"].where(mine["unit"] != "", index)) if "unit" in mine and rolled else mine
    first = mine["table"].map({"overall_index": 0}).fillna(1)
    if rolled:
        mine, first = mine.iloc[::-1], first.iloc[::-1]  # upper units before their members
    shown = pd.concat([mine.iloc[first.argsort(kind="stable")], paths])
    columns = [c for c in by if c in shown and not rolled and (shown[c] != "").any()]
    print_frame(shown[[*columns, "subject", "before", "after", "change", "low", "high", "p_adj"]], file)
    said = [text for text in dict.fromkeys(shown["status"]) if text != "ok"]
    for text in said:
        out.print(f"[yellow]note[/] {escape(str(text))}")


def print_frame(frame: pd.DataFrame, file: str = "") -> None:
    """A table with numbers to three decimals; cut where it is long and `file` holds the whole."""
    shown = frame.head(MOST_ROWS) if file else frame
    table = Table(box=None, header_style="bold", pad_edge=False)
    for name in frame.columns:
        numeric = frame[name].dtype.kind in "if"
        table.add_column(escape(str(name)), justify="right" if numeric else "left", no_wrap=numeric)
    for row in shown.itertuples(index=False):
        table.add_row(*(_cell(value) for value in row))
    out.print(table)
    if len(frame) > len(shown):
        out.print(f"... and {len(frame) - len(shown)} more, in {file}")


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "" if value != value else f"{value:.3f}"
    return escape(str(value))
