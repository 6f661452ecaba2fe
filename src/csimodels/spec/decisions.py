"""What a spec asks for to decide by: who leads, what changed, what drives it (docs/decisions.md)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal


@dataclass(frozen=True, slots=True)
class BenchmarkSpec:
    """Units compared with one another.

    ``unit``: the group column of the units, the first one where it is empty; ``competitor`` (that
    all others are compared with) and ``own`` (whose map is drawn): units by name, or empty.
    """

    unit: str = ""
    competitor: str = ""
    own: str = ""


@dataclass(frozen=True, slots=True)
class TrendSpec:
    """All waves together.

    ``base``: the wave that others are compared with and whose weights are held fixed, the first where empty;
    ``breaks``: waves with another method than before; ``limits``: width of the control limits in standard errors.
    """

    base: str = ""
    breaks: tuple[str, ...] = ()
    limits: float = 3.0


@dataclass(frozen=True, slots=True)
class DriversSpec:
    """Shares of R2 beside the driver table.

    ``shares``: of the constructs right before every target; ``items``: of questions in the answer to one, ``(answer,
    explaining answers)``; ``assumed``: the order of the drivers that was expected, the most important first.
    """

    shares: bool = True
    items: tuple[tuple[str, tuple[str, ...]], ...] = ()
    assumed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContrastSpec:
    """Penalties and rewards of ``items``: answers of at most ``low`` and of at least ``high``; overall ``target``."""

    target: str
    items: tuple[str, ...]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class AxesSpec:
    """Two columns of amounts with the values that part low from high: four classes of customers."""

    x: str
    x_cut: float
    y: str
    y_cut: float


@dataclass(frozen=True, slots=True)
class FocusSpec:
    """Respondents who matter more and more.

    ``steps``: name and rule of each, every one within the one before; ``value``: column of what a customer is worth;
    ``axes``: two columns that make four classes.
    """

    steps: tuple[tuple[str, str], ...] = ()
    value: str = ""
    axes: AxesSpec | None = None


@dataclass(frozen=True, slots=True)
class BehaviourSpec:
    """What follows from a score.

    ``outcome``: a rule (``logit``), or a column of amounts (``gamma``) or counts (``poisson``); ``on``: constructs
    whose scores explain it; ``levels``: scores at which it is predicted.
    """

    name: str
    outcome: str
    kind: Literal["logit", "gamma", "poisson"] = "logit"
    on: tuple[str, ...] = ()
    levels: tuple[float, ...] = (60.0, 70.0, 80.0)


@dataclass(frozen=True, slots=True)
class StatesSpec:
    """States of a score, parted at ``cuts``, and how persons of a panel move between them.

    ``names`` of the states, the lowest first; ``retained``: a rule that says who stays a customer; ``value``: column of
    what a customer is worth in a period, discounted by ``discount``.
    """

    construct: str
    cuts: tuple[float, ...] = (60.0, 80.0)
    names: tuple[str, ...] = ()
    retained: str = ""
    value: str = ""
    discount: float = 0.0

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the states, or the numbers they lie between."""
        ends = ("0", *(f"{cut:g}" for cut in self.cuts), "100")
        return self.names or tuple(f"{a}-{b}" for a, b in pairwise(ends))


@dataclass(frozen=True, slots=True)
class FuzzySpec:
    """Fuzzy comprehensive evaluation: how weights and memberships are composed, values of the five grades (from the
    lowest), and weights of the constructs in the total."""

    composition: Literal["weighted", "min_max", "product_max", "bounded_sum"] = "weighted"
    values: tuple[float, ...] = ()
    weights: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Aside:
    """A column beside the answers: a rule (1 where it holds, 0 where not), or amounts."""

    use: str
    text: str
    rule: bool


@dataclass(frozen=True, slots=True)
class Decisions:
    """The sections of a spec for decisions; what is not asked for is None or empty."""

    benchmark: BenchmarkSpec | None = None
    trend: TrendSpec | None = None
    drivers: DriversSpec | None = None
    penalty_reward: tuple[ContrastSpec, ...] = ()
    kano: tuple[tuple[str, str, str], ...] = ()
    focus: FocusSpec | None = None
    behaviour: tuple[BehaviourSpec, ...] = ()
    states: StatesSpec | None = None
    fuzzy: FuzzySpec | None = None

    @property
    def asides(self) -> tuple[Aside, ...]:
        """Rules and columns that have to be read beside the answers, each once."""
        found = [Aside("behaviour", b.outcome, b.kind == "logit") for b in self.behaviour]
        if self.focus is not None:
            found += [Aside("focus", rule, True) for _, rule in self.focus.steps]
            axes = self.focus.axes
            columns = [self.focus.value, *((axes.x, axes.y) if axes else ())]
            found += [Aside("focus", column, False) for column in columns if column]
        if self.states is not None:
            found += [Aside("states", self.states.retained, True)] if self.states.retained else []
            found += [Aside("states", self.states.value, False)] if self.states.value else []
        return tuple({(a.text, a.rule): a for a in found}.values())


#: Of a spec that asks for nothing.
NO_DECISIONS = Decisions()
