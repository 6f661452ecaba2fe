"""Weights applied back to rows."""

from csimodels.score.scores import filled, scores, slope_of_holes

__all__ = ["filled", "scores", "slope_of_holes"]
