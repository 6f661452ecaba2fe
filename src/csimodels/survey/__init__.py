"""Rows from anywhere, checked against the model, ready to be reduced to sums."""

from csimodels.survey.formats import file_hash
from csimodels.survey.population import Population
from csimodels.survey.read import read_survey
from csimodels.survey.replicate_weights import replicate_scale
from csimodels.survey.simulate import Simulated, simulate
from csimodels.survey.survey import Survey, constant_items
from csimodels.survey.table import LogEntry, Source
from csimodels.survey.truth import Truth

__all__ = [
    "LogEntry",
    "Population",
    "Simulated",
    "Source",
    "Survey",
    "Truth",
    "constant_items",
    "file_hash",
    "read_survey",
    "replicate_scale",
    "simulate",
]
