"""What a joint fit of several groups takes from a survey: moments or sums, rows, the kind of errors, notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from csimodels.arguments import is_one_of, shown
from csimodels.errors import DataError, Problem, SpecError, Status, listed, nearest
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.diagnose import OF_GROUP, cautions_of, inadmissible_reasons_of, singular_reasons_of
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.invariance import LatentMeans
from csimodels.estimate.ml.ordered import OrderedGroups
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution
from csimodels.estimate.ml.vcov import Errors
from csimodels.messages import N_, Message
from csimodels.moments import Key
from csimodels.spec import EstimateSpec, Model, load_model
from csimodels.spec.canonical import plain_text
from csimodels.spec.estimators import ESTIMATORS
from csimodels.spec.model import GroupStatement, Parameter
from csimodels.spec.statements import written
from csimodels.study.groups import MIN_ROWS, group_name
from csimodels.study.progress import announce
from csimodels.survey import Survey
from csimodels.survey.scale.refused import refuse_sums

AT_LEAST_TWO = Message("invariance is a property of two groups or more")
Rows = Cases | HoledCases | None
#: Estimators that several groups are fitted by together.
TOGETHER = ("ml", "gls", "uls", "wls", "dwls")
#: More groups than this are announced: the time grows faster than their number.
MANY_GROUPS = 20
#: Columns that stand beside those of a table of a joint fit in its files: no group column is called so.
BESIDE = ("step", "across", "status")
#: What a list of texts may hold, by the option.
_EXAMPLES = {"steps": "metric", "equal": "loadings", "free": "Image =~ IMAG2"}


class JointData(NamedTuple):
    """What all groups are fitted to: moments or sums by pattern, rows where they are needed, kind of errors, sizes."""

    data: Sample | Incomplete
    cases: Rows
    errors: Errors
    n: tuple[int, ...]


def refuse_errors_of(kind: str, errors: str | None) -> None:
    """Refuse errors that the estimator `kind` does not have.

    Raises
    ------
    SpecError
    """
    if errors is not None and errors not in ESTIMATORS[kind].errors:  # type: ignore[index]
        allowed = ESTIMATORS[kind].errors  # type: ignore[index]
        what = Message("errors: {errors} are not those of {estimator}", errors=errors, estimator=kind)
        raise SpecError(Problem(what, "errors", errors, listed(allowed), "leave errors out"))


def joint_data(survey: Survey, kind: str, errors: str | None, missing: str) -> JointData:
    """What the groups of `survey` are fitted to by the estimator `kind`.

    Raises
    ------
    DataError
        Errors of a simple random sample beside weights or clusters; incomplete rows, or too few, for least squares.
    """
    if len(survey.group_keys) > MANY_GROUPS:
        text = "{n} groups are fitted together, which may take many minutes; name fewer in by: or where:"
        announce(Message(text, n=len(survey.group_keys)))
    if kind != "ml" and missing == "fiml" and bool(np.isnan(survey.x).any()):
        what = Message("{name} needs complete rows", name=kind)
        raise DataError(Problem(what, "missing", "fiml", "listwise", 'write missing="listwise", or take ml'))
    if kind == "dwls":
        _, cases, _, n = _of_rows(survey, "mlm", missing)
        assert isinstance(cases, Cases)
        ordered = OrderedGroups.by_group(cases)
        return JointData(ordered.correlated, ordered, "mlm", n)
    data, rows, chosen, n = _of_rows(survey, errors, missing, always=kind == "wls")
    if kind == "wls":
        _refuse_few(survey, n)
    if chosen == "mlr" and kind != "ml":
        chosen = "mlm"
    return JointData(data, rows, chosen or ("observed" if isinstance(data, Incomplete) else "expected"), n)


def _refuse_few(survey: Survey, n: tuple[int, ...]) -> None:
    p = len(survey.model.item_names)
    moments = p + p * (p + 1) // 2
    what = "wls needs more respondents than there are means, variances and covariances"
    problems = [
        Problem(
            what,
            group_name(survey.by, key),
            Message("{n} rows", n=size),
            Message("more than {moments}", moments=moments),
            "choose ml, gls or uls",
        )
        for key, size in zip(survey.group_keys, n, strict=True)
        if size <= moments
    ]
    if problems:
        raise DataError(problems)


def _of_rows(
    survey: Survey, errors: str | None, missing: str, *, always: bool = False
) -> tuple[Sample | Incomplete, Rows, Any, tuple[int, ...]]:
    """Moments of the groups, rows where errors need them or `always`, the kind of errors, and the rows of each group.

    Raises
    ------
    DataError
        Errors of a simple random sample beside weights or clusters.
    """
    holes = bool(np.isnan(survey.x).any()) and missing == "fiml"
    uneven = survey.weights is not None and not np.allclose(survey.weights, survey.weights[0])
    kind: Any = errors or ("mlr" if uneven or survey.cluster is not None else None)
    if kind in ("expected", "observed") and (uneven or survey.cluster is not None):
        what = "these errors are those of a simple random sample"
        raise DataError(Problem(what, "errors", str(kind), "mlr", "leave errors out, or write mlr"))
    rows = [survey.rows("patterns" if holes else "complete", g) for g in range(len(survey.group_keys))]
    n = tuple(int(r.n) for r in rows)
    kept = np.concatenate([np.flatnonzero(survey.group == g)[r.kept] for g, r in enumerate(rows)])
    given: dict[str, Any] = {
        "weights": survey.weights[kept] if survey.weights is not None and uneven else None,
        "group": survey.group[kept],
        "cluster": None if survey.units is None else survey.units[kept],
    }
    robust = kind in ("mlm", "mlr")
    if holes:
        holed = HoledCases.of(survey.x[kept], **given) if robust else None
        return Incomplete.of([r.sums() for r in rows]), holed, kind, n
    complete = Cases.of(survey.x[kept], **given)
    return complete.sample, complete if robust or always else None, kind, n


def estimate_of(model: str | Path | Model) -> EstimateSpec:
    """What `model` says of its estimator; a spec without paths is one of ``ml``, which needs none."""
    if isinstance(model, Model):
        return model.estimate
    try:
        return load_model(model).estimate
    except SpecError:
        return load_model(model, overrides={"estimate": {"estimator": "ml"}}).estimate


def kind_of(given: EstimateSpec) -> str:
    """The estimator of a joint fit or a ladder: that of the spec, ``ml`` where it has none of covariance structures.

    Raises
    ------
    SpecError
    """
    kind = given.estimator if given.estimator in TOGETHER else "ml"
    if given.covariance_based and kind != given.estimator:
        what = Message("groups are not fitted together by {name}", name=given.estimator)
        raise SpecError(Problem(what, "estimator", given.estimator, listed(TOGETHER), "take estimator: ml"))
    return kind


def refuse_options(errors: str | None, texts: Mapping[str, object], *, each: bool = False) -> None:
    """Refuse an unknown kind of errors, and what is no list where texts are asked for.

    Parameters
    ----------
    texts : by option, what must be a list of texts.
    each : look at what is in the lists too.

    Raises
    ------
    SpecError
    """
    if not is_one_of(errors, (None, "expected", "observed", "mlm", "mlr")):
        raise SpecError(Problem("unknown kind of errors", "errors", shown(errors), "expected, observed, mlm, mlr"))
    for name, given in texts.items():
        if (
            isinstance(given, str)
            or not isinstance(given, Sequence)
            or (each and not all(isinstance(text, str) for text in given))
        ):
            remedy = Message('write {name}=["{x}"]', name=name, x=given if isinstance(given, str) else _EXAMPLES[name])
            raise SpecError(
                Problem(Message("{name} must be a list of texts", name=name), name, shown(given), remedy=remedy)
            )


def with_groups(
    table: pd.DataFrame, by: Sequence[str], keys: Sequence[Key], groups: Sequence[int | None]
) -> pd.DataFrame:
    """`table` with the group columns `by` in front, empty in rows of no single group.

    A group column that is called like a column of the tables gets ``_group`` behind its name.
    """
    for place, name in enumerate(by):
        column = name
        while column in table or column in BESIDE:
            column = f"{column}_group"
        values = ["" if g is None else keys[g][place] for g in groups]
        table.insert(place, column, np.asarray(values, dtype=object))
        table[column] = table[column].infer_objects()
    return table


def means_table(found: LatentMeans) -> tuple[pd.DataFrame, list[int]]:
    """``construct, mean, se, z, p`` of every group below one another, and the group of each row."""
    parts = []
    for g in range(len(found.mean)):
        part = pd.DataFrame({"construct": found.constructs})
        for name in ("mean", "se", "z", "p"):
            part[name] = getattr(found, name)[g]
        parts.append(part)
    return pd.concat(parts, ignore_index=True), [g for g, part in enumerate(parts) for _ in range(len(part))]


def refuse_groups(survey: Survey, what: Message = AT_LEAST_TWO) -> None:
    """Refuse a survey with fewer than two groups, or groups that are too small, and one of which only sums are held.

    Raises
    ------
    DataError
    """
    refuse_sums(survey, N_("a fit of several groups together"))
    problems = []
    if not survey.by or len(survey.group_keys) < 2:
        problems.append(
            Problem(
                what,
                "by",
                Message("{n} group", n=len(survey.group_keys)),
                Message("2 or more"),
                "name the group column: by=",
            )
        )
    sizes = np.bincount(survey.group, minlength=len(survey.group_keys))
    least = max(MIN_ROWS, len(survey.model.item_names) + 1)
    for key, size in zip(survey.group_keys, sizes, strict=True):
        if survey.by and size < least:
            name = group_name(survey.by, key)
            remedy = "leave the group out with where:, or join it with another"
            problems.append(
                Problem("too few rows for a covariance structure", name, str(int(size)), f"{least}", remedy)
            )
    if problems:
        raise DataError(problems)


def for_groups(model: Model, keys: Sequence[Key]) -> tuple[Parameter, ...]:
    """The statements of `model` with what they say of single groups in the order of `keys`.

    A group of several columns is named with a slash between its values.

    Raises
    ------
    SpecError
        A group that is not there, or more or fewer values than groups; all at once.
    """
    names = [" / ".join(plain_text(part) for part in key) for key in keys]
    out, problems = [], []
    for parameter in model.parameters:
        if not parameter.groups:
            out.append(parameter)
            continue
        text = written(parameter)
        by_name = {said.group: said for said in parameter.groups}
        if set(by_name) == {""}:
            said = parameter.groups
            if len(said) != len(names):
                what = Message('"{text}" is stated for {n} groups', text=text, n=len(said))
                found = Message("{n} groups: {names}", n=len(names), names=listed(names))
                problems.append(Problem(what, "parameters", found))
                continue
        else:
            problems += [
                Problem(
                    Message('"{text}" is stated for a group that is not there', text=text),
                    "parameters",
                    name,
                    listed(names),
                    nearest(name, names),
                )
                for name in by_name
                if name not in names
            ]
            said = tuple(by_name.get(name, GroupStatement(name, stated=False)) for name in names)
        in_order = tuple(GroupStatement("", s.value, s.label, s.stated) for s in said)
        out.append(Parameter(parameter.lhs, parameter.op, parameter.rhs, groups=in_order, free=parameter.free))
    if problems:
        raise SpecError(problems)
    return tuple(out)


def doubts(solution: Solution, keys: tuple[Key, ...], by: tuple[str, ...]) -> list[Message]:
    """What makes a joint fit doubtful or unusable, with the groups by their names."""
    state = int(solution.status)
    if state & int(Status.SINGULAR):
        texts = singular_reasons_of(solution, ())
    elif state & int(Status.NOT_CONVERGED):
        texts = [Message("did not converge in {n} iterations", n=int(solution.iterations))]
    else:
        texts = inadmissible_reasons_of(solution, ()) if state & int(Status.INADMISSIBLE) else []
        texts = [*texts, *cautions_of(solution, ())]
    return [_with_name(text, keys, by) for text in texts]


def _with_name(said: Message, keys: tuple[Key, ...], by: tuple[str, ...]) -> Message:
    """`said` with the name of its group, where it ends with the number of one."""
    parts = dict(said.parts)
    if said.template != OF_GROUP:
        return said
    return Message("{said} ({where})", said=parts["said"], where=group_name(by, keys[int(parts["n"]) - 1]))
