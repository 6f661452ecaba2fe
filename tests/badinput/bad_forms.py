"""A small model, sound data for it, and short ways to say what must happen to data that are not sound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import csimodels as cs
from csimodels.errors import CsiError

ITEMS = ("Q1", "Q2", "Q3", "V1", "V2", "S1", "S2", "S3", "L1")

SPEC = """csi: 1
name: small
constructs:
  Quality: {items: [Q1, Q2, Q3]}
  Value: {items: [V1, V2]}
  Satisfaction: {items: [S1, S2, S3]}
  Loyalty: {items: [L1]}
paths:
  Quality: [Value, Satisfaction]
  Value: Satisfaction
  Satisfaction: Loyalty
"""

#: Two constructs and one path: the smallest model there is.
TWO = """csi: 1
constructs:
  Quality: {items: [Q1, Q2]}
  Satisfaction: {items: [S1, S2]}
paths: {Quality: Satisfaction}
"""


def model(text: str = "", base: str = SPEC) -> cs.Model:
    """The small model with further lines."""
    return cs.parse_model(base + text)


def frame(n: int = 120, seed: int = 7) -> pd.DataFrame:
    """Whole answers from 1 to 10 with one common factor per construct, a bank and a weight."""
    rng = np.random.default_rng(seed)
    quality = rng.normal(size=n)
    value = 0.6 * quality + 0.8 * rng.normal(size=n)
    satisfaction = 0.5 * quality + 0.3 * value + 0.6 * rng.normal(size=n)
    loyalty = 0.7 * satisfaction + 0.7 * rng.normal(size=n)
    latent = [quality] * 3 + [value] * 2 + [satisfaction] * 3 + [loyalty]
    cells = {
        name: np.clip(np.rint(6.5 + 1.5 * (0.85 * part + 0.5 * rng.normal(size=n))), 1, 10)
        for name, part in zip(ITEMS, latent, strict=True)
    }
    bank = np.where(np.arange(n) % 2 == 0, "Harbour", "Delta")
    return pd.DataFrame({**cells, "bank": bank, "w": rng.uniform(0.5, 2.0, size=n).round(3)})


def run(data: object, spec: str | cs.Model = "", base: str = SPEC, **keywords: Any) -> cs.Result:
    """A run without intervals unless asked for."""
    keywords.setdefault("uncertainty", None)
    return cs.Study(spec if isinstance(spec, cs.Model) else model(spec, base), data, **keywords).run()


def refused(data: object, *words: str, spec: str | cs.Model = "", base: str = SPEC, **keywords: Any) -> CsiError:
    """The run must end in an error of this package whose text holds every word."""
    with pytest.raises(CsiError) as caught:
        run(data, spec, base, **keywords)
    text = str(caught.value)
    for word in words:
        assert word in text, f"{word!r} is not said in:\n{text}"
    return caught.value


def same_numbers(a: cs.Result, b: cs.Result, rtol: float = 1e-9) -> None:
    """Standardised results agree: paths, loadings, R2."""
    for block in ("path", "loading", "r2", "total"):
        x = a.estimates.value[:, a.estimates.layout.blocks[block]]
        y = b.estimates.value[:, b.estimates.layout.blocks[block]]
        np.testing.assert_allclose(x, y, rtol=rtol, atol=rtol, err_msg=block)


def said(result: cs.Result) -> str:
    """Everything a reader is told beside the numbers."""
    log = result.survey_log.astype(str).agg(" | ".join, axis=1)
    return "\n".join([*result.notes, *log])
