"""Labels of groups that look alike, and names in `labels:` that no group has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from csimodels.errors import listed, nearest
from csimodels.messages import ColumnName, Message
from csimodels.spec.model import plain_text
from csimodels.spelling import seen
from csimodels.survey.answers import fold
from csimodels.survey.survey import Survey


def label_cautions(survey: Survey) -> Iterator[Message]:
    """One sentence for each column of groups whose labels, or names in the spec, are not what they look like."""
    named = dict(survey.model.labels)
    for place, column in enumerate(survey.by):
        there = list(dict.fromkeys(plain_text(key[place]) for key in survey.group_keys))
        for alike in _alike(there):
            text = "labels of {column} that differ in case, blanks or width alone: {names}; write them alike"
            yield Message(text, column=column, names=listed([f'"{name}"' for name in alike]))
        for value, _ in named[column].values if column in named else ():
            if value not in there and seen(value) in {seen(name) for name in there}:
                text = 'labels: "{value}" does not occur in {column}; {hint}'
                yield Message(text, value=value, column=ColumnName(column), hint=nearest(value, there))


def _alike(labels: Iterable[str]) -> Iterator[list[str]]:
    folded: dict[str, list[str]] = {}
    for label in labels:
        folded.setdefault("".join(fold(label).split()), []).append(label)
    yield from (group for group in folded.values() if len(group) > 1)
