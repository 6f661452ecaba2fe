"""Sums that travel: what an estimator needs, without a respondent, in a folder; several houses' sums add up.

``sums.npz`` holds the arrays, ``sums.json`` what they are of, with the sha256 of the arrays and of the source.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from csimodels.errors import DataError, Problem, listed, system_reason
from csimodels.messages import Message, as_json, from_json
from csimodels.moments import FORM_OF_RULE, Pairwise, Sums
from csimodels.spec.model import Model
from csimodels.spec.rules import missing_rule
from csimodels.survey.cautions.counts import AnswerCounts
from csimodels.survey.columns import Coded, Ints
from csimodels.survey.keys import labels
from csimodels.survey.natural_order import natural
from csimodels.survey.ranges import Ranges
from csimodels.survey.recipes import Recipe
from csimodels.survey.scale.cross_tables import Everyone, TravelledSums
from csimodels.survey.scale.floor import to_floor
from csimodels.survey.scale.summed_survey import SummedSurvey
from csimodels.survey.scale.sums import Parts
from csimodels.survey.table import LogEntry, Source

#: Layout of the folder.
FORMAT = 1
ARRAYS, ABOUT = "sums.npz", "sums.json"
_OF_EVERYONE = ("n", "w", "ww")
_OF_PARTS = ("n_rows", "w", "ww", "wx", "wxx")
_COUNTS = ("correlations", "together", "common", "same", "top")


def measurement(model: Model) -> list[list[Any]]:
    """Items with their scales and directions: what sums hang on."""
    return [[item.name, list(item.scale), item.reverse] for item in model.items]


def write_sums(
    survey: SummedSurvey, folder: Path, floor: int, beside: tuple[Sequence[Recipe], Sequence[Recipe]] = ((), ())
) -> list[Path]:
    """Write the sums of a survey into a folder; returns the files.

    Parameters
    ----------
    floor : fewest respondents of a part.
    beside : columns that sections of the spec ask for, and what respondents are counted by.

    Raises
    ------
    DataError
        The folder cannot be written, or no part is large enough.
    """
    small = to_floor(replace(survey, tables=TravelledSums.of(survey.tables, *beside)), floor)
    s, told = small.parts.sums, small.told
    assert isinstance(small.tables, TravelledSums)
    arrays = {name: getattr(s, name) for name in _OF_PARTS} | {"shift": s.shift}
    arrays |= {"answered": small.parts.answered, "given": small.parts.given, "group": small.group}
    if s.pairwise is not None:
        arrays |= {"pairs_w": s.pairwise.w, "pairs_wx": s.pairwise.wx}
    if small.strata is not None:
        arrays["strata"] = small.strata
    arrays |= {f"told_{name}": getattr(told, name) for name in _COUNTS}
    arrays |= {f"range_{name}": getattr(told.ranges, name) for name in ("answered", "low", "high", "whole")}
    arrays["same_rows"] = np.asarray([np.nan if n is None else n for n in (told.straight, told.repeated, told.one_in)])
    arrays |= {f"every_{name}": getattr(small.tables.everyone, name) for name in _OF_EVERYONE}
    arrays |= {f"beside_{k}": values for k, values in enumerate(small.tables.columns.values())}
    arrays |= {f"count_{k}": values for k, values in enumerate(small.tables.counts.values())}
    arrays["whole_answers"] = small.whole_answers
    memory = BytesIO()
    np.savez(memory, **{name: np.asarray(values) for name, values in arrays.items()})  # type: ignore[arg-type]
    about = {
        "format": FORMAT,
        "items": measurement(small.model),
        "rule": missing_rule(small.model),
        "form": s.form,
        "by": list(small.by),
        "wave": small.wave,
        "keys": [list(key) for key in small.group_keys],
        "strata": list(small.strata_names) if small.strata is not None else None,
        "units": small.units_of,
        "weighted": small.weighted,
        "beside": list(small.tables.columns),
        "counts": list(small.tables.counts),
        "floor": floor,
        "source": asdict(small.source),
        "log": [[as_json(e.step), as_json(e.subject), e.count, as_json(e.detail)] for e in small.log],
        "arrays_sha256": hashlib.sha256(memory.getvalue()).hexdigest(),
    }
    text = json.dumps(about, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    return _write(folder, memory.getvalue(), text)


def _write(folder: Path, arrays: bytes, about: str) -> list[Path]:
    """Both files beside their places, then in place, the description last: it holds the hash of the arrays."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = [folder / ARRAYS, folder / ABOUT]
        for path, content in zip(files, (arrays, about.encode()), strict=True):
            beside = path.with_name(f".part-{path.name}")
            beside.write_bytes(content)
            beside.replace(path)
    except OSError as error:
        what = Message("the file cannot be written: {reason}", reason=system_reason(error))
        raise DataError(Problem(what, str(folder), remedy="name another folder, or make room")) from error
    return files


