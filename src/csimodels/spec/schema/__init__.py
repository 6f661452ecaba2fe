"""The spec file as it is written: its keys, their types and what a reader of the file is told of them."""

from csimodels.spec.schema.whole import RawSpec, json_schema

__all__ = ["RawSpec", "json_schema"]
