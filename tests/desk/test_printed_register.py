"""Every number that the list of check values prints for the desk: computed to all its digits, an input, or named.

`check_text.py` has the check values as they are printed; every number there must be claimed by one entry, and no entry
may claim a number that is not printed.
"""

from __future__ import annotations

import re
from collections import Counter

import pandas as pd
import pytest
from check_entries import Entry, Sources
from check_entries_decisions import ENTRIES as DECISIONS
from check_entries_indices import ENTRIES as INDICES
from check_text import TEXT
from mobile_study import Mobile
from printed import same_digits

NUMBER = re.compile(r"(?<![A-Za-z0-9_.])-?(?:\d+\.\d+|\.\d+|\d+)(?:e-\d+)?(?![A-Za-z])")
REGISTER: list[Entry] = [*INDICES, *DECISIONS]
COMPUTED = [entry for entry in REGISTER if entry.call is not None]
#: Formulas without check values.
NOTHING_PRINTED = {"F20"}


@pytest.mark.parametrize("formula", TEXT)
def test_every_printed_number_is_claimed_once(formula: str) -> None:
    printed = Counter(NUMBER.findall(TEXT[formula]))
    claimed = Counter(word for entry in REGISTER if entry.formula == formula for word in entry.numbers.split())
    assert printed - claimed == Counter() and claimed - printed == Counter()


def test_the_register_goes_through_all_formulas() -> None:
    asked = {f"F{k}" for k in range(1, 22) if k != 17} | {"F25", "F31", "M4"}
    assert set(TEXT) == asked - NOTHING_PRINTED == {entry.formula for entry in REGISTER}


@pytest.mark.parametrize("entry", COMPUTED, ids=[f"{e.formula}-{e.numbers[:16]}" for e in COMPUTED])
def test_a_printed_number_comes_out_to_all_its_digits(entry: Entry, mobile: Mobile, mobi: pd.DataFrame) -> None:
    if entry.formula == "F11":
        pytest.importorskip("statsmodels")
    assert entry.call is not None
    same_digits(entry.call(Sources(mobile, mobi)), entry.numbers)


def test_what_is_not_computed_says_why() -> None:
    reasons = [entry for entry in REGISTER if entry.call is None and entry.why != "input"]
    assert [(entry.formula, entry.numbers) for entry in reasons] == [("F1", "-1.2 -3.5"), ("F9", "9.13564")]
    assert all(len(entry.why) > 20 for entry in reasons)
