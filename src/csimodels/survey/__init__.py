"""Rows from anywhere, checked against the model, ready to be reduced to sums."""

from csimodels.survey.cautions.rows import cautions, lost_to_codes
from csimodels.survey.files.state import file_hash
from csimodels.survey.read import read_survey
from csimodels.survey.scale.spool import Query
from csimodels.survey.survey import Survey, constant_items, log_table
from csimodels.survey.table import LogEntry, Source
from csimodels.survey.weights.replicates import replicate_scale

__all__ = [
    "LogEntry",
    "Query",
    "Source",
    "Survey",
    "cautions",
    "constant_items",
    "file_hash",
    "log_table",
    "lost_to_codes",
    "read_survey",
    "replicate_scale",
]
