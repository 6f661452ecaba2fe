"""Every published table, declared once: name, title, columns, where it is shown.

Results, the refusal of group columns, the report, the workbook and the documentation read this list.  Rows are plain
data; a view that needs code is code of the report.  A new table is one row here; without a section of its own it stands
in the report's appendix and in the workbook, translated and formatted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from csimodels.tables.columns import COLUMNS, Column, ShownAs
from csimodels.tables.vocabulary import (
    AXES_CLASSES,
    BEHAVIOUR,
    CODE_REASONS,
    COLUMN_KINDS,
    COLUMN_MARKS,
    FACTORS,
    KANO,
    SIMPLE,
    WEIGHTS,
    WHAT_IF,
)


@dataclass(frozen=True)
class Table:
    """A published table.

    Attributes
    ----------
    name : str
        Of the CSV file, and of the method where `method` gives no other.
    title : str
        In the report, in English.
    columns : tuple of Column
        In their order, behind the group columns.
    of_groups : str
        ``too``: of all respondents and, with groups, of every group (``group_title``: its title then); ``no``: of all
        respondents only, wherever it is shown; ``only``: with groups, of them alone.
    optional : bool
        A report can do without it.
    method : str
        Method or property of ``Result`` that gives it; empty where a part of the result brings it (roll-up, covariance
        structures), or where it is no part of the stored tables.
    when : str
        Property of ``Result`` that says whether the table is there; empty: always.
    group_title : str
        Title of the table of every group; empty: ``{title} by group``.
    page : str
        ``section``: it has a section of its own in the report; ``appendix``: shown there as it is; ``workbook``: there
        only.
    about : str
        One sentence below the title in the appendix, in English.
    keyed : bool
        Whether group columns stand in front.
    covariance : bool
        Whether it belongs to covariance structures.
    desk : bool
        Whether the spec has to ask for it, in the sections beside the model (docs/desk.md).
    asked : str
        What in the spec asks for it, where that is no section beside the model: ``interactions``, ``controls`` or
        ``reviewer``.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    of_groups: Literal["too", "no", "only"] = "too"
    optional: bool = True
    method: str = ""
    when: str = ""
    group_title: str = ""
    page: Literal["section", "appendix", "workbook"] = "appendix"
    about: str = ""
    keyed: bool = True
    covariance: bool = False
    desk: bool = False
    asked: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column | None:
        """A column by name."""
        return next((column for column in self.columns if column.name == name), None)


def take(names: str, **changed: ShownAs | Column) -> tuple[Column, ...]:
    """Columns by name, blanks between; `changed` ones are shown in another way than usual.

    >>> [(column.name, column.shown_as) for column in take("construct low high", low="index", high="index")]
    [('construct', 'label'), ('low', 'index'), ('high', 'index')]
    """
    return tuple(_changed(COLUMNS[name], changed.get(name)) for name in names.split())


def _changed(column: Column, other: ShownAs | Column | None) -> Column:
    if other is None or isinstance(other, Column):
        return other or column
    return replace(column, shown_as=other)


_UNIT = take("level unit parent")
_TESTED = take("se df low high p p_adj different status", se="points", low="index", high="index")
_DRIVERS = take(
    "importance importance_se importance_low importance_high performance performance_se performance_low "
    "performance_high priority priority_se priority_low priority_high importance_std share cumulative quadrant status"
)
_RANKS = _UNIT + take("construct index rank rank_low rank_high among p_first p_top3 status")
_LEVEL = Column("level", "Level (index)", "index")
_ESTIMATE = Column("value", "Estimate", "coefficient")
_P = replace(COLUMNS["p"], of_replicates=True)

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
    *take("df"), Column("p_equal", "p-value that all waves are equal", "p"),
    Column("pooled", "Level of all waves", "index"),
)  # fmt: skip
_PARTS = (
    *take("from to construct"), Column("item", "Item", "text"), Column("answers", "By answers", "points"),
    Column("weights", "By weights", "points"), Column("total", "Change", "points"),
    *(Column(f"{part}_{end}", f"{heading}: {said}", "points", True)
      for part, heading in (("answers", "By answers"), ("weights", "By weights"))
      for end, said in (("se", "standard error"), ("low", "lower limit"), ("high", "upper limit"))),
)  # fmt: skip


