"""Everything that is proposed of a file: columns of items, answers, codes of no answer, roles, and what is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from csimodels.draft.codes import CodeFound
from csimodels.draft.facts import FileFacts, with_codes
from csimodels.draft.match import Match, matched
from csimodels.draft.roles import Role, roles
from csimodels.draft.scales import Answers, guessed_answers, like_the_others
from csimodels.messages import Message, items, joined
from csimodels.spec.model import Item, Model
from csimodels.survey.answers.numbers import as_number, fold
from csimodels.survey.columns import Column


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """A code of no answer: for all items, or for some of them where it is an answer to others."""

    code: str
    reason: str
    only: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Proposal:
    """What is proposed of a file for a model.

    Attributes
    ----------
    model : Model
    facts : FileFacts
    matches : tuple of Match
        In the order of the model, those without a column among them.
    answers : mapping of str to Answers
        By item, where they differ from the model's.
    codes : tuple of NoAnswer
    roles : tuple of Role
    unused : tuple of str
        Columns that nothing takes.
    """

    model: Model
    facts: FileFacts
    matches: tuple[Match, ...]
    answers: Mapping[str, Answers]
    codes: tuple[NoAnswer, ...]
    roles: tuple[Role, ...]
    unused: tuple[str, ...]

    @property
    def lost(self) -> tuple[Match, ...]:
        """Items without a column."""
        return tuple(match for match in self.matches if not match.column)


def proposed(model: Model, facts: FileFacts, cells: Mapping[str, Column]) -> Proposal:
    """Look through a file for everything that a spec of `model` has to say of it.

    Parameters
    ----------
    model : Model
    facts : FileFacts
    cells : mapping of str to Column
    """
    matches = matched(model, facts.columns)
    item_of = {item.name: item for item in model.asked}
    facts = _codes_everywhere(facts, cells, {m.column: item_of[m.item] for m in matches if m.column})
    pairs = [(item_of[match.item], facts[match.column]) for match in matches if match.column]
    answers = guessed_answers(pairs)
    answers |= like_the_others([item_of[m.item] for m in matches if not m.column], answers, [item for item, _ in pairs])
    return _with_roles(model, facts, cells, matches, answers)


def as_named(model: Model, facts: FileFacts, cells: Mapping[str, Column]) -> Proposal:
    """The same for a model that is made from the file: every item is the column of its name, on the scale it has.

    Parameters
    ----------
    model : Model
    facts : FileFacts
    cells : mapping of str to Column
    """
    facts = _codes_everywhere(facts, cells, {item.name: item for item in model.asked})
    matches = tuple(Match(item.name, item.name, "name", 1.0) for item in model.asked)
    return _with_roles(model, facts, cells, matches, {})


def _with_roles(
    model: Model,
    facts: FileFacts,
    cells: Mapping[str, Column],
    matches: tuple[Match, ...],
    answers: Mapping[str, Answers],
) -> Proposal:
    """The proposal with codes of no answer, and roles of the columns that no item takes."""
    item_of = {item.name: item for item in model.asked}
    taken = frozenset(match.column for match in matches if match.column)
    codes = _codes({m.item: facts[m.column].codes for m in matches if m.column}, item_of, answers)
    found = roles(facts.columns, cells, taken)
    used = taken | {role.column for role in found}
    unused = tuple(column.name for column in facts.columns if column.name not in used)
    return Proposal(model, facts, matches, answers, codes, found, unused)


def _codes_everywhere(facts: FileFacts, cells: Mapping[str, Column], item_of: Mapping[str, Item]) -> FileFacts:
    """Facts in which a code of one item is one in all items whose scale in the model does not hold it."""
    known: dict[str, str] = {}
    for name in item_of:
        for code in facts[name].codes:
            known[code.value] = known.get(code.value) or code.reason
    done = []
    for column in facts.columns:
        item = item_of.get(column.name)
        strange = {code: reason for code, reason in known.items() if item is not None and _outside(code, item.scale)}
        more = strange.keys() - {code.value for code in column.codes}
        done.append(with_codes(column, cells[column.name], strange, facts.comma) if more else column)
    return replace(facts, columns=tuple(done))


def _outside(code: str, scale: tuple[float, float]) -> bool:
    number = as_number(fold(code), comma=False)
    return number is not None and not scale[0] <= number <= scale[1]


def scale_of(item: Item, answers: Mapping[str, Answers]) -> tuple[float, float]:
    """The scale of an item as it is proposed."""
    other = answers.get(item.name)
    return item.scale if other is None or other.scale is None else other.scale


def _codes(
    found: Mapping[str, tuple[CodeFound, ...]], item_of: Mapping[str, Item], answers: Mapping[str, Answers]
) -> tuple[NoAnswer, ...]:
    """Codes of all items together; those that the file declares missing are none any more when it is read."""
    holders: dict[str, list[tuple[str, CodeFound]]] = {}
    for item, codes in found.items():
        for code in codes:
            if code.how != "declared":
                holders.setdefault(code.value, []).append((item, code))
    out = []
    for value, mine in holders.items():
        number = as_number(fold(value), comma=False)
        scales = [scale_of(item_of[item], answers) for item in found]
        inside = number is not None and any(low <= number <= high for low, high in scales)
        reason = next((code.reason for _, code in mine if code.reason), "")
        only = tuple(item for item, _ in mine) if inside else ()
        out.append(NoAnswer(value, reason, only, _why_code(mine)))
    order = {code.code: (as_number(fold(code.code), comma=False) is None, code.code) for code in out}
    return tuple(sorted(out, key=lambda code: order[code.code]))


def _why_code(mine: list[tuple[str, CodeFound]]) -> str:
    by_label = [code for _, code in mine if code.how == "label"]
    count = sum(code.count for _, code in mine)
    where = Message("{n} answers of {names}", n=count, names=items([item for item, _ in mine], 4))
    if by_label:
        return joined([Message('value label "{label}"', label=by_label[0].label), where], ", ")
    if any(code.how == "word" for _, code in mine):
        return joined([Message("words for no answer"), where], ", ")
    return joined([Message("it stands apart from the scale"), where], ", ")
