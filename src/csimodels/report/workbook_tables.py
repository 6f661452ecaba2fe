"""Which tables are sheets of the workbook: one sheet a kind of table, all respondents above the groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from csimodels.i18n import Translate
from csimodels.report.content import Content
from csimodels.report.standing import current_wave, wave_column
from csimodels.spec.canonical import plain_text
from csimodels.tables import catalogue

#: Tables with the same rows, which are one sheet: by the first, the one whose columns stand behind its own.
JOINED: Mapping[str, str] = {"fits": "replicates"}


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
    for name, other in JOINED.items():
        if name in out and other in out:
            own = [column for column in out[other] if column not in out[name]]
            keys = [column for column in out[other] if column in out[name] and column != "status"]
            if out[name][keys].equals(out[other][keys]):
                out[name] = out[name].join(out.pop(other)[own])
    return out | {"survey_log": content.survey_log}


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
    if name.endswith("changes") and name.removeprefix("wave_") in found:
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
