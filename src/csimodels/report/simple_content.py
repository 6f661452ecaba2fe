"""The tables of one simple index, or of a node of the hierarchy, in the places of those of the index construct."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from csimodels.report.content import Content

#: Tables of the comparisons, and those of simple indices that take their places.
_INSTEAD = {
    "rollup": "simple_rollup", "ranks": "simple_ranks", "differences": "simple_differences",
    "changes": "simple_changes", "wave_changes": "wave_simple_changes",
}  # fmt: skip
#: Tables of all respondents and of the groups, with the names of their columns and what these are called elsewhere.
_TABLES = {"indices": {"name": "construct", "value": "index"}, "hierarchy": {"node": "construct"}}


def simple_names(content: Content) -> tuple[str, ...]:
    """Simple indices and nodes of the hierarchy that the result has, in the order of the spec."""
    found: dict[str, None] = {}
    for name, columns in _TABLES.items():
        frame = content.comparison(name)
        if frame is not None:
            found |= dict.fromkeys(map(str, frame[next(iter(columns))]))
    known = {index.name for index in content.model.indices} | {node.name for node in content.model.desk.hierarchy}
    return tuple(name for name in found if name in known)


def content_about(content: Content, name: str) -> Content:
    """`content` as if the simple index or node `name` were its index: what tells of units then tells of it.

    Parameters
    ----------
    content : Content
    name : str
        One of :func:`simple_names`.

    Returns
    -------
    Content
        ``index`` and ``groups`` hold the rows of `name` alone; of the comparisons those that the result has.
    """
    nothing = pd.DataFrame()
    comparisons = {own: _of(content.comparison(simple), "construct", name) for own, simple in _INSTEAD.items()}
    every, groups = nothing, nothing
    for table, columns in _TABLES.items():
        key = next(iter(columns))
        every = every if len(every) else _of(content.comparison(table), key, name).rename(columns=columns)
        groups = groups if len(groups) else _of(content.comparison(f"group_{table}"), key, name).rename(columns=columns)
    tables = {key: frame for key, frame in content.tables.items() if key not in ("wave_index", *_INSTEAD)}
    tables |= {key: frame for key, frame in comparisons.items() if len(frame)}
    own = groups.assign(n_eff=float("nan")) if len(groups) else None
    return replace(content, tables=tables | {"index": every.assign(n_eff=float("nan"))}, groups=own, about=name)


def _of(frame: pd.DataFrame | None, column: str, name: str) -> pd.DataFrame:
    """Rows about `name`; none where there is no such table."""
    return pd.DataFrame() if frame is None else frame[frame[column] == name].reset_index(drop=True)
