"""Groups as they are counted: too few rows for the items, and one group or wave where several were meant."""

from __future__ import annotations

from collections.abc import Iterator

from csimodels.errors import listed
from csimodels.messages import Message
from csimodels.survey.answers.words import is_total
from csimodels.survey.survey import Survey

#: Rows for each item below which a covariance matrix is mostly noise.
ROWS_PER_ITEM = 3


def group_cautions(survey: Survey) -> Iterator[Message]:
    """Groups of few rows for the items, one group only, one wave only; totals are no groups (label_cautions)."""
    p = len(survey.model.items)
    few = [
        Message("{name} ({n})", name=" / ".join(map(str, key)) or Message("all respondents"), n=int(size))
        for key, size in zip(survey.group_keys, survey.sizes, strict=True)
        if size < ROWS_PER_ITEM * p and not any(is_total(str(part)) for part in key)
    ]
    if few:
        text = "few rows for {items} items: {groups}; at least {n} rows for each item are wanted"
        yield Message(text, items=p, groups=listed(few, 6), n=ROWS_PER_ITEM)
    if survey.by not in ((), (survey.wave,)) and len(survey.group_keys) == 1:
        name = " / ".join(map(str, survey.group_keys[0]))
        text = "one group only: {columns} is {name} in every row; leave by out, or check the filter"
        yield Message(text, columns=listed(survey.by), name=name)
    elif survey.wave is not None and len(survey.waves) == 1:
        text = "one wave only: {columns} is {name} in every row; leave wave out, or check the filter"
        yield Message(text, columns=survey.wave, name=str(survey.waves[0]))
