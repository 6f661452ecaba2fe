"""Names of options that notes, facts and states show as words: marked for the catalogue, which is asked by name."""

from __future__ import annotations

from csimodels.messages import N_

#: Missing rules, weighting schemes, index weights, methods and intervals, estimators.
OPTION_WORDS = (
    *(N_("construct"), N_("item"), N_("index"), N_("column"), N_("file"), N_("weight column"), N_("path source")),
    *(N_("level"), N_("unit"), N_("saturated"), N_("estimated")),
    *(N_("mean"), N_("listwise"), N_("pairwise"), N_("em"), N_("fiml")),
    *(N_("path"), N_("factorial"), N_("centroid")),
    *(N_("own"), N_("pooled"), N_("equal"), N_("fixed")),
    *(N_("none"), N_("auto"), N_("bootstrap"), N_("jackknife"), N_("linearised"), N_("replicate_weights")),
    *(N_("percentile"), N_("basic"), N_("normal"), N_("bc"), N_("bca"), N_("studentised")),
    *(N_("ML"), N_("ULS"), N_("GLS"), N_("WLS"), N_("FIML"), N_("PLS"), N_("PLSc"), N_("ML by semopy")),
    N_("Means of items"),
    *(N_("year"), N_("quarter"), N_("month"), N_("week")),
    *(N_("configural"), N_("metric"), N_("scalar"), N_("strict")),
)
