"""lavaan model syntax cut into what a spec can hold: blocks, paths, statements on parameters, and what it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from csimodels.errors import Problem, nearest
from csimodels.messages import Message, beside, listed
from csimodels.spec.checks_parameters import LABEL
from csimodels.spec.nodes import Mark, shorten
from csimodels.spec.other_notations import plain_lavaan
from csimodels.spec.statements import Statement, written

ORIGIN = "lavaan"
LATER = Message("is not supported in this version")
NAME = re.compile(r"[^\W\d_][\w.]*|\.[\w.]+")
PRODUCT = re.compile(rf"({NAME.pattern})(\s*:\s*({NAME.pattern}))+")
_OPERATOR = re.compile(r"=~|<~|~~|~\*~|:=|==|~|<|>|\||:|%")
_OF_GROUPS = re.compile(r"c\s*\(([^()]*)\)")
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE]-?\d+)?")
_ALLOWED = "=~, <~, ~, ~~, label == label, name := formula"
_TERM = Message("names, each with a number, NA or a label and * before it, joined by +")
_REFUSED = {
    "~*~": Message("a scaling factor (~*~)"),
    "<": Message("a constraint (<)"),
    ">": Message("a constraint (>)"),
    "|": Message("a threshold (|)"),
    ":": Message("a block of groups or levels (:)"),
    "%": Message("the operator %"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What ``c(0.5, NA, a)`` says of one group: a value, a label, or ``NA`` (free)."""

    value: float | None = None
    label: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A name and what stands before its ``*``: a value, a label, ``NA`` (free), or nothing."""

    name: str
    mark: Mark
    value: float | None = None
    label: str = ""
    free: bool = False
    groups: tuple[Said, ...] = ()

    @property
    def plain(self) -> bool:
        """Whether nothing is said but the name."""
        return self.value is None and not self.label and not self.free and not self.groups

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels said, of single groups too."""
        return tuple(label for label in (self.label, *(said.label for said in self.groups)) if label)

    @property
    def frees(self) -> bool:
        """Whether its labels free it: NA beside all of them, or it has none."""
        if self.groups:
            return self.free or all(said.free for said in self.groups if said.label)
        return self.free or not self.label


@dataclass(slots=True)
class Parsed:
    """Blocks by construct (operator, terms), paths as (source, target), parameters, formulas, and what was refused."""

    blocks: dict[str, tuple[str, list[Term], Mark]] = field(default_factory=dict)
    paths: list[tuple[Term, Term]] = field(default_factory=list)
    parameters: dict[Statement, tuple[Statement, Term]] = field(default_factory=dict)
    equal: list[tuple[str, str, Mark]] = field(default_factory=list)
    defined: dict[str, tuple[str, Mark]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, what: str, mark: Mark, found: str = "", allowed: str = "", remedy: str = "") -> None:
        """Note a problem at `mark`."""
        self.problems.append(Problem(what, str(mark), found, allowed, remedy))


def parse(text: str) -> Parsed:
    """Everything that `text` says, labels that it equates made one."""
    parsed = Parsed()
    for statement, mark in _statements(plain_lavaan(text)):
        _read_statement(statement, mark, parsed)
    for operator, terms, mark in parsed.blocks.values():
        first = terms[0] if terms else None
        if operator == "=~" and first and not first.frees:
            what = Message(
                'lavaan fixes the first loading of a construct at 1, so that the label of "{first}" frees nothing',
                first=first.name,
            )
            label = first.label or f"c({', '.join(first.labels)})"
            remedy = Message("write NA*{first} + {label}*{first} to free it", first=first.name, label=label)
            parsed.refuse(what, mark, f"{label}*{first.name}", "", remedy)
    _equate(parsed)
    return parsed


def _statements(text: str) -> Iterator[tuple[str, Mark]]:
    """Statements without comments, each with the place it begins; an open ``+`` or operator takes in the next line."""
    held, start = "", Mark(ORIGIN, 1, 1)
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.split(r"[#!]", line, maxsplit=1)[0]
        column = 1
        for k, part in enumerate(bare.split(";")):
            more = part.strip()
            goes_on = k == 0 and (not more or more.startswith("+") or re.search(r"[-+~*/=^(]\s*$", held))
            if held and not goes_on:
                yield held, start
                held = ""
            if more and not held:
                start = Mark(ORIGIN, number, column + len(part) - len(part.lstrip()))
            held = f"{held} {more}".strip()
            column += len(part) + 1
    if held:
        yield held, start


