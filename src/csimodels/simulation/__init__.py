"""Surveys drawn from a model with known truth: for tests, teaching and planning a study."""

from csimodels.simulation.population import Population
from csimodels.simulation.simulate import Simulated, simulate
from csimodels.simulation.truth import Truth

__all__ = ["Population", "Simulated", "Truth", "simulate"]
