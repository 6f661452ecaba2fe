"""The tables of the sections of docs/decisions.md."""

from __future__ import annotations

from csimodels.tables.columns import Column
from csimodels.tables.table import DRIVERS, LEAD, VERDICT, Table, take, with_ends
from csimodels.tables.vocabulary import AXES_CLASSES, BEHAVIOUR, FACTORS, KANO, LEADS, STATES

_TREND = (
    *take("construct index se low high", se="points", low="index", high="index"),
    Column("fixed_index", "Index with fixed weights", "index"),
    Column("change", "Change from the wave before", "change"), Column("change_low", "Change: lower limit", "change"),
    Column("change_high", "Change: upper limit", "change"), Column("change_p", "Change: p-value", "p"),
    Column("since_base", "Change since the base wave", "change"),
    Column("since_base_low", "Since the base wave: lower limit", "change"),
    Column("since_base_high", "Since the base wave: upper limit", "change"),
    Column("since_base_p", "Since the base wave: p-value", "p"),
    Column("lower_limit", "Lower control limit", "index"), Column("upper_limit", "Upper control limit", "index"),
    Column("outside", "Outside the limits", "flag"), Column("target", "Target", "index"),
    Column("break", "Break of method", "flag"), *take("status"),
)  # fmt: skip
_TREND_TESTS = (
    *take("construct"), Column("waves", "Waves", "count"), Column("slope", "Points per wave or year", "points"),
    *take("se low high p", se="points", low="points", high="points"), Column("q", "Homogeneity Q", "statistic"),
    *take("df", df="count"), Column("p_equal", "p-value that all waves are equal", "p"),
    Column("pooled", "Level of all waves", "index"),
)  # fmt: skip
_PARTS = (
    *take("from to construct"), Column("item", "Item", "text"), Column("answers", "By answers", "points"),
    Column("weights", "By weights", "points"), Column("total", "Change", "points"),
    *(Column(f"{part}_{end}", f"{heading}: {said}", "points", True)
      for part, heading in (("answers", "By answers"), ("weights", "By weights"))
      for end, said in (("se", "standard error"), ("low", "lower limit"), ("high", "upper limit"))),
)  # fmt: skip
_OF_SUBSETS = (
    *take("n"), *with_ends("share", "Share", "share", "low high"),
    *with_ends("value_share", "Share of the value", "share", "low high"),
    *take("index se low high status", se="points", low="index", high="index"),
)  # fmt: skip
_SIGN = Column("sign", "Sign", "text")
_SHARES = (
    *with_ends("lmg", "Shapley share (LMG)", "coefficient"), Column("lmg_share", "LMG, share of R²", "share"),
    *with_ends("relative_weight", "Relative weight", "coefficient"),
    Column("relative_weight_share", "Relative weight, share of R²", "share"),
)  # fmt: skip

_FOCUS_STEP = Column("step", "Step", "label", words={"all": "All"})
_STATE = Column("state", "State", "label", words=STATES)
_TRANSITION = (
    *take("from to"), _STATE, Column("next_state", "State in the next wave", "label", words=STATES),
    Column("persons", "Persons", "count"),
    *take("share se low high", se="share", low="share", high="share"),
)  # fmt: skip
_STATES = (
    *take("from to"), _STATE, *with_ends("share_before", "Share before", "share", "low high"),
    *with_ends("share_after", "Share after", "share", "low high"),
    *with_ends("share_next", "Share a wave later", "share", "low high"),
    *with_ends("stationary", "Share in the long run", "share", "low high"),
    *with_ends("retained", "Retained", "share", "low high"),
    *with_ends("expected_waves", "Expected waves", "ratio", "low high"),
    *with_ends("value", "Value of a customer", "points", "low high"),
    *with_ends("lifetime_value", "Lifetime value", "points", "low high"),
)  # fmt: skip
_MOVE_TESTS = (
    *take("from to"), Column("persons", "Persons", "count"), Column("mobility", "Mobility", "ratio"),
    *take("se low high", se="ratio", low="ratio", high="ratio"),
    Column("second_eigenvalue", "Left of a disturbance after a wave", "ratio"),
    Column("chi2", "Chi-square of equal shares", "statistic"), *take("df p", df="count"),
)  # fmt: skip
_MOVED = "Where the persons of each state went, among those who answered in both waves; intervals by drawing persons."

