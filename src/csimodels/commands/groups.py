"""Commands on several groups in one covariance structure."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import csimodels as cs
from csimodels.commands.comparisons import refuse_no_csv, save_csv
from csimodels.options import Lang, OptionalData, Spec
from csimodels.terminal import tell

_By = Annotated[list[str] | None, typer.Option(help="Column of the groups; by default that of the spec.")]
_Free = Annotated[list[str] | None, typer.Option(help='Not held equal all the same: "Image =~ IMG2".')]
_Errors = Annotated[str | None, typer.Option(help="expected, observed, mlm or mlr.")]
_Missing = Annotated[str, typer.Option(help="fiml or listwise.")]
_Report = Annotated[bool, typer.Option("--report/--no-report", help="Write report.html and tables.xlsx.")]

#: Fit that the screen shows; `GroupFit.fit_measures` has all of it.
_SHOWN_FIT = (
    "chisq",
    "df",
    "pvalue",
    "chisq.scaled",
    "pvalue.scaled",
    "cfi",
    "cfi.robust",
    "rmsea",
    "rmsea.robust",
    "srmr",
)
#: What the screen shows of the ladder; `Invariance.table` has all of it.
_SHOWN_LADDER = ["step", "chisq", "df", "cfi", "rmsea", "p_diff", "delta_cfi", "status"]


def fit_groups(
    spec: Spec,
    data: OptionalData = None,
    by: _By = None,
    equal: Annotated[
        list[str] | None, typer.Option(help="Held equal in all groups: loadings, intercepts, residuals, ...")
    ] = None,
    free: _Free = None,
    errors: _Errors = None,
    missing: _Missing = "fiml",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write, or a CSV file of the parameters.")
    ] = None,
    report: _Report = True,
    lang: Lang = None,
) -> None:
    """One covariance structure of all groups, with parameters fixed, free or equal in single groups."""
    from csimodels.commands.worded import print_measures, print_table

    _check(output)
    more: dict[str, Any] = {"by": by, "equal": equal or [], "free": free or []}
    found = cs.fit_groups(spec, data, errors=errors, missing=missing, **more)
    fit = found.fit_measures().set_index("measure")["value"]
    there = [name for name in _SHOWN_FIT if name in fit]
    print_measures(fit.loc[there].rename_axis("measure").reset_index(), found.origin.model)
    table = found.parameters()
    columns = [*found.by, "lhs", "op", "rhs", "label", "free", "est", "se", "std_all"]
    print_table("joint_parameters", table[columns], (found.origin.model,))
    _end(found, output, report)


def invariance(
    spec: Spec,
    data: OptionalData = None,
    by: _By = None,
    step: Annotated[
        list[str] | None, typer.Option(help="Steps to take: configural, metric, scalar, strict; by default all.")
    ] = None,
    free: _Free = None,
    errors: _Errors = None,
    missing: _Missing = "fiml",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write, or a CSV file of the steps.")
    ] = None,
    report: _Report = True,
    lang: Lang = None,
) -> None:
    """Is measurement the same in every group? The ladder of ever more equal models."""
    from csimodels.commands.worded import print_table
    from csimodels.report import formatting
    from csimodels.report.story.ladder import sentence

    _check(output)
    more: dict[str, Any] = {"by": by, "free": free or []} | ({"steps": step} if step else {})
    found = cs.invariance(spec, data, errors=errors, missing=missing, **more)
    table = found.table()
    print_table("invariance", table[_SHOWN_LADDER], (found.origin.model,), words=True)
    tell("{said}", said=sentence(formatting.records(table)))
    _end(found, output, report)


def _check(output: Path | None) -> None:
    """Refuse an output that cannot be written, before any long work."""
    if output is not None and output.suffix.lower() == ".csv":
        refuse_no_csv(output, "groups.csv")
    elif output is not None:
        cs.check_folder(output)


def _end(found: cs.GroupFit | cs.Invariance, output: Path | None, report: bool) -> None:
    """Notes, and the file or folder that was asked for."""
    for note in found.notes:
        tell("{note}", note=note)
    if output is None:
        return
    if output.suffix.lower() == ".csv":
        save_csv(found.parameters() if isinstance(found, cs.GroupFit) else found.table(), output)
        tell("wrote {file}", file=str(output))
        return
    from csimodels.screen import print_files

    print_files(output, len(found.save(output, report=report)))
