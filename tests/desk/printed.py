"""Comparison with numbers as they are printed: every digit, half a unit of the last one and no more."""

from __future__ import annotations

from decimal import Decimal

import numpy as np


def same_digits(value: object, text: str) -> None:
    """The numbers of `value`, flattened, agree with those in `text` to all printed digits."""
    found = np.asarray(value, dtype=float).ravel()
    words = text.split()
    assert len(found) == len(words), (found, words)
    for number, word in zip(found, words, strict=True):
        exponent = Decimal(word).as_tuple().exponent
        assert isinstance(exponent, int)
        assert abs(number - float(word)) <= 0.5000001 * 10.0**exponent, (number, word)
