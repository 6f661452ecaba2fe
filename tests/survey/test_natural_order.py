"""The order of labels, against one that compares their parts one by one."""

from __future__ import annotations

import random
import re

from csimodels.survey.natural_order import in_time, natural


def by_parts(text: str) -> tuple[list[tuple[int, str]], str]:
    """Runs of digits by size, after letters; then the text itself."""
    parts = re.findall(r"[0-9]+|[^0-9]+", in_time(text).casefold())
    return [(int(part), "") if part.isascii() and part.isdigit() else (-1, part) for part in parts], text


def test_labels_are_ordered_part_by_part() -> None:
    rng = random.Random(1)
    given = [
        "",
        "R2",
        "R10",
        "R02",
        "0",
        "00",
        "9" * 30,
        "Q4 2024",
        "Dec 2024",
        "pre",
        "2024年第三季度",
        "７1",
        "²3",
        "a\u00e9 1",
    ]
    given += ["".join(rng.choices("aAb-Z ~é编2019 001７²", k=rng.randint(0, 7))) for _ in range(3000)]
    assert sorted(given, key=natural) == sorted(given, key=by_parts)
    assert sorted(["x", 10, 2.5], key=natural) == [2.5, 10, "x"]
