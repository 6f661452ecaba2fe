"""The columns of the published tables: what each is called and how its values are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from csimodels.tables.quality import CRITERIA
from csimodels.tables.vocabulary import (
    AGAINST,
    BENCHMARKS,
    EFFECTS,
    ERRORS,
    MEDIATION,
    MODELS,
    QUADRANTS,
    SIGNS,
    VERDICTS,
)

#: How the values of a column are shown; decimals in :data:`DECIMALS`.
#:
#: ``index``: a number of the 0-100 scale; ``change``: a difference of two; ``points``: an effect in points of an index,
#: or the error of one; ``coefficient``: standardised; ``ratio``: of two numbers of one kind (z, design effect);
#: ``statistic``: chi-square and degrees of freedom; ``p``: a p-value; ``share``: a fraction, as a whole percentage;
#: ``weight``: a fraction, as a percentage with one decimal, as weights of small units would vanish; ``count``;
#: ``label``: the name of a construct, an item, or two of them, whose label stands beside it; ``status``: states of a
#: fit, marked where not ok; ``words``: one of a few words that the column declares; ``sentence``: written by
#: csimodels, and translated as such; ``flag``: yes or no; ``text``: as it stands.
ShownAs = Literal[
    "index", "change", "points", "coefficient", "ratio", "statistic", "p", "share", "weight", "count",
    "label", "status", "words", "sentence", "flag", "text",
]  # fmt: skip

#: Decimals of the kinds that are numbers; of percentages for fractions.
DECIMALS: Mapping[ShownAs, int] = {
    "index": 1, "change": 1, "points": 2, "coefficient": 3, "ratio": 2, "statistic": 1, "p": 3, "share": 0,
    "weight": 1, "count": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of a published table.

    Attributes
    ----------
    name : str
        In the DataFrame and the CSV file.
    heading : str
        In the report, in English.
    shown_as : str
        One of :data:`ShownAs`.
    optional : bool
        A table need not have it; the report then takes it as empty.
    words : mapping of str to str
        What the report says for each word of a column shown as ``words``; of labels, for what is no name.
    of_replicates : bool
        P-values that a bootstrap counts among its replicates: none is below 2/(kept + 1), and one at this floor is
        shown as below it.
    """

    name: str
    heading: str
    shown_as: ShownAs
    optional: bool = False
    words: Mapping[str, str] = field(default_factory=dict)
    of_replicates: bool = False


def _columns(shown_as: ShownAs, optional: bool = False, **headings: str) -> tuple[Column, ...]:
    return tuple(Column(name, heading, shown_as, optional) for name, heading in headings.items())


def _spread(name: str, heading: str, se: ShownAs, limits: ShownAs) -> tuple[Column, ...]:
    """Error and interval of the column `name`."""
    return (
        Column(f"{name}_se", f"{heading}: standard error", se, True),
        Column(f"{name}_low", f"{heading}: lower limit", limits, True),
        Column(f"{name}_high", f"{heading}: upper limit", limits, True),
    )


