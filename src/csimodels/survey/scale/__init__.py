"""Surveys too large for memory: rows are checked and summed where they lie, by a database."""

from csimodels.survey.scale.door import read_sums, takes_over

__all__ = ["read_sums", "takes_over"]
