"""The tables of the sections of docs/desk.md, and of the drivers of the roll-up."""

from __future__ import annotations

from csimodels.tables.columns import Column
from csimodels.tables.table import CHANGED, DIFFERED, RANKS, ROLLED, UNIT, Table, take
from csimodels.tables.vocabulary import DELIVERED, GAP_LEVELS, SIMPLE, WEIGHTS, WHAT_IF

#: In the order of the workbook.
DESK_TABLES: tuple[Table, ...] = (
    Table(
        "indices", "Simple indices",
        take("name kind value se low high n status", kind=Column("kind", "Kind", "words", words=SIMPLE),
             value=Column("value", "Index", "index"), se="points", low="index", high="index"),
        about="Indices beside the model's own, computed from the answers to single questions.", desk=True,
    ),
    Table(
        "hierarchy", "Hierarchy",
        take("node parent depth weight effective_weight index se low high n status", se="points", low="index",
             high="index", parent="label", weight=Column("weight", "Weight", "weight")),
        about="The index of every node: the mean of its parts, weighted as the spec says.", desk=True, page="section",
    ),
    Table(
        "hierarchy_weights", "Judged weights",
        take("node method judge judges lambda_max ci cr random_index kendall_w chi2 df p largest_cv accepted",
             method=Column("method", "Method", "words", words=WEIGHTS)),
        about="How consistent the comparisons are (AHP), and how far experts agree (Delphi).", desk=True,
        page="section",
    ),
    Table(
        "simple_ranks", "Ranks on simple indices",
        RANKS,
        of_groups="only", desk=True, about="Ranks of the groups on simple indices and nodes of the hierarchy.",
    ),
    Table(
        "simple_differences", "Differences of simple indices", DIFFERED,
        of_groups="only", desk=True, about="Differences of simple indices and nodes of the hierarchy.",
    ),
    Table(
        "simple_changes", "Changes of simple indices",
        CHANGED,
        of_groups="only", desk=True, about="Changes of simple indices and nodes of the hierarchy between waves.",
    ),
    Table(
        "wave_simple_changes", "Changes of simple indices, all respondents",
        CHANGED,
        of_groups="only", desk=True, about="Changes of simple indices of all respondents together.",
    ),
    Table(
        "simple_rollup", "Roll-up of simple indices",
        ROLLED, of_groups="only", desk=True, about="Simple indices and nodes of the hierarchy, carried up the levels.",
    ),
    Table(
        "classes", "Classes",
        take("weight construct index se low high n status", se="points", low="index", high="index",
             weight=Column("weight", "Weight", "weight")),
        of_groups="only", desk=True, page="section",
        about="Every class by itself, and their total with the weights of the spec, whose class is empty.",
    ),
    Table(
        "gaps", "Gaps",
        (Column("level", "Level", "words", words=GAP_LEVELS),
         *take("name weight perception expectation gap se low high gap_answers above equal below reliability n status",
               se="points", low="change", high="change", weight=Column("weight", "Share of the points", "weight"))),
        about="Perception less expectation of the same respondents, in points of 0 to 100: question by question, by "
              "dimension, and together.", desk=True, page="section",
    ),
    Table(
        "delivered_value", "Delivered value",
        (Column("part", "Part", "words", words=DELIVERED),
         *take("name weight score se low high n status", se="points", low="index", high="index",
               weight=Column("weight", "Weight", "weight"))),
        about="What customers get less what it costs them; above 0, they get more than they give.", desk=True,
        page="section",
    ),
    Table(
        "targets", "Targets",
        take("construct target index distance se low high probability status", se="points", low="change",
             high="change", target=Column("target", "Target", "index")),
        about="Distance of an index from its target, and the probability that it is reached, given the survey.",
        desk=True,
    ),
    Table(
        "target_moves", "Respondents who have to move",
        take("construct target item from to index needed low high respondents there share_before share_after after "
             "status", low="points", high="points", target=Column("target", "Target", "index"),
             **{"from": Column("from", "Answer now", "text"), "to": Column("to", "Answer then", "text")}),
        about="How many respondents would have to give one answer instead of another so that the index reaches its "
              "target.", desk=True,
    ),
    Table(
        "target_drivers", "Drivers of targets",
        take("construct driver effect rise low high status", effect=Column("effect", "Effect of a point", "points"),
             low="change", high="change"),
        about="The rise of one driver alone that goes with the target, in points of its own index.", desk=True,
    ),
    Table(
        "least_effort", "Least effort",
        take("construct driver effect cost rise low high status", low="change", high="change",
             effect=Column("effect", "Effect of a point", "points")),
        about="Rises of the drivers, or of the parts of a node, that reach the target at least effort, costs growing "
              "with the square of the rise.",
        desk=True,
    ),
    Table(
        "budget", "Budget",
        take("construct driver effect cost rise spent gain low high status", low="change", high="change",
             effect=Column("effect", "Effect of a point", "points")),
        about="The budget divided so that the construct or node rises most, costs in proportion to the rise.",
        desk=True,
    ),
    Table(
        "what_if", "What if",
        (Column("meaning", "Meaning", "words", words=WHAT_IF),
         *take("construct index change se low high after status", se="points", low="change", high="change")),
        about="The change of every construct if those named in the spec change by so many points: set to a level, "
              "paths into them no longer count; added, everything follows.", desk=True,
    ),
    Table(
        "answers", "Answers",
        take("item n missing dont_know refused not_asked system missing_share mean se low high sd floor ceiling top2 "
             "top2_low top2_high bottom2 bottom2_low bottom2_high skew kurtosis status",
             se="points", low="points", high="points"),
        about="How every question was answered: spread, shares of the lowest and highest answer, top-2 and bottom-2 "
              "box.", desk=True,
    ),
    Table(
        "answer_levels", "Levels of the answers", take("item level share se low high", low="share", high="share",
                                                       level=Column("level", "Answer", "text")),
        page="workbook", desk=True,
    ),
    Table(
        "rollup_drivers", "Roll-up drivers",
        UNIT + take("target driver importance importance_se importance_low importance_high impact impact_se "
                     "impact_low impact_high performance performance_se performance_low performance_high members "
                     "status",
                     target=Column("target", "Target", "label")),
        of_groups="only", page="section",
    ),
)  # fmt: skip