def _with_ends(name: str, heading: str, shown_as: ShownAs, ends: str = "se low high") -> tuple[Column, ...]:
    """A number with its error and interval."""
    said = {"se": "standard error", "low": "lower limit", "high": "upper limit"}
    rest = (Column(f"{name}_{end}", f"{heading}: {said[end]}", shown_as, True) for end in ends.split())
    return (Column(name, heading, shown_as), *rest)


_OF_SUBSETS = (
    *take("n share"), Column("value_share", "Share of the value", "share"),
    *take("index se low high status", se="points", low="index", high="index"),
)  # fmt: skip
_SIGN = Column("sign", "Sign", "text")
_SHARES = (
    *_with_ends("lmg", "Shapley share (LMG)", "coefficient"), Column("lmg_share", "LMG, share of R²", "share"),
    *_with_ends("relative_weight", "Relative weight", "coefficient"),
    Column("relative_weight_share", "Relative weight, share of R²", "share"),
)  # fmt: skip

#: In the order of the workbook; ``group_`` tables come behind those of all respondents, the log of the survey last.
CATALOGUE: tuple[Table, ...] = (
    Table(
        "index", "Indices",
        take("construct index se low high n n_eff status deff", se="points", low="index", high="index"),
        optional=False, method="index", group_title="Groups", page="section",
    ),
    Table(
        "rollup", "Roll-up",
        _UNIT + take("construct index se low high n members weight_share covered method status",
                     se="points", low="index", high="index"),
        of_groups="only", page="section",
    ),
    Table("ranks", "Ranks", _RANKS, of_groups="only", page="section"),
    Table("ranks_within", "Ranks within units", _RANKS, of_groups="only", page="section"),
    Table(
        "differences", "Differences", _UNIT + take("against construct difference") + _TESTED,
        of_groups="only", page="section",
    ),
    Table(
        "paths", "Paths", take("source target estimate se low high p status", p=_P),
        optional=False, method="paths", group_title="Group paths", page="section",
    ),
    Table(
        "loadings", "Measurement",
        take("construct item weight weight_unstd loading communality se low high weight_se weight_low weight_high "
             "status"),
        optional=False, method="loadings", group_title="Group measurement", page="section",
    ),
    Table(
        "dimensions", "Dimensions",
        take("construct dimension weight weight_unstd loading communality se low high weight_se weight_low weight_high "
             "status"),
        method="dimensions", when="has_dimensions", group_title="Group dimensions", page="section",
    ),
    Table(
        "effects", "Effects",
        take("source target direct indirect total total_se total_low total_high total_p total_unstd impact impact_se "
             "impact_low impact_high status"),
        optional=False, method="effects", group_title="Group effects", page="section",
    ),
    Table(
        "specific_effects", "Specific indirect effects",
        take("source target through estimate se low high p direct total vaf mediation status",
             estimate=Column("estimate", "Indirect effect", "coefficient"), p=_P),
        method="specific_effects", when="has_specific_effects",
        about="Indirect effects mediator by mediator (standardised); the type of mediation is told from intervals.",
    ),
    Table(
        "interactions", "Interactions",
        take("target term estimate se low high p standardised f2 effect status",
             estimate=Column("estimate", "Effect of the product", "coefficient")),
        method="interactions", when="has_interactions", asked="interactions", desk=True,
        about="Effects of products of constructs: how much one changes the effect of another, and curves. Paths, "
              "effects and drivers elsewhere hold where moderators are at their mean.",
    ),
    Table(
        "simple_slopes", "Simple slopes",
        take("target source moderator at level second second_at estimate se low high p points status",
             level=_LEVEL, estimate=Column("estimate", "Effect", "coefficient")),
        method="simple_slopes", when="has_interactions", asked="interactions", desk=True,
        about="The effect of one construct where the other is low, average and high (standard deviations from its "
              "mean); of a yes-or-no item for no (0) and yes (1).",
    ),
    Table(
        "moderated_mediation", "Moderated mediation",
        take("source mediator target moderator stage estimate se low high p status",
             estimate=Column("estimate", "Change of the indirect effect", "coefficient")),
        method="moderated_mediation", when="has_moderated_routes", asked="interactions", desk=True,
        about="How much an indirect effect changes with a moderator (index of moderated mediation, Hayes 2015).",
    ),
    Table(
        "floodlight", "Floodlight",
        take("target source moderator second second_at begins ends begins_at ends_at sign status"),
        method="floodlight", when="has_curves", asked="interactions", desk=True,
        about="Where on the scale of the moderator the effect is above 0, below 0, or cannot be told from 0 "
              "(Johnson-Neyman).",
    ),
    Table(
        "floodlight_curve", "Floodlight curves",
        take("target source moderator at level second second_at estimate se low high p points status",
             level=_LEVEL, estimate=Column("estimate", "Effect", "coefficient")),
        method="floodlight_curve", when="has_curves", page="workbook", asked="interactions", desk=True,
    ),
    Table(
        "controls", "Covariates",
        take("target control kind reference estimate se low high p points points_se points_low points_high f2 status",
             estimate=Column("estimate", "Effect", "coefficient"), kind=Column("kind", "Kind", "text"),
             points=Column("points", "Points of a unit", "points"), control=Column("control", "Covariate", "label"),
             points_low="points", points_high="points"),
        method="controls", when="has_controls", asked="controls", desk=True,
        about="Effects of what is no part of the index (age, region): numbers standardised, kinds against the "
              "reference.",
    ),
    Table(
        "drivers", "Drivers", take("driver") + _DRIVERS,
        method="drivers", when="has_drivers", group_title="Group drivers", page="section",
    ),
    Table(
        "driver_items", "Driver items", take("driver item") + _DRIVERS,
        method="driver_items", when="has_drivers", group_title="Group driver items", page="section",
    ),
    Table(
        "r2", "R²", take("construct r2 r2_adj se low high status"),
        optional=False, method="r2", group_title="Group R²", page="section",
    ),
    Table(
        "quality", "Quality",
        take("criterion subject value low high threshold verdict source status", subject="label", value=_ESTIMATE,
             source=Column("source", "Literature", "text")),
        method="quality", group_title="Group quality", page="section",
    ),
    Table(
        "parameters", "Parameters",
        take("lhs op rhs label free est se z p low high std_lv std_all std_all_se errors status"),
        group_title="Group parameters", page="section", covariance=True,
    ),
    Table(
        "fit_measures", "Fit measures", take("measure value status", measure="label", value=_ESTIMATE),
        group_title="Group fit measures", page="section", covariance=True,
    ),
    Table(
        "model_effects", "Model effects", take("source target kind est se z p std_all std_all_se status"),
        of_groups="no", page="section", covariance=True,
    ),
    Table(
        "modification_indices", "Modification indices", take("lhs op rhs mi epc sepc_lv sepc_all status"),
        of_groups="no", page="section", covariance=True,
    ),
    Table(
        "model_residuals", "Residuals", take("item other raw cor z status"),
        of_groups="no", page="section", covariance=True,
    ),
    Table(
        "explained", "Explained variance", take("variable r2 se status"),
        of_groups="no", page="section", covariance=True,
    ),
    Table(
        "fits", "Fits", take("n n_eff converged iterations smallest_eigenvalue status"),
        of_groups="only", method="fits", page="workbook",
    ),
    Table(
        "replicates", "Replicates", take("asked kept failed not_converged singular inadmissible"),
        of_groups="only", method="replicates", page="workbook",
    ),
    Table(
        "changes", "Changes", _UNIT + take("from to construct before after change") + _TESTED,
        of_groups="only", page="section",
    ),
    Table(
        "wave_index", "All respondents by wave",
        take("construct index se low high n n_eff status deff", se="points", low="index", high="index"),
        of_groups="only", about="The index of all respondents together, wave by wave.",
    ),
    Table(
        "wave_changes", "Changes of all respondents", _UNIT + take("from to construct before after change") + _TESTED,
        of_groups="only", about="Changes of all respondents together from each wave to the next.",
    ),
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
           Column("shares", "By shares of companies", "points"), Column("total", "Change", "points")),
          of_groups="only", desk=True,
          about="The change of the top of the roll-up, split exactly over sectors."),
    Table("focus", "Focus",
          (Column("step", "Step", "text"), Column("rule", "Rule", "text"), *_OF_SUBSETS), of_groups="no", desk=True,
          about="Respondents who matter more and more: how many they are, what they are worth, their index."),
    Table("focus_drivers", "Drivers of the focus",
          (Column("step", "Step", "text"), *take("driver"), *_DRIVERS[:-1],
           *_with_ends("difference", "Change of importance from the step before", "points"),
           Column("difference_p", "Change of importance: p-value", "p"), *take("status")), of_groups="no", desk=True,
          about="Drivers of every step. Steps share respondents: the error of a change of importance allows for it."),
    Table("concentration", "Concentration of value",
          (Column("top", "The first of the customers", "share"), Column("value_share", "Share of the value", "share"),
           Column("gini", "Gini coefficient", "ratio")), of_groups="no", desk=True,
          about="What share of the value the most valuable customers hold."),
    Table("focus_classes", "Classes of customers",
          (Column("class", "Class", "words", words=AXES_CLASSES), *_OF_SUBSETS), of_groups="no", desk=True,
          about="Customers by two axes, each parted at its cut."),
    Table("behaviour", "Behaviour",
          (Column("outcome", "Outcome", "text"), Column("kind", "Model", "words", words=BEHAVIOUR),
           Column("term", "Term", "label", words={"(constant)": "(constant)"}),
           Column("estimate", "Coefficient", "coefficient"), *take("se low high p"),
           *_with_ends("ratio", "Ratio for 10 points more", "ratio", "low high"), Column("auc", "AUC", "ratio"),
           *take("n")), desk=True,
          about="What goes with a score: ratio of odds (logit) or of means for 10 points more; an association."),
    Table("behaviour_at", "Behaviour at levels of the score",
          (Column("outcome", "Outcome", "text"), Column("kind", "Model", "words", words=BEHAVIOUR),
           Column("level", "Score", "index"), Column("predicted", "Predicted", "ratio"), *take("low high")), desk=True,
          about="The share or mean that is predicted where the scores stand at a level."),
    Table("behaviour_calibration", "Calibration of behaviour",
          (Column("outcome", "Outcome", "text"), Column("kind", "Model", "words", words=BEHAVIOUR),
           Column("tenth", "Tenth of the predictions", "count"), *take("n"), Column("predicted", "Predicted", "ratio"),
           Column("observed", "Observed", "ratio")), page="workbook", desk=True),
    Table("transition", "Moves between states",
          (*take("from to"), Column("state", "State", "text"), Column("next_state", "State in the next wave", "text"),
           Column("persons", "Persons (weighted)", "points"), *take("share se low high", se="share", low="share",
                                                                    high="share")), of_groups="only", desk=True,
          about="Where the persons of each state went, among those who answered in both waves; intervals by drawing "
                "persons."),
    Table("states", "States",
          (*take("from to"), Column("state", "State", "text"), Column("share_before", "Share before", "share"),
           Column("share_after", "Share after", "share"), Column("share_next", "Share a wave later", "share"),
           *_with_ends("stationary", "Share in the long run", "share", "low high"),
           Column("retained", "Retained", "share"),
           *_with_ends("expected_waves", "Expected waves", "ratio", "low high"), Column("value", "Value", "points"),
           Column("lifetime_value", "Lifetime value", "points")), of_groups="only", desk=True,
          about="What becomes of each state if persons go on moving as they did."),
    Table("transition_tests", "Tests of moves",
          (*take("from to"), Column("persons", "Persons", "count"), Column("mobility", "Mobility", "ratio"),
           *take("se low high"), Column("second_eigenvalue", "Left of a disturbance after a wave", "ratio"),
           Column("chi2", "Chi-square of equal shares", "statistic"), *take("df p")), of_groups="only", desk=True,
          about="Mobility (Shorrocks), and the test of Stuart and Maxwell that shares of the states have not changed."),
    Table("fuzzy", "Fuzzy evaluation",
          (Column("construct", "Construct", "label", words={"total": "Total"}),
           *(Column(f"grade_{k}", f"Grade {k}", "share") for k in range(1, 6)), Column("grade", "Grade", "count"),
           Column("score", "Score", "index"), *take("se low high", se="points", low="index", high="index"),
           Column("squared_score", "Score, large memberships first", "index"), *take("status")), desk=True,
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
          (Column("target", "Target", "label"), *take("item"), *_with_ends("penalty", "Penalty", "points"),
           *_with_ends("reward", "Reward", "points"), *_with_ends("asymmetry", "Asymmetry", "ratio"),
           Column("factor", "Factor", "words", words=FACTORS), *take("status")), desk=True,
          about="What a low and what a high answer to a question do to the overall one, in its own points; a factor is "
                "basic or exciting where the interval of the asymmetry leaves 0 out."),
    Table("kano", "Kano categories",
          (Column("name", "Feature", "text"), *(Column(c, heading, "share") for c, heading in KANO.items()),
           Column("category", "Category", "words", words=KANO),
           *_with_ends("better", "Better if there", "ratio", "low high"),
           *_with_ends("worse", "Worse if absent", "ratio", "low high"),
           Column("total_strength", "Total strength", "share"),
           Column("category_strength", "Category strength", "share"),
           Column("significant", "Category certain", "flag"), *take("status")), desk=True,
          about="Categories of pairs of questions (if it is there, if it is not); the category is certain where Fong's "
                "test parts the two largest."),
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
        "targets", "Targets",
        take("construct target index distance se low high probability status", se="points", low="change",
             high="change", target=Column("target", "Target", "index")),
        about="Distance of an index from its target, and the probability that it is reached, given the survey.",
        desk=True,
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
        about="Rises of the drivers that reach the target at least effort, costs growing with the square of the rise.",
        desk=True,
    ),
    Table(
        "budget", "Budget",
        take("construct driver effect cost rise spent gain low high status", low="change", high="change",
             effect=Column("effect", "Effect of a point", "points")),
        about="The budget divided so that the construct rises most, costs in proportion to the rise.", desk=True,
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
        _UNIT + take("target driver importance importance_se importance_low importance_high impact impact_se "
                     "impact_low impact_high performance performance_se performance_low performance_high members "
                     "status",
                     target=Column("target", "Target", "label")),
        of_groups="only", page="section",
    ),
    Table(
        "model_fit", "Overall fit", take("measure model subject value hi95 hi99 p kept asked", subject="label",
                                         value=_ESTIMATE),
        asked="reviewer", desk=True,
        about="Distances between what the items do and what the model implies, with the bootstrap test of exact fit "
              "(Dijkstra & Henseler 2015); AIC and BIC of equations.",
    ),
    Table(
        "prediction", "Prediction",
        take("construct item rmse mae q2 rmse_linear mae_linear q2_linear rmse_mean mae_mean failed asked"),
        asked="reviewer", desk=True,
        about="Out-of-sample errors of the items (PLSpredict), beside a regression on the same items and the mean.",
    ),
    Table(
        "cvpat", "CVPAT", take("benchmark construct loss loss_benchmark difference se t df p", difference="ratio",
                               construct=Column("construct", "Construct", "label", words={"overall": "overall"})),
        asked="reviewer", desk=True,
        about="Does the model predict better than the mean, and than a regression? Negative differences: it does.",
    ),
    Table(
        "discriminant", "Discriminant validity",
        take("construct other correlation htmt htmt2 htmt_signed",
             other=Column("other", "Other construct", "label")),
        asked="reviewer", desk=True, about="Correlations and heterotrait-monotrait ratios of every two constructs.",
    ),
    Table(
        "cross_loadings", "Cross-loadings",
        take("construct item other loading", other=Column("other", "On construct", "label")),
        asked="reviewer", desk=True, about="Correlation of every item with every construct.",
    ),
    Table(
        "survey", "Survey log", take("step subject count detail", subject="sentence"),
        of_groups="no", method="survey_log", page="section", keyed=False,
    ),
)  # fmt: skip

