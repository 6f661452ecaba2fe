"""Command line: arguments in, the library called, files out.  Exit codes: 0 done, 1 verify differs, 2 user error."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, NoReturn, cast

import typer
from rich.console import Console
from rich.table import Table

import csimodels as cs
from csimodels.errors import CsiError, DataError, Problem, SpecError, nearest, refuse_lost_folder
from csimodels.i18n import language_of_user, speak, translator
from csimodels.messages import N_, Message, Translate, counted, joined, known, say
from csimodels.options import (
    Details,
    Folder,
    Lang,
    OptionalData,
    Spec,
    from_lavaan_file,
    uncertainty_of,
    where_of,
    word,
)
from csimodels.report.escaping import safe_cell
from csimodels.terminal import (
    SafeStream,
    Words,
    escape,
    out,
    plainly,
    print_changes,
    print_frame,
    print_log,
    print_result,
    show_every_letter,
    tell,
)

if TYPE_CHECKING:
    import pandas as pd

app = typer.Typer(
    name="csi",
    help="Customer-satisfaction-index models: a spec file and a survey in; indices, paths, drivers and a report out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
err = Console(highlight=False, emoji=False, file=cast("IO[str]", SafeStream("stderr")))
ERROR, SAME, DIFFERENT, CHANGED = N_("error"), N_("same"), N_("different"), N_("changed")
CAUTION, FIT = N_("caution"), N_("fine")


def main() -> None:
    """Entry point: a user's mistake ends with its remedy and exit code 2, without a traceback."""
    translate: Translate = str
    show_every_letter()
    try:
        translate = translator(speak(None))
        app()
    except CsiError as error:
        _fail(error.said(_spoken(translate)))
    except KeyboardInterrupt:
        err.print(_spoken(translate)(N_("stopped")))
        sys.exit(130)
    except MemoryError as error:
        said = Message("not enough memory for so many rows or replicates ({reason})", reason=str(error))
        _fail(say(said, _spoken(translate)))
    except BrokenPipeError:  # whoever reads our output has seen enough
        sys.stdout = None
        sys.exit(0)
    except OSError as error:
        _fail(f"{error.filename or _spoken(translate)(N_('file'))}: {error.strerror or error}")


def _spoken(usual: Translate) -> Translate:
    """The language chosen by ``--lang``, else the one that the command began with."""
    try:
        return translator(language_of_user())
    except SpecError:  # CSI_LANG names none
        return usual


def _fail(text: str) -> NoReturn:
    """Print what went wrong; exit code 2."""
    err.print(f"[bold red]{escape(_spoken(str)(ERROR))}[/]", end=" ")
    err.print(escape(text), soft_wrap=True)
    sys.exit(2)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and stop.")] = False,
    lang: Annotated[
        str | None, typer.Option(help="Language of messages: en or zh; by default that of CSI_LANG, else en.")
    ] = None,
) -> None:
    speak(lang)
    if version:
        out.print(f"csimodels {cs.__version__}")
        raise typer.Exit


@app.command()
def models(lang: Lang = None) -> None:
    """List the models of the library."""
    table = Table(box=None, header_style="bold")
    for heading in ("name", "title", "标题"):
        table.add_column(heading, overflow="fold", no_wrap=heading == "name")
    for entry in cs.library():
        table.add_row(entry.name, escape(entry.title.get("en")), escape(entry.title.get("zh")))
    out.print(table)
    out.print()
    tell("csi init NAME -o my.yaml starts a spec of your own from one of them.")


