"""Commands that make results, and show, verify and report those that are stored."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import csimodels as cs
from csimodels.commands.opened import opened
from csimodels.errors import refuse_lost_folder
from csimodels.messages import N_
from csimodels.options import Details, Folder, Lang, OptionalData, Spec, uncertainty_of, where_of, word
from csimodels.terminal import err, escape, out, print_result, tell

SAME, DIFFERENT, CHANGED = N_("same"), N_("different"), N_("changed")


def run(
    spec: Spec,
    data: OptionalData = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write; out/<spec> by default.")
    ] = None,
    estimator: Annotated[str | None, typer.Option(help="pls, plsc, ml, uls, gls, wls, dwls or semopy.")] = None,
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
        cs.check_report(study.model.report.languages, study.model.report.formats, study.model, named=True)
    result = study.run()
    written = cs.save(result, folder, report=report)
    _show(result, details)
    if not details:
        print_how_to_see_all(result, f"csi show {word(folder)} --details")
    print_files(folder, len(written))


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


def scores(
    spec: Spec,
    data: OptionalData = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File: .parquet, .csv or .duckdb.")] = None,
    sql: Annotated[
        bool, typer.Option("--sql", help="Print the score of every construct as an SQL expression.")
    ] = False,
    predicted: Annotated[
        str | None,
        typer.Option(help="In place of scores what the model predicts from the antecedents: earliest or direct."),
    ] = None,
    lang: Lang = None,
) -> None:
    """Write scores of every respondent, or what the model predicts, where the rows lie, or say them as SQL."""
    from csimodels.study.linear_scores import Predicted, Scores
    from csimodels.study.linear_sql import linear_sql
    from csimodels.study.scores_back import write_values

    if output is not None:
        refuse_lost_folder(output)
    result = cs.Study(spec, data, uncertainty=None).run()
    make = Scores if predicted is None else partial(Predicted, antecedents=predicted)  # type: ignore[arg-type]
    if output is not None:
        tell("wrote {file}", file=str(write_values(make(result), output)))
    if sql or output is None:
        whole = make(result.whole)
        for name in whole.names:
            out.print(f"-- {escape(name)}\n{escape(linear_sql(whole, 0, name))}", soft_wrap=True)


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


def show(
    folder: Folder,
    details: Details = False,
    paths: Annotated[
        bool, typer.Option("--paths", help="Show how paths differ between groups, and changed between waves.")
    ] = False,
    lang: Lang = None,
) -> None:
    """Show a stored result on one screen, or its indices, paths and groups with errors, all notes and steps."""
    from csimodels.screen import print_how_to_see_all

    result = cs.load_result(folder)
    if paths:
        from csimodels.commands.path_view import print_paths

        print_paths(result)
        return
    _show(result, details)
    if not details:
        print_how_to_see_all(result, f"csi show {word(folder)} --details")


def verify(
    folder: Folder,
    data: Annotated[Path | None, typer.Option(help="Where the data file is now, if it has moved.")] = None,
    lang: Lang = None,
) -> None:
    """Run a stored result again and compare every number; exit code 1 where they differ."""
    from csimodels.commands.worded import print_table

    found = cs.verify(folder, data)
    for change in found.changed:
        tell("{said}", ("yellow", CHANGED), said=change)
    if found.same:
        tell("{n} numbers agree", ("green", SAME), n=found.compared)
        return
    if len(found.differences):
        tell("{n} of {all} numbers; the largest:", ("red", DIFFERENT), n=len(found.differences), all=found.compared)
        print_table("verification", found.differences.head(10))
    else:
        tell("{n} numbers agree, but files were changed", ("red", DIFFERENT), n=found.compared)
    if not found.changed:
        tell("spec, data and code are unchanged: the machine or a library below csimodels differs")
    raise typer.Exit(1)


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
    result = opened(folder)
    asked = tuple(lang) if lang else None, tuple(kind) if kind else None
    written = result.report(output or folder, *asked, template=template)
    for path in written:
        if path.parent == Path(output or folder) or path.name == "index.html":  # not every page of the units
            tell("wrote {file}", file=str(path))


def _show(result: cs.Result, details: bool) -> None:
    from csimodels.screen import any_paths, print_screen

    (print_result if details else print_screen)(result)
    if details and any_paths(result):
        from csimodels.commands.path_view import print_paths

        print_paths(result)
