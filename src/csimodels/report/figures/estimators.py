"""One model by several estimators, as dots on one line for each path and index."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from csimodels.i18n import translator
from csimodels.report.escaping import clean
from csimodels.report.figures import style
from csimodels.report.figures.canvas import blank, finished, readable
from csimodels.spec.model import Model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Shape and colour of each estimator, in the order asked for.
MARKS = (
    ("o", style.ACCENT),
    ("D", style.AMBER),
    ("s", "#5b9bb8"),
    ("^", "#7b8791"),
    ("v", "#3b7d52"),
    ("P", "#8a5a9e"),
)
_BAND = "#f4f7f9"  # behind every other row
#: Names that are not written in capitals throughout.
NAMES = {"plsc": "PLSc", "semopy": "semopy"}


def estimators_figure(table: pd.DataFrame, estimators: Sequence[str], model: Model, lang: str = "en") -> Figure:
    """Standardised paths above, 0-100 indices below; what an estimator does not have is left out.

    Parameters
    ----------
    table : ``table, subject`` and a column for each estimator.
    estimators : names of these columns;  model : for labels;  lang : ``"en"`` or ``"zh"``.
    """
    lang, note = readable(lang)
    tr = translator(lang)
    kinds = (("paths", tr("Path coefficient")), ("index", tr("Index")))
    parts = [table[table["table"] == kind] for kind, _ in kinds]
    heights = [max(len(part), 1) for part in parts]
    fig, first = blank(7.2, 1.6 + (0.26 + 0.045 * len(estimators)) * sum(heights))
    fig.delaxes(first)
    axes = fig.subplots(2, 1, height_ratios=heights)
    for ax, part, (kind, heading) in zip(axes, parts, kinds, strict=True):
        at = np.arange(len(part))[::-1]
        for y in at[1::2]:
            ax.axhspan(y - 0.5, y + 0.5, color=_BAND, linewidth=0, zorder=-1)
        ax.hlines(at, *_range(part, estimators), color=style.LINE, linewidth=1, zorder=1)
        for place, name in enumerate(estimators):
            marker, colour = MARKS[place % len(MARKS)]
            offset = 0.72 / len(estimators) * (place - (len(estimators) - 1) / 2)
            called = NAMES.get(name, name.upper())
            ax.scatter(part[name], at - offset, s=22, marker=marker, color=colour, label=called, zorder=3)
        if kind == "paths":
            ax.axvline(0, color=style.MUTED, linewidth=0.8, zorder=2)
        ax.set_yticks(at, [_called(str(subject), model, lang) for subject in part["subject"]])
        ax.set_ylim(-0.5, len(part) - 0.5)
        ax.set_xlabel(heading)
    handles, names = axes[0].get_legend_handles_labels()
    fig.legend(handles, names, loc="outside upper center", ncols=len(names), frameon=False)
    return finished(fig, note)


def _range(part: pd.DataFrame, estimators: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    values = np.array(part[list(estimators)], dtype=float)  # a copy: pandas may hand out what must not be changed
    lost = np.isnan(values).all(axis=1)
    values[lost] = 0.0
    return np.nanmin(values, axis=1), np.nanmax(values, axis=1)


def _called(subject: str, model: Model, lang: str) -> str:
    return " → ".join(clean(model.label(name, lang)) for name in subject.split(" -> "))
