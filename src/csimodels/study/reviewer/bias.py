"""Endogeneity, method bias and the kind of a block: questions of a reviewer that name what is doubted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from csimodels import assess
from csimodels.arguments import plain_methods
from csimodels.errors import DataError, Problem, SpecError, listed, nearest
from csimodels.estimate import Fit
from csimodels.infer import worker_pool
from csimodels.messages import Message
from csimodels.moments import Rows, Sampling
from csimodels.moments.linalg import Floats
from csimodels.study.reviewer.base import OfRows
from csimodels.study.reviewer.rows import plan_of


@plain_methods
class Questioned(OfRows):
    """Tables of a result of PLS or PLSc that need its rows and the name of what is doubted (docs/reviewer.md)."""

    def copula(self, target: str, predictors: Sequence[str], replicates: int = 1000, *, seed: int = 1) -> pd.DataFrame:
        """Gaussian copulas: are predictors correlated with the residual of `target`? (Park & Gupta 2012.)

        Parameters
        ----------
        target : str
            Construct that the paths lead to.
        predictors : sequence of str
            Predictors of it that get a copula.
        replicates : int
            Bootstrap replicates.
        seed : int
            Where the random numbers come from: the same seed, the same numbers.

        Returns
        -------
        pandas.DataFrame
            Columns: group columns, ``target, term``; ``plain``: without copulas; ``estimate, low, high`` with them;
            ``normal_p``: above .05 the predictor is too normal for its copula; replicates ``kept`` of ``asked``.  A
            path is endogenous where the interval of its copula leaves 0 out.  Complete, unweighted rows.
        """
        survey, settings = self._additive("copula")
        if survey.weights is not None:
            raise SpecError(Problem("copulas take no sampling weights", "copula", remedy="leave the weight out"))
        frames = []
        for group, _, fit in self._parts(survey, settings):
            rows = replace(group.rows, form="complete")
            used = group.members[rows.kept]
            strata, units = (None if part is None else part[used] for part in (survey.strata, survey.units))
            plan = plan_of(rows, Sampling.of(len(used), strata, units), replicates, seed)
            with worker_pool() as pool:
                found = assess.copula_test(
                    rows, fit.design, settings.estimator, plan, target, tuple(predictors), pool=pool
                )
            columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
            extra = len(found.names) - len(found.plain)
            columns |= {"target": target, "term": list(found.names)}
            columns |= {"plain": [*found.plain.tolist(), *[np.nan] * extra], "estimate": found.value}
            columns |= {"low": found.interval.low, "high": found.interval.high}
            columns["normal_p"] = [*[np.nan] * len(found.plain), *found.normal_p.tolist()]
            frames.append(pd.DataFrame(columns | {"kept": found.kept, "asked": found.asked}))
        return pd.concat(frames, ignore_index=True)

    def two_stage_least_squares(
        self, target: str, endogenous: Sequence[str], instruments: Sequence[str]
    ) -> pd.DataFrame:
        """Paths into `target` with constructs as instruments of some of its predictors (Dijkstra & Henseler 2015).

        Parameters
        ----------
        target : str
            Construct that the paths lead to.
        endogenous : sequence of str
            Predictors that may go with its residual.
        instruments : sequence of str
            Constructs that stand for them.

        Returns
        -------
        pandas.DataFrame
            Columns: group columns, ``target, source``; ``ordinary`` and ``estimate``; ``first_stage_f`` of endogenous
            predictors (below 10: weak instruments); ``sargan, sargan_p`` where there are more instruments than needed.
        """
        survey, settings = self._additive("two_stage_least_squares")
        equation = assess.Instruments.of(self._design(), target, tuple(endogenous), tuple(instruments))
        frames = []
        for group, _, fit in self._parts(survey, settings):
            found, names = assess.two_stage_least_squares(fit, equation), fit.design.constructs
            strength = dict(zip(equation.endogenous, np.atleast_1d(found.first_stage_f).tolist(), strict=True))
            columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
            columns |= {"target": target, "source": [names[j] for j in equation.sources]}
            columns |= {"ordinary": found.ordinary, "estimate": found.paths}
            columns["first_stage_f"] = [strength.get(j, np.nan) for j in equation.sources]
            frames.append(pd.DataFrame(columns | {"sargan": float(found.sargan), "sargan_p": float(found.sargan_p)}))
        return pd.concat(frames, ignore_index=True)

    def collinearity(self) -> pd.DataFrame:
        """Full collinearity, a sign of common method bias above 3.3 (Kock & Lynn 2012): ``construct, vif``."""
        survey, settings = self._rows()
        frames = []
        for group, _, fit in self._parts(survey, settings):
            columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
            columns |= {"construct": list(fit.design.constructs), "vif": assess.full_collinearity(fit)}
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def marker(self, item: str) -> pd.DataFrame:
        """Paths without the variance that a marker shares with every construct (Lindell & Whitney 2001).

        Parameters
        ----------
        item : str
            A question that theory does not connect with the constructs, named in the section ``items`` of the spec.

        Returns
        -------
        pandas.DataFrame
            Columns: group columns, ``source, target``; ``estimate``; ``adjusted``: from correlations less the smallest
            one of the marker, ``shared``.  Rows in which the marker is missing take no part in its correlations.
        """
        survey, settings = self._additive("marker")
        names = [beside.name for beside in survey.model.beside]
        if item not in names or survey.beside is None:
            allowed, hint = listed(names) or "none", nearest(item, names)
            said = Message("name it in the spec, beside the constructs: items: [{item}]", item=str(item)[:100])
            remedy = hint or said
            what = "the marker is no item beside the model"
            raise SpecError(Problem(what, "marker", repr(item)[:100], allowed, remedy))
        answers = survey.beside[:, names.index(item)]
        frames = []
        for group, _, fit in self._parts(survey, settings):
            shared = _correlations(group.rows, answers[group.used], fit)
            found, d = assess.marker_adjusted(fit, shared), fit.design
            columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
            columns |= {"source": [d.constructs[s] for s, _ in d.edges]}
            columns |= {"target": [d.constructs[t] for _, t in d.edges]}
            columns |= {"estimate": [fit.paths[t, s] for s, t in d.edges]}
            columns |= {"adjusted": [found.paths[t, s] for s, t in d.edges], "shared": float(found.shared)}
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def tetrads(self, construct: str, replicates: int = 1000, *, seed: int = 1) -> pd.DataFrame:
        """Confirmatory tetrad analysis of a block of four items or more (Gudergan et al. 2008).

        Parameters
        ----------
        construct : str
            A construct of four items or more.
        replicates : int
            Bootstrap replicates.
        seed : int
            Where the random numbers come from: the same seed, the same numbers.

        Returns
        -------
        pandas.DataFrame
            Columns: group columns, ``construct, tetrad``; ``value, low, high, p, p_adj`` (Holm over the tetrads);
            ``reflective``: no tetrad differs from 0, so that a reflective block is not contradicted.
        """
        names = self._design().constructs
        if construct not in names:
            allowed, hint = listed(names), nearest(construct, names)
            raise SpecError(Problem("unknown construct", "tetrads", repr(construct)[:100], allowed, hint))
        survey, settings = self._rows()
        frames = []
        for group, sampling, fit in self._parts(survey, settings):
            block = tuple(fit.design.items[k] for k in fit.design.blocks[names.index(construct)])
            if len(block) < 4:
                what = Message("tetrads need four items, {construct} has fewer", construct=construct)
                raise DataError(Problem(what, "tetrads", str(len(block))))
            with worker_pool() as pool:
                plan = plan_of(group.rows, sampling, replicates, seed)
                found = assess.tetrad_test(group.rows, block, plan, settings.rule, pool=pool)
            columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
            columns |= {"construct": construct, "tetrad": [", ".join(block[k] for k in row) for row in found.places]}
            columns |= {"value": found.value, "low": found.interval.low, "high": found.interval.high}
            columns |= {"p": found.interval.p, "p_adj": found.p_adjusted, "reflective": found.reflective}
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)


def _correlations(rows: Rows, marker: Floats, fit: Fit) -> Floats:
    """(J,) weighted correlations of a marker with the scores of every construct."""
    mean, sd = fit.moments.mean, fit.moments.sd
    z = np.nan_to_num((rows.x[rows.kept][:, fit.design.columns] - mean) / sd)
    there = ~np.isnan(marker)
    a, scores = rows.a[there] / rows.a[there].sum(), (z @ fit.weights)[there]
    scores, other = scores - a @ scores, marker[there] - a @ marker[there]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((a * other) @ scores / np.sqrt((a @ other**2) * (a @ scores**2)))
