"""How well a model predicts answers that it has not seen: questions of a reviewer on prediction."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csimodels import assess
from csimodels.arguments import check_counts, plain_methods
from csimodels.assess.prediction import Antecedents
from csimodels.errors import Problem, SpecError
from csimodels.study.reviewer.base import OfRows
from csimodels.study.reviewer.rows import predict_both, predict_part
from csimodels.study.settings import Settings
from csimodels.survey import Survey

if TYPE_CHECKING:
    from csimodels.study.reviewer.reviewed import Reviewed


@plain_methods
class Predicting(OfRows):
    """Tables of a result of PLS or PLSc on out-of-sample prediction (docs/reviewer.md)."""

    def prediction(
        self, folds: int = 10, repeats: int = 10, *, seed: int = 1, antecedents: Antecedents = "earliest"
    ) -> pd.DataFrame:
        """PLSpredict: out-of-sample errors of every item of an endogenous construct (Shmueli et al. 2019).

        Parameters
        ----------
        folds, repeats, seed : int
            Parts of the rows, each held out once; how often they are divided anew; where that comes from.
        antecedents : {"earliest", "direct"}
            Constructs that predict: those at the start of the routes, or those right before.

        Returns
        -------
        pandas.DataFrame
            Columns: group columns, ``construct, item``; ``rmse, mae, q2`` of the model; ``rmse_linear, mae_linear,
            q2_linear`` of a regression on the same items; ``rmse_mean, mae_mean`` of the training mean; training sets
            without a usable fit ``failed``, those with an inadmissible one, which are kept, ``inadmissible``, of
            ``asked``.  Clusters are held out as a whole.
        """
        check_counts(seed, folds=folds, repeats=repeats)
        survey, settings = self._predictive("prediction")
        frames = []
        for group, sampling, fit in self._parts(survey, settings):
            found = predict_part(group, sampling, fit, settings, (folds, repeats, seed), antecedents)
            d = fit.design
            columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
            columns |= {"construct": [d.constructs[j] for j in found.construct], "item": list(found.items)}
            columns |= {"rmse": found.rmse(), "mae": found.mae(), "q2": found.q2()}
            columns |= {"rmse_linear": found.rmse("linear"), "mae_linear": found.mae("linear")}
            columns |= {"q2_linear": found.q2("linear"), "rmse_mean": found.rmse("mean"), "mae_mean": found.mae("mean")}
            tallies = {"failed": found.failed, "inadmissible": found.inadmissible, "asked": found.asked}
            frames.append(pd.DataFrame(columns | tallies))
        return pd.concat(frames, ignore_index=True)

    def cvpat(self, folds: int = 10, repeats: int = 10, *, seed: int = 1) -> pd.DataFrame:
        """CVPAT against the mean and the linear regression (Liengaard et al. 2021; Sharma et al. 2023).

        Parameters
        ----------
        folds, repeats, seed : int
            Parts of the rows, each held out once; how often they are divided anew; where that comes from.

        Returns
        -------
        pandas.DataFrame
            Columns: group columns, ``benchmark``; ``construct`` or ``overall``; ``loss, loss_benchmark, difference, se,
            t, df, p``.  A negative difference: the model predicts better.
        """
        check_counts(seed, folds=folds, repeats=repeats)
        survey, settings = self._predictive("cvpat")
        frames = []
        for group, sampling, fit in self._parts(survey, settings):
            found = predict_part(group, sampling, fit, settings, (folds, repeats, seed), "earliest")
            for benchmark in ("mean", "linear"):
                test = assess.compare_with_benchmark(found, fit.design, benchmark, sampling)
                columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
                columns |= {"benchmark": benchmark, "construct": list(test.subjects), "loss": test.loss}
                columns |= {"loss_benchmark": test.other, "difference": test.difference, "se": test.se, "t": test.t}
                frames.append(pd.DataFrame(columns | {"df": test.df, "p": test.p}))
        return pd.concat(frames, ignore_index=True)

    def cvpat_between(self, other: Reviewed, folds: int = 10, repeats: int = 10, *, seed: int = 1) -> pd.DataFrame:
        """CVPAT between this model and another of the same data, endogenous constructs and items.

        Parameters
        ----------
        other : Result
            Of the other model, on the same data.
        folds, repeats, seed : int
            Parts of the rows, each held out once; how often they are divided anew; where that comes from.

        Returns
        -------
        pandas.DataFrame
            Columns: group columns; ``construct`` or ``overall``; ``loss, loss_other, difference, se, t, df, p``.  A
            negative difference: this model predicts better.

        Raises
        ------
        SpecError, DataError
            Groups, endogenous constructs or their items differ, or the models use different respondents.
        """
        check_counts(seed, folds=folds, repeats=repeats)
        survey, settings = self._predictive("cvpat_between")
        theirs, others = other._rows()
        mine, second = self._parts(survey, settings), other._parts(theirs, others)
        if [part[0].key for part in mine] != [part[0].key for part in second]:
            raise SpecError(Problem("the results have different groups", "cvpat_between"))
        frames = []
        for one, two in zip(mine, second, strict=True):
            rows = survey.row[one[0].used], theirs.row[two[0].used]
            found, against = predict_both(one, two, rows, (settings, others), (folds, repeats, seed))
            test = assess.compare_models((found, one[2].design), (against, two[2].design), one[1])
            columns: dict[str, object] = dict(zip(survey.by, one[0].key, strict=True))
            columns |= {"construct": list(test.subjects), "loss": test.loss, "loss_other": test.other}
            columns |= {"difference": test.difference, "se": test.se, "t": test.t, "df": test.df, "p": test.p}
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def blindfolding(self, distance: int | None = None) -> pd.DataFrame:
        """Stone-Geisser Q2 by blindfolding (historical; :meth:`prediction` shows how new respondents are predicted).

        Parameters
        ----------
        distance : int, optional
            Every how many answers one is hidden, in the order of the data; 7, or near it, where left out.

        Returns
        -------
        pandas.DataFrame
            Columns: group columns, ``construct``; ``redundancy`` (cross-validated, through the predecessors) and
            ``communality`` (through the own score, NaN for a single item); ``distance``; rounds without a usable fit
            ``failed`` of ``asked``.
        """
        survey, settings = self._additive("blindfolding")
        frames = []
        for group, _, fit in self._parts(survey, settings):
            order = np.argsort(survey.row[group.members], kind="stable")
            weights = None if group.rows.weights is None else group.rows.weights[order]
            rows = replace(group.rows, x=group.rows.x[order], weights=weights)
            found = assess.blindfold(rows, fit.design, settings.estimator, distance)
            columns: dict[str, object] = dict(zip(survey.by, group.key, strict=True))
            columns |= {"construct": [fit.design.constructs[j] for j in found.construct]}
            columns |= {"redundancy": found.redundancy, "communality": found.communality}
            columns |= {"distance": found.distance, "failed": found.failed, "asked": found.asked}
            frames.append(pd.DataFrame(columns))
        return pd.concat(frames, ignore_index=True)

    def _predictive(self, table: str) -> tuple[Survey, Settings]:
        """:meth:`_rows`, for a table of prediction, which interactions may enter but covariates do not."""
        return self._rows() if self.model.interactions and not self.model.controls else self._additive(table)