def _read_statement(statement: str, mark: Mark, parsed: Parsed) -> None:
    match = _OPERATOR.search(statement)
    if match is None:
        parsed.refuse(Message("not a lavaan statement: {statement}", statement=shorten(statement)), mark, "", _ALLOWED)
        return
    operator = match.group()
    if operator in _REFUSED:
        what = Message("{operator} {LATER}", operator=_REFUSED[operator], LATER=LATER)
        parsed.refuse(what, mark, shorten(statement), _ALLOWED)
        return
    if operator == "==":
        _read_equality(statement, mark, parsed)
        return
    if operator == ":=":
        _read_definition(statement[: match.start()].strip(), statement[match.end() :].strip(), mark, parsed)
        return
    left = _terms(statement[: match.start()], mark, parsed, names_only=True)
    right = _terms(statement[match.end() :], mark, parsed, names_only=operator == "<~", intercept=operator == "~")
    if operator in ("=~", "<~"):
        for term in left:
            _add_block(term, operator, right, mark, parsed)
        return
    for target in left:
        for source in right:
            if operator == "~~":
                _add_parameter(Statement(target.name, "~~", source.name), source, parsed)
            elif source.name == "1":
                _add_parameter(Statement(target.name, "~1"), source, parsed)
            else:
                parsed.paths.append((source, target))
                if not source.plain:
                    _add_parameter(Statement(target.name, "~", source.name), source, parsed)


def _add_block(term: Term, operator: str, right: list[Term], mark: Mark, parsed: Parsed) -> None:
    known, terms, first = parsed.blocks.get(term.name, (operator, [], mark))
    if known != operator:
        parsed.refuse(
            Message(
                '"{term}" is given both as {known} and as {operator}', term=term.name, known=known, operator=operator
            ),
            mark,
            remedy=Message("keep one"),
        )
    parsed.blocks[term.name] = (known, [*terms, *right], first)
    there = {term.name for term in terms}
    for item in right:
        if not item.plain and item.name not in there:
            _add_parameter(Statement(term.name, "=~", item.name), item, parsed)


def _add_parameter(statement: Statement, said: Term, parsed: Parsed) -> None:
    if statement.same in parsed.parameters:
        parsed.refuse(
            Message('"{statement}" is written twice', statement=written(statement)),
            said.mark,
            remedy="remove one of the two",
        )
    parsed.parameters[statement.same] = (statement, said)


def _terms(text: str, mark: Mark, parsed: Parsed, *, names_only: bool, intercept: bool = False) -> list[Term]:
    terms: list[Term] = []
    places: dict[str, int] = {}
    for part in (part.strip() for part in text.split("+")):
        term = _term(part, mark)
        problem = ""
        if term is None or (term.name == "1" and not intercept):
            problem = _refused_term(part)
        elif names_only and not term.plain:
            problem = Message("a label or fixed value here {LATER}", LATER=LATER)
        if problem or term is None:
            parsed.refuse(problem, mark, shorten(part), Message("plain names and +") if names_only else _TERM)
            continue
        before = places.setdefault(term.name, len(terms))
        if before == len(terms) or (terms[before].plain and term.plain):
            terms.append(term)
        else:
            terms[before] = _both(terms[before], term, parsed)
    return terms


def _term(part: str, mark: Mark) -> Term | None:
    said, star, name = part.rpartition("*")
    said, name = said.strip(), name.strip()
    if not star and PRODUCT.fullmatch(name):
        return Term("*".join(part.strip() for part in name.split(":")), mark)
    if not (NAME.fullmatch(name) or name == "1") or (star and not said):
        return None
    if not star:
        return Term(name, mark)
    if said == "NA":
        return Term(name, mark, free=True)
    if _NUMBER.fullmatch(said):
        return Term(name, mark, value=float(said))
    if (groups := _OF_GROUPS.fullmatch(said)) is not None:
        parts = [_of_group(text.strip()) for text in groups.group(1).split(",")]
        known = tuple(one for one in parts if one is not None)
        mixed = len({bool(one.label) for one in known}) > 1  # lavaan takes the label for that of all groups
        return Term(name, mark, groups=known) if len(known) == len(parts) > 1 and not mixed else None
    return Term(name, mark, label=said) if LABEL.fullmatch(said) else None


def _of_group(text: str) -> Said | None:
    """An element of ``c( )``; None where it is neither number, label nor NA."""
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    if bare == "NA":
        return Said(free=True)
    if _NUMBER.fullmatch(bare):
        return Said(value=float(bare))
    return Said(label=bare) if LABEL.fullmatch(bare) else None


def _labels(text: str) -> bool:
    """Whether an element of ``c( )`` is a label."""
    said = _of_group(text.strip())
    return said is not None and bool(said.label)


