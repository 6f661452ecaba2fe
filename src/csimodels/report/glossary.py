"""What the technical terms of tables mean, in one sentence each, by the columns that they head."""

from __future__ import annotations

from collections.abc import Mapping

from csimodels.i18n import N_, Translate

#: Definitions by column of the published tables; ``ci`` stands for every interval.
TERMS: Mapping[str, str] = {
    "index": N_(
        "Weighted mean of the answers to the questions of a construct, on a scale from 0 (every answer the lowest) to "
        "100 (every answer the highest)."
    ),
    "ci": N_("Range that holds the true value with the stated confidence; it covers chance in who was asked."),
    "se": N_("Standard error: how far the estimate would typically lie from the true value in repeated surveys."),
    "n": N_("Number of respondents behind the estimate."),
    "n_eff": N_("Number of respondents that a simple random sample would need for the same precision."),
    "deff": N_("Design effect: variance compared with a simple random sample of the same size."),
    "p": N_("Probability of a value at least as far from 0 if there were no effect."),
    "p_adj": N_(
        "p-value raised for the number of comparisons that are judged together: those of one construct and level; of "
        "paths all."
    ),
    "rank_ci": N_("Ranks that the unit may truly have, with the stated confidence."),
    "p_first": N_("Share of replicates in which the unit stands first."),
    "importance": N_("Total effect: points of the index that go with 1 point more of the driver."),
    "performance": N_("The driver's own index, from 0 to 100."),
    "priority": N_(
        "Importance times the room left up to 100 (down to 0 where lower is better); it only orders the drivers."
    ),
    "quadrant": N_(
        "Where the driver stands on the map of importance and performance; unclear where an interval crosses a line."
    ),
    "estimate": N_("Standardised coefficient: standard deviations of the target for one of the source."),
    "direct": N_("Effect along the arrow from source to target alone."),
    "indirect": N_("Effect by way of other constructs."),
    "total": N_("Direct and indirect effect together."),
    "impact": N_("Points of the target's index that go with 5 points more of the source."),
    "loading": N_("Correlation of the question with its construct."),
    "communality": N_("Share of the question's variance that its construct explains."),
    "weight": N_("Weight with which the standardised answer to the question enters its construct's score."),
    "weight_unstd": N_("Share of the question in the index from 0 to 100."),
    "r2": N_("Share of the construct's variance that its sources explain."),
    "r2_adj": N_("R² lowered for the number of sources."),
    "weight_share": N_("Share of the unit in the weight of the unit above it."),
    "change": N_("Index of this wave less that of the wave before."),
    "different": N_("Whether the corrected p-value is below the level of the study."),
    "status": N_("What is to be said against a number; empty where nothing is."),
}  # fmt: skip


#: Definitions that a dictionary of all columns has besides; headings of tables need no hint for them.
MORE: Mapping[str, str] = {
    "before": N_("The value in the wave before, or of the first of two."),
    "after": N_("The value in this wave, or of the second of two."),
    "difference": N_("The value less that of what it is compared with."),
    "f2": N_("Cohen's f²: what a source adds to R², relative to the variance that is left unexplained."),
    "vif": N_("Variance inflation factor: how much the sources of a construct overlap; 1 is no overlap."),
    "df": N_("Degrees of freedom of the t interval or of the test."),
    "vaf": N_("Share of the total effect that runs by way of other constructs."),
    "total_unstd": N_("Total effect in points: points of the target for 1 point of the source."),
    "htmt": N_("Heterotrait-monotrait ratio: how far two constructs can be told apart; low is good."),
    "q2": N_("Accuracy of prediction out of sample, relative to predicting the mean; above 0 is better than the mean."),
    "importance_std": N_("Total effect in standard deviations of the target for one of the driver."),
    "rank": N_("Place among the units that are ranked together; 1 is first."),
    "among": N_("Number of units that are ranked together."),
    "p_top3": N_("Share of replicates in which the unit is among the first three."),
    "covered": N_("Share of the weight whose units have an estimate; the others are left out."),
    "members": N_("Number of units below that were rolled up."),
    "asked": N_("Replicates that were to be computed."),
    "kept": N_("Replicates that the error was computed from."),
    "failed": N_("Replicates without a result."),
    "not_converged": N_("Replicates whose iterations did not converge."),
    "singular": N_("Replicates in which sources could not be told apart."),
    "inadmissible": N_("Replicates with impossible values, such as negative variances."),
    "iterations": N_("Rounds that the estimation took."),
    "smallest_eigenvalue": N_(
        "Smallest eigenvalue of the correlations of the questions; near 0 some of them say the same."
    ),
    "effect": N_("Usual word for the size of f²."),
    "threshold": N_("Conventional limit that the value is compared with."),
    "verdict": N_("Where the value, or its interval, lies beside the rule of thumb."),
    "parent": N_("The unit above, which this one is part of."),
    "level": N_("Level of the roll-up that the unit stands on."),
    "through": N_("Constructs that the effect runs through."),
}  # fmt: skip
_END = N_("End of the interval that holds the true value with the stated confidence.")


def meaning(column: str, tr: Translate) -> str:
    """The definition of a column in a dictionary of all of them; empty where its heading says what it is."""
    if column in MORE:
        return tr(MORE[column])
    if column in ("rank_low", "rank_high"):
        return tr(TERMS["rank_ci"])
    if column.rpartition("_")[2] in ("low", "high"):
        return tr(_END)
    kind = column.rpartition("_")[2]
    return hint(kind if kind in ("se", "p") else column, tr)


def hint(column: str, tr: Translate) -> str:
    """The definition of a column in the language of `tr`; empty where it needs none."""
    name = "ci" if column.endswith("_ci") and column != "rank_ci" else column
    return tr(TERMS[name]) if name in TERMS else ""


def glossary(tr: Translate, heading: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """Every term with its definition, by the alphabet of `heading`, which says what columns are called."""
    found = [(heading[name], tr(text)) for name, text in TERMS.items() if heading.get(name)]
    return tuple(dict(sorted(found, key=lambda pair: pair[0].casefold())).items())
