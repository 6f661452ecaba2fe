"""Checks of the section `data`: columns, codes, reading, sampling design, replicate weights, margins."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from numbers import Real

from csimodels.errors import SpecError, listed
from csimodels.messages import N_, Message
from csimodels.spec.checks.rake import rake_findings
from csimodels.spec.file_format import known_encoding, separator_findings
from csimodels.spec.file_list import ALONE, NTH
from csimodels.spec.findings import Finding
from csimodels.spec.model import Code
from csimodels.spec.nodes import Loc, shorten
from csimodels.spec.punctuation import plain_marks
from csimodels.spec.row_rules import parse_rule
from csimodels.spec.schema.data import RULE, RawData, RawReplicates
from csimodels.spec.view import View, name_finding, twice_findings

#: Numbers with commas, semicolons or blanks between: a list whose brackets were forgotten.
_CODE_RANGE = re.compile(r"([0-9]{1,6})\s*(?:-|–|~|～|\.\.\.?|to|thru|至|到)\s*([0-9]{1,6})", re.IGNORECASE)
_CODE_LIST = re.compile(r"-?[0-9.]+(\s*[,;，；、]\s*-?[0-9.]+)+")


def data_findings(view: View) -> Iterator[Finding]:
    """Everything that is wrong with the section `data`."""
    data = view.checked.raw.data
    if data is None:
        return
    yield from _columns(view, data)
    yield from _codes(view, data)
    yield from _reading(data)
    if data.replicate_weights is not None:
        yield from _replicates(view, data.replicate_weights)
    yield from rake_findings(view, data)
    if data.design is not None and data.design.lone_strata is not None and data.design.strata is None:
        what = "lone_strata is a rule for strata, and no strata are named"
        remedy = "add strata: with their column, or take lone_strata out"
        yield Finding(("data", "design", "lone_strata"), what, data.design.lone_strata, "", remedy, key=True)

    design = data.design
    if design is not None and design.groups == "by_chance" and not (design.strata or design.cluster or data.rake):
        what = "groups: by_chance is about groups within strata and clusters, and neither is named"
        remedy = "add strata: or cluster: with their column, or take groups out"
        yield Finding(("data", "design", "groups"), what, design.groups, "", remedy, key=True)


def open_column(item: str) -> str:
    """What stands for the column of an item that `csi init` has found none for; nothing where the item is taken out.

    >>> open_column("SAT2")
    '?SAT2'
    """
    return f"?{item}"


def _columns(view: View, data: RawData) -> Iterator[Finding]:
    items = list(view.asked_items())
    columns = data.columns or {}
    stated = [item for item, column in columns.items() if column != open_column(item)]
    yield from _unknown_items(view, stated, ("data", "columns"))
    for item, column in columns.items():
        yield from name_finding(column, "column", ("data", "columns", item))
    taken: dict[str, str] = {}
    for item in sorted(dict.fromkeys([*items, *columns]), key=lambda name: name in columns):
        column = columns.get(item, item)
        if column in taken and column.strip() and (item in items or not view.items_known()):
            what = Message(
                'items "{taken}" and "{item}" both take column "{column}"',
                taken=taken[column],
                item=item,
                column=column,
            )
            yield Finding(("data", "columns", item), what, "", "", "give each item its own column")
        taken.setdefault(column, item)


def _unknown_items(view: View, names: Sequence[str], loc: Loc) -> Iterator[Finding]:
    items = list(view.asked_items())
    if not view.items_known():
        return
    known = set(items)
    for name in names:
        if name not in known:
            what = Message('"{name}" in {loc} is no item of the model', name=shorten(name), loc=loc[-1])
            remedy = "write item: column, the name in the model first" if loc[-1] == "columns" else ""
            yield Finding((*loc, name), what, "", "", remedy, key=True, name=name, known=tuple(items))


#: How much memory an engine may take.
_MEMORY = re.compile(r"[1-9]\d*(\.\d+)? ?([KMGT]i?B)", re.IGNORECASE)

LONG_CODE = N_("use shorter codes, or empty the cells that hold them in the file")


def too_long(code: object) -> bool:
    """Whether a code is a number that a double cannot tell from its neighbours."""
    if not isinstance(code, (str, Real)):
        return False
    text = str(code).strip()
    if isinstance(code, str) and not re.fullmatch(r"[+-]?\d+(\.0*)?", text):
        return False
    return bool(re.fullmatch(r"[+-]?\d{16,}(\.\d*)?", text)) or (isinstance(code, float) and abs(code) >= 1e15)


def _codes(view: View, data: RawData) -> Iterator[Finding]:
    loc = ("data", "missing_codes")
    codes = data.missing_codes or {}
    yield from _unknown_items(view, [name for name in codes if name != "all"], loc)
    if "all" in view.asked_items():
        what = 'an item is called "all", which stands for all items in missing_codes'
        yield Finding((*loc, "all"), what, "", "", "rename the item, or leave missing_codes out")
    yield from _reasons(data)
    reasons: dict[str, Sequence[Code]] = {name: values or [] for name, values in (data.missing_reasons or {}).items()}
    yield from _code_findings(codes, loc)
    yield from _code_findings(reasons, ("data", "missing_reasons"))


def _reasons(data: RawData) -> Iterator[Finding]:
    """A code has one meaning."""
    owner: dict[str, str] = {}
    for reason, values in (data.missing_reasons or {}).items():
        for code in values or []:
            first = owner.setdefault(str(code), reason)
            if first != reason:
                what = Message("code {code} has two reasons", code=f"{code:g}" if isinstance(code, float) else code)
                yield Finding(("data", "missing_reasons", reason), what, Message("{a} and {b}", a=first, b=reason))


def _code_findings(codes: Mapping[str, Sequence[Code]], loc: Loc) -> Iterator[Finding]:
    for name, values in codes.items():
        if any(isinstance(code, float) and not math.isfinite(code) for code in values):
            yield Finding((*loc, name), "a missing code is not a finite number", "", "", "empty cells need no code")
        for code in values:
            if too_long(code):
                what = "a missing code has more than 15 digits: numbers so long are not told apart"
                yield Finding((*loc, name), what, shorten(str(code)), "", LONG_CODE)
            if isinstance(code, str) and re.search("[，、；]", code):
                apart = ", ".join(part.strip() for part in re.split("[，、；]", code) if part.strip())
                what = "missing codes are separated by a full-width mark, so that they are one text"
                yield Finding(
                    (*loc, name),
                    what,
                    shorten(code),
                    Message("commas of the Latin script"),
                    Message("write [{apart}]", apart=apart),
                )
            elif isinstance(code, str) and (run := _CODE_RANGE.fullmatch(code.strip())) and int(run[1]) < int(run[2]):
                what = "a range of missing codes is one text"
                numbers = ", ".join(map(str, range(int(run[1]), min(int(run[2]), int(run[1]) + 30) + 1)))
                yield Finding(
                    (*loc, name), what, shorten(code), Message("a list"), Message("write [{numbers}]", numbers=numbers)
                )
            elif isinstance(code, str) and _CODE_LIST.fullmatch(code.strip()):
                what = "several missing codes are written as one text"
                numbers = ", ".join(re.findall(r"-?[0-9.]+", code))
                yield Finding(
                    (*loc, name), what, shorten(code), Message("a list"), Message("write [{numbers}]", numbers=numbers)
                )


def _reading(data: RawData) -> Iterator[Finding]:
    yield from _file_findings(data)
    for key in ("sheet", "weight", "table", "moments"):
        value = getattr(data, key)
        if value is not None:
            yield from name_finding(value, key if key != "weight" else "weight column", ("data", key))
    if data.moments is not None and data.file is not None:
        what = "the data are a file, and moments too"
        yield Finding(("data", "moments"), what, shorten(data.moments), "", "name one of the two")
    if data.memory_limit is not None and not _MEMORY.fullmatch(data.memory_limit.strip()):
        what = "a memory limit is a number with its unit"
        yield Finding(("data", "memory_limit"), what, shorten(data.memory_limit), "500MB, 2GB ...")
    if data.encoding is not None and not known_encoding(data.encoding):
        what = "unknown encoding"
        yield Finding(("data", "encoding"), what, shorten(data.encoding), "utf-8, gb18030, utf-16, latin-1 ...")
    yield from separator_findings(data.separator)
    for column in data.by or {}:
        yield from name_finding(column, "column", ("data", "by", column))
    yield from _where(data)
    yield from _wave(data)
    for key in ("strata", "cluster", "fpc", "panel"):
        value = getattr(data.design, key) if data.design else None
        if value is not None:
            yield from name_finding(value, "column", ("data", "design", key))


def _file_findings(data: RawData) -> Iterator[Finding]:
    """Names of files that are none, named twice, or by waves of which there is no column."""
    files, loc = data.file, ("data", "file")
    if files is None:
        return
    for name in files.values():
        yield from name_finding(name, "file", loc)
    if not files:
        yield Finding(loc, "no file is named", "", "", Message("for example {example}", example="file: survey.csv"))
    twice = [name for k, name in enumerate(files.values()) if name in list(files.values())[:k]]
    if twice:
        yield Finding(loc, "a file is named twice", listed(twice), "", "remove one of the two")
    by_wave = [key for key in files if key != ALONE and not key.startswith(NTH)]
    if by_wave and not (data.wave and data.wave.column):
        example = f"wave: year, file: {{{by_wave[0]}: {shorten(files[by_wave[0]])}}}"
        remedy = Message("name the column that the waves are to form: {example}", example=example)
        yield Finding(loc, "files are named by wave, and no wave is named", listed(by_wave), "", remedy)


def _where(data: RawData) -> Iterator[Finding]:
    for column, values in (data.where or {}).items():
        loc = ("data", "where", column)
        if column == RULE:
            yield from _rule(data)
            continue
        yield from name_finding(column, "column", loc)
        if not values:
            what = Message('no value of "{column}" is named: no row would be left', column=shorten(column))
            meant = plain_marks(column)
            text = "full-width marks divide nothing and are part of the key: write {key}"
            remedy = Message(text, key=shorten(meant)) if meant else ""
            yield Finding(loc, what, "", Message("a value, or a list of values"), remedy, key=True)
        for value in values or []:
            if isinstance(value, float) and not math.isfinite(value):
                yield Finding(loc, "where needs a finite number or a text", f"{value:g}")


def _rule(data: RawData) -> Iterator[Finding]:
    try:
        parse_rule(rule_of_where(data))
    except SpecError as error:
        for p in error.problems:
            yield Finding(("data", "where"), p.what, p.found, p.allowed, p.remedy)


def rule_of_where(data: RawData) -> str:
    """The rule in words under `where`, or an empty text."""
    found = (data.where or {}).get(RULE)
    return str(found[0]).strip() if found else ""


def _wave(data: RawData) -> Iterator[Finding]:
    """The wave needs its column, and a column that does not form the groups as well."""
    if data.wave is None:
        return
    if not data.wave.column:
        yield Finding(("data", "wave"), "the wave needs its column", "", "", "write `wave: year`", key=True)
        return
    yield from name_finding(data.wave.column, "column", ("data", "wave"))
    if data.wave.column in (data.by or {}):
        what = Message('the column "{column}" stands under by and under wave', column=data.wave.column)
        yield Finding(("data", "wave"), what, "", "", "take it out of by: groups are compared within a wave", key=True)


def _replicates(view: View, given: RawReplicates) -> Iterator[Finding]:
    loc, columns = ("data", "replicate_weights"), given.columns or []
    if not columns and not view.checked.touches(*loc, "columns"):
        remedy = "add `columns: rw*`, or a list of columns"
        yield Finding(loc, "replicate weights need their columns", "", "", remedy, key=True)
    yield from twice_findings(columns, (*loc, "columns"), "column")
    for k, column in enumerate(columns):
        if "*" in column[:-1] or column == "*":
            allowed = Message("a name, or the beginning of names and *: rw*")
            yield Finding((*loc, "columns", k), "a pattern ends with its only *", shorten(column), allowed)
    yield from _factors(given, loc)
    known = not any(column.endswith("*") for column in columns)
    if given.rscales and columns and known and len(given.rscales) != len(columns):
        found = Message("{n} for {n2} columns", n=len(given.rscales), n2=len(columns))
        yield Finding((*loc, "rscales"), "rscales needs one factor for each column", found, "", "", key=True)


def _factors(given: RawReplicates, loc: Loc) -> Iterator[Finding]:
    """Scale factors: their range, and what each kind needs."""
    if given.kind == "fay" and given.fay is None:
        yield Finding((*loc, "kind"), "kind: fay needs the factor", "", "", "add `fay: 0.5`, or what the data say")
    elif given.kind != "fay" and given.fay is not None:
        yield Finding((*loc, "fay"), "fay belongs to kind: fay", f"{given.fay:g}", "", "leave it out", key=True)
    elif given.fay is not None and not 0 < given.fay < 1:
        what = "the factor of Fay's method is outside (0, 1)"
        yield Finding((*loc, "fay"), what, f"{given.fay:g}", Message("between 0 and 1, usual: 0.5"), "0 is kind: brr")
    if given.kind == "jkn" and not given.rscales:
        remedy = "add `rscales: [...]`, (n_h - 1) / n_h of the stratum of each replicate"
        yield Finding((*loc, "kind"), "kind: jkn needs the factor of each replicate", "", "", remedy)
    if given.scale is not None and not (math.isfinite(given.scale) and given.scale > 0):
        yield Finding((*loc, "scale"), "scale must be a positive number", f"{given.scale:g}", "above 0")
    for k, factor in enumerate(given.rscales or []):
        if not (math.isfinite(factor) and factor >= 0):
            yield Finding(
                (*loc, "rscales", k), "a factor of rscales must not be negative", f"{factor:g}", Message("0 or more")
            )
