"""One model by several estimators, with the interval of each: paths above, indices below."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from csimodels.i18n import check_language, translator
from csimodels.messages import Message, Several, say
from csimodels.report import formatting
from csimodels.report.escaping import clean
from csimodels.report.figures.charts.several import Estimate, Subject, several_chart
from csimodels.report.figures.picture import Picture, check_look
from csimodels.report.figures.scene import Scene, stacked
from csimodels.report.story.section import field_work
from csimodels.spec.model import Model

#: Names that are not written in capitals throughout.
NAMES = {"plsc": "PLSc", "semopy": "semopy"}


def opinions_picture(
    tables: Mapping[str, pd.DataFrame],
    model: Model,
    n: float,
    lang: str = "en",
    size: str = "page",
    theme: str = "light",
) -> Picture:
    """Standardised paths and indices by every estimator.

    Parameters
    ----------
    tables : mapping of ``paths`` and ``index`` to DataFrame
        ``subject, estimator, value, low, high, status``.
    model : Model
    n : float
        Respondents.
    lang, size, theme : str
    """
    check_look(size, theme)
    tr = translator(check_language(lang))
    names = list(dict.fromkeys(tables["paths"]["estimator"]))
    shown = [NAMES.get(name, name.upper()) for name in names]
    paths, index = (_subjects(tables[kind], names, model, lang) for kind in ("paths", "index"))
    titles = (tr("Path coefficient"), tr("Index"))

    def draw(width: float) -> Scene:
        below = several_chart(index, width, () if paths else shown, titles[1], (0.0, 100.0))
        return stacked([several_chart(paths, width, shown, titles[0]), below]) if paths else below

    subtitle = Message("Standardised paths and indices from 0 to 100 by every estimator; hollow: a doubtful fit")
    parts = [
        Message("{n} respondents", n=formatting.number(n, 0)),
        *field_work(model, lang),
        Message("estimated by {method}", method=", ".join(shown)),
    ]
    if any(frame["low"].notna().any() for frame in tables.values()):
        parts.append(Message("{level} intervals", level=formatting.level_text(model.uncertainty.level)))
    parts.append(Message("source: {title}", title=clean(model.title.get(lang, model.name))))
    caption = Message("{all}", all=Several(parts, separator=" · "))
    title, below, foot = (say(text, tr) for text in (_finding(paths, shown), subtitle, caption))
    data = pd.concat([frame.assign(table=kind) for kind, frame in tables.items()], ignore_index=True)
    return Picture("estimators", title, below, foot, draw, data, lang, size, theme)


def _subjects(table: pd.DataFrame, names: Sequence[str], model: Model, lang: str) -> list[Subject]:
    rows = {(str(r["subject"]), str(r["estimator"])): r for r in formatting.records(table)}
    out = []
    for subject in dict.fromkeys(table["subject"].astype(str)):
        found: list[Estimate] = []
        for name in names:
            r = rows.get((subject, name), {"value": math.nan, "low": math.nan, "high": math.nan, "status": "ok"})
            value, low, high = (formatting.as_float(r[c]) for c in ("value", "low", "high"))
            found.append((value, low, high, formatting.is_ok(r["status"])))
        label = " → ".join(clean(model.label(part, lang)) for part in subject.split(" -> "))
        out.append(Subject(label, tuple(found)))
    return out


def _finding(paths: Sequence[Subject], names: Sequence[str]) -> Message:
    """The path that the estimators differ on most; no more than a description."""
    ranges = []
    for subject in paths:
        known = [(e[0], name) for e, name in zip(subject.estimates, names, strict=True) if math.isfinite(e[0])]
        if len(known) > 1:
            ranges.append((max(known)[0] - min(known)[0], subject.label, min(known), max(known)))
    if not ranges:
        return Message("One model by several estimators")
    _, label, low, high = max(ranges)
    parts = {"low": formatting.number(low[0], 2), "first": low[1], "high": formatting.number(high[0], 2),
             "last": high[1]}  # fmt: skip
    return Message("Estimators differ most on {path}: {low} ({first}) to {high} ({last}).", path=label, **parts)
