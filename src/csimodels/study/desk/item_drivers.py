"""What single questions contribute to the answer to one: Shapley values, relative weights, coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from csimodels.desk.shapley import coefficients
from csimodels.moments.linalg import Floats
from csimodels.study.desk.item_regression import correlations_of, regression_extras
from csimodels.study.desk.part import Answers, DeskPart, Numbers, state_of
from csimodels.study.extras import Extras
from csimodels.tables.edge_shares import shares_of

_NAMES = ("estimate", "lmg", "relative_weight")


@dataclass(frozen=True, eq=False)
class ItemDrivers(DeskPart):
    """Table ``item_shares``: each question of ``regressions`` (answer explained, answers that explain it)."""

    regressions: tuple[tuple[str, tuple[str, ...]], ...]
    answers: Answers
    name = "item_shares"

    def extras(self) -> Extras:
        """One regression after the other."""
        return Extras.joined([self._one(target, items) for target, items in self.regressions])

    def _one(self, target: str, items: tuple[str, ...]) -> Extras:
        names = (*items, target)
        x = np.stack([self.answers.column(name)[1] for name in names], axis=1)

        def values(cov: Floats) -> Floats:
            corr = correlations_of(cov)
            inside, right = corr[..., :-1, :-1], corr[..., :-1, -1]
            known = np.asarray(np.isfinite(corr).all(axis=(-2, -1)))
            safe = np.where(known[..., None, None], inside, np.eye(len(items)))
            beta = np.where(known[..., None], coefficients(safe, np.where(known[..., None], right, 0.0)), np.nan)
            shares = [shares_of(inside, right, exact) for exact in (True, False)]
            return np.concatenate([beta, *shares, shares[0].sum(axis=-1, keepdims=True)], axis=-1)

        quantities = [f"{what} {item} {target}" for what in _NAMES for item in items]
        return regression_extras(x, names, [*quantities, f"r2 {target}"], values)

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``target, item, estimate, sign``; ``lmg`` and ``relative_weight`` with ``_se, _low,
        _high`` and ``_share`` of R2; ``r2, status``."""
        rows = []
        for g, key in enumerate(numbers.keys):
            start = 0
            for target, items in self.regressions:
                size = len(items)
                r2 = float(numbers.value[g, start + 3 * size])
                for k, item in enumerate(items):
                    row: dict[str, object] = dict(zip(numbers.by, key, strict=True)) | {"target": target, "item": item}
                    row["estimate"] = numbers.value[g, start + k]
                    row["sign"] = "-" if numbers.value[g, start + k] < 0 else "+"
                    for j, name in enumerate(_NAMES[1:], 1):
                        at = start + j * size + k
                        row[name] = numbers.value[g, at]
                        row |= {f"{name}_{end}": getattr(numbers, end)[g, at] for end in ("se", "low", "high")}
                        row[f"{name}_share"] = numbers.value[g, at] / r2 if r2 > 0 else np.nan
                    rows.append(row | {"r2": r2, "status": state_of([r2])[0]})
                start += 3 * size + 1
        return pd.DataFrame(rows)