@app.command()
def init(
    model: Annotated[str, typer.Argument(help="Library model (see csi models) or spec file to extend.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Spec file to write.")] = Path("my.yaml"),
    data: Annotated[Path | None, typer.Option(help="Survey file to look at: columns, codes, scales, groups.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook; by default the first with cells.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Copy the whole model instead of extending it.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    lang: Lang = None,
) -> None:
    """Write a spec file to start from; with --data filled in from the survey, every guess marked."""
    from csimodels.look import print_draft, starter

    if full and data is not None:
        what = "a full copy of a model knows nothing of data"
        raise SpecError(Problem(what, "--full", remedy="leave out --full: the spec extends the model"))
    if output.exists() and not force:
        raise SpecError(Problem("the file exists", str(output), remedy="name another file, or say --force"))
    if data is not None:
        draft = cs.init(model, data, sheet=sheet)
        draft.save(output, language_of_user())
        print_draft(draft, output)
        return
    loaded = cs.load_model(model)
    output.write_text(cs.dump_model(loaded) if full else starter(model, loaded), encoding="utf-8", newline="\n")
    tell("wrote {file}", file=str(output))
    tell("next: name your data file and columns in it, then  csi check {file}", file=str(output))


@app.command()
def codebook(
    file: Annotated[Path, typer.Argument(help="Survey file: CSV, Excel, Parquet, SPSS or Stata.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it too: .csv, .xlsx or .md by the suffix.")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook; by default the first with cells.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    lang: Lang = None,
) -> None:
    """Print the dictionary of a survey file: columns, labels, codes of no answer, levels, ranges."""
    from csimodels.look import print_codebook

    if output is not None and output.exists() and not force:
        raise SpecError(Problem("the file exists", str(output), remedy="name another file, or say --force"))
    book = cs.codebook(file, sheet=sheet)
    print_codebook(book)
    if output is not None:
        tell("wrote {file}", file=str(book.save(output, language_of_user())))


@app.command()
def check(spec: Spec, data: OptionalData = None, details: Details = False, lang: Lang = None) -> None:
    """Check a spec, and its data where there are any, without computing anything."""
    from csimodels.screen import MOST_NOTES, print_log_counts

    study = cs.Study(spec, data)
    model = study.model
    out.print(f"[bold]{escape(model.title.get(language_of_user(), model.name))}[/]")
    text = "{constructs} constructs, {items} items, {paths} paths: the spec is fine"
    tell(text, constructs=len(model.constructs), items=len(model.items), paths=len(model.paths))
    if data is None and study.data_file is None and model.data.moments is None:
        tell("no data file in the spec: nothing else to check")
        return
    used, said = study.check(), study.cautions
    (print_log if details else print_log_counts)(used)
    for text in said if details else said[:MOST_NOTES]:
        tell("{said}", ("yellow", CAUTION), said=text)
    if len(said) > MOST_NOTES and not details:
        tell("{n} more", ("yellow", CAUTION), n=len(said) - MOST_NOTES)
    text = "the data fit the model: {rows} rows, {groups} groups, {cautions}"
    groups = len(used.group_keys) if used.by else 0
    how_many = counted(len(said), "{n} caution", "{n} cautions")
    tell(text, ("green", FIT) if not said else ("yellow", FIT), rows=used.respondents, groups=groups, cautions=how_many)
    if not details:
        tell("every step and caution: {command}", command=_again("check", spec, data))


@app.command()
def run(
    spec: Spec,
    data: OptionalData = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write; out/<spec> by default.")
    ] = None,
    estimator: Annotated[str | None, typer.Option(help="pls, plsc, ml, uls, gls, wls or semopy.")] = None,
    missing: Annotated[str | None, typer.Option(help="mean, listwise, pairwise, em or fiml.")] = None,
    errors: Annotated[
        str | None, typer.Option(help="Of covariance structures: expected, observed, mlm or mlr.")
    ] = None,
    by: Annotated[list[str] | None, typer.Option(help="Group column; may be given several times.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="Only these rows: COLUMN=VALUE, or 'age >= 18'.")] = None,
    weight: Annotated[str | None, typer.Option(help="Column of sampling weights.")] = None,
    uncertainty: Annotated[
        str | None,
        typer.Option(help="auto, bootstrap, jackknife, linearised, replicate_weights or none: how intervals are made."),
    ] = None,
    interval: Annotated[
        str | None, typer.Option(help="Of the bootstrap: percentile, basic, normal, bc, bca or studentised.")
    ] = None,
    replicates: Annotated[int | None, typer.Option(help="Bootstrap replicates; 0 leaves intervals out.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the bootstrap.")] = None,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write report.html and tables.xlsx.")] = True,
    details: Details = False,
    lang: Lang = None,
) -> None:
    """Estimate a model and write indices, paths, drivers and the report."""
    from csimodels.screen import print_files, print_how_to_see_all

    folder = cs.check_folder(output or Path("out") / Path(spec).stem)
    study = cs.Study(
        spec,
        data,
        estimator=estimator,
        missing=missing,
        errors=errors,
        by=by or None,
        where=where_of(where or []),
        weight=weight,
        uncertainty=uncertainty_of(spec, uncertainty, {"replicates": replicates, "seed": seed, "interval": interval}),
    )
    if report:
        cs.check_report(study.model.report.languages, study.model.report.formats, study.model)
    result = study.run()
    written = cs.save(result, folder, report=report)
    _show(result, details)
    if not details:
        print_how_to_see_all(result, f"csi show {word(folder)} --details")
    print_files(folder, len(written))


@app.command()
def moments(
    spec: Spec,
    data: OptionalData = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")] = Path("sums"),
    floor: Annotated[int, typer.Option(help="Fewest respondents of a part that leaves the house.")] = 10,
    lang: Lang = None,
) -> None:
    """Write the sums that an estimator needs, without a respondent; data: {moments: sums/} takes them."""
    for path in cs.Study(spec, data).save_sums(output, floor=floor):
        tell("wrote {file}", file=str(path))


@app.command()
def scores(
    spec: Spec,
    data: OptionalData = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File: .parquet, .csv or .duckdb.")] = None,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the score of every construct as an SQL expression.")
    ] = False,
    lang: Lang = None,
) -> None:
    """Write the scores of every respondent, where the rows lie, or say them as SQL."""
    result = cs.Study(spec, data, uncertainty=None).run()
    if output is not None:
        tell("wrote {file}", file=str(result.write_scores(output)))
    if sql or output is None:
        for construct in result.model.construct_names:
            out.print(f"-- {escape(construct)}\n{escape(result.score_sql(construct))}", soft_wrap=True)


@app.command()
def batch(
    specs: Annotated[list[Path], typer.Argument(help="Spec files.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the results and of batch.jsonl.")] = Path(
        "out"
    ),
    again: Annotated[
        bool, typer.Option("--again", help="Run all of them, also those whose results are there.")
    ] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="Write the reports.")] = True,
    lang: Lang = None,
) -> None:
    """Run many specs: one log, exit code 1 where one failed; started again it goes on where it was."""
    states = {"done": (N_("done"), "green"), "failed": (N_("failed"), "red"), "as it was": (N_("as it was"), "green")}
    count = dict.fromkeys(states, 0)
    for step in cs.batch(specs, output, again=again, report=report):
        word, colour = states[step.state]
        count[step.state] += 1
        tell("{spec}: {folder}", (colour, word), spec=step.spec, folder=step.folder)
        if step.said:
            err.print(escape(step.said), soft_wrap=True)
    text = "{done} done, {kept} as they were, {failed} failed; the log: {file}"
    file = str(output / "batch.jsonl")
    tell(text, done=count["done"], kept=count["as it was"], failed=count["failed"], file=file)
    if count["failed"]:
        raise typer.Exit(1)


