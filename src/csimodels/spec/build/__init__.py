"""From a checked spec file to the frozen model."""

from csimodels.spec.build.whole import Judge, build

__all__ = ["Judge", "build"]
