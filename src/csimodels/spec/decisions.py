"""What a spec asks for to decide by: who leads, what changed, what drives it (docs/decisions.md)."""

from __future__ import annotations

from dataclasses import dataclass


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
class Decisions:
    """The sections of a spec for decisions; what is not asked for is None or empty."""

    benchmark: BenchmarkSpec | None = None
    trend: TrendSpec | None = None
    drivers: DriversSpec | None = None
    penalty_reward: tuple[ContrastSpec, ...] = ()
    kano: tuple[tuple[str, str, str], ...] = ()


#: Of a spec that asks for nothing.
NO_DECISIONS = Decisions()
