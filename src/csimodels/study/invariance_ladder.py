"""Measurement invariance across the groups of a survey, and the latent means that it allows to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csimodels.arguments import is_one_of, known_keywords, shown
from csimodels.errors import UNUSABLE, DataError, EstimationError, Problem, SpecError, Status, nearest
from csimodels.estimate import Design
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.diagnose import OF_GROUP, cautions_of, inadmissible_reasons_of, singular_reasons_of
from csimodels.estimate.ml.fiml.incomplete import Incomplete
from csimodels.estimate.ml.fiml.rows import HoledCases
from csimodels.estimate.ml.fiml.solution import FimlSolution
from csimodels.estimate.ml.invariance import STEPS, Step, ladder
from csimodels.estimate.ml.sample import Sample
from csimodels.estimate.ml.solution import Solution
from csimodels.messages import Message, about
from csimodels.moments import Key
from csimodels.report.figures.picture import Picture
from csimodels.report.story.ladder import ladder_picture
from csimodels.spec import Model, load_model
from csimodels.study.groups import MIN_ROWS, group_name
from csimodels.study.study import Study
from csimodels.survey import Survey


@dataclass(frozen=True, eq=False)
class Invariance:
    """The ladder of ever more equal models.

    Attributes
    ----------
    steps : one fit per step;  by, keys : the groups, the first of which is the reference of latent means.
    n : rows of each group;  notes : what makes a step doubtful.
    """

    steps: tuple[Step, ...]
    by: tuple[str, ...]
    keys: tuple[Key, ...]
    n: tuple[int, ...]
    notes: tuple[str, ...]

    def table(self) -> pd.DataFrame:
        """One row per step.

        Columns: ``step, equal``; ``chisq, df, p`` (scaled where errors are robust, with ``scaling``); ``cfi, tli,
        rmsea, rmsea_low, rmsea_high``; ``chisq_diff, df_diff, p_diff`` against the step before; ``delta_cfi,
        delta_rmsea``; ``status``.  A fall of CFI by more than 0.01 is the usual sign that a step does not hold (Cheung
        & Rensvold 2002).
        """
        rows = []
        for step in self.steps:
            m = {name: float(np.asarray(value).item()) for name, value in step.measures.items()}
            end = ".robust" if "cfi.robust" in m else ""
            d = step.difference
            rows.append(
                {
                    "step": step.name,
                    "equal": ", ".join(step.equal),
                    "chisq": float(step.test.stat),
                    "df": float(step.test.df),
                    "p": float(step.test.p),
                    "scaling": float(step.test.scaling),
                    "cfi": m[f"cfi{end}"],
                    "tli": m[f"tli{end}"],
                    "rmsea": m[f"rmsea{end}"],
                    "rmsea_low": m[f"rmsea.ci.lower{end}"],
                    "rmsea_high": m[f"rmsea.ci.upper{end}"],
                    "chisq_diff": np.nan if d is None else float(d.stat),
                    "df_diff": np.nan if d is None else float(d.df),
                    "p_diff": np.nan if d is None else float(d.p),
                    "delta_cfi": float(step.delta_cfi),
                    "delta_rmsea": float(step.delta_rmsea),
                    "status": Status(int(step.solution.status)).describe(),
                }
            )
        return pd.DataFrame(rows)

    def latent_means(self, step: str = "scalar") -> pd.DataFrame:
        """Means of the constructs against the first group, on the scale of their markers.

        Columns: group columns, ``construct, mean, se, z, p, status``.  They need equal intercepts: a scalar or a strict
        step, fully or but for the parameters that were freed.

        Raises
        ------
        SpecError
            The step was not taken, or does not hold intercepts equal.
        """
        found = self._step(step)
        if found.means is None:
            what = "latent means need equal intercepts"
            raise SpecError(Problem(what, "step", step, "scalar, strict", "compare the scalar or the strict step"))
        means, parts = found.means, []
        for g, key in enumerate(self.keys):
            part = pd.DataFrame({"construct": means.constructs})
            for name in ("mean", "se", "z", "p"):
                part[name] = getattr(means, name)[g]
            for place, name in enumerate(self.by):
                part.insert(place, name, np.full(len(part), key[place], dtype=object))
            parts.append(part)
        table = pd.concat(parts, ignore_index=True)
        table["status"] = Status(int(found.solution.status)).describe()
        return table

    def parameters(self, step: str) -> pd.DataFrame:
        """Every parameter of one step in every group: group columns, ``lhs, op, rhs, label, free, est, se, status``."""
        found = self._step(step)
        s = found.solution
        x, se = np.asarray(s.x), np.asarray(found.se)
        rows = s.structure.table.rows
        out = pd.DataFrame(
            {
                "lhs": [r.lhs for r in rows],
                "op": [r.op for r in rows],
                "rhs": [r.rhs for r in rows],
                "label": [r.label for r in rows],
                "free": [r.free >= 0 for r in rows],
                "est": [float(x[r.free]) if r.free >= 0 else r.value for r in rows],
                "se": [float(se[r.free]) if r.free >= 0 else np.nan for r in rows],
            }
        )
        for place, name in enumerate(self.by):
            out.insert(place, name, np.asarray([self.keys[r.group][place] for r in rows], dtype=object))
        out["status"] = Status(int(s.status)).describe()
        return out

    def figure(self, lang: str = "en", size: str = "page", theme: str = "light") -> Picture:
        """The ladder as a figure: CFI of every step, the least that the step before allows, and the tests.

        Parameters
        ----------
        lang : ``"en"`` or ``"zh"``
        size : ``"page"``, ``"column"`` or ``"slide"``
        theme : ``"light"`` or ``"dark"``
        """
        return ladder_picture(self.table(), self.n, lang, size, theme)

    def _step(self, name: str) -> Step:
        for step in self.steps:
            if step.name == name:
                return step
        taken = [step.name for step in self.steps]
        raise SpecError(Problem("this step was not taken", "step", repr(name), ", ".join(taken), nearest(name, taken)))

    def _repr_html_(self) -> str:
        html: str = self.table().to_html(index=False, float_format="{:.3f}".format)
        return html + "".join(f"<p>{note}</p>" for note in self.notes)

    def __repr__(self) -> str:
        return f"<csimodels.Invariance by {', '.join(self.by)}: {', '.join(step.name for step in self.steps)}>"


@known_keywords
def invariance(
    model: str | Path | Model,
    data: Any = None,
    *,
    by: str | Sequence[str] | None = None,
    steps: Sequence[str] = tuple(STEPS),
    free: Sequence[str] = (),
    errors: str | None = None,
    missing: str = "fiml",
    columns: Mapping[str, str] | None = None,
    missing_codes: Sequence[float | str] | Mapping[str, Sequence[float | str]] | None = None,
    weight: str | None = None,
    where: Mapping[str, float | str] | None = None,
    design: Mapping[str, str] | None = None,
) -> Invariance:
    """Does a questionnaire measure the same in every group?

    The model is fitted to all groups at once with more and more parameters held equal: ``configural`` (none),
    ``metric`` (loadings), ``scalar`` (and intercepts), ``strict`` (and residual variances); Joereskog (1971), Meredith
    (1993).

    Parameters
    ----------
    by : str or list of str, optional
        Group column(s); the spec's by default.
    free : list of str, optional
        Parameters that stay free in every step, for partial invariance: ``["Image =~ IMAG2", "IMAG2 ~1"]``.
    errors : {"expected", "mlr"}, optional
        None: those that the sample allows; ``"mlr"`` scales tests and differences (Satorra & Bentler 2001).
    missing : {"fiml", "listwise"}, optional
        ``"fiml"`` (answers as they are) or ``"listwise"``.
    columns, missing_codes, weight, where, design : as for :class:`~csimodels.Study`.

    Raises
    ------
    SpecError, DataError
        Fewer than two groups, groups that are too small, unknown steps or parameters.
    EstimationError
        The first step cannot be estimated.

    Examples
    --------
    >>> import csimodels as cs
    >>> data = cs.simulate("ecsi", 300, seed=1).data.assign(bank=["A", "B"] * 150)
    >>> cs.invariance("ecsi", data, by="bank")
    <csimodels.Invariance by bank: configural, metric, scalar, strict>
    """
    if not is_one_of(missing, ("fiml", "listwise")):
        raise SpecError(Problem("unknown missing rule of invariance", "missing", shown(missing), "fiml, listwise"))
    if not is_one_of(errors, (None, "expected", "observed", "mlm", "mlr")):
        raise SpecError(Problem("unknown kind of errors", "errors", shown(errors), "expected, observed, mlm, mlr"))
    for name, given, example in (("steps", steps, "metric"), ("free", free, "Image =~ IMAG2")):
        if isinstance(given, str) or not isinstance(given, Sequence):
            remedy = Message('write {name}=["{x}"]', name=name, x=given if isinstance(given, str) else example)
            raise SpecError(
                Problem(Message("{name} must be a list of texts", name=name), name, shown(given), remedy=remedy)
            )
    overrides = {"estimate": {"estimator": "ml", "missing": None, "errors": None}}
    study = Study(
        load_model(model, overrides=overrides),
        data,
        by=by,
        columns=columns,
        missing_codes=missing_codes,
        weight=weight,
        where=where,
        design=design,
        uncertainty=None,
    )
    survey = study.survey
    _refuse_groups(survey)
    moments, cases, kind, n = _data(survey, errors, missing)
    taken = ladder(Design.of(study.model), moments, steps=steps, free=free, errors=kind, cases=cases)
    return Invariance(taken, survey.by, survey.group_keys, n, _notes(taken, survey.group_keys, survey.by))


def _data(
    survey: Survey, errors: str | None, missing: str
) -> tuple[Sample | Incomplete, Cases | HoledCases | None, Any, tuple[int, ...]]:
    """Moments of the groups, rows where errors need them, the kind of errors, and the rows of each group."""
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
    return complete.sample, complete if robust else None, kind, n


def _refuse_groups(survey: Survey) -> None:
    problems = []
    if not survey.by or len(survey.group_keys) < 2:
        what = "invariance is a property of two groups or more"
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


def _notes(steps: Sequence[Step], keys: tuple[Key, ...], by: tuple[str, ...]) -> tuple[Message, ...]:
    """What makes a step doubtful, with the groups by their names.

    Raises
    ------
    EstimationError
        The first step has no usable numbers.
    """
    notes: list[Message] = []
    lost = bool(int(steps[0].solution.status) & int(UNUSABLE))
    for step in steps[:1] if lost else steps:
        solution: Solution = step.solution.as_ml() if isinstance(step.solution, FimlSolution) else step.solution
        state = int(solution.status)
        if state & int(Status.SINGULAR):
            texts = singular_reasons_of(solution, ())
        elif state & int(Status.NOT_CONVERGED):
            texts = [Message("did not converge in {n} iterations", n=int(solution.iterations))]
        else:
            texts = inadmissible_reasons_of(solution, ()) if state & int(Status.INADMISSIBLE) else []
            texts = [*texts, *cautions_of(solution, ())]
        notes += [about(Message(step.name), _with_name(text, keys, by)) for text in texts]
    if lost:
        remedy = "leave the item or the group out (where:), join small groups, or simplify the model"
        raise EstimationError([Problem(note, "invariance", remedy=remedy) for note in notes])
    return tuple(notes)


def _with_name(said: Message, keys: tuple[Key, ...], by: tuple[str, ...]) -> Message:
    """`said` with the name of its group, where it ends with the number of one."""
    parts = dict(said.parts)
    if said.template != OF_GROUP:
        return said
    return Message("{said} ({where})", said=parts["said"], where=group_name(by, keys[int(parts["n"]) - 1]))