def load_sums(folders: Sequence[Path], model: Model) -> SummedSurvey:
    """Sums from one folder or several, added up, as the survey of a model.

    Strata of one name are one stratum; clusters and random groups of different folders are different ones.

    Raises
    ------
    DataError
        A folder holds no sums, was edited, or its sums are of other items, scales, groups or another missing rule.
    """
    found = [_read(folder) for folder in folders]
    problems = [p for folder, (about, _) in zip(folders, found, strict=True) for p in _unlike(folder, about, model)]
    problems += _apart(folders, [about for about, _ in found])
    if problems:
        raise DataError(problems)
    return _together(folders, found, model)


def _read(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        content = (folder / ARRAYS).read_bytes()
        if about["format"] != FORMAT or hashlib.sha256(content).hexdigest() != about["arrays_sha256"]:
            what = "the sums are not what csi moments wrote: they were changed since"
            raise DataError(Problem(what, str(folder), remedy="ask for the folder again"))
        with np.load(BytesIO(content), allow_pickle=False) as arrays:
            return about, {name: arrays[name] for name in arrays.files}
    except OSError as error:
        what = Message("there are no sums in {folder}", folder=str(folder))
        raise DataError(Problem(what, remedy="name a folder that csi moments wrote")) from error
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            Problem("the file is damaged", str(folder / ABOUT), remedy="ask for the folder again")
        ) from error


def _unlike(folder: Path, about: dict[str, Any], model: Model) -> list[Problem]:
    """Why the sums of a folder cannot be those of a model."""
    problems = []
    theirs = {name: (tuple(scale), reverse) for name, scale, reverse in about["items"]}
    ours = {item.name: (item.scale, item.reverse) for item in model.items}
    other = [name for name in ours if theirs.get(name) != ours[name]] + [name for name in theirs if name not in ours]
    if other:
        what = Message("the sums are of other items or scales: {items}", items=listed(other, 6))
        problems.append(Problem(what, str(folder), remedy="use the spec that the sums were made with"))
    form = FORM_OF_RULE.get(missing_rule(model))
    if form != about["form"]:
        what = Message("the sums were formed for the missing rule {rule}", rule=str(about["rule"]))
        problems.append(
            Problem(what, str(folder), missing_rule(model), remedy="write that rule, or form the sums anew")
        )
    wave = model.data.wave.column
    wanted = [*model.data.by, *([wave] if wave and wave not in model.data.by else [])]
    if gone := [name for name in wanted if name not in about["by"]]:
        what = Message("the sums are not divided by {columns}", columns=listed(gone))
        problems.append(Problem(what, str(folder), allowed=listed(about["by"]), remedy="group by columns of the sums"))
    return problems


