"""What the columns beside the answers are for: weight, waves, groups, respondents; with the reason for each guess."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from csimodels.draft.facts import DATE, EMPTY, IDENTIFIER, NUMBER, SEVERAL, TIMESTAMP, VERBATIM, ColumnFacts
from csimodels.draft.vocabulary import CLUSTERS, DESCRIPTIONS, GROUPS, STRATA, UPPER, WAVES, WEIGHTS
from csimodels.messages import Message, joined, listed
from csimodels.spec.model import Period
from csimodels.survey.answers.numbers import fold
from csimodels.survey.columns import Column, Ints
from csimodels.survey.keys import crossed, labels
from csimodels.survey.periods import period_column

#: What may follow in the name of a column: 企业名称 is a 企业.
_SUFFIX = re.compile(r"(名称|名字|代码|编码|类型|类别|名)$")
#: A column of groups has so many values; a group has on average so many rows, a crossing of columns too.
MOST_GROUPS, LEAST_ROWS = 500, 30
MOST_WAVES, MOST_OTHERS = 40, 40
#: Periods that are tried for waves, the longest first.
_PERIODS: tuple[Period, ...] = ("year", "quarter")


@dataclass(frozen=True, slots=True)
class Role:
    """A column, what it is taken for, and why.

    ``use`` is ``weight``, ``wave``, ``by``, ``panel``, ``strata``, ``cluster``; or ``upper`` (above the groups) and
    ``other`` (may hold groups), ``dates`` (which ``period`` may make waves of) and ``spoilt`` (a weight with negative
    values), which are offered and not taken.
    """

    column: str
    use: str
    why: str
    period: str = ""


def roles(columns: Sequence[ColumnFacts], cells: Mapping[str, Column], taken: frozenset[str]) -> tuple[Role, ...]:
    """Roles of the columns that answer no question.

    Parameters
    ----------
    columns : sequence of ColumnFacts
    cells : mapping of str to Column
        Their cells.
    taken : frozenset of str
        Columns that answer questions.
    """
    free = [c for c in columns if c.name not in taken and c.kind != EMPTY]
    out = [*_weight(free), *_wave(free)]
    used = {role.column for role in out}
    wave = next((role.column for role in out if role.use == "wave"), "")
    groups = _groups([c for c in free if c.name not in used], cells)
    out += groups
    used |= {role.column for role in groups}
    rest = [c for c in free if c.name not in used]
    out += _design(rest)
    out += _respondents(rest, cells, wave)
    if not wave:
        out += _dates(rest, cells)
    used |= {role.column for role in out}
    few = [c for c in rest if c.name not in used and c.distinct <= MOST_OTHERS and _may_group(c)]
    out += [Role(c.name, "other", _why(c, DESCRIPTIONS)) for c in few if _why(c, DESCRIPTIONS)]
    return tuple(out)


def words_of(text: str) -> frozenset[str]:
    """The words of a name, folded: ``bankName`` and ``bank_name`` hold ``bank``; Chinese stays whole.

    >>> sorted(words_of("bankName_2"))
    ['2', 'bank', 'name']
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)
    return frozenset(piece for piece in re.split(r"[^\w]+|_", fold(parted)) if piece)


def _hit(text: str, words: Sequence[str] | frozenset[str]) -> str:
    """The word of a list that a name holds, empty for none: English as a word of it, Chinese at its end."""
    mine, folded = words_of(text), fold(text)
    bare = _SUFFIX.sub("", folded)
    for word in words:
        chinese = "\u4e00" <= word[0] <= "\u9fff"
        if word in mine or folded == word or (chinese and bare.endswith(word) and len(bare) <= len(word) + 4):
            return word
    return ""


def _why(column: ColumnFacts, words: Sequence[str] | frozenset[str]) -> str:
    """What in a name or a label speaks for a role; empty where nothing does."""
    if _hit(column.name, words):
        return Message('its name is "{name}"', name=column.name)
    if column.label and len(column.label) <= 20 and _hit(column.label, words):
        return Message('its label is "{label}"', label=column.label)
    return ""


def _weight(columns: Sequence[ColumnFacts]) -> list[Role]:
    near = [c for c in columns if c.kind == NUMBER and c.low >= 0 and c.distinct > 1 and _why(c, WEIGHTS)]
    near.sort(key=lambda c: (abs(np.log(c.mean)) if c.mean > 0 else np.inf, c.whole))
    if not near:
        spoilt = [c for c in columns if c.kind == NUMBER and c.low < 0 and _why(c, WEIGHTS)]
        text = "{why}, but weights are 0 or more, and its smallest is {low}: correct these rows"
        return [Role(c.name, "spoilt", Message(text, why=_why(c, WEIGHTS), low=f"{c.low:.4g}")) for c in spoilt[:1]]
    why = joined([_why(near[0], WEIGHTS), Message("positive numbers, mean {mean}", mean=f"{near[0].mean:.3g}")], ", ")
    if len(near) > 1:
        why = joined([why, Message("{names} would do as well", names=listed([c.name for c in near[1:]]))])
    return [Role(near[0].name, "weight", why)]