#: Tables of methods that are no part of the stored ones; their columns are as much theirs.
OTHERS: tuple[Table, ...] = (
    Table("scores", "Scores", take("row"), of_groups="only"),
    Table("bollen_stine", "Bollen-Stine bootstrap", take("chisq p asked kept"), of_groups="only", covariance=True),
    Table(
        "comparison", "Comparison of two results",
        take("table level unit subject before after change se low high p p_adj different status",
             se="points", low="index", high="index", subject="label"),
        of_groups="only",
    ),
    Table(
        "codebook", "Codebook",
        (Column("column", "Column", "text"), *take("label"), Column("kind", "Kind", "words", words=COLUMN_KINDS),
         Column("n", "Answers", "count"), Column("empty", "Empty cells", "count"),
         Column("no_answer", "Codes of no answer", "text"), Column("distinct", "Different answers", "count"),
         Column("low", "Lowest", "text"), Column("high", "Highest", "text"), Column("levels", "Levels", "text"),
         Column("mark", "Looks like", "words", words=COLUMN_MARKS)),
        of_groups="no", keyed=False,
    ),
    Table(
        "codebook_levels", "Levels and codes",
        (Column("column", "Column", "text"), *take("value label"), Column("count", "Cells", "count"),
         Column("reason", "Stands for", "words", words=CODE_REASONS)),
        of_groups="no", keyed=False,
    ),
)  # fmt: skip