def _apart(folders: Sequence[Path], abouts: Sequence[dict[str, Any]]) -> list[Problem]:
    """Folders that do not go together, or hold the same sums twice."""
    first, problems = abouts[0], []
    hashes = [about["arrays_sha256"] for about in abouts]
    for folder, about, own in zip(folders, abouts, hashes, strict=True):
        if about["units"] != first["units"] or (about["strata"] is None) != (first["strata"] is None):
            what = Message("the sums have another design than those of {folder}", folder=str(folders[0]))
            problems.append(Problem(what, str(folder), remedy="form all of them with the same design"))
        if hashes.count(own) > 1 and hashes.index(own) != abouts.index(about):
            problems.append(Problem("the same sums stand there twice", str(folder), remedy="name each folder once"))
    return problems


def _together(
    folders: Sequence[Path], found: Sequence[tuple[dict[str, Any], dict[str, Any]]], model: Model
) -> SummedSurvey:
    wave = model.data.wave.column or None
    by = (*model.data.by, *([wave] if wave and wave not in model.data.by else []))
    sums = [_sums(about, arrays, model) for about, arrays in found]
    keys = [_keys(about, arrays, by) for about, arrays in found]
    every = sorted({key for part in keys for key in part}, key=lambda key: [natural(value) for value in key])
    number = {key: g for g, key in enumerate(every)}
    group = np.asarray([number[key] for part in keys for key in part], dtype=np.intp)
    strata, names = _strata(found)
    k = len(group)
    answered, given = (np.concatenate([arrays[name] for _, arrays in found]) for name in ("answered", "given"))
    whole = _concatenated(sums)
    n_rows = sum(int(about["source"]["n_rows"]) for about, _ in found)
    label = ", ".join(folder.name for folder in folders)
    digest = hashlib.sha256("".join(about["arrays_sha256"] for about, _ in found).encode()).hexdigest()
    source = Source("sums", label, digest, n_rows=n_rows, n_columns=len(model.items))
    log = [_entry(entry) for about, _ in found for entry in about["log"]]
    houses = Message("{n} respondents in {parts} parts", n=int(given.sum()), parts=k)
    log.append(LogEntry("sums taken", label, len(folders), houses))
    clusters = np.arange(k, dtype=np.intp) if found[0][0]["units"] == "clusters" else None
    return SummedSurvey(
        model=model, x=np.empty((k, 0)), weights=None, by=by, group=group, group_keys=tuple(every), strata=strata,
        cluster=clusters, row=np.arange(k, dtype=np.int64), log=tuple(log), source=source, wave=wave,
        strata_names=names, parts=Parts((), whole, answered, given), units_of=str(found[0][0]["units"]),
        told=_counts([arrays for _, arrays in found]), weighted=any(about["weighted"] for about, _ in found),
        tables=TravelledSums.together([_tables(about, arrays) for about, arrays in found]),
        whole_answers=np.all([arrays["whole_answers"] for _, arrays in found], axis=0),
    )  # fmt: skip


def _tables(about: dict[str, Any], arrays: dict[str, Any]) -> TravelledSums:
    """Sums of the columns that sections of the spec ask for."""
    every = Everyone(*(arrays[f"every_{name}"] for name in _OF_EVERYONE))
    columns = {key: arrays[f"beside_{k}"] for k, key in enumerate(about["beside"])}
    return TravelledSums(every, columns, {key: arrays[f"count_{k}"] for k, key in enumerate(about["counts"])})


def _entry(stored: list[Any]) -> LogEntry:
    step, subject, count, detail = stored
    return LogEntry(from_json(step), from_json(subject), int(count), from_json(detail))