#: In the order of the workbook.
DECISION_TABLES: tuple[Table, ...] = (
    Table(
        "benchmark", "Benchmark",
        take("construct index se low high rank among best_other lead_best lead_best_se lead_best_low lead_best_high "
             "contenders lead_mean lead_mean_se lead_mean_low lead_mean_high competitor lead_competitor "
             "lead_competitor_se lead_competitor_low lead_competitor_high lead_rank different status",
             se="points", low="index", high="index"),
        of_groups="only", desk=True,
        about="Every unit against the best other, the mean of the others and a named competitor, league by league. The "
              "interval of the lead over the best other allows for the choice among all that may be the best.",
    ),
    Table("lead_quadrants", "Importance and lead",
          (*take("driver importance importance_low importance_high lead_best lead_best_low lead_best_high"),
           Column("quadrant", "Quadrant", "words", words=LEADS), *take("status")), of_groups="only", desk=True,
          about="Where the drivers of the index stand on the map of importance and lead; unclear where the interval of "
                "the lead holds 0, or that of the distance from the cut of the importance."),
    Table("trend", "Trend", _TREND, of_groups="only", desk=True,
          about="Every wave with its changes, the index with the weights of the base wave, and control limits round "
                "the level of all waves."),
    Table("wave_trend", "Trend of all respondents", _TREND, of_groups="only", desk=True,
          about="All respondents together, wave by wave."),
    Table("trend_tests", "Tests of the trend", _TREND_TESTS, of_groups="only", desk=True,
          about="Slope of a straight line, and whether all waves are equal; since the last break of method."),
    Table("wave_trend_tests", "Tests of the trend of all respondents", _TREND_TESTS, of_groups="only", desk=True,
          about="Slope of a straight line, and whether all waves are equal; since the last break of method."),
    Table("change_parts", "Parts of changes", _PARTS, of_groups="only", desk=True,
          about="A change split exactly into changed answers and changed weights; without an item: the whole "
                "construct."),
    Table("wave_change_parts", "Parts of changes of all respondents", _PARTS, of_groups="only", desk=True,
          about="A change split exactly into changed answers and changed weights; without an item: the whole "
                "construct."),
    Table("change_sectors", "Changes by sector",
          (*take("from to"), Column("sector", "Sector", "text"), *take("construct"),
           Column("answers", "By answers", "points"), Column("weights", "By weights", "points"),
           Column("shares", "By shares of companies", "points"), Column("total", "Change", "points"),
           *(end for part, heading in (("answers", "By answers"), ("weights", "By weights"),
                                       ("shares", "By shares of companies"), ("total", "Change"))
             for end in with_ends(part, heading, "points")[1:])),
          of_groups="only", desk=True,
          about="The change of the top of the roll-up, split exactly over sectors."),
    Table("focus", "Focus",
          (_FOCUS_STEP, Column("rule", "Rule", "text"), *_OF_SUBSETS), of_groups="no", desk=True,
          about="Respondents who matter more and more: how many they are, what they are worth, their index."),
    Table("focus_drivers", "Drivers of the focus",
          (_FOCUS_STEP, *take("driver"), *DRIVERS, *LEAD, *VERDICT[:-1],
           *with_ends("difference", "Change of importance from the step before", "points"),
           Column("difference_p", "Change of importance: p-value", "p"), *take("status")), of_groups="no", desk=True,
          about="Drivers of every step. Steps share respondents: the error of a change of importance allows for it."),
    Table("concentration", "Concentration of value",
          (Column("top", "The first of the customers", "share"), Column("value_share", "Share of the value", "share"),
           *take("se low high", se="share", low="share", high="share"),
           *with_ends("gini", "Gini coefficient", "ratio")), of_groups="no", desk=True,
          about="What share of the value the most valuable customers hold. Fewer than 20 customers at the top show too "
                "little of their own spread for an interval."),
    Table("focus_classes", "Classes of customers",
          (Column("class", "Class", "words", words=AXES_CLASSES), *_OF_SUBSETS), of_groups="no", desk=True,
          about="Customers by two axes, each parted at its cut."),
    Table("behaviour", "Behaviour",
          (Column("outcome", "Outcome", "label"), Column("kind", "Model", "words", words=BEHAVIOUR),
           Column("term", "Term", "label", words={"(constant)": "(constant)"}),
           Column("estimate", "Coefficient", "coefficient"), *take("se low high p"),
           *with_ends("ratio", "Ratio for 10 points more", "ratio", "low high"), Column("auc", "AUC", "ratio"),
           *take("n")), desk=True,
          about="What goes with a score: ratio of odds (logit) or of means for 10 points more; an association."),
    Table("behaviour_at", "Behaviour at levels of the score",
          (Column("outcome", "Outcome", "label"), Column("kind", "Model", "words", words=BEHAVIOUR),
           Column("level", "Score", "index"), Column("predicted", "Predicted", "ratio"),
           *take("low high", low="ratio", high="ratio")), desk=True,
          about="The share or mean that is predicted where the scores stand at a level."),
    Table("behaviour_calibration", "Calibration of behaviour",
          (Column("outcome", "Outcome", "label"), Column("kind", "Model", "words", words=BEHAVIOUR),
           Column("tenth", "Tenth of the predictions", "count"), *take("n"), Column("predicted", "Predicted", "ratio"),
           Column("observed", "Observed", "ratio")), page="workbook", desk=True),
    Table("transition", "Moves between states", _TRANSITION, of_groups="only", desk=True, about=_MOVED),
    Table("wave_transition", "Moves between states of all respondents", _TRANSITION, of_groups="only", desk=True,
          about=_MOVED),
    Table("states", "States", _STATES, of_groups="only", desk=True,
          about="What becomes of each state if persons go on moving as they did."),
    Table("wave_states", "States of all respondents", _STATES, of_groups="only", desk=True,
          about="What becomes of each state if persons go on moving as they did."),
    Table("transition_tests", "Tests of moves", _MOVE_TESTS, of_groups="only", desk=True,
          about="Mobility (Shorrocks), and the test of Stuart and Maxwell that shares of the states have not changed."),
    Table("wave_transition_tests", "Tests of moves of all respondents", _MOVE_TESTS, of_groups="only", desk=True,
          about="Mobility (Shorrocks), and the test of Stuart and Maxwell that shares of the states have not changed."),
    Table("fuzzy", "Fuzzy evaluation",
          (Column("construct", "Construct", "label", words={"total": "Total"}),
           *(column for k in range(1, 6) for column in with_ends(f"grade_{k}", f"Grade {k}", "share", "low high")),
           Column("grade", "Grade", "count"),
           Column("score", "Score", "index"), *take("se low high", se="points", low="index", high="index"),
           *with_ends("squared_score", "Score, large memberships first", "index"), *take("status")), desk=True,
          about="Memberships of the answers in five grades round 20, 40, 60, 80 and 100, composed with the weights of "
                "the index."),
    Table("driver_shares", "Shares of the drivers",
          (Column("target", "Target", "label"), *take("driver estimate"),
           Column("total", "Total effect", "coefficient"), _SIGN, *_SHARES, *take("r2 status")), desk=True,
          about="What each construct right before a target contributes to its explained variance: Shapley values and "
                "relative weights have no sign, which stands beside them."),
    Table("item_shares", "Shares of questions",
          (Column("target", "Target", "label"), *take("item"), Column("estimate", "Coefficient", "coefficient"), _SIGN,
           *_SHARES, *take("r2 status")), desk=True,
          about="What single questions contribute to the explained variance of the answer to one."),
    Table("agreement", "Assumed and found order",
          (*take("driver"), Column("assumed_rank", "Assumed place", "count"),
           Column("found_rank", "Found place", "count"),
           Column("move", "Places gained", "count"), Column("spearman", "Spearman's rho", "ratio"),
           Column("kendall", "Kendall's tau-b", "ratio")), desk=True,
          about="The order of the drivers that was assumed, and the one found by importance."),
    Table("penalty_reward", "Penalties and rewards",
          (Column("target", "Target", "label"), *take("item"), *with_ends("penalty", "Penalty", "points"),
           *with_ends("reward", "Reward", "points"), *with_ends("asymmetry", "Asymmetry", "ratio"),
           Column("factor", "Factor", "words", words=FACTORS), *take("status")), desk=True,
          about="What a low and what a high answer to a question do to the overall one, in its own points; a factor is "
                "basic or exciting where the interval of the asymmetry leaves 0 out."),
    Table("kano", "Kano categories",
          (Column("name", "Feature", "label"), *(Column(c, heading, "share") for c, heading in KANO.items()),
           Column("category", "Category", "words", words=KANO),
           *with_ends("better", "Better if there", "ratio", "low high"),
           *with_ends("worse", "Worse if absent", "ratio", "low high"),
           Column("total_strength", "Total strength", "share"),
           Column("category_strength", "Category strength", "share"),
           Column("significant", "Category certain", "flag"), *take("status")), desk=True,
          about="Categories of pairs of questions (if it is there, if it is not); the category is certain where Fong's "
                "test parts the two largest."),
)  # fmt: skip
