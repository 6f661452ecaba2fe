"""Segments of respondents that no column names: by mixtures of regressions, and by prediction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from csimodels import assess
from csimodels.arguments import check_counts, plain_methods
from csimodels.errors import DataError, Problem
from csimodels.estimate import Design
from csimodels.messages import Message
from csimodels.moments import FORM_OF_RULE, Moments
from csimodels.moments.linalg import Floats
from csimodels.score import filled
from csimodels.study.reviewer.base import OfRows
from csimodels.study.settings import Settings
from csimodels.survey import Survey


@plain_methods
class Segmented(OfRows):
    """Tables of a result of PLS or PLSc on unobserved heterogeneity (docs/reviewer.md)."""

    def mixtures(
        self, segments: Sequence[int] = (1, 2, 3, 4, 5), *, starts: int = 20, seed: int = 1, intercepts: bool = True
    ) -> pd.DataFrame:
        """FIMIX-PLS of all respondents for several numbers of segments: criteria side by side (Hahn et al. 2002).

        Parameters
        ----------
        segments : sequence of int
            Numbers of segments to try.
        starts : int
            Random starts; the best solution counts.
        seed : int
            Where the random numbers come from: the same seed, the same numbers.
        intercepts : bool
            Segments may differ in level.

        Returns
        -------
        pandas.DataFrame
            Columns: ``segments``; ``lnL, AIC, AIC3, AIC4, BIC, CAIC, HQ, MDL5, EN``; ``parameters, smallest`` (share of
            the smallest segment), ``converged``; starts that ``agree`` with the best, of ``starts``; ``note``: why
            there is no solution.  Sampling weights take no part.
        """
        check_counts(seed, starts=starts)
        survey, settings = self._additive("mixtures")
        _, scores = self._scores(survey, settings)
        options = assess.MixtureSettings(starts, seed, intercepts=intercepts)
        done, refused = assess.compare_mixtures(scores, Design.of(self.model), segments, options)
        rows: list[dict[str, object]] = []
        for k in segments:
            if k in done:
                one = done[k]
                parts = {"parameters": one.parameters, "smallest": float(one.share.min()), "converged": one.converged}
                counts = {"agree": one.agreeing, "starts": one.starts, "note": ""}
                rows.append({"segments": k, **one.criteria(), **parts, **counts})
            else:
                rows.append({"segments": k, "converged": False, "note": refused[k]})
        return pd.DataFrame(rows)

    def segments(self, number: int, *, starts: int = 20, seed: int = 1, intercepts: bool = True) -> pd.DataFrame:
        """Posterior probability of each FIMIX segment for every respondent: ``row, segment, segment_1, segment_2 ...``.

        ``row`` counts data rows from 1; segments are numbered from 1, the largest first.

        Parameters
        ----------
        number : int
            Segments.
        starts : int
            Random starts; the best solution counts.
        seed : int
            Where the random numbers come from: the same seed, the same numbers.
        intercepts : bool
            Segments may differ in level.

        Returns
        -------
        pandas.DataFrame
            ``row, segment``, then a probability for each segment.
        """
        check_counts(seed, starts=starts)
        survey, settings = self._additive("segments")
        kept, scores = self._scores(survey, settings)
        options = assess.MixtureSettings(starts, seed, intercepts=intercepts)
        found = assess.fit_mixture(scores, Design.of(self.model), number, options)
        columns: dict[str, object] = {"row": survey.row[kept], "segment": found.segment + 1}
        columns |= {f"segment_{k + 1}": found.posterior[:, k] for k in range(number)}
        return pd.DataFrame(columns).sort_values("row", ignore_index=True)

    def prediction_segments(self, number: int, *, starts: int = 10, seed: int = 1) -> pd.DataFrame:
        """PLS-POS: segments whose answers the model explains best, ``row, segment`` (Becker et al. 2013).

        ``row`` counts data rows from 1; segments are numbered from 1, the largest first.  Join it to the data by row
        and run the study with ``by="segment"`` for paths, index, drivers and MICOM of each segment.  The objective, the
        sum of R2 over segments and constructs, and whether a further move improves it are in ``attrs`` of the table.

        Parameters
        ----------
        number : int
            Segments.
        starts : int
            Random starts; the best solution counts.
        seed : int
            Where the random numbers come from: the same seed, the same numbers.

        Returns
        -------
        pandas.DataFrame
            ``row, segment``.

        Raises
        ------
        DataError
            Missing answers or sampling weights, which the search does not take, or more segments than rows can fill.
        """
        check_counts(seed, starts=starts)
        survey, settings = self._additive("prediction_segments")
        if survey.weights is not None:
            raise DataError(Problem("PLS-POS takes no sampling weights", "weight", remedy="leave the weight out"))
        holes = int(np.isnan(survey.x).any(axis=1).sum())
        if holes:
            what = Message("PLS-POS takes no missing answers; rows with one: {holes}", holes=holes)
            raise DataError(Problem(what, remedy="leave them out: missing: listwise and dropna()"))
        design = Design.of(self.model)
        options = assess.SegmentationSettings(starts, seed)
        found = assess.segment_by_prediction(survey.x[:, design.columns], design, settings.estimator, number, options)
        table = pd.DataFrame({"row": survey.row, "segment": found.segment + 1}).sort_values("row", ignore_index=True)
        table.attrs |= {"objective": found.objective, "converged": found.converged}
        return table

    def _scores(self, survey: Survey, settings: Settings) -> tuple[np.ndarray, Floats]:
        """Rows used, and their standardised scores under the fit of all respondents."""
        design, rows = Design.of(self.model), survey.rows(FORM_OF_RULE[settings.rule])
        moments = Moments.from_sums(rows.sums(), settings.rule)
        fit = settings.estimator(design, moments)
        answers = filled(rows.x[rows.kept], moments.mean, moments.cov, settings.rule)[:, design.columns]
        n = rows.n
        scale = fit.weights / fit.moments.sd[:, None] * np.sqrt((n - 1) / n)
        return rows.kept, (answers - fit.moments.mean) @ scale
