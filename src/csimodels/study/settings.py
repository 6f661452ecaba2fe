"""The choices of one run, made once: missing rule, estimator, uncertainty, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from csimodels.errors import DataError, Problem, SpecError, listed
from csimodels.estimate import ML, Kind, make_estimator
from csimodels.estimate.ml.cases import Cases
from csimodels.estimate.ml.ordered import diagonal_weight, ordered_cases
from csimodels.infer import Bootstrap, Jackknife, Linearised, ReplicateWeights
from csimodels.messages import Item, Message
from csimodels.moments.linalg import safe_inverse
from csimodels.moments.moments import POLYCHORIC
from csimodels.moments.polychoric import MOST_LEVELS
from csimodels.spec import EstimateSpec, MissingRule, Model, missing_rule, moments_rule
from csimodels.spec.checks.parameters import MEANS_REMEDY, NO_MEANS
from csimodels.study.groups import Group
from csimodels.study.summed_structures import diagonal_weights, fourth_moments
from csimodels.survey import Survey
from csimodels.survey.scale.summed_survey import SummedSurvey

#: Up to so many sampling units ``auto`` takes the jackknife.
AUTO_MOST = 1000


@dataclass(frozen=True)
class Auto:
    """Jackknife-t for groups of up to `most` sampling units, linearised errors beyond (docs/uncertainty.md)."""

    level: float = 0.95
    most: int = AUTO_MOST


Uncertainty = Bootstrap | Jackknife | Linearised | ReplicateWeights | Auto


@dataclass(frozen=True)
class Settings:
    """What every step of a run asks for.

    Attributes
    ----------
    asked : str
        Missing rule that the spec asks for.
    rule : str
        How moments are formed (:data:`csimodels.moments.FORM_OF_RULE`): the missing rule in use (where no answer is
        missing all rules are one, and the plain one is the quickest), or that of polychoric correlations.
    estimator : Kind
        With its settings; for an estimator that takes a weight matrix from the rows, see :meth:`estimator_for`.
    method : Uncertainty or None
        How intervals are made.
    notes : tuple of Message
        Where ``auto`` means something else than usual.
    """

    asked: MissingRule
    rule: str
    estimator: Kind
    method: Uncertainty | None
    notes: tuple[Message, ...] = ()

    @classmethod
    def of(cls, model: Model, survey: Survey) -> Settings:
        """Choices of `model` for these answers.

        Raises
        ------
        SpecError, DataError
            The missing rule or the method of uncertainty does not hold for the estimator.
        """
        refuse_many_levels(model, survey)
        rule = _rule_in_use(model, survey)
        method, notes = _method_in_use(model, rule)
        return cls(missing_rule(model), rule, make_estimator(model.estimate, rule), method, notes)

    def estimator_for(self, model: Model, survey: Survey, groups: Sequence[Group]) -> Kind:
        """The estimator, with the weight matrix of ``wls`` or ``dwls`` made from the rows.

        Raises
        ------
        SpecError, DataError
            Such an estimator with several groups, and ``wls`` with incomplete rows, or fewer rows than moments.
        """
        entry = model.estimate.entry
        if not entry.from_rows:
            return self.estimator
        assert isinstance(self.estimator, ML)
        if any(parameter.op == "~1" for parameter in model.parameters):
            raise SpecError(Problem(NO_MEANS, "parameters", entry.name, "ml, uls, gls", MEANS_REMEDY))
        if len(groups) > 1:
            what = Message("{name} takes its weight matrix from the answers of one group", name=entry.name)
            remedy = "keep one group with where:, or choose ml"
            raise SpecError(Problem(what, "by", Message("{n} groups", n=len(groups)), remedy=remedy))
        rows = groups[0].rows
        if entry.ordered:
            if isinstance(survey, SummedSurvey):
                weight = diagonal_weights(survey, groups[0], self.rule)
            else:
                weight = diagonal_weight(ordered_cases(rows, weights=rows.a))
            return replace(self.estimator, discrepancy="dwls", weight=weight)
        self._refuse_few(groups[0])
        if isinstance(survey, SummedSurvey):
            gamma = fourth_moments(survey, groups, self.rule)
        else:
            gamma = Cases.of(rows.x[rows.kept], weights=rows.a).gamma(means=False)[0]
        return replace(self.estimator, discrepancy="wls", weight=safe_inverse(gamma))

    def _refuse_few(self, group: Group) -> None:
        """Rows that ``wls`` cannot be made of."""
        if self.rule != "listwise":
            remedy = "choose missing: listwise, or ml"
            raise DataError(Problem("wls needs complete rows", "missing", self.rule, "listwise", remedy))
        p = len(group.rows.items)
        moments = p * (p + 1) // 2
        if group.rows.n <= moments:
            what = "wls needs more respondents than there are variances and covariances"
            allowed, found = Message("more than {moments}", moments=moments), Message("{n} rows", n=group.rows.n)
            raise DataError(Problem(what, group.name, found, allowed, "choose ml, gls or uls"))


def refuse_many_levels(model: Model, survey: Survey) -> None:
    """Refuse polychoric correlations of items with more than :data:`MOST_LEVELS` different answers.

    Raises
    ------
    DataError
    """
    many = [
        Message("{item} ({n})", item=Item(name), n=len(levels))
        for name, levels in zip(model.item_names, survey.levels, strict=bool(survey.levels))
        if len(levels) > MOST_LEVELS
    ]
    if many:
        what = Message("polychoric correlations are of few ordered levels, and not of {items}", items=listed(many))
        allowed = Message("at most {n} levels", n=MOST_LEVELS)
        where, remedy = ("correlations", "leave correlations out of the spec")
        if model.estimate.entry.ordered:
            where, remedy = ("estimator", "choose estimator: ml")
        raise DataError(Problem(what, where, "polychoric", allowed, remedy))


def _rule_in_use(model: Model, survey: Survey) -> str:
    rule, entry = missing_rule(model), model.estimate.entry
    if not model.estimate.covariance_based:
        return moments_rule(model)
    holes = int(survey.missing.sum())
    if holes and rule not in entry.missing:
        what = Message("errors and tests of {entry} are not valid under this missing rule", entry=entry.name)
        remedy = Message("choose missing: {rule}", rule=entry.missing[0])
        if "em" not in entry.missing:
            remedy = Message("choose missing: {rule}, or estimator: ml", rule=entry.missing[0])
        found, allowed = (
            Message("{rule}, with {holes} missing answers", rule=rule, holes=holes),
            ", ".join(entry.missing),
        )
        raise DataError(Problem(what, "missing", found, allowed, remedy))
    if entry.ordered:
        return "polychoric"
    return rule if holes else "listwise"


def _method_in_use(model: Model, rule: str) -> tuple[Uncertainty | None, tuple[Message, ...]]:
    method, entry = uncertainty_of(model), model.estimate.entry
    if entry.peer and method is not None:
        if isinstance(method, Auto):
            text = "{name} is a second opinion on estimates: no intervals (write uncertainty: to have them)"
            return None, (Message(text, name=entry.title),)
        return method, ()
    if rule == "fiml" and isinstance(method, Linearised):
        what = "linearised errors go through means and covariances, which fiml does not"
        remedy = "choose jackknife or bootstrap, or missing: em"
        raise SpecError(Problem(what, "uncertainty", Message("linearised with missing: fiml"), remedy=remedy))
    if rule in POLYCHORIC and isinstance(method, Auto):
        method = Linearised(method.level)
    if rule == "fiml" and isinstance(method, Auto):
        return Jackknife(method.level), ()
    if entry.from_rows and method is not None:
        text = "{name}: intervals keep the weight matrix of all respondents; its own error is not in them"
        return method, (Message(text, name=entry.name),)
    return method, ()


def uncertainty_of(model: Model) -> Uncertainty | None:
    """How the spec asks for intervals, or None; ``auto`` takes replicate weights where the data have them."""
    u = model.uncertainty
    given = model.data.replicate_weights
    by_name: dict[str, Uncertainty] = {
        "bootstrap": Bootstrap(u.replicates, u.seed, u.interval, u.level, u.draw),
        "jackknife": Jackknife(u.level),
        "linearised": Linearised(u.level),
        "replicate_weights": ReplicateWeights(
            given.columns, given.kind, given.fay, given.scale, given.rscales, u.level
        ),
        "auto": Auto(u.level),
    }
    name = "replicate_weights" if u.method == "auto" and given.columns else u.method
    return by_name.get(name)


def choose(method: Auto, units: int) -> Jackknife | Linearised:
    """What ``auto`` means for a group of `units` sampling units."""
    return Jackknife(method.level) if units <= method.most else Linearised(method.level)


def written_out(model: Model) -> EstimateSpec:
    """The section `estimate` with every default of the estimator written out, as a result stores it."""
    rule = missing_rule(model)
    known = {field.name for field in fields(EstimateSpec)}
    used = make_estimator(model.estimate, rule).settings()
    kept = {key: value for key, value in used.items() if key in known and key != "estimator"}
    if not any(construct.of for construct in model.constructs):
        kept.pop("higher_order", None)
    return replace(model.estimate, missing=rule, **kept)
