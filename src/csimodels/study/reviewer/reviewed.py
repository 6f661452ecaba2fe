"""What a reviewer asks for, of a result: model fit, prediction, groups, segments; made from the rows when asked."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import numpy as np
import pandas as pd

from csimodels import assess
from csimodels.arguments import check_counts, plain_methods
from csimodels.errors import UNUSABLE, EstimationError, Problem, SpecError, Status, nearest
from csimodels.estimate import Design
from csimodels.infer import worker_pool
from csimodels.infer.multiple import Adjust
from csimodels.study.reviewer.bias import Questioned
from csimodels.study.reviewer.prediction import Predicting
from csimodels.study.reviewer.rows import (
    Compared,
    Pairwise,
    compared,
    fit_rows,
    plan_of,
    square,
)
from csimodels.study.reviewer.segments import Segmented

#: Columns of MICOM's steps two and three.
_STEPS = (
    *("correlation", "correlation_5", "correlation_p"),
    *(f"{part}{end}" for part in ("mean", "variance") for end in ("", "_low", "_high", "_p")),
)


@plain_methods
class Reviewed(Predicting, Questioned, Segmented):
    """Tables of a result of PLS or PLSc that need its rows, each computed when it is asked for.

    Every method raises `DataError` for a result loaded from a folder, and `SpecError` for a covariance structure, which
    has tests of its own.
    """

    def model_fit(self, replicates: int = 0, *, seed: int = 1) -> pd.DataFrame:
        """Overall fit of every group, and the test of exact fit (Dijkstra & Henseler 2015).

        Parameters
        ----------
        replicates : int
            Bootstrap replicates of the test; 0: none.
        seed : int
            Where they come from.

        Returns
        -------
        pandas.DataFrame
            Columns: group columns, ``measure``; ``model``: saturated or estimated; ``subject``: construct of an
            equation; ``value``; ``hi95, hi99``: quantiles where the model holds, and ``p``; replicates ``kept`` of
            ``asked``.
        """
        check_counts(seed, 0, replicates=replicates)
        survey, settings = self._additive("model_fit")
        rows: list[dict[str, object]] = []
        for group, sampling, fit in self._parts(survey, settings):
            if int(fit.status) & int(UNUSABLE):
                state = Status(int(fit.status)).describe()
                raise EstimationError(Problem("a group has no usable fit", group.name, state))
            plan = plan_of(group.rows, sampling, replicates, seed) if replicates else None
            mine = fit_rows(group.rows, fit, plan, settings.rule)
            rows += [dict(zip(survey.by, group.key, strict=True)) | row for row in mine]
        return pd.DataFrame(rows)

    def cross_loadings(self) -> pd.DataFrame:
        """Correlations of every item with every construct: group columns, ``construct`` (its own), ``item``, one column
        per construct."""
        survey, settings = self._rows()
        frames = []
        for group, _, fit in self._parts(survey, settings):
            d = fit.design
            columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
            columns |= {"construct": [d.constructs[j] for j in d.block], "item": list(d.items)}
            columns |= {name: fit.loadings[:, j] for j, name in enumerate(d.constructs)}
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def discriminant(self, kind: Pairwise = "htmt") -> pd.DataFrame:
        """Square table of every two constructs: group columns, ``construct``, one column per construct.

        Parameters
        ----------
        kind : {"correlations", "fornell_larcker", "htmt", "htmt2", "htmt_signed"}
            ``fornell_larcker``: correlations with
            the root of AVE on the diagonal.

        Returns
        -------
        pandas.DataFrame
            A table; its columns stand in docs/tables.md.
        """
        if kind not in get_args(Pairwise):
            allowed = get_args(Pairwise)
            raise SpecError(Problem("unknown table", "kind", repr(kind), ", ".join(allowed), nearest(kind, allowed)))
        survey, settings = self._rows()
        frames = []
        for group, _, fit in self._parts(survey, settings):
            names, matrix = fit.design.constructs, square(fit, kind)
            columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
            columns |= {"construct": list(names)} | {name: matrix[:, j] for j, name in enumerate(names)}
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def micom(self, permutations: int = 1000, *, seed: int = 1) -> pd.DataFrame:
        """Measurement invariance of composites for every two groups (Henseler, Ringle & Sarstedt 2016).

        Parameters
        ----------
        permutations : int
            Permutations; whole clusters change groups.
        seed : int
            Where the random numbers come from: the same seed, the same numbers.

        Returns
        -------
        pandas.DataFrame
            Columns: ``first, second`` group, ``construct``; step 2 ``correlation, correlation_5, correlation_p``; step
            3 ``mean, mean_low, mean_high, mean_p, variance, variance_low, variance_high, variance_p``; ``invariance``:
            none, partial or full at 5 %; permutations ``kept`` of ``asked``.  Whole clusters change groups.
        """
        check_counts(seed, permutations=permutations)
        survey, settings = self._rows()
        alone = replace(self.model, interactions=(), controls=())  # composites are those of the first stage
        groups, design = self._groups(replace(survey, model=alone), settings), Design.of(alone)
        plan = assess.PermutationPlan(permutations, seed, settings.rule)
        frames = []
        with worker_pool() as pool:
            for i in range(groups.size):
                for j in range(i + 1, groups.size):
                    pair = groups.pair(i, j)
                    found = assess.micom(pair, design, settings.estimator, plan, pool=pool)
                    columns: dict[str, object] = {"first": pair.names[0], "second": pair.names[1]}
                    columns["construct"] = list(design.constructs)
                    columns |= {name: getattr(found, name) for name in _STEPS}
                    columns |= {"invariance": found.verdict(), "kept": found.kept, "asked": found.asked}
                    frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def multigroup(
        self, of: Compared = "paths", permutations: int = 1000, *, seed: int = 1, adjust: Adjust = "holm"
    ) -> pd.DataFrame:
        """Permutation tests of the differences of every two groups (Chin & Dibbern 2010).

        Parameters
        ----------
        of : {"paths", "weights", "loadings", "indices"}
            What is compared.
        permutations : int
            Permutations; whole clusters change groups.
        seed : int
            Where the random numbers come from.
        adjust : {"holm", "bh", "none"}
            Correction for the number of pairs.

        Returns
        -------
        pandas.DataFrame
            Columns: ``first, second`` group, ``subject``; ``difference`` (first less second) with the central 95 % of
            permutations ``low, high`` and ``p``; ``p_adj`` corrected over the pairs; ``kept, asked``.
        """
        if of not in get_args(Compared):
            allowed = get_args(Compared)
            raise SpecError(
                Problem("unknown numbers to compare", "of", repr(of), ", ".join(allowed), nearest(of, allowed))
            )
        check_counts(seed, permutations=permutations)
        survey, settings = self._rows()
        groups, design = self._groups(survey, settings), Design.of(self.model)
        subjects, values = compared(self.model, design, of)
        plan = assess.PermutationPlan(permutations, seed, settings.rule)
        with worker_pool() as pool:
            tests = assess.permutation_tests(groups, design, settings.estimator, values, plan, pool)
        corrected = assess.adjust_pairs(tests, adjust)
        frames = []
        for test, p_adj in zip(tests, corrected, strict=True):
            columns: dict[str, object] = {"first": test.groups[0], "second": test.groups[1], "subject": subjects}
            columns |= {"difference": test.difference, "low": test.low, "high": test.high, "p": test.p, "p_adj": p_adj}
            frames.append(pd.DataFrame(columns | {"kept": test.kept, "asked": test.asked}))
        return pd.concat(frames, ignore_index=True)

    def item_statistics(self) -> pd.DataFrame:
        """Items of all respondents: ``item, n, missing, mean, sd, skewness, kurtosis, floor, ceiling`` (weighted)."""
        survey, _ = self._rows(any_estimator=True)
        low, high = (np.asarray([item.scale[end] for item in self.model.items]) for end in (0, 1))
        found = assess.item_statistics(survey.x, low, high, survey.weights)
        return pd.DataFrame({"item": list(self.model.item_names), **vars(found)})
