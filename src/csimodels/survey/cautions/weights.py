"""What makes weights doubtful: a few rows that carry them, margins that single waves miss."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from csimodels.messages import Cell, Message, listed
from csimodels.moments.linalg import Floats
from csimodels.survey.survey import Survey
from csimodels.survey.weights.raking import design_effect, shares

#: Design effect of weights (Kish) beyond which few rows carry a result.
UNEQUAL = 2.5
#: Rows, and different weights, that must be there before they look like numbers of rows.
_MANY = 30
#: Points by which a share within a wave may miss the margin of all waves before it is said.
_MISSED = 5.0


def weight_cautions(survey: Survey) -> Iterator[Message]:
    """One sentence each, for weights as they are used.

    Parameters
    ----------
    survey : Survey
        The rows, checked against the model; weights are raked already.
    """
    if survey.weights is not None and survey.margins is None and _numbers_rows(survey.weights):
        text = "the weights run 1, 2, 3 ... like numbers of rows or respondents; name the column of the weights"
        yield Message(text)
    if survey.weights is not None and (effect := design_effect(survey.weights)) > UNEQUAL:
        text = (
            "the weights are very unequal: {n} rows count as {few} (design effect {effect}), and the heaviest tenth "
            "carries {share} % of the weight; look at the largest weights, or trim them"
        )
        if survey.margins is not None:
            text = (
                "the raked weights are very unequal: {n} rows count as {few} (design effect {effect}), and the "
                "heaviest tenth carries {share} % of the weight; check the margins, join rare categories, or trim "
                "with rake_bounds"
            )
        heavy = np.sort(survey.weights)[-max(1, survey.n // 10) :].sum() / survey.weights.sum()
        few, shown = f"{survey.n / effect:.0f}", f"{100 * heavy:.0f}"
        yield Message(text, n=survey.n, few=few, effect=f"{effect:.1f}", share=shown)
    if survey.margins is not None:
        yield from _within_waves(survey)


def _numbers_rows(weights: Floats) -> bool:
    """Whether weights are whole numbers that hardly repeat and leave hardly one out, from about 1 on."""
    if len(weights) < _MANY or (weights != np.rint(weights)).any():
        return False
    different = len(np.unique(weights))
    return bool(different > _MANY and 3 * different >= len(weights) and weights.max() <= 1.2 * different)


def _within_waves(survey: Survey) -> Iterator[Message]:
    """Margins are met over all rows; a wave in which they are not has another composition than the population."""
    if survey.wave is None or survey.margins is None or survey.weights is None or len(survey.waves) < 2:
        return
    place = survey.by.index(survey.wave)
    wave_of = np.asarray([survey.waves.index(key[place]) for key in survey.group_keys])[survey.group]
    found = []
    for m, margin in enumerate(survey.model.data.rake):
        target = shares(margin)
        table = np.zeros((len(survey.waves), len(target)))
        np.add.at(table, (wave_of, survey.margins[:, m]), survey.weights)
        apart = 100 * (table / table.sum(axis=1, keepdims=True) - target)
        for w, k in np.argwhere(np.abs(apart) > _MISSED).tolist():
            name, wave = margin.shares[k][0], survey.waves[w]
            had = f"{100 * target[k] + apart[w, k]:.0f}"
            text = "{name} in {wave}: {had} % for {wanted} %"
            wanted = f"{100 * target[k]:.0f}"
            said = Message(text, name=Cell(margin.column, name), wave=str(wave), had=had, wanted=wanted)
            found.append((abs(apart[w, k]), said))
    if found:
        found.sort(key=lambda pair: -pair[0])
        text = (
            "rake meets the margins over all waves together, not within each: {names}; changes then hold the change "
            "of composition: give weights that are raked wave by wave"
        )
        yield Message(text, names=listed([said for _, said in found], 4))