_ALL = (
    *_columns(
        "label", construct="Construct", item="Item", source="From", target="To", driver="Driver", lhs="Left side",
        rhs="Right side", other="Other item", variable="Item or construct", dimension="Dimension",
    ),
    *_columns("index", index="Index", performance="Performance", priority="Priority", before="Before", after="After"),
    *_columns("change", difference="Difference", change="Change"),
    *_columns("points", impact="Impact of 5 points", importance="Importance"),
    *_columns(
        "coefficient", estimate="Path coefficient", weight="Weight (standardised)", weight_unstd="Weight in the index",
        loading="Loading", communality="Communality", direct="Direct effect", indirect="Indirect effect",
        total="Total effect", r2="R²", r2_adj="Adjusted R²", f2="f²", est="Estimate",
        std_lv="Standardised (constructs)", std_all="Standardised", std_all_se="Standardised: standard error",
        epc="Expected change", sepc_lv="Expected change, standardised (constructs)",
        sepc_all="Expected change, standardised", raw="Residual covariance", cor="Residual correlation",
        importance_std="Importance (standardised)",
    ),
    *_columns("coefficient", True, se="Standard error", low="Lower limit", high="Upper limit",
              total_unstd="Total effect (points)"),
    *_columns("ratio", z="z", vif="VIF"),
    *_columns("ratio", True, deff="Design effect"),
    *_columns("statistic", df="Degrees of freedom", mi="Fall of chi-square", chisq="Chi-square"),
    *_columns("p", True, p="p\u00a0value"),
    Column("total_p", "Total effect: p-value", "p", True, of_replicates=True),
    *_columns("p", p_adj="p\u00a0value, corrected"),
    *_columns("share", share="Share", cumulative="Cumulative share", p_first="First places", p_top3="Places 1 to 3",
              vaf="Share of the total effect"),
    *_columns("weight", weight_share="Share of the weight", covered="Weight with an estimate"),
    *_columns(
        "count", n="Respondents", rank="Rank", rank_low="Best rank of the interval",
        rank_high="Worst rank of the interval", among="Ranked together", members="Members", asked="Asked", kept="Kept",
        failed="Failed", not_converged="Not converged", singular="Singular", inadmissible="Inadmissible",
        count="Count",
    ),
    *_columns("count", True, n_eff="Effective n"),
    *_spread("total", "Total effect", "coefficient", "coefficient"),
    *_spread("impact", "Impact", "points", "points"),
    *_spread("weight", "Weight", "coefficient", "coefficient"),
    *_spread("importance", "Importance", "coefficient", "points"),
    *_spread("performance", "Performance", "points", "index"),
    *_spread("priority", "Priority", "points", "index"),
    *_columns("points", True, effect_lead="Effect less the largest other"),
    *_spread("effect_lead", "Effect less the largest other", "coefficient", "points"),
    Column("status", "Status", "status", True),
    *_columns("label", name="Name", node="Node"),
    *_columns("weight", effective_weight="Weight in the total"),
    *_columns("points", cost="Cost of a point", spent="Spent"),
    *_columns("change", gain="Gain"),
    *_columns("ratio", True, largest_cv="Largest coefficient of variation", chi2="Chi-square"),
    *_columns("coefficient", True, lambda_max="Largest eigenvalue", ci="Consistency index", cr="Consistency ratio",
              kendall_w="Kendall's W"),
    *_columns("count", depth="Depth", judges="Judges"),
    *_columns("text", True, judge="Judge", random_index="Table of random indices"),
    *_columns("flag", accepted="Accepted"),
    *_columns("index", perception="Perception", expectation="Expectation", score="Score"),
    *_columns("change", gap="Gap"),
    *_columns("points", gap_answers="Gap in answers", needed="Needed, unrounded"),
    *_columns("share", above="Perception above", equal="As expected", below="Perception below",
              share_before="Share before", share_after="Share after"),
    *_columns("coefficient", True, reliability="Reliability of the difference"),
    *_columns("count", respondents="Respondents who move", there="Who give this answer now"),
    *_columns("label", term="Product", moderator="Moderator", second="Second moderator"),
    *_columns("ratio", at="Level", second_at="Second level", begins_at="Begins at", ends_at="Ends at"),
    *_columns("coefficient", standardised="Product standardised"),
    *_columns("index", begins="Begins (index)", ends="Ends (index)"),
    *_columns("points", points="Effect of a point"),
    *_spread("points", "Points", "points", "points"),
    *_columns("label", control="Covariate"),
    *_columns("coefficient", correlation="Correlation", htmt="HTMT", htmt2="HTMT2", htmt_signed="HTMT, signed",
              hi95="95 % where the model holds", hi99="99 % where the model holds", q2="Q² of prediction",
              q2_linear="Q², regression", rmse="RMSE", mae="MAE", rmse_linear="RMSE, regression",
              mae_linear="MAE, regression", rmse_mean="RMSE, mean", mae_mean="MAE, mean", loss="Loss",
              loss_benchmark="Loss of the benchmark"),
    *_columns("ratio", t="t"),
    Column("model", "Model", "words", words=MODELS),
    Column("benchmark", "Benchmark", "words", words=BENCHMARKS),
    *_columns("text", reference="Compared with"),
    *_columns("label", mediator="Mediator"),
    Column("stage", "Moderated path", "words", words={"first": "first", "second": "second"}),
    Column("sign", "Effect there", "words", words=SIGNS),
    *_columns("change", distance="Distance", rise="Rise"),
    *_columns("change", lead_best="Lead over the best other", lead_mean="Lead over the mean of the others",
              lead_competitor="Lead over the competitor"),
    *_spread("lead_best", "Lead over the best other", "points", "change"),
    *_spread("lead_mean", "Lead over the mean", "points", "change"),
    *_spread("lead_competitor", "Lead over the competitor", "points", "change"),
    *_columns("count", contenders="Others that may be the best", lead_rank="Rank of the lead among its domains"),
    *_columns("text", best_other="Best other", competitor="Competitor"),
    *_columns("share", missing_share="Share missing", probability="Probability that the target is reached",
              floor="Lowest answer", ceiling="Highest answer", top2="Top-2 box", bottom2="Bottom-2 box"),
    *_columns("count", missing="Missing"),
    *_columns("count", True, dont_know="Don't know", refused="Refused", not_asked="Not asked", system="Other missing"),
    *_columns("points", mean="Mean", sd="Standard deviation"),
    *_columns("ratio", skew="Skewness", kurtosis="Excess kurtosis"),
    *(Column(f"{box}_{end}", f"{title}: {limit}", "share", True)
      for box, title in (("top2", "Top-2 box"), ("bottom2", "Bottom-2 box"))
      for end, limit in (("low", "lower limit"), ("high", "upper limit"))),
    *_columns("flag", different="Different", free="Free", converged="Converged"),
    *_columns("count", iterations="Iterations"),
    *_columns("coefficient", smallest_eigenvalue="Smallest eigenvalue"),
    Column("quadrant", "Quadrant", "words", words=QUADRANTS),
    Column("verdict", "Verdict", "words", words=VERDICTS),
    Column("effect", "Effect size", "words", words=VERDICTS),
    Column("criterion", "Criterion", "words", words={c.name: c.heading for c in CRITERIA}),
    Column("threshold", "Rule of thumb", "words", words={c.threshold: c.rule for c in CRITERIA}),
    Column("kind", "Kind", "words", words=EFFECTS),
    Column("through", "Through", "label", words={"(all)": "(all)"}),
    Column("mediation", "Type of mediation", "words", words=MEDIATION),
    Column("errors", "Errors", "words", words=ERRORS),
    Column("against", "Compared with", "words", words=AGAINST),
    *_columns("sentence", step="Step", detail="Detail", method="Interval"),
    *_columns(
        "text", label="Label", op="Operator", measure="Measure", value="Value", subject="Subject",
        row="Row", table="Table",
    ),
    *_columns("text", True, level="Level", unit="Unit", parent="Belongs to", **{"from": "From wave", "to": "To wave"}),
)  # fmt: skip

#: Every column by name, as most tables show it; a table may show one otherwise.
COLUMNS: Mapping[str, Column] = {column.name: column for column in _ALL}
