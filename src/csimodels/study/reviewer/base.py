"""What every table for a reviewer begins with: rows, settings, the parts of the survey, and what a table refuses."""

from __future__ import annotations

from csimodels import assess
from csimodels.errors import DataError, Problem, SpecError
from csimodels.estimate import Design
from csimodels.messages import N_, Message, listed
from csimodels.moments import FORM_OF_RULE, Moments, Sampling
from csimodels.spec import Model
from csimodels.study.groups import group_name, groups_of, rows_of
from csimodels.study.reviewer.rows import Part
from csimodels.study.settings import Settings
from csimodels.survey import Survey
from csimodels.survey.scale.refused import refuse_sums


def refuse_not_additive(model: Model, table: str) -> None:
    """SpecError for a table of answers as numbers, of a model with interactions, covariates or ordered items."""
    names = [product.name for product in model.interactions]
    if names:
        what = Message("{table} is not defined for a model with interactions", table=table)
        raise SpecError(Problem(what, "paths", listed(names), remedy="leave the interactions out of the paths"))
    if model.controls:
        what = Message("{table} is not defined for a model with covariates", table=table)
        found = listed([control.item for control in model.controls])
        raise SpecError(Problem(what, "controls", found, remedy="leave the controls out"))
    if model.estimate.correlations is not None and table != "model_fit":
        what = Message("{table} needs the answers as numbers, which polychoric correlations are not of", table=table)
        remedy = "leave correlations out of the spec"
        raise SpecError(Problem(what, "correlations", model.estimate.correlations, remedy=remedy))


def refuse_structure(model: Model) -> None:
    """SpecError for a table of PLS and PLSc, of a covariance structure."""
    if model.estimate.covariance_based:
        what, remedy = "this table is one of PLS and PLSc", "use fit_measures(), cs.invariance, or estimator: pls"
        raise SpecError(Problem(what, "estimator", model.estimate.estimator, remedy=remedy))


class OfRows:
    """A result of PLS or PLSc with its rows; without them for one that was loaded from a folder."""

    model: Model
    survey: Survey | None

    def _additive(self, table: str) -> tuple[Survey, Settings]:
        """:meth:`_rows`, for a table that a model with interactions or covariates does not have."""
        refuse_not_additive(self.model, table)
        return self._rows()

    def _rows(self, any_estimator: bool = False) -> tuple[Survey, Settings]:
        if self.survey is None:
            what = "a result loaded from a folder carries no respondents"
            raise DataError(Problem(what, remedy="run the study again: Study(model, data).run()"))
        refuse_sums(self.survey, N_("this table"))
        if not any_estimator:
            refuse_structure(self.model)
        return self.survey, Settings.of(self.model, self.survey)

    def _design(self) -> Design:
        return Design.of(self.model)

    def _parts(self, survey: Survey, settings: Settings) -> list[Part]:
        design = Design.of(self.model)
        out = []
        for group in groups_of(survey, FORM_OF_RULE[settings.rule]):
            fit = settings.estimator(design, Moments.from_sums(group.rows.sums(), settings.rule))
            used = group.used
            strata = None if survey.strata is None else survey.strata[used]
            units = None if survey.units is None else survey.units[used]
            out.append((group, Sampling.of(len(used), strata, units), fit))
        return out

    def _groups(self, survey: Survey, settings: Settings) -> assess.Groups:
        if not survey.by:
            remedy = "name the column of the groups: by="
            raise SpecError(Problem("there are no groups to compare", "by", "none", remedy=remedy))
        names = tuple(group_name(survey.by, key) for key in survey.group_keys)
        rows = rows_of(survey, FORM_OF_RULE[settings.rule])
        return assess.Groups(rows, survey.group, names, survey.units)
