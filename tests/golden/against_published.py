"""Results that others print: the numbers stand in ``reference/published.json``, each case with its source.

A case states its model in lavaan's syntax, the data file of the shared folder, and how a study takes both.  Tolerances
are half a unit of the last digit that the source prints, or what its stopping rule leaves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from compared import Row, rows
from front_door import WIDE, name, published
from peers import Named
from sources import reference, shared_csv

import csimodels as cs
from csimodels.spec import Model, from_lavaan

Case = dict[str, Any]


@cache
def cases() -> tuple[Case, ...]:
    """Every case, in the order of the file."""
    return tuple(reference("published.json")["cases"])


def model_of_case(case: Case) -> Model:
    """Its model; items get a scale that holds every value."""
    first = re.findall(r"^(\w+) *[=<]~", case["model"], re.M)[0]
    model = from_lavaan(case["model"], scale=WIDE, index=first)
    modes = case.get("modes", {})
    changed = (replace(c, **modes.get(c.name, modes.get("*", {}))) for c in model.constructs)
    return replace(model, constructs=tuple(changed))


def results(group: str, kinds: tuple[str, ...]) -> Iterator[Row]:
    """Every number of the cases of some kinds beside ours."""
    for case in cases():
        if case["kind"] in kinds:
            mine, bar = FOUND[case["kind"]](case), (case["tolerance"], case["why"])
            for row in rows(group, case["source"], mine, case["numbers"], bar):
                yield replace(row, subject=f"{case['name']}: {row.subject}")


def _covariance_structure(case: Case) -> Named:
    data = rows_of_moments(case) if case["kind"] == "moments" else shared_csv(case["data"])
    result = cs.Study(model_of_case(case), data, uncertainty=None, **case["study"]).run(progress=False)
    return _small(published(result))


def _small(found: Named) -> Named:
    """The same with names in small letters, as Mplus prints one case only."""
    return {q: {_sorted(key.lower()): v for key, v in values.items()} for q, values in found.items()}


def _sorted(key: str) -> str:
    group, _, text = key.rpartition(": ")
    parts = " ~~ ".join(sorted(text.split(" ~~ ")))
    return f"{group}: {parts}" if group else parts


def rows_of_moments(case: Case) -> pd.DataFrame:
    """Rows whose covariances, with divisor n - 1, are exactly those of the file."""
    table = shared_csv(case["data"])
    cov = table.iloc[:, 1:].to_numpy(dtype=float)
    z = np.random.default_rng(1).normal(size=(case.get("n", 200), len(cov)))
    z -= z.mean(axis=0)
    z = np.linalg.solve(np.linalg.cholesky(np.cov(z.T)), z.T).T
    return pd.DataFrame(z @ np.linalg.cholesky(cov).T, columns=list(table.columns[1:]))


def _composites(case: Case) -> Named:
    """Paths, loadings, weights, effect sizes and products as a study publishes them."""
    model = model_of_case(case)
    data = rows_of_moments(case) if case["kind"] == "planted" else shared_csv(case["data"])
    codes = [case["missing_code"]] if "missing_code" in case else None
    options = {"missing": case.get("missing"), "missing_codes": codes, **case.get("study", {})}
    result = cs.Study(model, data, uncertainty=None, **options).run(progress=False)
    table, quality = result.loadings().drop_duplicates("item"), result.quality()
    out: Named = {
        "paths": _by(result.paths(), "estimate"),
        "loadings": dict(zip(table["item"], table["loading"], strict=True)),
        "weights": dict(zip(table["item"], table["weight"], strict=True)),
    }
    if result.has_dimensions:
        parts = result.dimensions()
        out["loadings"] |= dict(zip(parts["dimension"], parts["loading"], strict=True))
    sizes = quality[quality["criterion"] == "f2"]
    out["f2"] = {s.replace(" -> ", "->"): float(v) for s, v in zip(sizes["subject"], sizes["value"], strict=True)}
    if model.interactions:
        found = result.interactions()
        names = [text.replace(" * ", "*") for text in found["term"]]
        out["products"] = dict(zip(names, found["estimate"], strict=True))
        out["f2"] |= {f"{n}->{t}": float(v) for n, t, v in zip(names, found["target"], found["f2"], strict=True)}
    return out


def _by(table: pd.DataFrame, column: str) -> dict[str, float]:
    return {f"{s}->{t}": float(v) for s, t, v in table[["source", "target", column]].itertuples(index=False)}


def _groups(case: Case) -> Named:
    """The steps of equality across groups, and the parameters of every group."""
    found = cs.invariance(model_of_case(case), shared_csv(case["data"]), by=case["by"])
    steps = found.table().set_index("step")
    out: Named = {"chi-square": steps["chisq"].to_dict(), "df": steps["df"].to_dict()}
    out["difference"], out["df of difference"] = steps["chisq_diff"].to_dict(), steps["df_diff"].to_dict()
    table = found.parameters("configural")
    for level, part in table.groupby(case["by"]):
        for quantity, column in (("estimates", "est"), ("errors", "se")):
            rows_ = part[["lhs", "op", "rhs", column]].itertuples(index=False)
            out.setdefault(quantity, {}).update({f"{level}: {name(a, op, b)}": float(v) for a, op, b, v in rows_})
    return out


#: What finds our numbers, by kind of case.
FOUND = {
    "mplus": _covariance_structure,
    "lavaan": _covariance_structure,
    "moments": _covariance_structure,
    "planted": _composites,
    "seminr": _composites,
    "groups": _groups,
}
