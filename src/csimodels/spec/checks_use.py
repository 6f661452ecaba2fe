"""Checks of how a model is used: data, roll-up, estimator, uncertainty, report."""

from __future__ import annotations

import codecs
import math
import re
from collections.abc import Iterator, Sequence

from csimodels.errors import listed
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import Loc, shorten
from csimodels.spec.schema import RawData
from csimodels.spec.view import View, name_finding

_MAX_SEED = 2**63 - 1
#: The limits of the estimators and of the bootstrap, so that a check of the spec finds what a run would.
_MAX_TOL = 1e-3
_MAX_REPLICATES = 1_000_000
#: Numbers with commas, semicolons or blanks between: a list whose brackets were forgotten.
_CODE_LIST = re.compile(r"-?[0-9.]+(\s*[,;，；、]\s*-?[0-9.]+)+")


def use_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the sections that are about use."""
    data = view.checked.raw.data
    if data is not None:
        yield from _columns(view, data)
        yield from _codes(view, data)
        yield from _reading(data)
    yield from _rollup(view)
    yield from _estimate(view)
    yield from _uncertainty(view)
    yield from _report(view)


def _columns(view: View, data: RawData) -> Iterator[Finding]:
    items = list(view.all_items())
    columns = data.columns or {}
    yield from _unknown_items(view, list(columns), ("data", "columns"))
    for item, column in columns.items():
        yield from name_finding(column, "column", ("data", "columns", item))
    taken: dict[str, str] = {}
    for item in sorted(dict.fromkeys([*items, *columns]), key=lambda name: name in columns):
        column = columns.get(item, item)
        if column in taken and column.strip() and (item in items or not view.items_known()):
            what = f'items "{taken[column]}" and "{item}" both take column "{column}"'
            yield Finding(("data", "columns", item), what, "", "", "give each item its own column")
        taken.setdefault(column, item)


def _unknown_items(view: View, names: Sequence[str], loc: Loc) -> Iterator[Finding]:
    items = list(view.all_items())
    if not view.items_known():
        return
    known = set(items)
    for name in names:
        if name not in known:
            what = f'"{shorten(name)}" in {loc[-1]} is no item of the model'
            remedy = "write item: column, the name in the model first" if loc[-1] == "columns" else ""
            yield Finding((*loc, name), what, "", "", remedy, key=True, name=name, known=tuple(items))


def _codes(view: View, data: RawData) -> Iterator[Finding]:
    loc = ("data", "missing_codes")
    codes = data.missing_codes or {}
    yield from _unknown_items(view, [name for name in codes if name != "all"], loc)
    if "all" in view.all_items():
        what = 'an item is called "all", which stands for all items in missing_codes'
        yield Finding((*loc, "all"), what, "", "", "rename the item, or leave missing_codes out")
    for name, values in codes.items():
        if any(isinstance(code, float) and not math.isfinite(code) for code in values):
            yield Finding((*loc, name), "a missing code is not a finite number", "", "", "empty cells need no code")
        for code in values:
            if isinstance(code, str) and re.search("[，、；]", code):
                apart = ", ".join(part.strip() for part in re.split("[，、；]", code) if part.strip())
                what = "missing codes are separated by a full-width mark, so that they are one text"
                yield Finding((*loc, name), what, shorten(code), "commas of the Latin script", f"write [{apart}]")
            elif isinstance(code, str) and _CODE_LIST.fullmatch(code.strip()):
                what = "several missing codes are written as one text"
                numbers = ", ".join(re.findall(r"-?[0-9.]+", code))
                yield Finding((*loc, name), what, shorten(code), "a list", f"write [{numbers}]")


def _reading(data: RawData) -> Iterator[Finding]:
    for key in ("file", "sheet", "weight"):
        value = getattr(data, key)
        if value is not None:
            yield from name_finding(value, key if key != "weight" else "weight column", ("data", key))
    if data.encoding is not None and not _known_encoding(data.encoding):
        what = "unknown encoding"
        yield Finding(("data", "encoding"), what, shorten(data.encoding), "utf-8, gb18030, utf-16, latin-1 ...")
    if data.separator is not None and (len(data.separator) != 1 or data.separator in '"\n\r'):
        found = repr(shorten(data.separator))
        yield Finding(("data", "separator"), "a separator is one character", found, '"," ";" "|" or "\\t"')
    yield from _twice(data.by or [], ("data", "by"), "column")
    for column, value in (data.where or {}).items():
        yield from name_finding(column, "column", ("data", "where", column))
        if isinstance(value, float) and not math.isfinite(value):
            yield Finding(("data", "where", column), "where needs a finite number or a text", f"{value:g}")
    for key in ("strata", "cluster"):
        value = getattr(data.design, key) if data.design else None
        if value is not None:
            yield from name_finding(value, "column", ("data", "design", key))


def _known_encoding(name: str) -> bool:
    try:
        return bool(codecs.lookup(name)._is_text_encoding)
    except (LookupError, ValueError):
        return False


def _twice(names: Sequence[str], loc: Loc, kind: str) -> Iterator[Finding]:
    seen: set[str] = set()
    for k, name in enumerate(names):
        yield from name_finding(name, kind, (*loc, k))
        if name in seen:
            yield Finding((*loc, k), f'"{shorten(name)}" stands twice in {loc[-1]}', "", "", "remove one of the two")
        seen.add(name)


def _rollup(view: View) -> Iterator[Finding]:
    rollup = view.checked.raw.rollup
    if rollup is None:
        return
    yield from _twice(rollup.levels or [], ("rollup", "levels"), "level")
    if rollup.weights is not None:
        yield from name_finding(rollup.weights, "file", ("rollup", "weights"))
        if not rollup.levels and not view.checked.touches("rollup", "levels"):
            what = "rollup has weights but no levels"
            yield Finding(("rollup", "weights"), what, "", "", "add `levels: [company, industry, ...]`", key=True)


def _estimate(view: View) -> Iterator[Finding]:
    estimate = view.checked.raw.estimate
    if estimate is None:
        return
    if estimate.tol is not None and not 0 < estimate.tol <= _MAX_TOL:
        allowed = f"above 0, at most {_MAX_TOL:g}; usual: 1e-7"
        yield Finding(("estimate", "tol"), "tol is no small positive number", f"{estimate.tol:g}", allowed)
    if estimate.max_iter is not None and estimate.max_iter < 1:
        yield Finding(("estimate", "max_iter"), "max_iter must be at least 1", _int(estimate.max_iter), "usual: 300")


def _uncertainty(view: View) -> Iterator[Finding]:
    chosen = view.checked.raw.uncertainty
    if chosen is None:
        return
    if chosen.replicates is not None and chosen.replicates < 2:
        found = _int(chosen.replicates)
        remedy = "1000 is usual; `method: none` leaves intervals out"
        yield Finding(("uncertainty", "replicates"), "too few replicates", found, "at least 2", remedy)
    if chosen.replicates is not None and chosen.replicates > _MAX_REPLICATES:
        found, allowed = _int(chosen.replicates), f"at most {_MAX_REPLICATES}"
        yield Finding(("uncertainty", "replicates"), "so many would take days", found, allowed, "5000 are plenty")
    if chosen.seed is not None and not 0 <= chosen.seed <= _MAX_SEED:
        yield Finding(("uncertainty", "seed"), "the seed is out of range", _int(chosen.seed), "0 to 2**63 - 1")
    if chosen.level is not None and not 0 < chosen.level < 1:
        remedy = f"write {chosen.level / 100:g}" if 1 < chosen.level < 100 else ""
        allowed = "between 0 and 1, usual: 0.95"
        yield Finding(("uncertainty", "level"), "level is outside (0, 1)", f"{chosen.level:g}", allowed, remedy)


def _report(view: View) -> Iterator[Finding]:
    report = view.checked.raw.report
    for key, names in (("languages", report and report.languages), ("formats", report and report.formats)):
        yield from _twice(names or [], ("report", key), key.removesuffix("s"))
        if names == [] and key == "languages":
            yield Finding(("report", key), "the report needs a language", listed(names), "en, zh")


def _int(value: int) -> str:
    """A whole number for a message, cut where it is absurdly long."""
    return shorten(str(value))