@app.command()
def show(folder: Folder, details: Details = False, lang: Lang = None) -> None:
    """Show a stored result on one screen, or with all tables, notes and steps."""
    from csimodels.screen import print_how_to_see_all

    result = cs.load_result(folder)
    _show(result, details)
    if not details:
        print_how_to_see_all(result, f"csi show {word(folder)} --details")


def _show(result: cs.Result, details: bool) -> None:
    from csimodels.screen import print_screen

    (print_result if details else print_screen)(result)


def _again(command: str, spec: str, data: Path | None) -> str:
    """The command that was given, with all details."""
    return " ".join(["csi", command, *(word(part) for part in (spec, data) if part is not None), "--details"])


@app.command()
def verify(
    folder: Folder,
    data: Annotated[Path | None, typer.Option(help="Where the data file is now, if it has moved.")] = None,
    lang: Lang = None,
) -> None:
    """Run a stored result again and compare every number; exit code 1 where they differ."""
    found = cs.verify(folder, data)
    for change in found.changed:
        tell("{said}", ("yellow", CHANGED), said=change)
    if found.same:
        tell("{n} numbers agree", ("green", SAME), n=found.compared)
        return
    if len(found.differences):
        tell("{n} of {all} numbers; the largest:", ("red", DIFFERENT), n=len(found.differences), all=found.compared)
        print_frame(found.differences.head(10))
    else:
        tell("{n} numbers agree, but files were changed", ("red", DIFFERENT), n=found.compared)
    if not found.changed:
        tell("spec, data and code are unchanged: the machine or a library below csimodels differs")
    raise typer.Exit(1)


