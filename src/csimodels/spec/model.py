"""The validated model: frozen, hashable, free of any file format.

These types leave :mod:`csimodels.spec`; nothing above it knows of YAML or pydantic.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache, cached_property
from numbers import Real
from typing import Any, Literal, cast

from csimodels.spec.decisions import NO_DECISIONS, Decisions
from csimodels.spec.desk import NO_DESK, DeskSections
from csimodels.spec.estimators import ESTIMATORS, EstimatorEntry, EstimatorName, MissingRule

Measured = Literal["composite", "reflective"]
Mode = Literal["A", "B"]
IndexWeights = Literal["own", "pooled", "equal", "fixed"]
Operator = Literal["=~", "~", "~~", "~1"]
UncertaintyMethod = Literal["auto", "bootstrap", "jackknife", "linearised", "replicate_weights", "none"]
IntervalKind = Literal["percentile", "basic", "normal", "bc", "bca", "studentised"]
Code = float | str
#: Why an answer may be missing, as far as codes say it; what has no code is missing in the system.
REASONS = ("dont_know", "refused", "not_asked")
Period = Literal["year", "quarter", "month", "week", "day"]
InteractionWay = Literal["two_stage", "product_indicator", "orthogonal"]
LoneStrata = Literal["refuse", "certainty", "adjust", "average"]

#: Methods that draw no replicates, and the settings that belong to the bootstrap alone.
WITHOUT_DRAWS: tuple[UncertaintyMethod, ...] = ("auto", "jackknife", "linearised", "replicate_weights")
BOOTSTRAP_ONLY = ("replicates", "seed", "interval", "draw")


@dataclass(frozen=True, slots=True)
class Text:
    """A label in English and Chinese; either may be empty."""

    en: str = ""
    zh: str = ""

    def get(self, lang: str, default: str = "") -> str:
        """The text in `lang` (``"en"``, ``"zh"``), else in the other language, else `default`."""
        first, second = (self.zh, self.en) if lang.startswith("zh") else (self.en, self.zh)
        return first or second or default


@dataclass(frozen=True, slots=True)
class FromCell:
    """One answer of a question whose cells hold several: 1 where the cell contains it, 0 where it does not.

    Attributes
    ----------
    column : str
        The column of the cells.
    contains : float or str
        The answer, as it stands in the cells.
    separator : str
        What stands between two answers; where empty, any of the usual marks.
    empty : str
        An empty cell means that ``"none"`` of the answers was given (0), or that the answer is ``"missing"``.
    """

    column: str
    contains: Code
    separator: str = ""
    empty: Literal["none", "missing"] = "none"


@dataclass(frozen=True, slots=True)
class Item:
    """A survey question.

    ``scale`` is the lowest and highest answer *allowed* (never the observed ones); ``reverse`` turns the item
    (``min + max - x``) before anything else; ``values`` maps text answers to numbers (``(("yes", 1.0), ...)``);
    ``cell`` makes it 0 or 1 from a cell that holds several answers.
    """

    name: str
    text: Text = Text()
    scale: tuple[float, float] = (1.0, 10.0)
    reverse: bool = False
    values: tuple[tuple[str, float], ...] = ()
    cell: FromCell | None = None


@dataclass(frozen=True, slots=True)
class ColumnLabels:
    """What a column and the values in it are called: groups, levels, waves."""

    text: Text = Text()
    values: tuple[tuple[str, Text], ...] = ()


@dataclass(frozen=True, slots=True)
class Construct:
    """A latent variable and its block of items.

    ``measured`` matters to PLSc and ML (reflective: common factor); ``mode`` to PLS (A: correlation weights,
    B: regression weights); ``reliability`` fixes rho_A of a single item or composite, where one is known.
    ``of`` names the dimensions of a higher-order construct, which has no ``items`` of its own then.
    ``better`` says which end of its index is the good one: ``low`` for the share that complained.
    """

    name: str
    items: tuple[Item, ...]
    label: Text = Text()
    measured: Measured = "reflective"
    mode: Mode = "A"
    reliability: float | None = None
    of: tuple[str, ...] = ()
    better: Literal["high", "low"] = "high"


@dataclass(frozen=True, slots=True)
class IndexSpec:
    """Which construct is *the* index, and whose weights it takes (docs/results.md).

    ``fixed`` holds weights of the 0-100 items, by item, for ``weights == "fixed"``: the column ``weight_unstd`` of an
    earlier year's loadings; only their proportions within a construct matter.
    """

    construct: str = ""
    weights: IndexWeights = "own"
    fixed: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """One statement on a parameter of a covariance structure model, in lavaan's operators (Rosseel 2012).

    ``lhs op rhs``: ``=~`` loading of item (or dimension) `rhs` on construct `lhs`; ``~`` path from `rhs` to `lhs`;
    ``~~`` (residual) variance or covariance of items or constructs; ``~1`` intercept of `lhs` (`rhs` is empty).
    ``value`` fixes it; else it is free (the loading of a marker item, too), and parameters with the same non-empty
    ``label`` are held equal.  A checked parameter has not both.  In a checked model they stand in the order of the
    operators above, then of the names in the model, and ``~~`` names first what stands first in the model.
    """

    lhs: str
    op: Operator
    rhs: str = ""
    value: float | None = None
    label: str = ""


@dataclass(frozen=True, slots=True)
class DesignSpec:
    """Columns that describe how the sample was drawn.

    ``fpc`` holds, for every row, the number of primary sampling units of its stratum in the population, or (where all
    values are at most 1) the sampling fraction.  ``lone_strata`` says what becomes of a stratum with a single unit,
    which shows no variance of its own: it is refused, taken with certainty (no variance), centred at the mean of all
    units (``adjust``), or given the average variance of the other strata (Lumley 2010, section 3.2.1).
    """

    strata: str | None = None
    cluster: str | None = None
    fpc: str | None = None
    lone_strata: LoneStrata = "refuse"
    panel: str | None = None


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


@dataclass(frozen=True, slots=True)
class DataSpec:
    """Where the answers are and how to read them.

    ``columns`` maps item to column where the names differ.  ``missing_codes`` hold for all items, and
    ``item_missing_codes`` for single ones; ``missing_reasons`` are missing codes too, by what they mean (one of
    :data:`REASONS`).  ``where`` keeps the rows whose column equals the value, or one of a tuple
    of them, and ``rule`` those for which a rule in words holds (``"age >= 18"``).  ``periods`` turns dates of columns
    of ``by`` into years, quarters, months.  ``weight_missing`` says whether rows without a weight are refused or left
    out, ``value_labels`` whether the value labels of a .sav or .dta file name the groups.
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

    ``higher_order``, ``interactions``: a file that names the default (``disjoint``, ``two_stage``) means the same as
    one that does not, and has None.
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

    @property
    def entry(self) -> EstimatorEntry:
        """What the register of estimators says of this one."""
        return ESTIMATORS[self.estimator]

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
    """Languages and formats of the report, whether it describes the answers to every question, and the cuts of the
    quadrants: importance, then performance."""

    languages: tuple[str, ...] = ("en",)
    formats: tuple[str, ...] = ("html", "xlsx")
    answers: bool = False
    cuts: tuple[Cut, Cut] = ("mean", "mean")
    reviewer: bool = False


