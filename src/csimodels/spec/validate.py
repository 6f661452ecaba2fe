"""Types, keys and allowed values: the tree against the pydantic grammar, in the words of a user."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, cast, get_args

from pydantic import BaseModel, ValidationError

from csimodels.errors import listed, nearest
from csimodels.messages import Message
from csimodels.spec.alternatives import NONE_FITS, as_written
from csimodels.spec.example_lines import example_line
from csimodels.spec.findings import MAX_SHOWN, Finding
from csimodels.spec.likely import language_meant, likely_remedy, misplaced
from csimodels.spec.named_twice import list_findings
from csimodels.spec.nodes import Loc, Map, Plain, Scalar, Seq, at, kind_of, plain, resolve, shorten
from csimodels.spec.other_notations import chinese_key
from csimodels.spec.punctuation import advice, plain_marks, swallowed_findings
from csimodels.spec.schema import RawSpec
from csimodels.spec.syntax import ODD_BLANK
from csimodels.spec.torn_lists import torn_lists

_PAIRS = Message("write key: value pairs")
_WANTED = {
    "int_type": (Message("must be a whole number"), "", Message("write it without quotes and decimal point")),
    "float_type": (Message("must be a number"), "", Message("write it without quotes")),
    "finite_number": (Message("must be a finite number"), "", ""),
    "bool_type": (Message("must be true or false"), "true, false", Message("yes, no, on and off are plain text here")),
    "string_type": (Message("must be a text"), "", Message("put it in quotes")),
    "code_type": (Message("must be a number or a text"), "", Message("put true, false and null in quotes")),
    "code_size": (Message("loses digits as a number"), "", Message("put it in quotes")),
    "list_type": (Message("must be a list"), "", Message("write [one, two]")),
    "dict_type": (Message("must be a mapping"), "", _PAIRS),
    "model_type": (Message("must be a mapping"), "", _PAIRS),
}
_TEXT = Message("a text, or {en: ..., zh: ...}")
_FORMS = {
    "title": _TEXT,
    "description": _TEXT,
    "label": _TEXT,
    "institute": _TEXT,
    "contact": _TEXT,
    "field_dates": _TEXT,
    "index": Message("the name of a construct, or {construct: ..., weights: ...}"),
    "scale": Message("[lowest, highest], for example [1, 10]"),
    "missing_codes": Message("[98, 99], or {all: [98, 99], ITEM: [0]}"),
    "constructs": "name: {label: ..., items: ...}",
    "paths": "source: [targets]",
    "file": Message("one file, a list of files, {wave: file}, or a pattern such as parts/*.csv"),
    "by": Message("a column, a list of columns, or {column: year, quarter, month, week or day}"),
    "where": Message("{column: value or list}, or a rule such as age >= 18"),
    "from": "{column: PROB, contains: 3}",
    "parameters": Message("lhs op rhs: a number (fixed), free, or a label"),
    "groups": Message("{group: a number (fixed), free, or a label}"),
    "order": Message("a number (fixed), free, or a label for every group"),
    "rake": "column: {category: share}",
    "defined": Message("a formula of labels, for example a * b"),
    "constraints": Message('a list of relations, for example ["a == 2 * b", "c > 0"]'),
}
#: Of `items`, which hold something else in every section.
_ITEMS: dict[str | int, Message] = {
    "items": Message("a list of names, or a mapping of names to wordings"),
    "constructs": Message("a list of names, or a mapping of names to wordings"),
    "gaps": Message("{perception: expectation}"),
    "drivers": Message("{answer: [answers that explain it]}"),
}


@dataclass(frozen=True)
class Checked:
    """The raw spec with what is wrong taken out, the findings, and the places that were taken out (``broken``)."""

    raw: RawSpec
    findings: tuple[Finding, ...]
    broken: frozenset[Loc]

    @cached_property
    def _above(self) -> frozenset[Loc]:
        return frozenset(loc[:k] for loc in self.broken for k in range(len(loc) + 1))

    def touches(self, *loc: str | int) -> bool:
        """Whether anything at, above or below `loc` was taken out."""
        return loc in self._above or any(loc[:k] in self.broken for k in range(len(loc) + 1))


def validate(tree: Map) -> Checked:
    """Validate `tree`; wrong parts are reported, set to null and left out, so that the other checks can still run."""
    data = cast("dict[str, Plain]", plain(tree))
    lists = list(list_findings(tree))
    torn = list(torn_lists(tree, allowed_keys))
    findings = [*lists, *swallowed_findings(tree), *(finding for finding, _ in torn)]
    broken = {finding.loc[:-1] for finding in lists}
    for finding, rest in torn:
        broken.update({finding.loc, *rest})
        for loc in rest:
            _take_out(data, loc, delete=True)
        _take_out(data, finding.loc, delete=False)
    for _ in range(6):
        try:
            return Checked(RawSpec.model_validate(data), tuple(findings), frozenset(broken))
        except ValidationError as error:
            for detail in as_written(tree, error.errors(include_url=False)):
                loc = detail["loc"]
                if loc in {place[: len(loc)] for place in broken}:  # null, because something in it was wrong
                    _take_out(data, loc, delete=True)
                    continue
                findings.append(_finding(tree, detail))
                broken.add(loc)
                if detail["type"] == "extra_forbidden" and len(findings) < MAX_SHOWN:
                    broken.update(_meant(loc))
                _take_out(data, loc, delete=detail["type"] in ("extra_forbidden", "code_size"))
    return Checked(RawSpec(), tuple(findings), frozenset({()}))


def _finding(tree: Map, detail: Mapping[str, Any]) -> Finding:
    """What is wrong at one place; full-width marks in it are the cause that is named first."""
    found, loc = _plain_finding(tree, detail), detail["loc"]
    node, _ = at(tree, loc)
    if detail["type"] == "extra_forbidden":
        plain = plain_marks(str(loc[-1]))
        text = "full-width marks divide nothing and are part of the key: write {key}"
        remedy = Message(text, key=shorten(plain)) if plain else ""
        remedy = remedy or language_meant(str(loc[-1]), found.known)
        if str(loc[-1])[:1].isspace():
            remedy = ODD_BLANK
        if meant := chinese_key(str(loc[-1])):
            found = replace(found, allowed=listed(found.known, 30), known=())
            remedy = Message("keys are English words: write {key}", key=meant)
        if not remedy and (remedy := misplaced(detail["loc"], _SECTION_KEYS, tuple(allowed_keys(())), node)):
            found = replace(found, allowed=listed(found.known, 30), known=())  # the key is right: no other is meant
    else:
        remedy = advice(node) or likely_remedy(tree, detail, node)
        if not remedy and detail["type"] in ("dict_type", "model_type") and (line := example_line(loc)):
            likely = found.remedy not in ("", _PAIRS)
            remedy = found.remedy if likely else Message("for example {example}", example=line)
    return replace(found, remedy=remedy) if remedy else found


def _plain_finding(tree: Map, detail: Mapping[str, Any]) -> Finding:
    loc: Loc = detail["loc"]
    kind = str(detail["type"])
    named = _named(loc)
    node, _ = at(tree, loc)
    if kind == "extra_forbidden":
        what = Message('unknown key "{key}"', key=shorten(str(loc[-1])))
        if len(loc) > 1:
            what = Message('unknown key "{key}" in {place}', key=shorten(str(loc[-1])), place=_named(loc[:-1]))
        return Finding(loc, what, "", "", "", True, str(loc[-1]), tuple(allowed_keys(loc[:-1])))
    if kind == "literal_error":
        options = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
        found = kind_of(node)
        return Finding(loc, Message("unknown value of {named}", named=named), found, name=found, known=tuple(options))
    form = _form(loc)
    if kind == NONE_FITS:
        return Finding(
            loc, Message("{named} has the wrong form", named=named), kind_of(node), listed(detail["options"])
        )
    if kind in ("too_short", "too_long"):
        return Finding(loc, Message("{named} has the wrong number of values", named=named), kind_of(node), form)
    wanted, allowed, remedy = _WANTED.get(kind, (Message("has a value that does not fit"), "", ""))
    if kind == "string_type" and isinstance(node, Scalar) and node.value is not None:
        remedy = Message('put it in quotes: "{text}"', text=shorten(node.text))
    if kind in ("string_type", "code_type") and isinstance(node, Seq):  # a mapping may be a text with a colon
        remedy = ""
    if kind in ("int_type", "float_type") and not (isinstance(node, Scalar) and _is_number(node.text)):
        remedy = ""  # quotes are not what is wrong
    if kind == "string_type" and isinstance(node, Map) and len(node.entries) > 1:
        remedy = ""
    if form:
        remedy = ""
        if form == _TEXT and isinstance(node, Scalar) and node.value is not None:
            remedy = Message('put it in quotes: "{text}"', text=shorten(node.text))
        return Finding(loc, Message("{named} has the wrong form", named=named), kind_of(node), form, remedy)
    if kind == "model_type":
        allowed = Message("a mapping with the keys {names}", names=listed(allowed_keys(loc), 30))
        if len(loc) == 2 and loc[0] == "constructs" and isinstance(node, Seq):
            remedy = Message("write {name}: {{items: [...]}}", name=shorten(str(loc[1])))
    return Finding(loc, Message("{named} {wanted}", named=named, wanted=wanted), kind_of(node), allowed, remedy)


def _is_number(text: str) -> bool:
    """Whether a text would be a number without quotes."""
    found = resolve(text.strip())
    return isinstance(found, (int, float)) and not isinstance(found, bool)


def _form(loc: Loc) -> str:
    """What may stand at `loc`, where it has several forms."""
    if len(loc) == 2 and loc[0] == "parameters":
        return Message("a number (fixed), free, or a label")
    if loc[-1:] == ("items",):
        return _ITEMS.get(loc[0], Message("a list of names"))
    if loc[:1] == ("hierarchy",) and loc[-1] == "of":
        return Message("a list of names, or {name: weight}")
    if len(loc) == 3 and loc[:2] == ("data", "rake"):
        return Message("{category: share}, for example {female: 0.52, male: 0.48}")
    if loc == ("rollup", "weights"):
        return Message("the name of a file, with one row for each company and the columns of the levels and weight")
    if loc == ("data", "design", "fpc"):
        return Message("the name of a column, which holds the number in the population, or the fraction")
    if loc == ("data", "replicate_weights", "columns"):
        return Message("a column, rw*, or a list of columns")
    if loc[:2] == ("data", "replicate_weights"):
        return ""
    return next((_FORMS[step] for step in loc[-1:] if step in _FORMS), "")


def _named(loc: Loc) -> str:
    """``mode of construct "Image"``, ``level of uncertainty``, ``scale``."""
    if not loc:
        return Message("the spec")
    texts = [shorten(str(step)) for step in loc if isinstance(step, str)]
    if texts[-2:] == ["missing_codes", "all"]:
        texts.pop()
    if texts[0] == "constructs" and len(texts) > 1:
        tail = Message('construct "{texts}"', texts=texts[1])
        if texts[2:3] == ["items"] and len(texts) > 3:
            tail, texts = Message('item "{texts}"', texts=texts[3]), texts[2:]
        return Message("{key} of {place}", key=" ".join(texts[2:]), place=tail) if len(texts) > 2 else tail
    if texts[0] == "parameters" and len(texts) > 1:
        whole = Message('parameter "{texts}"', texts=texts[1])
        for key in texts[2:]:
            whole = Message("{key} of {place}", key=key, place=whole)
        return whole
    if texts[0] == "paths" and len(texts) > 1:
        return Message('the target of the path from "{texts}"', texts=texts[1])
    if len(texts) == 1:
        return texts[-1]
    return Message("{key} of {place}", key=texts[-1], place=".".join(texts[:-1]))


def allowed_keys(loc: Loc) -> list[str]:
    """The keys that may stand in the mapping at `loc`."""
    model = _model_at(loc)
    return [f.alias or name for name, f in model.model_fields.items()] if model else []


def _model_at(loc: Loc) -> type[BaseModel] | None:
    here: object = RawSpec
    for step in loc:
        model = here if isinstance(here, type) and issubclass(here, BaseModel) else None
        if model:
            here = _annotations(model).get(str(step))
        else:
            here = _values_of(here)
        here = _unwrap(here)
    return here if isinstance(here, type) and issubclass(here, BaseModel) else None


@lru_cache(maxsize=256)
def _annotations(model: type[BaseModel]) -> dict[str, Any]:
    """Keys of a mapping -> what may stand there."""
    return {f.alias or name: f.annotation for name, f in model.model_fields.items()}


def _unwrap(annotation: object) -> object:
    """The model or dict type inside ``Annotated``, ``| None`` and the like."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if getattr(annotation, "__origin__", None) is dict:
        return annotation
    inner = (_unwrap(arg) for arg in get_args(annotation))
    return next((found for found in inner if found is not None), None)


def _values_of(annotation: object) -> object:
    arguments = get_args(annotation)
    return _unwrap(arguments[1]) if len(arguments) == 2 else None


def _meant(loc: Loc) -> Iterator[Loc]:
    """The key an unknown key was probably meant to be: what is missing there is not missing for want of thought."""
    if chinese_key(str(loc[-1])):
        yield (*loc[:-1], chinese_key(str(loc[-1])))
    for key in allowed_keys(loc[:-1]):
        if f'"{key}"' in nearest(str(loc[-1]), allowed_keys(loc[:-1])):
            yield (*loc[:-1], key)


def _take_out(data: dict[str, Plain], loc: Loc, *, delete: bool) -> None:
    """Set the value at `loc` to null, the whole list where it is an element; `delete` an unknown key."""
    holder, last = data, str(loc[0]) if loc else ""
    for step in loc[1:]:
        inner = holder.get(last)
        if not isinstance(inner, dict):
            break
        holder, last = inner, str(step)
    if delete:
        holder.pop(last, None)
    elif last in holder:
        holder[last] = None


#: The keys of the sections that have a fixed set of them.
_SECTION_KEYS = {name: tuple(allowed_keys((name,))) for name in ("data", "rollup", "estimate", "uncertainty", "report")}