@app.command()
def compare(
    before: Annotated[Path, typer.Argument(help="Folder of the earlier result.")],
    after: Annotated[Path, typer.Argument(help="Folder of the later result.")],
    later: Annotated[list[Path] | None, typer.Argument(help="Folders of still later results, in their order.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV file to write, with every change.")] = None,
    adjust: Annotated[str, typer.Option(help="holm, bh or none: p-values of several comparisons.")] = "holm",
    lang: Lang = None,
) -> None:
    """What changed between two stored results: indices, paths, roll-up, each with interval and p-value."""
    if adjust not in ("holm", "bh", "none"):
        hint = nearest(adjust, ("holm", "bh", "none"))
        raise SpecError(Problem("unknown correction", "--adjust", repr(adjust), "holm, bh, none", hint))
    if output is not None:
        refuse_lost_folder(output)
    if output is not None and output.exists() and output.suffix.lower() != ".csv":
        raise SpecError(Problem("the file exists and is no CSV file", str(output), remedy="name another file"))
    if later:
        folders = [before, after, *later]
        for earlier, folder in pairwise(folders):
            compare(earlier, folder, None, None, adjust)
        table = cs.trend_of_results([cs.load_result(f) for f in folders], [f.name for f in folders])
        print_frame(table)
        if output is not None:
            _save(table, output)
        return
    first, second = cs.load_result(before), cs.load_result(after)
    table = cs.compare(first, second, adjust=adjust)  # type: ignore[arg-type]
    from csimodels.rollup.changes import unlike

    words = Words.of(second, known([joined(unlike(first.model, second.model))]))
    place = str(output) if output else say(Message("the file that --output names"), translator(language_of_user()))
    from csimodels.screen import print_change_summary

    print_change_summary(table, second)
    print_changes(table, second.by, second.model.index.construct, place, words)
    if output is not None:
        _save(table, output)
        tell("wrote {n} changes to {file}", n=len(table), file=str(output))


@app.command()
def compare_specs(
    first: Spec,
    second: Annotated[str, typer.Argument(help="The spec or library model to compare it with.")],
    data: OptionalData = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="CSV file to write.")] = None,
    lang: Lang = None,
) -> None:
    """Two specs on the same answers: indices, paths, effects, R2, fit and prediction side by side."""
    if output is not None and (output.suffix.lower() != ".csv" or not output.absolute().parent.is_dir()):
        what = "the output is a CSV file in a folder that exists"
        raise SpecError(Problem(what, "--output", str(output), remedy="--output specs.csv"))
    table = cs.compare_specs(first, second, data)
    print_frame(table.drop(columns=["df", "p"]))
    if output is not None:
        _save(table, output)
        tell("wrote {file}", file=str(output))


@app.command()
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
    shown = []
    if half_width is not None or difference is not None or path is not None:
        aims: dict[str, Any] = {"half_width": half_width, "difference": difference, "path": path}
        if result is None or difference is not None or path is not None:
            more: dict[str, Any] = {"power": power, "level": level, "deff": deff, "population": population}
            shown.append(cs.plan(sd=sd, **aims, **more))
    if strata is not None:
        if n is None:
            raise SpecError(Problem("interviews to divide are not stated", "plan", remedy="say -n 800"))
        shown.append(cs.plan_strata(n, *cs.strata_file(strata)))
    if result is not None:
        shown.append(cs.reached(cs.load_result(result), half_width))
    if spec is not None:
        numbers = [int(part) for part in sizes.split(",") if part.strip().isdigit()]
        shown.append(cs.plan_by_simulation(cs.load_model(spec), numbers))
    if not shown:
        remedy = "say --half-width, --difference, --path, --strata, --result or --spec"
        raise SpecError(Problem("a plan needs something to reach", "plan", remedy=remedy))
    for table in shown:
        print_frame(table)


