"""Commands that set results and specs side by side, or plan a survey."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import csimodels as cs
from csimodels.commands.opened import opened
from csimodels.errors import Problem, SpecError, nearest, refuse_lost_folder
from csimodels.i18n import LANGUAGES, language_of_user, translator
from csimodels.messages import Message, joined, known, say
from csimodels.options import Lang, OptionalData, Spec, refuse_other_kind
from csimodels.report.escaping import safe_cell
from csimodels.terminal import Words, print_changes, tell

#: Suffixes of -o that ask for a page.
PAGES = (".html", ".htm")

if TYPE_CHECKING:
    import pandas as pd


def compare(
    before: Annotated[Path, typer.Argument(help="Folder of the earlier result.")],
    after: Annotated[Path, typer.Argument(help="Folder of the later result.")],
    later: Annotated[list[Path] | None, typer.Argument(help="Folders of still later results, in their order.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write, with every change: .csv, or .html for a page.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Page to write, in English and Chinese, with a summary.")] = None,
    adjust: Annotated[str, typer.Option(help="holm, bh or none: p-values of several comparisons.")] = "holm",
    lang: Lang = None,
) -> None:
    """What changed between two stored results: indices, paths, roll-up, each with interval and p-value."""
    if adjust not in ("holm", "bh", "none"):
        hint = nearest(adjust, ("holm", "bh", "none"))
        raise SpecError(Problem("unknown correction", "--adjust", repr(adjust), "holm, bh, none", hint))
    if html is None and output is not None and output.suffix.lower() in PAGES:
        output, html = None, output
    if html is not None:
        _check_two(html, later)
    if output is not None:
        refuse_lost_folder(output)
        refuse_other_kind(output, ".csv", *PAGES)
    if output is not None and output.exists() and output.suffix.lower() != ".csv":
        raise SpecError(Problem("the file exists and is no CSV file", str(output), remedy="name another file"))
    if later:
        from csimodels.commands.worded import print_table

        folders = [before, after, *later]
        for earlier, folder in pairwise(folders):
            compare(earlier, folder, None, None, None, adjust)
        results = [cs.load_result(folder) for folder in folders]
        table = cs.trend_of_results(results, [f.name for f in folders])
        print_table("trend_tests", table, [results[-1].model])
        if output is not None:
            save_csv(table, output)
        return
    first, second = opened(before), opened(after)
    table = cs.compare(first, second, adjust=adjust)  # type: ignore[arg-type]
    from csimodels.rollup.method_changes import method_said

    words = Words.of(second, known([joined(method_said(first, second))]))
    place = str(output) if output else say(Message("the file that --output names"), translator(language_of_user()))
    from csimodels.screen import print_change_summary

    print_change_summary(table, second)
    print_changes(table, second.by, second.model.index.construct, place, words)
    if output is not None:
        save_csv(table, output)
        tell("wrote {n} changes to {file}", n=len(table), file=str(output))
    if html is not None:
        mine = language_of_user()
        order = (mine, *(code for code in LANGUAGES if code != mine))
        tell("wrote {file}", file=str(cs.save_comparison(first, second, html, adjust=adjust, languages=order)))  # type: ignore[arg-type]


def _check_two(html: Path, later: list[Path] | None) -> None:
    """Refuse a page that cannot be written, before anything is read."""
    from csimodels.study.comparison_page import check_page

    if later:
        remedy = "compare two folders, or leave the page out"
        raise SpecError(Problem("a page compares two results", "--html", str(html), remedy=remedy))
    check_page(html)


def compare_specs(
    first: Spec,
    second: Annotated[str, typer.Argument(help="The spec or library model to compare it with.")],
    data: OptionalData = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV file, or .html for a page.")] = None,
    html: Annotated[Path | None, typer.Option(help="Page to write, in English and Chinese, with a summary.")] = None,
    lang: Lang = None,
) -> None:
    """Two specs on the same answers: indices, paths, effects, R2, fit and prediction side by side."""
    from csimodels.commands.worded import print_table
    from csimodels.study.comparison_page import check_page, write_specs

    if html is None and output is not None and output.suffix.lower() in PAGES:
        output, html = None, output
    refuse_no_csv(output, "specs.csv")
    if html is not None:
        check_page(html)
    table = cs.compare_specs(first, second, data)
    models = cs.load_model(first), cs.load_model(second)
    print_table("specs", table.drop(columns=["df", "p"]), models, words=True)
    tested = table.loc[table["p_adj"].notna(), "different"].astype(bool)
    tell("Numbers that differ measurably: {differ} of {n} tested.", differ=int(tested.sum()), n=len(tested))
    if output is not None:
        save_csv(table, output)
        tell("wrote {file}", file=str(output))
    if html is not None:
        mine = language_of_user()
        order = (mine, *(code for code in LANGUAGES if code != mine))
        tell("wrote {file}", file=str(write_specs(table, models, html, order)))


def refuse_no_csv(output: Path | None, example: str) -> None:
    """Refuse an output that is no CSV file in a folder that exists."""
    if output is not None and (output.suffix.lower() != ".csv" or not output.absolute().parent.is_dir()):
        what = "the output is a CSV file in a folder that exists"
        raise SpecError(Problem(what, "--output", str(output), remedy=f"--output {example}"))


def plan(
    half_width: Annotated[float | None, typer.Option(help="Half-width of the interval of an index, points.")] = None,
    difference: Annotated[float | None, typer.Option(help="Difference of two indices to be found, points.")] = None,
    path: Annotated[float | None, typer.Option(help="Standardised path to be found.")] = None,
    sd: Annotated[float, typer.Option(help="Standard deviation of a respondent's 0-100 score.")] = 20.0,
    power: Annotated[float, typer.Option(help="Chance that a difference or path is found.")] = 0.8,
    level: Annotated[float, typer.Option(help="Confidence level.")] = 0.95,
    deff: Annotated[float, typer.Option(help="Design effect of weights and clusters.")] = 1.0,
    population: Annotated[float | None, typer.Option(help="Customers there are; without it many.")] = None,
    strata: Annotated[Path | None, typer.Option(help="CSV file: stratum, population, sd. Needs --n.")] = None,
    n: Annotated[int | None, typer.Option("-n", "--n", help="Interviews to divide among the strata.")] = None,
    result: Annotated[Path | None, typer.Option(help="Folder of a finished survey: what it has reached.")] = None,
    spec: Annotated[str | None, typer.Option(help="Spec to draw surveys from. Needs --sizes.")] = None,
    sizes: Annotated[str, typer.Option(help="Respondents to try by simulation, for example 200,400.")] = "",
    lang: Lang = None,
) -> None:
    """How many interviews: for a half-width, a difference, a path, by stratum; by simulation; what was reached."""
    from csimodels.commands.worded import print_table

    shown: list[tuple[str, pd.DataFrame, tuple[cs.Model, ...]]] = []
    if half_width is not None or difference is not None or path is not None:
        aims: dict[str, Any] = {"half_width": half_width, "difference": difference, "path": path}
        if result is None or difference is not None or path is not None:
            more: dict[str, Any] = {"power": power, "level": level, "deff": deff, "population": population}
            shown.append(("plan", cs.plan(sd=sd, **aims, **more), ()))
    if strata is not None:
        if n is None:
            raise SpecError(Problem("interviews to divide are not stated", "plan", remedy="say -n 800"))
        shown.append(("plan_strata", cs.plan_strata(n, *cs.strata_file(strata)), ()))
    if result is not None:
        finished = cs.load_result(result)
        shown.append(("plan_reached", _of_the_index(finished, half_width), (finished.model,)))
    if spec is not None:
        drawn = cs.load_model(spec)
        shown.append(("plan_sizes", cs.plan_by_simulation(drawn, _numbers(sizes)), (drawn,)))
    for given, partner, name in ((n, strata, "-n"), (sizes or None, spec, "--sizes")):
        if given is not None and partner is None:
            needs = Message("{name} needs {partner}", name=name, partner="--strata" if name == "-n" else "--spec")
            raise SpecError(Problem(needs, "plan", remedy="name the file too, or leave the option out"))
    if not shown:
        remedy = "say --half-width, --difference, --path, --strata, --result or --spec"
        raise SpecError(Problem("a plan needs something to reach", "plan", remedy=remedy))
    for name, table, models in shown:
        print_table(name, table, models, plain=False)


def _of_the_index(result: cs.Result, half_width: float | None) -> pd.DataFrame:
    """What a survey has reached for its index in the current wave, in columns that fit a terminal."""
    table = cs.reached(result, half_width)
    table = table[table["construct"] == result.model.index.construct]
    wave = result.model.data.wave.column
    if wave and wave in table:
        named = result.model.data.wave.current
        latest = table[wave].iloc[-1] if named is None else named
        table = table[table[wave].astype(str) == str(latest)]
    return table.drop(columns=[name for name in ("sd", "n_eff", "aim") if name in table])


def _numbers(sizes: str) -> list[int]:
    """Whole numbers between commas."""
    parts = [part.strip() for part in sizes.split(",") if part.strip()]
    wrong = [part for part in parts if not part.isdecimal()]
    if wrong or not parts:
        allowed = Message("whole numbers with commas between them")
        raise SpecError(
            Problem("sizes are numbers of respondents", "--sizes", joined(wrong), allowed, "--sizes 200,400")
        )
    return [int(part) for part in parts]


def save_csv(table: pd.DataFrame, file: Path) -> None:
    """A table as CSV that a spreadsheet opens without running what stands in it."""
    table.map(safe_cell).to_csv(file, index=False, encoding="utf-8-sig", lineterminator="\n")
