"""The sections on data, roll-up, estimation, intervals and report: frozen, hashable, free of any file format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from csimodels.spec.brand import NO_BRAND, Brand
from csimodels.spec.estimators import ESTIMATORS, EstimatorEntry, EstimatorName, MissingRule
from csimodels.spec.measures import (
    Code,
    InteractionWay,
)

UncertaintyMethod = Literal["auto", "bootstrap", "jackknife", "linearised", "replicate_weights", "none"]
IntervalKind = Literal["percentile", "basic", "normal", "bc", "bca", "studentised"]
#: Why an answer may be missing, as far as codes say it; what has no code is missing in the system.
REASONS = ("dont_know", "refused", "not_asked")
Period = Literal["year", "quarter", "month", "week", "day"]
LoneStrata = Literal["refuse", "certainty", "adjust", "average"]
GroupsOfDesign = Literal["planned", "by_chance"]
#: Methods that draw no replicates, and the settings that belong to the bootstrap alone.
WITHOUT_DRAWS: tuple[UncertaintyMethod, ...] = ("auto", "jackknife", "linearised", "replicate_weights")
BOOTSTRAP_ONLY = ("replicates", "seed", "interval", "draw")


@dataclass(frozen=True, slots=True)
class DesignSpec:
    """Columns that describe how the sample was drawn.

    ``fpc`` holds, for every row, the number of primary sampling units of its stratum in the population, or (where all
    values are at most 1) the sampling fraction.  ``lone_strata`` says what becomes of a stratum with a single unit,
    which shows no variance of its own: it is refused, taken with certainty (no variance), centred at the mean of all
    units (``adjust``), or given the average variance of the other strata (Lumley 2010).  ``groups`` says whether it was
    planned how many units of each stratum a group has, or is a matter of chance: the groups are then domains of the
    whole sample.  None: taken as planned, with a note where it makes a difference.
    """

    strata: str | None = None
    cluster: str | None = None
    fpc: str | None = None
    lone_strata: LoneStrata = "refuse"
    panel: str | None = None
    groups: GroupsOfDesign | None = None


@dataclass(frozen=True, slots=True)
class ReplicateSpec:
    """Columns of replicate weights that came with the data, and how their squared deviations are scaled.

    The variance is ``scale * sum_r rscales_r (theta_r - centre)^2``; `kind` gives the usual factors where `scale` and
    `rscales` are left out (docs/results.md).  ``columns`` may end in ``*``: every column that begins so.
    """

    columns: tuple[str, ...] = ()
    kind: Literal["brr", "fay", "jk1", "jkn", "bootstrap"] = "bootstrap"
    fay: float = 0.0
    scale: float | None = None
    rscales: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Margin:
    """Known population shares of the categories of a column, that the weights are raked to.

    In a checked model the shares sum to 1 and stand in the order of the categories, which are texts.
    """

    column: str
    shares: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class WaveSpec:
    """The column of the waves (years, quarters) and the one that headlines are of; the latest where none is named."""

    column: str = ""
    current: Code | None = None


#: Who reads the rows of a survey.
Engine = Literal["auto", "memory", "duckdb", "dask", "spark"]


@dataclass(frozen=True, slots=True)
class DataSpec:
    """Where the answers are and how to read them.

    ``columns`` maps item to column where the names differ.  ``missing_codes`` hold for all items, and
    ``item_missing_codes`` for single ones; ``missing_reasons`` are missing codes too, by what they mean (one of
    :data:`REASONS`).  ``where`` keeps the rows whose column equals the value, or one of a tuple
    of them, and ``rule`` those for which a rule in words holds (``"age >= 18"``).  ``periods`` turns dates of columns
    of ``by`` into years, quarters, months.  ``weight_missing`` says whether rows without a weight are refused or left
    out, ``value_labels`` whether the value labels of a .sav or .dta file name the groups.  ``engine`` says who reads
    the rows: ``memory``, ``duckdb``, ``dask``, ``spark`` or ``auto``; ``table`` names a table or view of a database
    file, ``memory_limit`` what the engine may take (``2GB``), ``moments`` a folder of sums, or a pattern of folders,
    in place of rows.  ``files`` are several files in place of one, each with its wave, or an empty text.
    """

    file: str | None = None
    sheet: str | None = None
    encoding: str | None = None
    separator: str | None = None
    columns: tuple[tuple[str, str], ...] = ()
    missing_codes: tuple[Code, ...] = ()
    item_missing_codes: tuple[tuple[str, tuple[Code, ...]], ...] = ()
    out_of_range: Literal["error", "missing"] = "error"
    weight: str | None = None
    by: tuple[str, ...] = ()
    where: tuple[tuple[str, Code | tuple[Code, ...]], ...] = ()
    design: DesignSpec = DesignSpec()
    replicate_weights: ReplicateSpec = ReplicateSpec()
    rake: tuple[Margin, ...] = ()
    weight_missing: Literal["error", "drop"] = "error"
    periods: tuple[tuple[str, Period], ...] = ()
    value_labels: Literal["names", "codes"] = "names"
    rule: str = ""
    wave: WaveSpec = WaveSpec()
    missing_reasons: tuple[tuple[str, tuple[Code, ...]], ...] = ()
    rake_bounds: tuple[float, float] | tuple[()] = ()
    engine: Engine = "auto"
    table: str | None = None
    memory_limit: str | None = None
    moments: str | None = None
    files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RollupSpec:
    """Levels that group results are carried up to, lowest first, and the file that holds the weights.

    ``adjust`` corrects p-values of several comparisons at once.
    """

    levels: tuple[str, ...] = ()
    weights: str | None = None
    adjust: Literal["holm", "bh", "none"] = "holm"


@dataclass(frozen=True, slots=True)
class EstimateSpec:
    """Estimator and its settings as written in the file; ``None`` means the estimator's own default.

    ``higher_order``, ``interactions``, ``correlations``, ``metric``: a file that names the default (``disjoint``,
    ``two_stage``, ``pearson``, ``standardised``) means the same as one that does not, and has None.
    """

    estimator: EstimatorName = "pls"
    scheme: Literal["path", "factorial", "centroid"] | None = None
    missing: MissingRule | None = None
    tol: float | None = None
    max_iter: int | None = None
    on_nonconvergence: Literal["error", "warn"] = "error"
    errors: Literal["expected", "observed", "mlm", "mlr"] | None = None
    identification: Literal["marker", "std_lv"] | None = None
    higher_order: Literal["disjoint", "embedded", "repeated"] | None = None
    unasked_items: Literal["refuse", "leave_out"] = "refuse"
    interactions: InteractionWay | None = None
    correlations: Literal["polychoric"] | None = None
    covariates: Literal["fixed", "random"] | None = None
    metric: Literal["raw"] | None = None
    bounds: Literal["pos.var", "pos.ov.var", "pos.lv.var"] | None = None

    @property
    def entry(self) -> EstimatorEntry:
        """What the register of estimators says of this one."""
        return ESTIMATORS[self.estimator]

    @property
    def polychoric(self) -> bool:
        """Whether correlations are those of normal variables behind ordered answers."""
        return self.correlations == "polychoric" or self.entry.ordered

    @property
    def covariance_based(self) -> bool:
        """Whether the model is estimated as a covariance structure."""
        return self.entry.family == "covariance"


@dataclass(frozen=True, slots=True)
class UncertaintySpec:
    """How intervals are made; ``method == "none"`` leaves them out.

    ``replicates``, ``seed``, ``interval`` and ``draw`` belong to the bootstrap: with the methods of
    :data:`WITHOUT_DRAWS` they are at their defaults in a checked model; ``auto`` and ``none`` keep them.
    """

    method: UncertaintyMethod = "auto"
    replicates: int = 5000
    seed: int = 1
    interval: IntervalKind = "percentile"
    level: float = 0.95
    draw: Literal["multinomial", "poisson"] = "multinomial"


Cut = Literal["mean", "median"] | float


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """Languages and formats of the report, whether it describes the answers to every question, the cuts of the
    quadrants (importance, then performance), the user's Word template, who publishes it, and which simple indices
    and nodes of the hierarchy have a section of their own (None: those that the report chooses); across which columns
    the ladder of invariance is climbed (None: it is not; none named: across the waves, else the groups)."""

    languages: tuple[str, ...] = ("en",)
    formats: tuple[str, ...] = ("html", "xlsx")
    answers: bool = False
    cuts: tuple[Cut, Cut] = ("mean", "mean")
    reviewer: bool = False
    template: str | None = None
    brand: Brand = NO_BRAND
    leagues: tuple[str, ...] | None = None
    invariance: tuple[str, ...] | None = None