#: Other names that the report has for tables.
_ALIASES: Mapping[str, str] = {"groups": "index", "survey_log": "survey"}
_PREFIXES = ("overall_", "group_")


def find(name: str) -> Table | None:
    """The table `name`, also as ``overall_name``, ``group_name``, or as the report calls it; None for an unknown one.

    >>> find("group_quality").title
    'Quality'
    """
    known = {table.name: table for table in (*CATALOGUE, *OTHERS)}
    for shown in (name, _ALIASES.get(name, ""), *(name.removeprefix(prefix) for prefix in _PREFIXES)):
        if shown in known:
            return known[shown]
    return None


def column(table: str, name: str) -> Column | None:
    """Column `name` as `table` shows it, or as most tables do; None where it is unknown, as a group column is."""
    found = find(table)
    return (found.column(name) if found else None) or COLUMNS.get(name)


def taken_names(*, covariance: bool, desk: bool = False) -> frozenset[str]:
    """Names that a group column cannot have, as a table has a column of that name.

    Parameters
    ----------
    covariance, desk : bool
        Whether tables of covariance structures, and those beside the model, are made.
    """
    keyed = [table for table in (*CATALOGUE, *OTHERS) if table.keyed]
    tables = [table for table in keyed if (covariance or not table.covariance) and (desk or not table.desk)]
    return frozenset(name for table in tables for name in table.column_names)
