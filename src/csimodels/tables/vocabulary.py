"""Words that columns of the tables hold, with what the report says for them (English; the report translates)."""

from __future__ import annotations

from collections.abc import Mapping

from csimodels.assess.mediation import TYPES
from csimodels.messages import N_

QUADRANTS: Mapping[str, str] = {
    "improve": "Improve first",
    "keep": "Keep up",
    "low": "Low priority",
    "overkill": "Possible overkill",
    "unclear": "Unclear",
}

#: Quadrants of the map of importance and lead.
LEADS: Mapping[str, str] = {
    "advantage": "Advantage",
    "urgent": "Urgent",
    "keep": "Keep up",
    "watch": "Watch",
    "unclear": "Unclear",
}

#: States of a fit that bear no verdict.
_DOUBTFUL = ("not converged", "singular", "inadmissible", "too few answers", "nearly not identified")


def is_doubtful(status: object) -> bool:
    """Whether a row of this state bears no verdict: no quadrant, no type of mediation, no sentence."""
    return any(word in str(status) for word in _DOUBTFUL)


VERDICTS: Mapping[str, str] = {
    "ok": "ok",
    "below": "below the rule of thumb",
    "above": "above the rule of thumb",
    "unclear": "unclear: the interval covers the rule of thumb",
    "none": "negligible",
    "small": "small",
    "medium": "medium",
    "large": "large",
}

#: Kinds of effects of a covariance structure.
EFFECTS: Mapping[str, str] = {"direct": "Direct effect", "indirect": "Indirect effect", "total": "Total effect"}

MEDIATION: Mapping[str, str] = {name: name for name in TYPES} | {"no effect": "no effect shown"}

#: How the errors of the parameters of a covariance structure were made.
ERRORS: Mapping[str, str] = {
    "expected": "expected information",
    "observed": "observed information",
    "mlm": "robust (MLM)",
    "mlr": "robust (MLR)",
    "two-stage": "two-stage",
    "FIML, observed": "FIML, observed information",
    "FIML, mlr": "FIML, robust (MLR)",
}

#: What a region of a floodlight says of an effect.
SIGNS: Mapping[str, str] = {
    "positive": "above 0",
    "negative": "below 0",
    "not different from 0": "not different from 0",
}

#: What a distance of fit is between.
MODELS: Mapping[str, str] = {"saturated": "saturated", "estimated": "estimated", "": ""}

#: What a prediction is compared with.
BENCHMARKS: Mapping[str, str] = {"mean": "mean of the items", "linear": "regression on items"}

#: Whom a difference is taken from, beside names of units.
AGAINST: Mapping[str, str] = {"others": "others"}

#: What a survey is planned for.
AIMS: Mapping[str, str] = {
    "half_width": "half-width of the interval of an index, in points",
    "difference": "difference of two indices, in points; interviews in each sample",
    "path": "standardised path",
}

#: Meanings of a what-if.
WHAT_IF: Mapping[str, str] = {"levels": "Set to a level", "shocks": "Added to what is there"}

#: What an item is by its penalties and rewards (Brandt 1987).
FACTORS: Mapping[str, str] = {
    "basic": "Basic factor",
    "performance": "Performance factor",
    "excitement": "Excitement factor",
}

#: Names of states that a spec does not name itself.
STATES: Mapping[str, str] = {"low": "low", "middle": "middle", "high": "high"}

#: On how many persons the moves between states rest; readers find it beside those moves.
PERSONS_OF_MOVES: Mapping[str, str] = {
    "step": N_("states of {construct} from {before} to {after}: {n} persons who answered in both"),
    "groups": N_("states of {construct} by group: {n} persons each who answered in both of two waves"),
    "unequal": N_("states of {construct} by group: {least} to {most} persons who answered in both of two waves"),
}

#: Categories of Kano et al. (1984).
KANO: Mapping[str, str] = {
    "A": "Attractive",
    "O": "One-dimensional",
    "M": "Must-be",
    "I": "Indifferent",
    "R": "Reverse",
    "Q": "Questionable",
}

#: Classes by two axes.
AXES_CLASSES: Mapping[str, str] = {
    "both": "High on both",
    "first": "High on the first only",
    "second": "High on the second only",
    "neither": "High on neither",
}

#: Models of behaviour.
BEHAVIOUR: Mapping[str, str] = {"logit": "Logit", "gamma": "Gamma", "poisson": "Poisson"}

#: Kinds of simple indices.
SIMPLE: Mapping[str, str] = {
    "nps": "Net promoter score",
    "top_box": "Top box",
    "bottom_box": "Bottom box",
    "share": "Share of stated answers",
    "mean": "Mean on 0 to 100",
    "ten_point": "Mean on ten points",
    "weighted_mean": "Weighted mean of levels",
    "gap": "Gap",
}

#: What a row of the gaps is about, and what delivered value is made of.
GAP_LEVELS: Mapping[str, str] = {
    "item": "Question",
    "dimension": "Dimension",
    "total": "Mean of the dimensions",
    "weighted": "Mean weighted by points",
}
DELIVERED: Mapping[str, str] = {
    "value": "What is got",
    "cost": "What it costs",
    "total_value": "All that is got",
    "total_cost": "All that it costs",
    "delivered": "Delivered value",
}

#: Where the weights of a hierarchy come from.
WEIGHTS: Mapping[str, str] = {"ahp": "Pairwise comparisons (AHP)", "delphi": "Points of experts (Delphi)"}

#: Kinds and marks of the columns of a file, and what their values stand for, in its codebook.
COLUMN_KINDS: Mapping[str, str] = {"number": "number", "text": "text", "date": "date", "empty": "empty column"}
COLUMN_MARKS: Mapping[str, str] = {
    "identifier": "identifier",
    "timestamp": "time",
    "verbatim": "words of respondents",
    "constant": "constant",
    "several": "several answers in a cell",
}
CODE_REASONS: Mapping[str, str] = {
    "answer": "answer",
    "dont_know": "don't know",
    "refused": "refused to answer",
    "not_asked": "not asked",
    "unknown": "no answer, reason not stated",
}

#: What may be said of a parameter across groups.
ALL_EQUAL, SOME_EQUAL, FIXED, FREE = "equal in all groups", "equal in some groups", "fixed", "free"
ACROSS = (ALL_EQUAL, SOME_EQUAL, FIXED, FREE)
#: What the steps of the ladder of invariance hold equal.
STEPS: Mapping[str, str] = {
    "configural": "same form (configural)",
    "metric": "equal loadings (metric)",
    "scalar": "equal intercepts (scalar)",
    "strict": "equal residuals (strict)",
}
#: What a joint fit may hold equal in all groups, in the words of lavaan's ``group.equal``.
HELD_EQUAL: Mapping[str, str] = {
    "loadings": "loadings",
    "intercepts": "intercepts",
    "thresholds": "thresholds",
    "residuals": "residual variances",
    "regressions": "paths",
    "means": "means of constructs",
    "residual.covariances": "residual covariances",
    "lv.variances": "variances of constructs",
    "lv.covariances": "covariances of constructs",
}