@app.command()
def simulate(
    spec: Spec,
    n: Annotated[int, typer.Option("-n", help="Respondents.")] = 1000,
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV file to write.")] = Path("simulated.csv"),
    seed: Annotated[int, typer.Option(help="Seed.")] = 1,
    dont_know: Annotated[float, typer.Option(help="Share of don't-know answers, code 98.")] = 0.0,
    weight_cv: Annotated[float, typer.Option(help="Coefficient of variation of the weights; 0 writes none.")] = 0.0,
    lang: Lang = None,
) -> None:
    """Draw a survey from a model with known truth, written beside it as JSON."""
    model = cs.load_model(spec)
    beside = output.with_suffix(".truth.json")
    if output.exists() and not beside.exists():
        what = "the file exists, and was not written by csi simulate"
        raise SpecError(Problem(what, str(output), remedy="name another file"))
    refuse_lost_folder(output)
    truth = cs.Population(dont_know_share=dont_know, weight_cv=weight_cv)
    drawn = cs.simulate(model, n, seed=seed, truth=truth)
    drawn.data.to_csv(output, index=False, lineterminator="\n")
    drawn.truth.to_json(beside)
    text = "wrote {n} respondents to {file} and their truth to {truth}"
    tell(text, n=n, file=str(output), truth=str(beside))


@app.command()
def report(
    folder: Folder,
    lang: Annotated[
        list[str] | None, typer.Option(help="en or zh; several give a switch. The spec's by default.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Folder to write; the same by default.")] = None,
    kind: Annotated[
        list[str] | None,
        typer.Option("--format", help="html, xlsx, profiles, pdf, docx or pptx, repeatedly. The spec's by default."),
    ] = None,
    template: Annotated[Path | None, typer.Option(help="A .docx whose styles the Word document takes.")] = None,
) -> None:
    """Write the report of a stored result again, in the languages and formats asked for."""
    result = cs.load_result(folder)
    asked = tuple(lang) if lang else None, tuple(kind) if kind else None
    written = result.report(output or folder, *asked, template=template)
    for path in written:
        if path.parent == Path(output or folder) or path.name == "index.html":  # not every page of the units
            tell("wrote {file}", file=str(path))


@app.command()
def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; the screen by default.")] = None,
    lang: Lang = None,
) -> None:
    """JSON Schema of spec files, for completion and checks in an editor."""
    import json

    text = json.dumps(cs.json_schema(), ensure_ascii=False, indent=2) + "\n"
    _put(text, output)


@app.command()
def lavaan(
    spec: Annotated[str, typer.Argument(help="A spec or library model to write as lavaan syntax, or a lavaan file.")],
    index: Annotated[str | None, typer.Option(help="Of a lavaan file: the construct that is the index.")] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; the screen by default.")] = None,
    lang: Lang = None,
) -> None:
    """Turn a spec into lavaan syntax, or a lavaan file (.lav, .lavaan, .txt, .R) into a spec."""
    path = Path(spec)
    if path.suffix.lower() in (".lav", ".lavaan", ".txt", ".r"):
        if not path.exists():
            raise DataError(Problem("no such file", spec))
        text = cs.dump_model(from_lavaan_file(path, index))
    else:
        if index is not None:
            remedy = "a spec names its index itself: leave --index out"
            raise SpecError(Problem("this option is for lavaan files", "--index", index, remedy=remedy))
        text = cs.to_lavaan(cs.load_model(spec)) + "\n"
    _put(text, output)


def _save(table: pd.DataFrame, file: Path) -> None:
    """A table as CSV that a spreadsheet opens without running what stands in it."""
    table.map(safe_cell).to_csv(file, index=False, encoding="utf-8-sig", lineterminator="\n")


def _put(text: str, file: Path | None) -> None:
    """Text on the screen, or in a file."""
    if file is None:
        plainly(text)
    else:
        file.write_text(text, encoding="utf-8", newline="\n")
        tell("wrote {file}", file=str(file))


if __name__ == "__main__":
    main()
