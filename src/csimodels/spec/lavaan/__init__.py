"""Models in lavaan's syntax, in and out."""

from csimodels.spec.lavaan.models import from_lavaan, to_lavaan

__all__ = ["from_lavaan", "to_lavaan"]
