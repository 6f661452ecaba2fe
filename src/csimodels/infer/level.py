"""Confidence levels."""

from __future__ import annotations

from csimodels.arguments import shown
from csimodels.errors import Problem, SpecError, is_real
from csimodels.messages import Message


def level_problem(level: float) -> Problem | None:
    """What is wrong with a confidence level, or None."""
    if is_real(level) and 0 < level < 1:
        return None
    return Problem("the level must lie between 0 and 1", "level", shown(level), Message("for example 0.95"))


def check_level(level: float) -> None:
    """Refuse a confidence level outside (0, 1)."""
    problem = level_problem(level)
    if problem is not None:
        raise SpecError(problem)