def _both(one: Term, two: Term, parsed: Parsed) -> Term:
    """``NA*x + a*x``: two things said of one name."""
    values = [term.value for term in (one, two) if term.value is not None]
    labels = [term.label for term in (one, two) if term.label]
    free = one.free or two.free
    groups = [term.groups for term in (one, two) if term.groups]
    if len(groups) == 2:
        both = _groups_of_both(*groups)
        if both is not None:
            return replace(one, groups=both)
    if groups and (free and not values and not labels) and len(groups) == 1:
        return replace(one, free=True, groups=groups[0])
    if len(values) + len(labels) + len(groups) > 1 or (values and free):
        found = Message("{a} and {b}", a=_said(one), b=_said(two))
        parsed.refuse(
            Message('two things are said of "{one}"', one=one.name),
            one.mark,
            found,
            Message("NA and a label, or one of them"),
        )
    return replace(one, value=next(iter(values), None), label=next(iter(labels), ""), free=free)


def _groups_of_both(one: tuple[Said, ...], two: tuple[Said, ...]) -> tuple[Said, ...] | None:
    """``c(0.5, NA)*x + c(a, b)*x`` element by element: values and NA of one, labels of the other; else None."""
    labels, others = (two, one) if two[0].label else (one, two)
    if len(one) != len(two) or not labels[0].label or others[0].label:
        return None
    return tuple(
        other if other.value is not None else replace(said, free=True)
        for said, other in zip(labels, others, strict=True)
    )


def _said(term: Term) -> str:
    if term.groups:
        return f"c({', '.join('NA' if s.free else s.label or f'{s.value:g}' for s in term.groups)})"
    return "NA" if term.free else term.label or ("nothing" if term.value is None else f"{term.value:g}")


def _refused_term(part: str) -> str:
    if not part:
        return Message("a name is missing beside an operator or +")
    if "?" in part or re.match(r"start\s*\(", part):
        return Message("a start value {LATER}", LATER=LATER)
    if (groups := _OF_GROUPS.match(part)) is not None and len({_labels(p) for p in groups.group(1).split(",")}) > 1:
        return Message("lavaan takes a label in c( ) for that of all groups: write one for every group, or none")
    if re.match(r"c\s*\(", part):
        return Message("c( ) holds a number, NA or a label for every group, with commas between them")
    if "*" in part:
        return Message("this label or value {LATER}", LATER=LATER)
    if _NUMBER.fullmatch(part):
        return Message("a number is no name here")
    return Message("an interaction {LATER}", LATER=LATER) if ":" in part else Message("this is no name")


def _read_equality(statement: str, mark: Mark, parsed: Parsed) -> None:
    one, _, two = (part.strip() for part in statement.partition("=="))
    if LABEL.fullmatch(one) and LABEL.fullmatch(two):
        parsed.equal.append((one, two, mark))
        return
    what = Message("a constraint (==) other than between two labels {LATER}", LATER=LATER)
    remedy = Message("to fix a parameter, write the number and * before its name")
    parsed.refuse(what, mark, shorten(statement), "label == label", remedy)


def _read_definition(name: str, text: str, mark: Mark, parsed: Parsed) -> None:
    if not LABEL.fullmatch(name):
        parsed.refuse(Message('"{name}" cannot be the name of a defined parameter', name=shorten(name)), mark)
    elif name in parsed.defined:
        parsed.refuse(Message('"{name}" is defined twice', name=name), mark, remedy="remove one of the two")
    parsed.defined[name] = (text, mark)


def _equate(parsed: Parsed) -> None:
    """Give labels that ``==`` makes equal one name, the first that is written."""
    known = tuple(dict.fromkeys(label for _, said in parsed.parameters.values() for label in said.labels))
    same = {label: label for label in known}
    for one, two, mark in parsed.equal:
        for label in (one, two):
            if label not in same:
                allowed = beside(nearest(label, known), listed(known, 0)) or Message("no parameter has a label")
                parsed.refuse(Message('no parameter has the label "{label}"', label=label), mark, "", allowed)
        if one in same and two in same:
            same[_first(same, two)] = _first(same, one)
    for key, (statement, said) in parsed.parameters.items():
        if said.labels:
            groups = tuple(replace(s, label=s.label and _first(same, s.label)) for s in said.groups)
            label = said.label and _first(same, said.label)
            parsed.parameters[key] = (statement, replace(said, label=label, groups=groups))
    for name, (text, mark) in parsed.defined.items():
        one = LABEL.sub(lambda match: _first(same, match.group()) if match.group() in same else match.group(), text)
        parsed.defined[name] = (one, mark)


def _first(same: dict[str, str], label: str) -> str:
    """The label that stands for all that equal `label`; the way to it is shortened."""
    while same[label] != label:
        same[label] = same[same[label]]
        label = same[label]
    return label
