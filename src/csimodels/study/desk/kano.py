"""Kano classes of pairs of questions, functional and dysfunctional, as a part of the desk (docs/decisions.md)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.desk.kano import CATEGORIES, check_kano_answers, kano, kano_counts
from csimodels.errors import DataError
from csimodels.messages import N_, Message, listed
from csimodels.moments.linalg import Floats
from csimodels.study.desk.part import Answers, DeskPart, Numbers, ratio, state_of
from csimodels.study.extras import Extras

#: Categories that answers to two questions put with care hardly fall into, and what they say where most answers do.
_AMISS = {
    "R": N_(
        "kano: most answers are reversed (R): {names}; the functional and the dysfunctional question may have changed "
        "places, or the codes run from 5 like to 1 dislike"
    ),
    "Q": N_(
        "kano: most answers are questionable (Q): {names}; both questions got the same extreme answer, as where one of "
        "them is coded the other way round, or stands in both places"
    ),
}
_PARTS = ("better", "worse", "total_strength", "category_strength")


@dataclass(frozen=True, eq=False)
class KanoTable(DeskPart):
    """Table ``kano`` of ``pairs``: name, functional, dysfunctional question."""

    pairs: tuple[tuple[str, str, str], ...]
    answers: Answers
    name = "kano"

    def extras(self) -> Extras:
        """Indicators of the six categories, and whether both answers are there.

        Raises
        ------
        DataError
            Answers that are not 1 to 5.
        """
        columns = []
        problems = []
        for name, functional, dysfunctional in self.pairs:
            f, d = self.answers.column(functional)[1], self.answers.column(dysfunctional)[1]
            problems += check_kano_answers(np.concatenate([f, d]), f"kano, {name}")
            columns.append((f, d))
        if problems:
            raise DataError(problems)
        marks = [_indicators(f, d) for f, d in columns]

        def values(means: Floats, model: Floats) -> Floats:
            out = []
            for k in range(len(self.pairs)):
                counts = means[..., 6 * k : 6 * k + 6]
                shares = ratio(counts, counts.sum(axis=-1, keepdims=True))
                found = kano(shares)
                out += [shares, *(np.asarray(getattr(found, part))[..., None] for part in _PARTS)]
                out.append(counts.sum(axis=-1, keepdims=True))
            return np.concatenate(out, axis=-1)

        names = [f"{name} {c}" for name, _, _ in self.pairs for c in CATEGORIES]
        quantities = [f"{name} {q}" for name, _, _ in self.pairs for q in (*CATEGORIES, *_PARTS, "answered")]
        return Extras(tuple(names), np.concatenate(marks, axis=1), tuple(quantities), values)

    def cautions(self) -> list[Message]:
        """Pairs of which most answers contradict themselves: exchanged questions, reversed codes, a question twice."""
        commonest: dict[str, list[str]] = {}
        for name, functional, dysfunctional in self.pairs:
            counts = kano_counts(self.answers.column(functional)[1], self.answers.column(dysfunctional)[1])
            if 2 * counts.max() > counts.sum() > 0:
                commonest.setdefault(CATEGORIES[int(counts.argmax())], []).append(name)
        return [Message(text, names=listed(commonest[c])) for c, text in _AMISS.items() if c in commonest]

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``name, A, O, M, I, R, Q`` (shares), ``category``; ``better`` and ``worse`` with
        ``_low, _high``; ``total_strength, category_strength, significant, status``."""
        size = len(CATEGORIES) + len(_PARTS) + 1
        rows = []
        for g, key in enumerate(numbers.keys):
            for k, (name, _, _) in enumerate(self.pairs):
                at = k * size
                shares = numbers.value[g, at : at + 6]
                row: dict[str, object] = dict(zip(numbers.by, key, strict=True)) | {"name": name}
                row |= dict(zip(CATEGORIES, shares.tolist(), strict=True))
                found = kano(shares * numbers.n_eff[g] * numbers.value[g, at + size - 1])
                there = bool(np.isfinite(shares).all())
                row["category"] = CATEGORIES[int(found.category)] if there else ""
                for j, part in enumerate(_PARTS[:2]):
                    row |= {part: numbers.value[g, at + 6 + j]}
                    row |= {f"{part}_{end}": getattr(numbers, end)[g, at + 6 + j] for end in ("low", "high")}
                row |= {part: numbers.value[g, at + 8 + j] for j, part in enumerate(_PARTS[2:])}
                row["significant"] = bool(found.significant) if there else None
                rows.append(row | {"status": state_of([float(shares[0])])[0]})
        return pd.DataFrame(rows)


def _indicators(functional: Floats, dysfunctional: Floats) -> Floats:
    """(n, 6) which category each respondent's pair of answers is."""
    out = np.zeros((len(functional), len(CATEGORIES)))
    both = np.flatnonzero(~(np.isnan(functional) | np.isnan(dysfunctional)))
    answers = np.stack([functional[both], dysfunctional[both]], axis=1)
    for pair in np.unique(answers, axis=0):
        mine = both[(answers == pair).all(axis=1)]
        out[mine] = kano_counts(pair[:1], pair[1:])
    return out
