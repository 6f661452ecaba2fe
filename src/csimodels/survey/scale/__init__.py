"""Surveys too large for memory: rows are checked and summed where they lie, by a database."""

from csimodels.survey.scale.door import read_sums
from csimodels.survey.scale.floor import FLOOR
from csimodels.survey.scale.many_rows import takes_over
from csimodels.survey.scale.travel import write_sums

__all__ = ["FLOOR", "read_sums", "takes_over", "write_sums"]