def _keys(about: dict[str, Any], arrays: dict[str, Any], by: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """Key of each part in the columns that are asked for."""
    at = [about["by"].index(name) for name in by]
    keys = [tuple(key[i] for i in at) for key in about["keys"]]
    return [keys[g] for g in arrays["group"].tolist()]


def _strata(found: Sequence[tuple[dict[str, Any], dict[str, Any]]]) -> tuple[Ints | None, tuple[str, ...]]:
    """Strata by their names: the same name in two folders is one stratum."""
    if found[0][0]["strata"] is None:
        return None, ()
    names = [about["strata"][h] for about, arrays in found for h in arrays["strata"].tolist()]
    known = labels(Coded(np.arange(len(names)), tuple(str(name) for name in names)))
    return known.codes, tuple(str(key) for key in known.keys)


def _sums(about: dict[str, Any], arrays: dict[str, Any], model: Model) -> Sums:
    pairwise = Pairwise(arrays["pairs_w"], arrays["pairs_wx"]) if "pairs_w" in arrays else None
    order = [name for name, _, _ in about["items"]]
    n, w, ww, wx, wxx = (arrays[name] for name in _OF_PARTS)
    own = Sums(tuple(order), arrays["shift"], n, w, ww, wx, wxx, str(about["form"]), pairwise)
    at = [order.index(name) for name in model.item_names]
    return own if at == list(range(len(at))) else _reordered(own, at, model.item_names)


def _reordered(s: Sums, at: list[int], items: tuple[str, ...]) -> Sums:
    square = np.ix_(range(len(s.w)), at, at)
    pairwise = None if s.pairwise is None else Pairwise(s.pairwise.w[square], s.pairwise.wx[square])
    return replace(s, items=items, shift=s.shift[at], wx=s.wx[:, at], wxx=s.wxx[square], pairwise=pairwise)


def _concatenated(parts: Sequence[Sums]) -> Sums:
    """Parts of all folders one after the other, shifted alike."""
    first = parts[0]
    moved = [_shifted(part, first.shift) for part in parts]
    pairwise = None
    if any(part.pairwise is not None for part in moved):
        masked = [part.as_pairwise() for part in moved]
        pairwise = Pairwise(np.concatenate([m.w for m in masked]), np.concatenate([m.wx for m in masked]))
    arrays: dict[str, Any] = {name: np.concatenate([getattr(part, name) for part in moved]) for name in _OF_PARTS}
    return replace(first, **arrays, pairwise=pairwise)


def _shifted(s: Sums, shift: Any) -> Sums:
    """The same sums with another shift: ``z' = z + d``."""
    d = s.shift - shift
    if not d.any():
        return s
    masked = s.as_pairwise()
    own = np.diagonal(masked.w, axis1=-2, axis2=-1)
    wxx = s.wxx + masked.wx * d + np.swapaxes(masked.wx, -1, -2) * d[:, None] + masked.w * np.outer(d, d)
    pairwise = None if s.pairwise is None else Pairwise(masked.w, masked.wx + masked.w * d[:, None])
    return replace(s, shift=shift, wx=s.wx + own * d, wxx=wxx, pairwise=pairwise)


def _counts(found: Sequence[dict[str, Any]]) -> AnswerCounts:
    """What cautions are made from: of all folders together, as far as that is known."""
    low = np.fmin.reduce([arrays["range_low"] for arrays in found])
    high = np.fmax.reduce([arrays["range_high"] for arrays in found])
    answered = np.sum([arrays["range_answered"] for arrays in found], axis=0)
    ranges = Ranges(answered, low, high, np.all([arrays["range_whole"] for arrays in found], axis=0))
    one = found[0]
    if len(found) > 1:  # which answer is the commonest of all is not known
        blank = np.full_like(answered, np.nan)
        return AnswerCounts(
            np.full_like(one["told_correlations"], np.nan),
            one["told_together"],
            ranges,
            blank,
            blank,
            blank,
            *_same_rows(found),
        )
    parts = {name: one[f"told_{name}"] for name in _COUNTS}
    straight, repeated, one_in = _same_rows(found)
    return AnswerCounts(ranges=ranges, straight=straight, repeated=repeated, one_in=one_in, **parts)


def _same_rows(found: Sequence[dict[str, Any]]) -> tuple[int | None, int | None, int]:
    """Rows with one answer throughout and repeated rows of all folders; None where a folder does not know."""
    known = np.asarray([arrays.get("same_rows", np.full(3, np.nan)) for arrays in found])
    straight, repeated = (None if np.isnan(n) else round(float(n)) for n in known[:, :2].sum(axis=0))
    return straight, repeated, 1 if np.isnan(known[:, 2]).any() else int(known[:, 2].max())