def _wave(columns: Sequence[ColumnFacts]) -> list[Role]:
    for column in columns:
        few = 2 <= column.distinct <= MOST_WAVES and column.mark != TIMESTAMP
        years = column.kind != NUMBER or (column.whole and (column.high < 60 or column.low >= 1980))
        if few and years and (why := _why(column, WAVES)):
            seen = listed([level.value for level in column.levels], 4)
            return [Role(column.name, "wave", joined([why, Message("it holds {values}", values=seen)], ", "))]
    return []


def _dates(columns: Sequence[ColumnFacts], cells: Mapping[str, Column]) -> list[Role]:
    """The first column of dates that years or quarters part into waves of enough rows each."""
    for column in columns:
        if column.kind != DATE:
            continue
        for period in _PERIODS:
            made, _, problems = period_column(cells[column.name], period, column.name, "")
            found = labels(made)
            rows = np.bincount(found.codes[found.codes >= 0], minlength=len(found.keys))
            if not problems and 2 <= len(rows) <= MOST_WAVES and rows.min() >= LEAST_ROWS:
                counts = zip(found.keys, rows.tolist(), strict=True)
                seen = listed([Message("{value} ({n} rows)", value=str(key), n=n) for key, n in counts], 4)
                return [Role(column.name, "dates", Message("its dates make waves: {values}", values=seen), period)]
    return []


def _groups(columns: Sequence[ColumnFacts], cells: Mapping[str, Column]) -> list[Role]:
    """Groups, crossed where their crossing leaves enough rows; those above another are offered for a roll-up."""
    fit = [c for c in columns if _may_group(c) and _why(c, GROUPS)]
    if not fit:
        return []
    coded = {c.name: labels(cells[c.name]) for c in fit}
    upper = {c.name: low.name for c in fit for low in fit if _above(c, low, coded[c.name].codes, coded[low.name].codes)}
    lower = [c for c in fit if c.name not in upper] or fit[:1]
    lower.sort(key=lambda c: (_hit(c.name, UPPER) != "", fit.index(c)))
    kept = lower[:1]
    for column in lower[1:]:
        groups, keys = crossed([coded[c.name] for c in (*kept, column)])
        if np.count_nonzero(groups >= 0) >= LEAST_ROWS * len(keys):
            kept.append(column)
    n_groups = {c.name: Message("{n} groups", n=c.distinct) for c in fit}
    out = [Role(c.name, "by", joined([_why(c, GROUPS), n_groups[c.name]], ", ")) for c in kept]
    for name, of in upper.items():
        if of in {c.name for c in kept} or of in upper:
            out.append(Role(name, "upper", Message("every {lower} lies in one {upper}", lower=of, upper=name)))
    out += [Role(c.name, "other", _why(c, GROUPS)) for c in lower if c not in kept]
    return out


def _may_group(column: ColumnFacts) -> bool:
    whole = column.kind != NUMBER or column.whole
    plain = column.mark not in (IDENTIFIER, TIMESTAMP, VERBATIM, SEVERAL)
    return plain and whole and 2 <= column.distinct <= MOST_GROUPS and column.n >= 10 * column.distinct


def _above(high: ColumnFacts, low: ColumnFacts, codes: Ints, below: Ints) -> bool:
    """Whether every group of `low` lies in one group of `high`, which has fewer."""
    if high.distinct >= low.distinct:
        return False
    both = (codes >= 0) & (below >= 0)
    pairs = np.unique(np.stack([codes[both], below[both]]), axis=1)
    return int(pairs.shape[1]) == len(np.unique(below[both]))


def _design(columns: Sequence[ColumnFacts]) -> list[Role]:
    out = []
    for use, words in (("strata", STRATA), ("cluster", CLUSTERS)):
        near = [c for c in columns if c.distinct > 1 and _why(c, words)]
        out += [Role(c.name, use, _why(c, words)) for c in near[:1]]
    return out


def _respondents(columns: Sequence[ColumnFacts], cells: Mapping[str, Column], wave: str) -> list[Role]:
    """The identifier, where the same respondents answer in several waves: a panel."""
    for column in columns:
        if column.mark != IDENTIFIER:
            continue
        found = labels(cells[column.name])
        repeated = column.n - column.distinct
        if not repeated:
            return [Role(column.name, "id", Message("another value in every row"))]
        if wave:
            codes, keys = crossed([found, labels(cells[wave])])
            if len(keys) == np.count_nonzero(codes >= 0):
                many = np.bincount(found.codes[found.codes >= 0])
                text = "{n} respondents answer in several waves, once in each"
                return [Role(column.name, "panel", Message(text, n=int((many > 1).sum())))]
        return [Role(column.name, "id", Message("{n} rows repeat an earlier value", n=repeated))]
    return []
