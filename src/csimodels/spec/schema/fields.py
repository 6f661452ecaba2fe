"""Short forms of a spec file and how they are widened; the small fields that many sections share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator
from pydantic_core import PydanticCustomError

from csimodels.spec.nodes import Plain


class Raw(BaseModel):
    """A section of a spec file: unknown keys and other types are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


def widen_text(value: Plain) -> Plain:
    """``"Image"`` -> ``{"en": "Image"}``."""
    return {"en": value} if isinstance(value, str) else value


def widen_names(value: Plain) -> Plain:
    """``["A", "B"]`` -> ``{"A": None, "B": None}``; elements that are no text are reported by ``validate``."""
    return {name: None for name in value if isinstance(name, str)} if isinstance(value, list) else value


def widen_codes(value: Plain) -> Plain:
    """``[98, 99]`` or ``98`` -> ``{"all": [98, 99]}``; one code of an item -> a list of one."""
    if isinstance(value, dict):
        return {key: as_list(codes) for key, codes in value.items()}
    return value if value is None else {"all": as_list(value)}


def as_list(value: Plain) -> Plain:
    """``1`` -> ``[1]``; a list and anything else stays."""
    return [value] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else value


def check_code(value: Plain) -> float | str:
    """A number as float, a text as it is."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise PydanticCustomError("code_type", "Input should be a number or a text")
    if isinstance(value, int) and (abs(value) > 1e300 or int(float(value)) != value):
        raise PydanticCustomError("code_size", "Input loses digits as a number")
    return value if isinstance(value, str) else float(value)


class RawText(Raw):
    """A text in English and Chinese."""

    en: str | None = Field(default=None, description="English text")
    zh: str | None = Field(default=None, description="Chinese text (简体中文)")


Number = Annotated[float, Field(allow_inf_nan=True)]
#: Where no check of its own refuses what is not finite.
Finite = Annotated[float, Field(allow_inf_nan=False)]
Code = Annotated[float | str, PlainValidator(check_code, json_schema_input_type=float | str)]
TextField = Annotated[RawText | None, BeforeValidator(widen_text, json_schema_input_type=str | RawText)]
Names = Annotated[list[str] | None, BeforeValidator(as_list, json_schema_input_type=str | list[str])]
Scale = Annotated[list[Number], Field(min_length=2, max_length=2)]
