"""Commands on specs and survey files: list, start, look, check, draw, write in another form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import csimodels as cs
from csimodels.blocks import Shown, print_blocks
from csimodels.errors import DataError, Problem, SpecError, refuse_lost_folder
from csimodels.i18n import language_of_user
from csimodels.messages import N_, counted
from csimodels.options import Details, Lang, OptionalData, Spec, again, from_lavaan_file, refuse_other_kind, word
from csimodels.terminal import escape, out, plainly, print_log, tell

#: Heads of the list of models, and the width from which it has titles in both languages.
_NAMES, _TITLES, _BOTH = {"en": "name", "zh": "名称"}, {"en": "title", "zh": "标题"}, 120
CAUTION, FIT = N_("caution"), N_("fine")


def models(lang: Lang = None) -> None:
    """List the models of the library."""
    own = language_of_user()
    spoken = (own, *(lang for lang in _TITLES if lang != own)) if out.width >= _BOTH else (own,)
    books = cs.library()
    columns = [Shown(_NAMES[own], tuple(book.name for book in books), number=False)]
    columns += [Shown(_TITLES[lang], tuple(book.title.get(lang) for book in books), number=False) for lang in spoken]
    print_blocks(out, columns)
    out.print()
    tell("csi init NAME -o my.yaml starts a spec of your own from one of them.")


def init(
    model: Annotated[
        str | None,
        typer.Argument(help="Library model (see csi models) or spec file to extend; with --data it may be left out."),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Spec file to write.")] = Path("my.yaml"),
    data: Annotated[Path | None, typer.Option(help="Survey file to look at: columns, codes, scales, groups.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook; by default the first with cells.")] = None,
    full: Annotated[bool, typer.Option("--full", help="Copy the whole model instead of extending it.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
    lang: Lang = None,
) -> None:
    """Write a spec file to start from; with --data filled in from the survey, every guess marked.

    Without a model, --data takes the library model that fits the columns, or drafts one by their words.
    """
    from csimodels.look import print_draft
    from csimodels.study.drafting import save_starter

    if data is None and model is None:
        what, remedy = "no model and no survey file to start from", "csi init --data FILE; csi models lists the models"
        raise SpecError(Problem(what, remedy=remedy))
    if full and data is not None:
        what = "a full copy of a model knows nothing of data"
        raise SpecError(Problem(what, "--full", remedy="leave out --full: the spec extends the model"))
    if output.exists() and not force:
        raise SpecError(Problem("the file exists", str(output), remedy="name another file, or say --force"))
    refuse_lost_folder(output)
    refuse_other_kind(output, ".yaml", ".yml")
    if data is not None:
        draft = cs.init(model, data, sheet=sheet)
        draft.save(output, language_of_user())
        print_draft(draft, output)
        return
    if full:
        output.write_text(cs.dump_model(cs.load_model(model or "")), encoding="utf-8", newline="\n")
    else:
        save_starter(model or "", output, language_of_user())
    tell("wrote {file}", file=str(output))
    tell("next: name your data file and columns in it, then  csi check {file}", file=word(output))


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
    if output is not None:
        refuse_lost_folder(output)
    book = cs.codebook(file, sheet=sheet)
    print_codebook(book)
    if output is not None:
        tell("wrote {file}", file=str(book.save(output, language_of_user())))


def check(spec: Spec, data: OptionalData = None, details: Details = False, lang: Lang = None) -> None:
    """Check a spec, and its data where there are any, without computing anything."""
    from csimodels.report.overview import MOST_NOTES
    from csimodels.screen import print_log_counts

    study = cs.Study(spec, data)
    model = study.model
    out.print(f"[bold]{escape(model.title.get(language_of_user(), model.name))}[/]")
    text = "{constructs} constructs, {items} items, {paths} paths: the spec is fine"
    tell(text, constructs=len(model.constructs), items=len(model.items), paths=len(model.paths))
    if data is None and study.data_file is None and model.data.moments is None:
        tell("no data file in the spec: nothing else to check")
        return
    cs.check_report(model.report.languages, model.report.formats, model, named=True)
    used, said = study.check(), study.cautions
    (print_log if details else print_log_counts)(used)
    for text in said if details else said[:MOST_NOTES]:
        tell("{said}", ("yellow", CAUTION), said=text)
    if len(said) > MOST_NOTES and not details:
        tell("{n} more", ("yellow", CAUTION), n=len(said) - MOST_NOTES)
    rows, cautions = counted(used.respondents, "{n} row", "{n} rows"), counted(len(said), "{n} caution", "{n} cautions")
    fit, groups = ("yellow" if said else "green", FIT), counted(len(used.group_keys), "{n} group", "{n} groups")
    if used.by:
        tell("the data fit the model: {rows}, {groups}, {cautions}", fit, rows=rows, groups=groups, cautions=cautions)
    else:
        tell("the data fit the model: {rows}, {cautions}", fit, rows=rows, cautions=cautions)
    if not details:
        tell("every step and caution: {command}", command=again("check", spec, data))


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
    refuse_other_kind(output, ".csv")
    truth = cs.Population(dont_know_share=dont_know, weight_cv=weight_cv)
    drawn = cs.simulate(model, n, seed=seed, truth=truth)
    drawn.data.to_csv(output, index=False, lineterminator="\n")
    drawn.truth.to_json(beside)
    text = "wrote {n} respondents to {file} and their truth to {truth}"
    tell(text, n=n, file=str(output), truth=str(beside))


def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; the screen by default.")] = None,
    lang: Lang = None,
) -> None:
    """JSON Schema of spec files, for completion and checks in an editor."""
    import json

    text = json.dumps(cs.json_schema(), ensure_ascii=False, indent=2) + "\n"
    _put(text, output, ".json")


def lavaan(
    spec: Annotated[str, typer.Argument(help="A spec or library model to write as lavaan syntax, or a lavaan file.")],
    index: Annotated[str | None, typer.Option(help="Of a lavaan file: the construct that is the index.")] = None,
    growth: Annotated[bool, typer.Option("--growth", help="Of a lavaan file: a model of growth().")] = False,
    std_lv: Annotated[bool, typer.Option("--std-lv", help="Of a lavaan file: a model of std.lv = TRUE.")] = False,
    orthogonal: Annotated[
        bool, typer.Option("--orthogonal", help="Of a lavaan file: a model of orthogonal = TRUE.")
    ] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File; the screen by default.")] = None,
    lang: Lang = None,
) -> None:
    """Turn a spec into lavaan syntax, or a lavaan file (.lav, .lavaan, .txt, .R) into a spec."""
    path = Path(spec)
    if path.suffix.lower() in (".lav", ".lavaan", ".txt", ".r"):
        if not path.exists():
            raise DataError(Problem("no such file", spec))
        text = cs.dump_model(from_lavaan_file(path, index, growth, std_lv, orthogonal))
        suffix = ".yaml"
    else:
        if index is not None:
            remedy = "a spec names its index itself: leave --index out"
            raise SpecError(Problem("this option is for lavaan files", "--index", index, remedy=remedy))
        for name, given in (("--growth", growth), ("--std-lv", std_lv), ("--orthogonal", orthogonal)):
            if given:
                raise SpecError(Problem("this option is for lavaan files", name, remedy="leave it out"))
        text, suffix = cs.to_lavaan(cs.load_model(spec)) + "\n", ".lav"
    _put(text, output, suffix)


def _put(text: str, file: Path | None, suffix: str) -> None:
    """Text on the screen, or in a file, which must be new or a schema of ours."""
    if file is None:
        plainly(text)
    else:
        refuse_lost_folder(file)
        refuse_other_kind(file, suffix)
        if file.exists() and not (suffix == ".json" and file.is_file() and file.read_bytes()[:1] == b"{"):
            raise SpecError(Problem("the file exists", str(file), remedy="name another file"))
        file.write_text(text, encoding="utf-8", newline="\n")
        tell("wrote {file}", file=str(file))
