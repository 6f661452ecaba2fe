"""Below which size intervals miss their level, by how much, and what is said of it."""

from __future__ import annotations

from csimodels.messages import N_

#: Below this effective n most intervals are visibly too short.
FEW_FOR_INTERVALS = 250
#: Least and greatest mean coverage of 95 % intervals with 100 and 250 respondents, simple, weighted and clustered
#: (benchmarks/results/coverage.csv; linearised: without indices; studentised: coverage_studentised.csv, 300 surveys).
COVERED = {
    "percentile": ("0.92", "0.95"),
    "normal": ("0.91", "0.95"),
    "bc": ("0.92", "0.95"),
    "bca": ("0.91", "0.95"),
    "basic": ("0.88", "0.95"),
    "linearised": ("0.92", "0.95"),
    "studentised": ("0.93", "0.96"),
}

#: By kind of interval: what is said of one fit, and of some of several groups.
SHORT = {
    "linearised": (
        N_(
            "linearised intervals of paths and effects are somewhat too short with an effective n under {few} (with "
            "100 to 250 respondents they cover about {low} to {high} instead of 0.95; indices are right)"
        ),
        N_(
            "linearised intervals of paths and effects are somewhat too short in {short} of {all} groups with an "
            "effective n under {few} (with 100 to 250 respondents they cover about {low} to {high} instead of 0.95; "
            "indices are right)"
        ),
    ),
    "studentised": (
        N_(
            "studentised intervals are not reliable with an effective n under {few} (with 100 to 250 respondents they "
            "cover about {low} to {high} instead of 0.95, in a small simulation)"
        ),
        N_(
            "studentised intervals are not reliable in {short} of {all} groups with an effective n under {few} (with "
            "100 to 250 respondents they cover about {low} to {high} instead of 0.95, in a small simulation)"
        ),
    ),
    "percentile": (
        N_(
            "{kind} intervals are somewhat too short with an effective n under {few} (with 100 to 250 respondents "
            "they cover about {low} to {high} instead of 0.95)"
        ),
        N_(
            "{kind} intervals are somewhat too short in {short} of {all} groups with an effective n under {few} (with "
            "100 to 250 respondents they cover about {low} to {high} instead of 0.95)"
        ),
    ),
}
#: Of these a reader of indices needs to know nothing: they are on paths and effects of single groups.
OF_GROUP_PATHS = frozenset({SHORT["linearised"][1]})
