"""Which tables are sheets of the workbook: one sheet a kind of table, all respondents above the groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from csimodels.i18n import Translate
from csimodels.report import formatting
from csimodels.report.content import Content
from csimodels.report.standing import current_wave, wave_column
from csimodels.spec.canonical import plain_text
from csimodels.tables import catalogue
from csimodels.tables.columns import COLUMNS

#: Tables of the same rows, which are one sheet: by the first, those whose columns stand behind its own.
JOINED: Mapping[str, tuple[str, ...]] = {"fits": ("replicates",), "index": ("trend",), "ranks": ("differences",)}


def frames(content: Content, tr: Translate) -> dict[str, pd.DataFrame]:
    """All tables in the order of the catalogue, empty ones left out.

    The table of all respondents and that of the groups are one: all respondents stand above, and are named in the
    column of the groups; of several waves all of them.  Tables of :data:`JOINED` are one with the same rows.
    """
    given = {**content.tables, "groups": content.groups, "group_paths": content.group_paths}
    found = {name: frame for name, frame in given.items() if frame is not None and len(frame.columns)}
    if _has_all_waves(found, content):
        found["index"] = found.pop("wave_index")
        found.pop("overall_index", None)
    order = [table.name for table in catalogue.CATALOGUE]
    out: dict[str, pd.DataFrame] = {}
    for name in [*(n for n in order if n in _bases(found)), *_bases(found)]:
        if name not in out:
            out |= _family(name, found, content, tr)
    for name, others in JOINED.items():
        for other in others:
            joined = both(out[name], out[other]) if name in out and other in out else None
            if joined is not None:
                out[name] = joined
                del out[other]
    return out | {"survey_log": content.survey_log}


def both(first: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame | None:
    """The columns of `more` behind those of `first`, by what says of whom a row is.

    Returns
    -------
    DataFrame or None
        None unless each row of `more` is one of `first`, with the numbers that stand there.
    """
    shared = [str(name) for name in more if name in first and name != "status"]
    numbers = [name for name in shared if formatting.is_numeric(COLUMNS.get(name))]
    keys = [name for name in shared if name not in numbers]
    place = {key: at for at, key in enumerate(_keys(first, keys))}
    found = [place.get(key, -1) for key in _keys(more, keys)]
    if len(place) < len(first) or len(set(found)) < len(found) or -1 in found:
        return None
    if (
        not first[numbers]
        .iloc[found]
        .reset_index(drop=True)
        .astype(float)
        .equals(more[numbers].reset_index(drop=True).astype(float))
    ):
        return None
    columns: dict[str, list[Any]] = {str(name): [None] * len(first) for name in more if name not in first}
    for name, values in columns.items():
        for at, value in zip(found, more[name].tolist(), strict=True):
            values[at] = value
    extra = {name: pd.Series(values, dtype=object, index=first.index) for name, values in columns.items()}
    return first.assign(**extra)


def _keys(frame: pd.DataFrame, names: Sequence[str]) -> list[tuple[str, ...]]:
    """What says of whom each row is."""
    return [tuple(map(plain_text, row)) for row in zip(*(frame[name].tolist() for name in names), strict=True)] or [
        ()
    ] * len(frame)


def _has_all_waves(found: Mapping[str, pd.DataFrame], content: Content) -> bool:
    """Whether the indices of all respondents wave by wave hold those of the current wave, which stand by themselves
    else; and groups stand below them."""
    wave, waves = wave_column(content), found.get("wave_index")
    if waves is None or wave not in waves or "groups" not in found or set(content.group_by) == {wave}:
        return False
    now = waves[waves[wave].map(plain_text) == current_wave(content)]
    whole = found.get("overall_index", found["index"])
    return set(whole["construct"]) <= set(now["construct"])


def _bases(found: Mapping[str, pd.DataFrame]) -> list[str]:
    """Names of tables without what says whom they are of."""
    return list(dict.fromkeys(_base(name, found) for name in found))


def _base(name: str, found: Mapping[str, pd.DataFrame]) -> str:
    if name == "groups":
        return "index"
    if name.startswith("wave_") and name != "wave_index" and name.removeprefix("wave_") in found:
        return name.removeprefix("wave_")
    base = name.removeprefix("overall_").removeprefix("group_")
    return base if catalogue.find(base) else name


def _family(base: str, found: Mapping[str, pd.DataFrame], content: Content, tr: Translate) -> dict[str, pd.DataFrame]:
    """The sheet of one kind of table; several where no column says whose a row is."""
    groups = "groups" if base == "index" else f"group_{base}"
    there = {name: found[name] for name in (f"overall_{base}", f"wave_{base}", base, groups)
             if name in found and _base(name, found) == base}  # fmt: skip
    if len(there) < 2:
        return there
    *above, below = there.values()
    wave = wave_column(content)
    who = next((name for name in (*content.group_by, "unit") if name in below and name != wave), "")
    if not who or any(who in frame for frame in above):
        return there
    waves = below[wave].tolist() if wave in below else []
    now = next((x for x in waves if plain_text(x) == current_wave(content)), None)
    columns: dict[str, list[Any]] = {str(name): [] for frame in (below, *above) for name in frame.columns}
    for frame in there.values():
        own = {str(name): frame[name].tolist() for name in frame.columns}
        if frame is not below:
            own = {wave: [now] * len(frame)} | own | {who: [tr("All respondents")] * len(frame)}
        for name, values in columns.items():
            values += own.get(name, [None] * len(frame))
    return {base: pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})}
