"""Covariance structures on the page: fit at a glance, parameters, effects, what the model misses.

Names of measures are lavaan's, as in :mod:`csimodels.tables.covariance`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from csimodels.i18n import N_
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.escaping import clean
from csimodels.report.html.fit import fit_at_a_glance, fit_by_group, fit_summary, how_to_read, measures_of
from csimodels.report.html.measurement import SIGNS, Measured
from csimodels.report.html.table_views import (
    Block,
    Cell,
    Column,
    Lang,
    TableView,
    label_cell,
    table_view,
    with_column,
)
from csimodels.tables.columns import COLUMNS

_SHOWN = 10  # modification indices and residuals
#: Kinds of errors under which modification indices exist, and discrepancies that have them.
_COMPLETE, _WITH_INDICES = ("expected", "observed", "mlm", "mlr"), ("ml", "gls", "semopy")

_KINDS = {
    "=~": N_("Loadings"),
    "~": N_("Paths"),
    "variance": N_("Variances and residual variances"),
    "covariance": N_("Covariances and residual covariances"),
    "~1": N_("Intercepts and means"),
    ":=": N_("Defined parameters"),
    "constraint": N_("Constraints"),
}
#: Headings of what stands on both sides of a defined parameter.
_DEFINED = {"lhs": N_("Name"), "rhs": N_("Formula")}
#: Headings of a constraint.
_SIDES = {"lhs": N_("Left side"), "op": N_("Sign"), "rhs": N_("Right side")}
_APART = N_("Left less right")
_SIGNS = ("==", ">", "<")
_ONE_OF = {"=~": N_("Loading"), "~": N_("Path"), "~~": N_("Covariance"), "~1": N_("Intercept")}
_SHIFTS = ("mi", "epc", "sepc_all")
_ESTIMATES = ("est", "se", "z", "p", "std_all", "std_all_se")
#: No group columns: all respondents together.
NO_GROUPS: Mapping[str, str] = {}
_ZERO = 1e-12  # what rounding leaves of an effect, or of the error of a constant


@dataclass(frozen=True, slots=True)
class Covariance:
    """What the page says of a covariance structure; ``glance`` None where there are no fit measures."""

    summary: str
    state: str
    how: tuple[str, ...]
    glance: Measured | None
    reading: tuple[str, ...]
    folded: tuple[Block, ...]


def covariance(content: Content, lang: Lang) -> Covariance | None:
    """The section on a covariance structure of all respondents together; None for other estimators."""
    if not content.covariance_based:
        return None
    full = replace(lang, intervals=True)  # parameters have errors whether or not the indices have intervals
    parameters = content.table("parameters")
    two_stage = "two-stage" in set(parameters["errors"])
    measures = measures_of(content.table("fit_measures"), two_stage=two_stage)
    by_group = fit_by_group(content, full)
    folded = [Block(lang.tr("Fit by group"), by_group)] if by_group else []
    folded += [_modifications(content, full), _residuals(content, full)]
    folded += [*parameter_blocks(content.table("parameters"), full), *_effects(content, full)]
    return Covariance(
        fit_summary(measures, full),
        _state(parameters, full),
        _how(content, full),
        fit_at_a_glance(measures, full) if measures else None,
        how_to_read(measures, full),
        tuple(folded),
    )


def _state(parameters: pd.DataFrame, lang: Lang) -> str:
    """What the state of the fit is where that is not ok."""
    state = next((s for s in parameters["status"] if not formatting.is_ok(s)), "")
    return (
        lang.tr("Result flagged: {status}").format(status=formatting.status_words(state, lang.tr, lang.say))
        if state
        else ""
    )


def _how(content: Content, lang: Lang) -> tuple[str, ...]:
    """How the parameters were estimated and their errors made, and what else on the page has other errors."""
    kind = content.model.estimate.estimator
    out = [lang.tr(formatting.DISCREPANCIES[kind])] if kind in formatting.DISCREPANCIES else []
    made = content.table("parameters")["errors"].dropna().unique().tolist()
    out += [lang.tr(formatting.ERRORS.get(str(name), str(name))) for name in made]
    if content.has_intervals:
        out.append(
            lang.tr(
                "These errors belong to this section; intervals elsewhere in this report are made as the section "
                "“How it was computed” says."
            )
        )
    return tuple(clean(text) for text in out)


def parameter_blocks(frame: pd.DataFrame, lang: Lang, front: Mapping[str, str] = NO_GROUPS) -> Iterator[Block]:
    """One block for each kind of parameter.

    Parameters
    ----------
    frame : DataFrame
    lang : Lang
    front : mapping of column to heading
        Group columns, which stand behind the names.
    """
    frame = frame.copy()
    frame["std_all_se"] = frame["std_all_se"].astype(float).mask(frame["std_all_se"].astype(float) < _ZERO)
    same = frame["lhs"] == frame["rhs"]
    kinds = frame["op"].mask((frame["op"] == "~~") & same, "variance").mask((frame["op"] == "~~") & ~same, "covariance")
    kinds = kinds.mask(kinds.isin(_SIGNS), "constraint")
    names = {"=~": ("construct", "item"), "~": ("target", "source"), "covariance": ("lhs", "rhs"), ":=": ("lhs", "rhs")}
    for kind, title in _KINDS.items():
        part = frame[kinds == kind].reset_index(drop=True)
        if part.empty:
            continue
        if kind == "constraint":
            yield _constraints(part, title, lang)
            continue
        first, second = names.get(kind, ("variable", ""))
        part = part.rename(columns={"lhs": first, "rhs": second} if second else {"lhs": first})
        shown = ("source", "target") if kind == "~" else tuple(n for n in (first, second) if n)
        labels = ("label",) if kind != ":=" and part["label"].fillna("").astype(bool).any() else ()
        titles = {name: lang.tr(title) for name, title in _DEFINED.items()} if kind == ":=" else dict(front)
        said_of = ("across",) if front and kind != ":=" else ()
        behind = () if kind == ":=" else tuple(front)
        like = "joint_parameters" if front else ""
        view = table_view(part, "parameters", (*shown, *behind, *labels, *_ESTIMATES, *said_of), lang, titles, like)
        if kind == "variance":
            view = _negative(view, part, lang)
        fixed = ~part["free"].astype(bool)
        said = lang.tr("Without a standard error: held fixed.") if fixed.any() else ""
        if kind == ":=":
            said = lang.tr("Functions of the labelled parameters; errors by the delta method.")
        yield Block(lang.tr(title), view, said)


def _constraints(part: pd.DataFrame, title: str, lang: Lang) -> Block:
    """Relations between parameters, and how far their sides are apart."""
    titles = {name: lang.tr(heading) for name, heading in _SIDES.items()}
    view = table_view(part, "parameters", (*_SIDES, "est"), lang, titles)
    view = replace(view, columns=(*view.columns[:-1], replace(view.columns[-1], title=lang.tr(_APART))))
    said = lang.tr("0 where the constraint is held; an inequality that is met has no effect.")
    return Block(lang.tr(title), view, said)


def _negative(view: TableView, part: pd.DataFrame, lang: Lang) -> TableView:
    """`view` of variances with a mark at those below zero."""
    at = next(k for k, c in enumerate(view.columns) if c.title == lang.tr(COLUMNS["est"].heading))
    hint, body = lang.tr("below zero: inadmissible (Heywood case)"), []
    for cells, value in zip(view.rows, part["est"], strict=True):
        if formatting.as_float(value) < 0:
            marked = replace(cells[at], sign=SIGNS["below"], hint=hint, kind=f"{cells[at].kind} miss")
            cells = (*cells[:at], marked, *cells[at + 1 :])
        body.append(cells)
    return replace(view, rows=tuple(body))


def _effects(content: Content, lang: Lang) -> Iterator[Block]:
    """Indirect and total effects; without those that are nothing but a path."""
    frame = content.table("model_effects")
    by_path = frame[(frame["kind"] == "indirect") & (frame["est"].astype(float).abs() > _ZERO)]
    if by_path.empty:
        return
    pairs = set(zip(by_path["source"], by_path["target"], strict=True))
    ends = zip(frame["source"], frame["target"], frame["kind"], strict=True)
    part = frame[[(s, t) in pairs and k != "direct" for s, t, k in ends]].reset_index(drop=True)
    view = table_view(part, "model_effects", ("source", "target", "kind", *_ESTIMATES), lang)
    yield Block(lang.tr("Indirect and total effects"), view, lang.tr("Errors by the delta method."))


def _modifications(content: Content, lang: Lang) -> Block:
    made = content.table("parameters")["errors"]
    return modification_block(content.table("modification_indices"), made, content.model.estimate.estimator, lang)


def modification_block(
    frame: pd.DataFrame, errors: pd.Series[str], estimator: str, lang: Lang, front: Mapping[str, str] = NO_GROUPS
) -> Block:
    """The ten largest indices, or why there are none.

    Parameters
    ----------
    frame : DataFrame
    errors : Series
        How the errors of the parameters were made.
    estimator : str
    lang : Lang
    front : mapping of column to heading
        Group columns; with them, whether a parameter was held equal.
    """
    title = lang.tr("Modification indices")
    if not set(errors.dropna()) <= set(_COMPLETE) or estimator not in _WITH_INDICES:
        return Block(title, None, lang.tr("Not computed for incomplete answers, uls and wls."))
    frame = frame.sort_values("mi", ascending=False, kind="stable").head(_SHOWN)
    if frame.empty:
        return Block(title, None, lang.tr("None is above 6.63, the 1% point of chi-square with 1 degree of freedom."))
    body = []
    for row in formatting.records(frame):
        kind, numbers = str(row["op"]), [(row[name], COLUMNS[name]) for name in _SHIFTS]
        cells = [Cell(formatting.shown(v, column, lang.tr), formatting.as_float(v), "num") for v, column in numbers]
        body.append((_freed(row, lang), Cell(lang.tr(_ONE_OF.get(kind, kind))), *cells))
    heads = [Column(lang.tr(COLUMNS[name].heading)) for name in _SHIFTS]
    columns = (Column(lang.tr("Parameter"), "text"), Column(lang.tr("Kind"), "text"), *heads)
    said = lang.tr(
        "By how much chi-square would fall if the parameter were free, the largest, ten at most, of those above 6.63 "
        "(the 1% point with 1 degree of freedom). A model changed after such a list fits this sample better and often "
        "the next one worse: free a parameter for a reason, and test it on other answers (MacCallum, Roznowski & "
        "Necowitz 1992)."
    )
    view = TableView("modification", columns, tuple(body), (False,) * len(body))
    return Block(title, _with_groups(view, frame, front, lang), said)


def _with_groups(view: TableView, frame: pd.DataFrame, front: Mapping[str, str], lang: Lang) -> TableView:
    """`view` with the groups behind the parameter, and whether that is held equal to those of others."""
    for place, (column, heading) in enumerate(front.items(), 1):
        cells = [Cell(clean(lang.names.value(column, value)), kind="text name") for value in frame[column]]
        view = with_column(view, place, Column(clean(heading), "text"), cells)
    if not front:
        return view
    words = [lang.tr("yes, would be let free") if held else "" for held in frame["released"]]
    return with_column(view, len(front) + 2, Column(lang.tr("Held equal"), "text"), [Cell(word) for word in words])


def _freed(row: Mapping[str, object], lang: Lang) -> Cell:
    """What would be free: ``Image → Value``, ``IMAG1 ↔ IMAG2``; the wording of items is the hint."""
    left, right = str(row["lhs"]), str(row["rhs"])
    first, second, sign = (right, left, "→") if row["op"] == "~" else (left, right, "↔" if row["op"] == "~~" else "→")
    ends = [name for name in (first, second) if name]
    short = [clean(name) if name in lang.model.item_names else lang.label(name) for name in ends]
    hint = "; ".join(label_cell(name, lang).text for name in ends if name in lang.model.item_names)
    return Cell(f" {sign} ".join(short), kind="text name", hint=hint)


def _residuals(content: Content, lang: Lang) -> Block:
    return residual_block(content.table("model_residuals"), lang)


def residual_block(frame: pd.DataFrame, lang: Lang, front: Mapping[str, str] = NO_GROUPS) -> Block:
    """The ten largest residuals; with the group columns of `front`, those of means too."""
    title = lang.tr("Largest residuals")
    frame = frame[frame["item"] != frame["other"]]
    if frame.empty:
        return Block(title, None, lang.tr("None: the model has no usable solution."))
    tested = bool(frame["z"].notna().any())
    size = frame["z" if tested else "cor"].astype(float).abs()
    frame = frame.loc[size.sort_values(ascending=False, kind="stable").index[:_SHOWN]].reset_index(drop=True)
    if front:
        frame = frame.assign(other=[str(name) or lang.tr("(mean)") for name in frame["other"]])
    wanted = ("item", "other", *front, "cor", *(["z"] if tested else []))
    view = table_view(frame, "model_residuals", wanted, lang, front)
    said = (
        lang.tr(
            "Observed less implied correlation; z: the residual covariance over its error. The largest z of either "
            "sign, ten at most."
        )
        if tested
        else lang.tr("Observed less implied correlation, the largest of either sign, ten at most.")
    )
    return Block(title, view, said)
