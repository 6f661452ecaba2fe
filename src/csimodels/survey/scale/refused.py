"""What a spec may ask for that needs the rows in memory: refused by name before anything is read."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.errors import DataError, Problem, SpecError
from csimodels.messages import N_, Message
from csimodels.moments import FORM_OF_RULE
from csimodels.spec.decisions import NO_DECISIONS
from csimodels.spec.model import Model
from csimodels.spec.rules import missing_rule
from csimodels.survey.options import Options
from csimodels.survey.scale.summed_survey import SummedSurvey
from csimodels.survey.survey import Survey

MEMORY = N_("write engine: memory under data, or leave it out of the spec")
#: Where only sums are there, or only sums may leave.
AWAY = N_("run it where the answers are with engine: memory under data, or leave it out of the spec")
#: What takes the answers of each respondent, or of each pair of answers.
ORDERED = N_("the fit of ordered answers (dwls)")
POLYCHORIC = N_("a table of levels for polychoric correlations")
#: What can be written in place of those where only sums are there: a rare pair of answers tells of one respondent.
ELSEWHERE = {
    ORDERED: N_("run it where the answers are, or write estimator: ml, which takes sums"),
    POLYCHORIC: N_("run it where the answers are, or leave correlations out of the spec"),
}


def refuse_rows_needed(model: Model, chosen: Options, travels: bool = False) -> None:
    """Refuse parts of a spec that are not sums over rows.

    Parameters
    ----------
    travels : whether the sums are to leave the house, or have left it: no engine reads rows then.

    Raises
    ------
    SpecError
        All of them, each with what to write instead.
    """
    travels |= model.data.moments is not None
    problems = [_problem(name, where, travels) for name, where in _needed(model, chosen, travels)]
    method, u = model.uncertainty.method, model.uncertainty
    if method == "bootstrap" and (u.draw == "poisson" or u.interval in ("bca", "studentised")):
        what = Message("the bootstrap draws random groups of respondents here, whose number is too small for this")
        found = u.draw if u.draw == "poisson" else u.interval
        remedy = "choose interval: percentile or normal, method: linearised, or engine: memory"
        problems.append(Problem(what, "uncertainty", found, "percentile, basic, normal, bc", remedy))
    if problems:
        raise SpecError(problems)


def needs_rows(model: Model, chosen: Options) -> bool:
    """Whether a spec asks for what is no sum over rows."""
    try:
        refuse_rows_needed(model, chosen)
    except SpecError:
        return True
    return False


def refuse_sums(survey: Survey, what: str) -> None:
    """Refuse a table that needs rows where only sums are held.

    Raises
    ------
    DataError
    """
    if isinstance(survey, SummedSurvey):
        raise DataError(Problem(Message("{what} needs the rows in memory", what=Message(what)), remedy=MEMORY))


def refuse_patterns(model: Model) -> None:
    """Refuse that sums by pattern of holes travel: a pattern that few respondents have tells their answers.

    Raises
    ------
    SpecError
    """
    rule = missing_rule(model)
    if FORM_OF_RULE[rule] == "patterns":
        what = Message("sums by pattern of missing answers do not travel: a rare pattern is one respondent")
        rules = "listwise" if model.estimate.covariance_based else "mean, pairwise, listwise"
        remedy = Message("choose missing: {rules}, or run it where the answers are", rules=rules)
        raise SpecError(Problem(what, "missing", rule, rules, remedy))


def refuse_without_fourth_moments(survey: Survey) -> None:
    """Refuse a weight matrix of ``wls`` where respondents cannot be gone through.

    Raises
    ------
    DataError
    """
    if isinstance(survey, SummedSurvey) and survey.stream is None:
        what = "wls makes its weight matrix from fourth moments of the respondents, which sums that travel do not hold"
        remedy = "run it where the answers are, or choose estimator: ml, gls or uls"
        raise DataError(Problem(what, "estimator", survey.model.estimate.estimator, "ml, gls, uls", remedy))


def refuse_without_respondents(survey: Survey) -> None:
    """Refuse robust errors where neither respondents nor sums of clusters are there.

    Raises
    ------
    DataError
    """
    if survey.model.estimate.entry.from_rows:
        refuse_without_fourth_moments(survey)
    if isinstance(survey, SummedSurvey) and survey.cluster is None and survey.stream is None:
        what = "robust errors of a covariance structure go through the respondents once, and sums that travel have none"
        remedy = "run it where the answers are, or form the sums by clusters"
        raise DataError(Problem(what, "estimator", survey.model.estimate.estimator, remedy=remedy))


def _problem(name: str, where: str, travels: bool) -> Problem:
    if travels:
        what = Message("{what} needs the answers of each respondent, which sums do not hold", what=Message(name))
        return Problem(what, where, remedy=ELSEWHERE.get(name, AWAY))
    return Problem(Message("{what} needs the rows in memory", what=Message(name)), where, remedy=MEMORY)


def _needed(model: Model, chosen: Options, travels: bool) -> Iterator[tuple[str, str]]:
    """What needs rows, with its section."""
    entry = model.estimate.entry
    found = {
        (ORDERED, "estimate"): entry.ordered and travels,
        (N_("a second opinion of another package"), "estimate"): entry.peer,
        (POLYCHORIC, "estimate"): model.estimate.correlations is not None and travels,
        (N_("a group without its items (unasked_items: leave_out)"), "estimate"): model.estimate.unasked_items
        == "leave_out",
        (N_("an interaction"), "paths"): bool(model.interactions),
        (N_("a covariate"), "controls"): bool(model.controls),
        (N_("a section for decisions"), "decisions"): model.decisions != NO_DECISIONS,
        (N_("the tables of the reviewer"), "report"): model.report.reviewer,
        (N_("the ladder of invariance"), "report"): model.report.invariance is not None,
        (N_("a period of dates"), "data"): bool(chosen.periods),
        (N_("a panel"), "data"): chosen.design.panel is not None,
        (N_("a group that is met by chance, without clusters,"), "data"): chosen.design.groups == "by_chance"
        and chosen.design.cluster is None,
        (N_("a finite population correction"), "data"): chosen.design.fpc is not None,
        (N_("raking"), "data"): bool(chosen.rake),
        (N_("a column of replicate weights"), "data"): bool(chosen.replicates.columns),
        (N_("an item from a cell of several answers"), "data"): bool(chosen.cells),
        (N_("a reason of missing answers"), "data"): bool(chosen.reasons),
        (N_("a sheet of a workbook"), "data"): chosen.sheet is not None,
    }
    yield from (key for key, needed in found.items() if needed)
