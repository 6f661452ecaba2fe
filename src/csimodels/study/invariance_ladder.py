"""Measurement invariance across the groups of a survey, and the latent means that it allows to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from csimodels.arguments import is_one_of, known_keywords, shown
from csimodels.errors import UNUSABLE, EstimationError, Problem, SpecError, Status, nearest
from csimodels.estimate import Design
from csimodels.estimate.ml.fiml.solution import FimlSolution
from csimodels.estimate.ml.invariance import STEPS, Step, ladder
from csimodels.estimate.ml.solution import Solution
from csimodels.messages import Message, about
from csimodels.moments import Key
from csimodels.report.figures.picture import Picture
from csimodels.report.story.ladder import ladder_picture
from csimodels.spec import EstimateSpec, Model, load_model
from csimodels.study.group_data import (
    doubts,
    estimate_of,
    for_groups,
    joint_data,
    means_table,
    refuse_groups,
    refuse_options,
)
from csimodels.study.study import Study


@dataclass(frozen=True, eq=False)
class Invariance:
    """The ladder of ever more equal models.

    Attributes
    ----------
    steps : tuple of Step
        One fit per step.
    by : tuple of str
        Group columns.
    keys : tuple
        The groups, the first of which is the reference of latent means.
    n : tuple of int
        Rows of each group.
    notes : tuple of str
        What makes a step doubtful.
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

        Parameters
        ----------
        step : str
            A step that was fitted.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.

        Raises
        ------
        SpecError
            The step was not taken, or does not hold intercepts equal.
        """
        found = self._step(step)
        if found.means is None:
            what = "latent means need equal intercepts"
            raise SpecError(Problem(what, "step", step, "scalar, strict", "compare the scalar or the strict step"))
        table, groups = means_table(found.means)
        for place, name in enumerate(self.by):
            table.insert(place, name, np.asarray([self.keys[g][place] for g in groups], dtype=object))
        table["status"] = Status(int(found.solution.status)).describe()
        return table

    def parameters(self, step: str) -> pd.DataFrame:
        """Every parameter of one step in every group: group columns, ``lhs, op, rhs, label, free, est, se, status``.

        Parameters
        ----------
        step : str
            A step that was fitted.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.
        """
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
        lang : {"en", "zh"}
            Language.
        size : {"page", "column", "slide"}
            Width.
        theme : {"light", "dark"}
            Colours.

        Returns
        -------
        Picture
            Saved as SVG, PNG or PDF by ``save``; ``data`` is what is drawn.
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
    model : str, Path or Model
        As for :class:`~csimodels.Study`.
    data : path or frame, optional
        As for :class:`~csimodels.Study`.
    by : str or list of str, optional
        Group column(s); the spec's by default.
    steps : sequence of str
        Steps to fit, in their order; ``"configural"`` first.
    free : list of str, optional
        Parameters that stay free in every step, for partial invariance: ``["Image =~ IMAG2", "IMAG2 ~1"]``.
    errors : {"expected", "mlr"}, optional
        None: those that the sample allows; ``"mlr"`` scales tests and differences (Satorra & Bentler 2001).
    missing : {"fiml", "listwise"}, optional
        ``"fiml"`` (answers as they are) or ``"listwise"``.
    columns : mapping, optional
        As for Study.
    missing_codes : list or mapping, optional
        As for Study.
    weight : str, optional
        As for Study.
    where : mapping, optional
        As for Study.
    design : mapping, optional
        As for Study.

    Returns
    -------
    Invariance
        The steps that were fitted.

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
    refuse_options(errors, {"steps": steps, "free": free})
    _refuse_ordered(estimate_of(model))
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
    refuse_groups(survey)
    moments, cases, kind, n = joint_data(survey, errors, missing)
    compiled = replace(Design.of(study.model), parameters=for_groups(study.model, survey.group_keys))
    taken = ladder(compiled, moments, steps=steps, free=free, errors=kind, cases=cases)
    return Invariance(taken, survey.by, survey.group_keys, n, _notes(taken, survey.group_keys, survey.by))


def _refuse_ordered(chosen: EstimateSpec) -> None:
    """The ladder is by maximum likelihood of means and covariances, which ordered answers are not taken for.

    Raises
    ------
    SpecError
    """
    if not chosen.entry.ordered and chosen.correlations is None:
        return
    found = chosen.estimator if chosen.entry.ordered else f"correlations: {chosen.correlations}"
    what = "the ladder is by maximum likelihood of answers taken for numbers; the spec takes them for ordered levels"
    remedy = 'write estimator: ml, or compare fits of cs.fit_groups(..., equal=["loadings"]) by dwls'
    raise SpecError(Problem(what, "estimator", found, "ml", remedy))


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
        notes += [about(Message(step.name), text) for text in doubts(solution, keys, by)]
    if lost:
        remedy = "leave the item or the group out (where:), join small groups, or simplify the model"
        raise EstimationError([Problem(note, "invariance", remedy=remedy) for note in notes])
    return tuple(notes)
