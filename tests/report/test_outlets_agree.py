"""Both languages of a report hold the same numbers, and every cell shows the number that it is sorted by."""

from __future__ import annotations

import re
from collections import Counter

import pytest
import sample
from telling import told

from csimodels.report.content import Content
from csimodels.report.documents.document import Document, document

#: A number that stands by itself; not the digits of a name such as ``IMAG1``.
_NUMBER = re.compile(r"(?<![A-Za-z\d.,])[+−]?\d[\d,]*(?:\.\d+)?%?")
CONTENTS = {"two changes, rolled up": lambda: told(((1.0, 0.4), (1.0, 0.4)), rolled=True), "one group": sample.content}


def numbers(report: Document) -> Counter[str]:
    """All numbers of sentences, short lists, captions and tables."""
    texts = [text for chapter in report.chapters for text in (*chapter.sentences, *chapter.small)]
    texts += [f"{p.title} {p.subtitle}" for chapter in report.chapters for p in chapter.pictures]
    texts += [entry.value for chapter in report.chapters for card in chapter.cards for entry in card.entries]
    texts += [cell.text for titled in report.tables if titled.table for row in titled.table.rows for cell in row]
    return Counter(number.rstrip(",") for text in texts for number in _NUMBER.findall(text))


@pytest.mark.parametrize("name", CONTENTS)
def test_both_languages_hold_the_same_numbers(name: str) -> None:
    content: Content = CONTENTS[name]()
    english, chinese = (numbers(document(content, code)) for code in ("en", "zh"))
    assert sum(english.values()) > 200
    assert (english - chinese, chinese - english) == (Counter(), Counter())


def test_a_cell_shows_the_number_that_it_is_sorted_by() -> None:
    shown = 0
    for titled in document(CONTENTS["one group"](), "en").tables:
        for cell in (cell for row in titled.table.rows for cell in row) if titled.table else ():
            found = re.fullmatch(r"[+−]?[\d,]+(\.\d+)?(%?)", cell.text)
            if found is None or not isinstance(cell.sort, float):
                continue
            digits, share = len(found[1] or ".") - 1, 100 if found[2] else 1
            text = cell.text.replace("−", "-").replace(",", "").rstrip("%")
            assert abs(float(text) - share * cell.sort) <= 0.5 * 10**-digits + 1e-9, (titled.title, cell)
            shown += 1
    assert shown > 100
