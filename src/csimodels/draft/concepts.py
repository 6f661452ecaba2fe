"""Which construct of the field a column asks of, by the words of its name and label; a model of those in a file.

Most surveys have questions of their own for the constructs that the field shares.  Where the names of columns, or the
wordings, speak for satisfaction and at least two more constructs, a draft has these constructs, with the paths that a
library model has among them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from csimodels.draft.facts import ColumnFacts
from csimodels.draft.scales import NOTHING, guessed_answers
from csimodels.draft.stems import Block, blocks, free_name, on_one_scale, stem_of
from csimodels.draft.vocabulary import STEMS
from csimodels.spec.model import Construct, Item, Model, Text
from csimodels.spec.view import bad_name
from csimodels.survey.answers.numbers import fold

#: Words of questions, the most telling first: one on the value of money speaks of quality and price too.
_WORDS = {
    "Complaints": r"投诉|抱怨|\bcomplain",
    "Loyalty": r"忠诚|再次|下次|还会|(?:回|复)购|续约|继续(?:购买|选择|使用|光顾)|推荐|重新选择|改选"
    r"|\bloyal|\brecommend|\brepurchas|\bagain\b",
    "Satisfaction": r"满意|理想|期望.{0,6}相比|\bsatisf|\bideal|\bcompared .{0,30}\bexpect",
    "Expectation": r"期望|预期|期待|\bexpect",
    "Value": r"价值|性价比|价格|费用|资费|物有所值|\bvalue|\bprices?\b|\bmoney\b",
    "Image": r"形象|声誉|信誉|口碑|\bimage\b|\breputation",
    "Quality": r"质量|品质|性能|可靠|满足.{0,8}需[求要]|\bquality\b|\breliab|\bperform",
}
_CONCEPTS = {name: re.compile(words, re.IGNORECASE) for name, words in _WORDS.items()}
#: How a complaint was handled is no complaint; satisfaction with a part of the offer is not that with the whole.
_HANDLED = re.compile(r"处理|解决|回复|\bhandl|\bresolv|\brespon", re.IGNORECASE)
_WHOLE = re.compile(r"总体|整体|综合|总的|\boverall\b|\bin general\b", re.IGNORECASE)
_PARTS = ("Value", "Image", "Quality")
#: A model is drafted from so many constructs on, satisfaction among them, where they hold this share of the answers.
LEAST_CONSTRUCTS, LEAST_HELD = 3, 0.5
#: Library models whose paths are taken; they have the constructs of the field and no others.
SHARED = ("acsi", "ccsi", "ecsi", "tcsi")


@dataclass(frozen=True, slots=True)
class Kin:
    """A model of constructs that were told by words.

    ``paths_of`` is the library model that its paths are from; ``lacking`` are the constructs of that which no column
    speaks of.
    """

    model: Model
    paths_of: str
    lacking: tuple[str, ...]


def concept_of(text: str) -> str:
    """The construct that a question asks of; empty where its words speak for none, or for two.

    >>> [concept_of(text) for text in ("总体满意度", "购买前的质量期望", "对价格的满意度", "buy again?", "Q7")]
    ['Satisfaction', 'Expectation', '', 'Loyalty', '']
    """
    hits = [name for name, words in _CONCEPTS.items() if words.search(text)]
    if not hits or (hits[0] == "Complaints" and _HANDLED.search(text)):
        return ""
    if hits[0] == "Satisfaction" and any(part in hits for part in _PARTS) and not _WHOLE.search(text):
        return ""
    return hits[0]


def kin_model(
    items: Sequence[Item], columns: Sequence[ColumnFacts], library: Iterable[tuple[str, Model]]
) -> Kin | None:
    """A model of the constructs that the columns speak of; None where they are too few.

    Parameters
    ----------
    items : sequence of Item
        Columns that look like answers on a scale (`rated`).
    columns : sequence of ColumnFacts
        Of the whole file: whether someone complained is asked with yes and no.
    library : iterable of (str, Model)
        Models whose paths may be taken; the one that shares most constructs is.
    """
    found = _told(items)
    if "Complaints" not in {concept for concept, _ in found}:
        found += [("Complaints", [item]) for item in _complained(columns)[:1]]
    present = Counter(concept for concept, _ in found)
    if len(present) < LEAST_CONSTRUCTS or present["Satisfaction"] != 1:
        return None
    name, base = max(library, key=lambda entry: _shared(entry[1], present))
    edges = [(a, b) for a, b in base.paths if a in present and b in present]
    joined = {end for edge in edges for end in edge}
    held = sum(len(mine) for concept, mine in found if concept in joined)
    if "Satisfaction" not in joined or len(joined) < LEAST_CONSTRUCTS or held < LEAST_HELD * len(items):
        return None
    taken: set[str] = {item.name for _, mine in found for item in mine}
    names: dict[str, list[str]] = {concept: [] for concept in joined}
    constructs = []
    for concept, mine in found:
        if concept in joined:
            constructs.append(_construct(concept, mine, base, present[concept] > 1, taken))
            names[concept].append(constructs[-1].name)
    paths = tuple((a, b) for start, end in edges for a in names[start] for b in names[end])
    lacking = tuple(other for other in base.construct_names if other not in joined)
    return Kin(Model("my-study", tuple(constructs), paths), name, lacking)


def _shared(base: Model, present: Counter[str]) -> tuple[int, int]:
    """Constructs in common, then few that the file does not have."""
    common = sum(name in present for name in base.construct_names)
    return common, common - len(base.constructs)


def _told(items: Sequence[Item]) -> list[tuple[str, list[Item]]]:
    """Concept and items of every construct, in the order of the file: blocks of names, then single questions."""
    out: list[tuple[str, list[Item]]] = []
    for block in blocks(items):
        if concept := _concept_of_block(block):
            out.append((concept, list(block.items)))
    held = {item.name for _, mine in out for item in mine}
    loose: dict[str, list[Item]] = {}
    for item in items:
        if item.name not in held and (concept := concept_of(_text(item)) or _by_stem(item.name)):
            loose.setdefault(concept, []).append(item)
    known = {concept for concept, _ in out}
    out += [(concept, on_one_scale(mine)) for concept, mine in loose.items() if concept not in known]
    place = {item.name: k for k, item in enumerate(items)}
    return sorted(((concept, mine) for concept, mine in out if mine), key=lambda pair: place[pair[1][0].name])


def _concept_of_block(block: Block) -> str:
    """What most of its questions ask of; else what its name says."""
    told = Counter(concept for item in block.items if (concept := concept_of(_text(item))))
    if told:
        concept, n = told.most_common(1)[0]
        return concept if 2 * n > len(block.items) else ""
    return _by_stem(block.stem)


def _by_stem(stem: str) -> str:
    """The construct that short names such as `SAT` are used for."""
    return next((concept for concept, stems in STEMS.items() if fold(stem) in stems), "")


def _text(item: Item) -> str:
    """Name and wording of a column."""
    return " ".join((item.name, item.text.en, item.text.zh))


def _complained(columns: Sequence[ColumnFacts]) -> list[Item]:
    """Columns that ask with yes and no whether someone complained, on the scale 0 to 1."""
    out = []
    for column in columns:
        if column.distinct != 2 or column.mark or bad_name(column.name):
            continue
        item = Item(column.name, Text.told(column.label), scale=(0.0, 1.0))
        if concept_of(_text(item)) != "Complaints":
            continue
        answers = guessed_answers([(item, column)]).get(item.name, NOTHING)
        if answers.scale is None and (answers.values or {level.value for level in column.levels} == {"0", "1"}):
            out.append(replace(item, values=answers.values))
    return out


def _construct(concept: str, items: Sequence[Item], base: Model, several: bool, taken: set[str]) -> Construct:
    """A construct with the label of the library; of several of one concept each has the name of its columns."""
    like = base.construct(concept)
    stem = stem_of(items[0].name) if several else ""
    name = free_name(stem or concept, taken)
    taken.add(name)
    label = Text(stem) if stem else like.label
    return Construct(name, tuple(items), label, better="low" if concept == "Complaints" else "high")
