"""The comparison of two results as a page of its own."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from csimodels._version import __version__
from csimodels.arguments import plain_arguments
from csimodels.errors import DataError, Problem, SpecError, refuse_lost_folder
from csimodels.infer.multiple import Adjust
from csimodels.paths import home_path
from csimodels.report import require, written_here
from csimodels.rollup.changes import compare
from csimodels.rollup.method_changes import method_said
from csimodels.spec import Model, load_model
from csimodels.study.result import Result
from csimodels.study.specs_compared import compare_specs
from csimodels.study.stored.manifest import write_beside

#: Names that a page may end in.
PAGES = (".html", ".htm")


@plain_arguments
def save_comparison(
    before: Result,
    after: Result,
    path: str | Path,
    *,
    adjust: Adjust = "holm",
    languages: tuple[str, ...] | str = ("en", "zh"),
) -> Path:
    """Write what changed between two results as a self-contained HTML page that begins with a summary.

    Above the tables the page says what was done differently in the two results: another estimator, missing rule,
    weight, scale, items or paths, or the same answers twice.  Numbers are those of :func:`csimodels.compare`.

    Parameters
    ----------
    before, after : Result
        The earlier and the later result.
    path : str or Path
        File to write, ``.html``; an earlier page of this package is replaced.
    adjust : {"holm", "bh", "none"}
        How p-values of several comparisons are corrected.
    languages : tuple of str, or str
        ``"en"``, ``"zh"``; with several the page has a switch, and opens in the first one.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    SpecError
        Another suffix, an unknown language, a folder that does not exist, or results that have nothing to compare.
    DataError
        A file stands there that this package did not write.
    MissingExtraError
        jinja2 is not installed.

    Examples
    --------
    >>> import csimodels as cs
    >>> last, this = (cs.Study("ecsi", cs.simulate("ecsi", 250, seed=k).data).run() for k in (1, 2))
    >>> cs.save_comparison(last, this, getfixture("tmp_path") / "changes.html").name
    'changes.html'
    """
    file = home_path(path)
    check_page(file)
    table = compare(before, after, adjust=adjust)
    from csimodels.report.html.comparison import write_comparison_html

    write = partial(
        write_comparison_html,
        table,
        (before.content, after.content),
        langs=(languages,) if isinstance(languages, str) else languages,
        methods=method_said(before, after),
        adjust=adjust,
    )
    return write_beside(file, write)


@plain_arguments
def save_spec_comparison(
    first: str | Path | Model,
    second: str | Path | Model,
    path: str | Path,
    data: Any = None,
    *,
    repeats: int = 10,
    adjust: Adjust = "holm",
    languages: tuple[str, ...] | str = ("en", "zh"),
) -> Path:
    """Write two specs on the same answers, side by side, as a self-contained HTML page that begins with a summary.

    Numbers are those of :func:`csimodels.compare_specs`.

    Parameters
    ----------
    first, second : str, Path or Model
        The specs.
    path : str or Path
        File to write, ``.html``; an earlier page of this package is replaced.
    data : DataFrame or path, optional
        The answers; by default the file that each spec names.
    repeats : int
        Repetitions of the 10-fold cross-validation.
    adjust : {"holm", "bh", "none"}
        How p-values of several comparisons are corrected.
    languages : tuple of str, or str
        ``"en"``, ``"zh"``; with several the page has a switch, and opens in the first one.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    SpecError
        Another suffix, an unknown language, a folder that does not exist, or specs that cannot be compared.
    DataError
        A file stands there that this package did not write, or the specs do not use the same answers.
    MissingExtraError
        jinja2 is not installed.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 250, seed=1).data
    >>> other = cs.load_model("ecsi", overrides={"paths": {"Image": ["Expectation", "Loyalty"]}})
    >>> file = getfixture("tmp_path") / "specs.html"
    >>> cs.save_spec_comparison("ecsi", other, file, data, repeats=1).name
    'specs.html'
    """
    check_page(home_path(path))
    table = compare_specs(first, second, data, repeats=repeats, adjust=adjust)
    return write_specs(table, (load_model(first), load_model(second)), path, languages)


def write_specs(
    table: pd.DataFrame, models: tuple[Model, Model], path: str | Path, languages: tuple[str, ...] | str
) -> Path:
    """The page of a finished comparison of two specs."""
    from csimodels.report.html.specs import write_specs_html

    langs = (languages,) if isinstance(languages, str) else languages
    write = partial(write_specs_html, table, models, langs=langs, version=__version__)
    return write_beside(home_path(path), write)


def check_page(file: Path) -> None:
    """Refuse a page that could not be written, before any long work.

    Raises
    ------
    SpecError
        Another suffix, or a folder that does not exist.
    DataError
        A file stands there that this package did not write.
    MissingExtraError
        jinja2 is not installed.
    """
    if file.suffix.lower() not in PAGES:
        raise SpecError(Problem("the page is an HTML file", str(file), allowed=".html", remedy="name a .html file"))
    refuse_lost_folder(file)
    if file.exists() and not (file.is_file() and written_here(file)):
        what = "a file that csimodels did not write, or that was edited, would be replaced"
        raise DataError(Problem(what, str(file), remedy="rename the file first, or name another folder"))
    require(["html"])
