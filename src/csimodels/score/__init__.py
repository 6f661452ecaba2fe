"""Weights applied back to rows."""

from csimodels.score.scores import filled, scores

__all__ = ["filled", "scores"]
