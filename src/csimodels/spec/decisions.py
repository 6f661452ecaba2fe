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
class Decisions:
    """The sections of a spec for decisions; what is not asked for is None or empty."""

    benchmark: BenchmarkSpec | None = None
    trend: TrendSpec | None = None


#: Of a spec that asks for nothing.
NO_DECISIONS = Decisions()