@dataclass(frozen=True, slots=True)
class Interaction:
    """A product of constructs that leads to another one.

    Attributes
    ----------
    factors : tuple of str
        Two constructs, three, or one and the same twice (a curve), in the order written: the effect of the first is
        shown at levels of the others.
    target : str
    """

    factors: tuple[str, ...]
    target: str

    @property
    def name(self) -> str:
        """As it is written in a spec: ``Image * Quality``."""
        return " * ".join(self.factors)


@dataclass(frozen=True, slots=True)
class Control:
    """A covariate: an item of no construct that leads to constructs, as a number or by its levels.

    Attributes
    ----------
    item : str
        One of the section `items`.
    targets : tuple of str
        Constructs that it leads to.
    levels : tuple of (str, float)
        Names and answers of a nominal one, the reference first; empty for a number.
    """

    item: str
    targets: tuple[str, ...]
    levels: tuple[tuple[str, float], ...] = ()


SimpleKind = Literal["nps", "top_box", "bottom_box", "share", "mean", "ten_point", "weighted_mean", "gap"]


@dataclass(frozen=True, slots=True)
class SimpleIndex:
    """An index beside the model's own, computed from the answers to a few items (docs/desk.md).

    Attributes
    ----------
    name : str
    kind : str
        ``nps`` (promoters less detractors), ``top_box`` and ``bottom_box`` (share of the best or worst answers),
        ``share`` (of stated answers), ``mean`` (on 0-100), ``ten_point`` (answers as tenths of 100), ``weighted_mean``
        (levels valued and elements weighted), ``gap`` (an item less another, in points of 0-100).
    items : tuple of str
        Items of the model or of the section `items`; of a gap perception, then expectation.
    levels : tuple of float
        Answers that count (``share``), or the number of levels of a box (one number).
    weights : tuple of (str, float)
        Weight of each item; equal where left out.
    values : tuple of float
        Value of each answer of a ``weighted_mean``, from the lowest up.
    cuts : tuple of float
        Highest answer of a detractor and lowest of a promoter; 6 and 9 where left out.
    label : Text
    among : tuple of (str, tuple of float)
        Only respondents who gave one of these answers to each of these items.
    """

    name: str
    kind: SimpleKind
    items: tuple[str, ...]
    levels: tuple[float, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()
    values: tuple[float, ...] = ()
    cuts: tuple[float, ...] = ()
    label: Text = Text()
    among: tuple[tuple[str, tuple[float, ...]], ...] = ()


@dataclass(frozen=True)
class Model:
    """A structural-equation customer-satisfaction-index model, complete and checked.

    ``paths`` are ``(source, target)`` pairs of construct names in the order written; ``constructs`` keep the order
    of the file.  ``sources`` name where the model comes from (papers, standards).  ``parameters`` fix, equate or add
    parameters of a covariance structure model (``estimator: ml``); PLS and PLSc refuse them.  ``labels`` name columns
    and the values in them for readers. ``beside`` are items of no construct, ``indices`` those computed beside the
    model's own, ``targets`` the levels that constructs are to reach, ``what_if`` changes
    whose consequences are told, ``decisions`` the sections of docs/decisions.md, ``interactions`` the products of
    constructs among the paths, ``controls`` the covariates, ``desk`` the sections of docs/desk.md.
    ``origin`` is the file it was read from and takes no part in equality or the hash.
    """

    name: str
    constructs: tuple[Construct, ...]
    paths: tuple[tuple[str, str], ...]
    title: Text = Text()
    description: Text = Text()
    sources: tuple[str, ...] = ()
    index: IndexSpec = IndexSpec()
    data: DataSpec = DataSpec()
    rollup: RollupSpec = RollupSpec()
    estimate: EstimateSpec = EstimateSpec()
    uncertainty: UncertaintySpec = UncertaintySpec()
    report: ReportSpec = ReportSpec()
    parameters: tuple[Parameter, ...] = ()
    labels: tuple[tuple[str, ColumnLabels], ...] = ()
    beside: tuple[Item, ...] = ()
    indices: tuple[SimpleIndex, ...] = ()
    targets: tuple[tuple[str, float], ...] = ()
    what_if: tuple[tuple[str, float], ...] = ()
    decisions: Decisions = NO_DECISIONS
    interactions: tuple[Interaction, ...] = ()
    controls: tuple[Control, ...] = ()
    desk: DeskSections = NO_DESK
    origin: str = field(default="", compare=False)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """All items, block by block in the order of the constructs: the item axis ``p`` of every array."""
        return tuple(item for construct in self.constructs for item in construct.items)

    @cached_property
    def asked(self) -> tuple[Item, ...]:
        """All items that are read: those of the constructs, then those beside the model."""
        return (*self.items, *self.beside)

    @cached_property
    def item_names(self) -> tuple[str, ...]:
        """Names along the item axis."""
        return tuple(item.name for item in self.items)

    @cached_property
    def construct_names(self) -> tuple[str, ...]:
        """Names along the construct axis ``J``."""
        return tuple(construct.name for construct in self.constructs)

    def construct(self, name: str) -> Construct:
        """The construct called `name`; ``KeyError`` where there is none."""
        for construct in self.constructs:
            if construct.name == name:
                return construct
        raise KeyError(name)

    def label(self, name: str, lang: str = "en") -> str:
        """Label of a construct or wording of an item in `lang`, the name itself where it has none."""
        for construct in self.constructs:
            if construct.name == name:
                return construct.label.get(lang, name)
            for item in construct.items:
                if item.name == name:
                    return item.text.get(lang, name)
        named = {item.name: item.text for item in self.beside} | {index.name: index.label for index in self.indices}
        named |= {key: Text(*texts) for key, texts in self.desk.labels.items()}
        return named[name].get(lang, name) if name in named else name

    def direction(self, name: str) -> int:
        """1 where a higher index of the construct `name` is the better one, -1 where a lower one is."""
        return -1 if any(c.name == name and c.better == "low" for c in self.constructs) else 1

    def label_of(self, column: str, value: object = None, lang: str = "en") -> str:
        """What a column, or a value in it (a group, a level, a wave), is called in `lang`.

        Parameters
        ----------
        column : str
            Column of the data or level of the roll-up.
        value : object, optional
            A value of the column; without it the name of the column itself is meant.
        lang : str
            ``"en"`` or ``"zh"``.

        Returns
        -------
        str
            The label from ``labels``, else the name or the value as text.
        """
        found = dict(self.labels).get(column, ColumnLabels())
        if value is None:
            return found.text.get(lang, column)
        shown = plain_text(value)
        return dict(found.values).get(shown, Text()).get(lang, shown)

    def canonical(self) -> dict[str, Any]:
        """The whole model as plain JSON types with defaults filled in; the form that is hashed."""
        plain: dict[str, Any] = _plain(self)
        del plain["origin"]
        return plain

    @cached_property
    def hash(self) -> str:
        """sha256 of the canonical form: equal for specs that mean the same, however they are written.

        Name and paths of files take no part: the data have a hash of their own, and may lie elsewhere tomorrow.
        Nor do fields of a later grammar that are at their default, so that a spec keeps the hash it was stored with.
        """
        plain = self.canonical()
        del plain["name"], plain["data"]["file"], plain["rollup"]["weights"]
        _leave_out_later(plain, _usual())
        for construct in plain["constructs"]:
            if construct["better"] == "high":
                del construct["better"]
        for item in (item for construct in plain["constructs"] for item in construct["items"]):
            if item["cell"] is None:
                del item["cell"]
        text = json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def __hash__(self) -> int:
        return hash((self.name, self.construct_names, self.item_names, self.paths))

    def __repr__(self) -> str:
        """One line: a model printed whole fills a screen."""
        size = f"{len(self.constructs)} constructs, {len(self.items)} items, {len(self.paths)} paths"
        return f"<csimodels.Model {self.name}: {size}>"

    def _repr_html_(self) -> str:
        from html import escape

        rows = "".join(
            f"<tr><td>{escape(c.name)}</td><td>{escape(c.label.get('en'))}</td><td>{escape(c.label.get('zh'))}</td>"
            f"<td>{c.measured}, mode {c.mode}</td><td>{escape(', '.join([i.name for i in c.items] or c.of))}</td></tr>"
            for c in self.constructs
        )
        arrows = escape(", ".join(f"{s} → {t}" for s, t in self.paths))
        return (
            f"<b>{escape(self.title.get('en', self.name))}</b><table><tr><th>construct</th><th>label</th><th>中文</th>"
            f"<th>measured</th><th>items</th></tr>{rows}</table><p>{arrows}</p>"
        )


#: Fields that came after the first grammar, by their place in the canonical form.
_LATER = (
    ("parameters",),
    ("labels",),
    ("beside",),
    ("indices",),
    ("targets",),
    ("what_if",),
    ("interactions",),
    ("controls",),
    ("estimate", "interactions"),
    ("decisions",),
    ("desk",),
    ("report", "answers"),
    ("report", "cuts"),
    ("report", "reviewer"),
    ("data", "missing_reasons"),
    ("data", "weight_missing"),
    ("data", "periods"),
    ("data", "value_labels"),
    ("data", "rule"),
    ("data", "design", "lone_strata"),
    ("data", "design", "panel"),
    ("data", "wave"),
    ("estimate", "unasked_items"),
    ("data", "design", "fpc"),
    ("data", "replicate_weights"),
    ("data", "rake"),
    ("data", "rake_bounds"),
    ("rollup", "adjust"),
    ("estimate", "errors"),
    ("estimate", "identification"),
    ("estimate", "higher_order"),
    ("uncertainty", "draw"),
)


def _plain(value: Any) -> Any:
    """Frozen dataclasses and tuples as the dictionaries and lists that JSON has."""
    kind: type[Any] = type(value)
    if kind in _ATOMS:
        return value
    if kind is tuple or kind is list:
        return [_plain(part) for part in value]
    names = _field_names(cast(Hashable, kind))
    return value if names is None else {name: _plain(getattr(value, name)) for name in names}


_ATOMS = frozenset((str, float, int, bool, type(None)))


@cache
def _field_names(kind: Hashable) -> tuple[str, ...] | None:
    """Names of the fields of a dataclass, None for other types."""
    return tuple(part.name for part in fields(kind)) if isinstance(kind, type) and is_dataclass(kind) else None


@cache
def _usual() -> dict[str, Any]:
    """The canonical form of a model without anything in it."""
    return Model("", (), ()).canonical()


def _leave_out_later(plain: dict[str, Any], defaults: dict[str, Any]) -> None:
    """Take the fields of :data:`_LATER` that have their default out of a canonical form."""
    for *above, last in _LATER:
        holder, usual = plain, defaults
        for step in above:
            holder, usual = holder[step], usual[step]
        if holder[last] == usual[last]:
            del holder[last]


def plain_text(value: object) -> str:
    """A label or number as it is written in a spec: ``2026`` for 2026.0."""
    if isinstance(value, Real) and not isinstance(value, bool):
        number = float(value)
        whole = math.isfinite(number) and number == int(number) and abs(number) < 1e15
        return str(int(number)) if whole else repr(number)
    return str(value).strip()


def frozen_pairs(mapping: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """A mapping as a tuple of pairs in its own order, so that a frozen dataclass can hold and hash it."""
    return tuple(mapping.items())
