"""The ladder of measurement invariance as its users hold it: tables, figure, every step as a fit, a folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.errors import Problem, SpecError, Status, nearest
from csimodels.estimate.ml.analysis import Analysis
from csimodels.estimate.ml.fiml.solution import FimlSolution
from csimodels.estimate.ml.invariance import Step
from csimodels.moments import Key
from csimodels.report.figures.picture import Picture
from csimodels.report.story.ladder import ladder_picture
from csimodels.report.story.section import field_work
from csimodels.study.joint.data import means_table, with_groups
from csimodels.study.joint.folder import Joint
from csimodels.study.joint.origin import Origin
from csimodels.study.joint.result import GroupFit
from csimodels.study.table_html import table_html


@plain_methods
@dataclass(frozen=True, eq=False)
class Invariance(Joint):
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
    origin : Origin
        Model, options and facts of the ladder.
    """

    kind: ClassVar[str] = "invariance"

    steps: tuple[Step, ...]
    by: tuple[str, ...]
    keys: tuple[Key, ...]
    n: tuple[int, ...]
    notes: tuple[str, ...]
    origin: Origin

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
        table = with_groups(table, self.by, self.keys, groups)
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
        out = with_groups(out, self.by, self.keys, [r.group for r in rows])
        out["status"] = Status(int(s.status)).describe()
        return out

    def fit(self, step: str) -> GroupFit:
        """One step with all its tables: parameters with tests and standardised, residuals, modification indices.

        Parameters
        ----------
        step : str
            A step that was fitted.

        Returns
        -------
        GroupFit
            Fit of all groups with what the step holds equal.
        """
        found = self._step(step)
        solution, errors = found.solution, str(found.vcov.errors)
        apart: tuple[tuple[str, str], ...] = ()
        if isinstance(solution, FimlSolution):
            apart, errors, solution = solution.data.apart, f"FIML, {errors}", solution.as_ml()
        analysis = Analysis(solution, found.vcov, errors, found.every, apart)
        level = self.origin.model.uncertainty.level
        return GroupFit(analysis, self.by, self.keys, self.n, level, self.notes, self.origin)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The ladder, and the tables of every step with the column ``step`` in front, by the names of their files.

        Returns
        -------
        dict
            Name to table.
        """
        parts: dict[str, list[pd.DataFrame]] = {}
        for step in self.steps:
            for name, table in self.fit(step.name).tables().items():
                if name == "latent_means" and step.means is None:
                    continue
                table.insert(0, "step", step.name)
                parts.setdefault(name, []).append(table)
        groups = {"joint_groups": self.fit(self.steps[0].name).groups()}
        joined = {name: pd.concat(tables, ignore_index=True) for name, tables in parts.items() if name not in groups}
        return {"invariance": self.table()} | groups | joined

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
        return ladder_picture(self.table(), self.n, lang, size, theme, dates=field_work(self.origin.model, lang))

    def _step(self, name: str) -> Step:
        for step in self.steps:
            if step.name == name:
                return step
        taken = [step.name for step in self.steps]
        raise SpecError(Problem("this step was not taken", "step", repr(name), ", ".join(taken), nearest(name, taken)))

    def _repr_html_(self) -> str:
        return table_html(self.table(), self.notes)

    def __repr__(self) -> str:
        return f"<csimodels.Invariance by {', '.join(self.by)}: {', '.join(step.name for step in self.steps)}>"
