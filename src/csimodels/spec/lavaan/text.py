"""lavaan model syntax cut into what a spec can hold: blocks, paths, statements on parameters, and what it cannot."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from csimodels.errors import nearest
from csimodels.messages import Message, beside, listed
from csimodels.spec.checks.parameters import LABEL
from csimodels.spec.lavaan.terms import LATER, ORIGIN, Parsed, Term, read_terms
from csimodels.spec.nodes import Mark, shorten
from csimodels.spec.other_notations import plain_lavaan
from csimodels.spec.statements import Statement, readings, written

_OPERATOR = re.compile(r"=~|<~|~~|~\*~|:=|==|~|<|>|\||:|%")
_ALLOWED = "=~, <~, ~, ~~, formula == formula, < or >, name := formula"
_REFUSED = {
    "~*~": Message("a scaling factor (~*~)"),
    "|": Message("a threshold (|)"),
    ":": Message("a block of groups or levels (:)"),
    "%": Message("the operator %"),
}


def parse(text: str) -> Parsed:
    """Everything that `text` says, labels that it equates made one."""
    parsed = Parsed()
    for statement, mark in _statements(plain_lavaan(text)):
        _read_statement(statement, mark, parsed)
    for operator, terms, mark in parsed.blocks.values():
        first = terms[0] if terms else None
        if operator == "=~" and first and first.plain is False and not (first.frees or first.labels):
            what = Message(
                'lavaan fixes the first loading of a construct at 1, so that this says nothing of "{first}"',
                first=first.name,
            )
            parsed.refuse(what, mark, "", "", Message("write NA*{first} beside it to free it", first=first.name))
        elif operator == "=~" and first and not first.frees:
            what = Message(
                'lavaan fixes the first loading of a construct at 1, so that the label of "{first}" frees nothing',
                first=first.name,
            )
            label = first.label or f"c({', '.join(first.labels)})"
            remedy = Message("write NA*{first} + {label}*{first} to free it", first=first.name, label=label)
            parsed.refuse(what, mark, f"{label}*{first.name}", "", remedy)
    _share_labels(parsed)
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
            goes_on = k == 0 and (not more or more.startswith("+") or re.search(r"[-+~*/=^(<>]\s*$", held))
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
    if operator in ("==", "<", ">"):
        _read_constraint(statement, mark, parsed)
        return
    if operator == ":=":
        _read_definition(statement[: match.start()].strip(), statement[match.end() :].strip(), mark, parsed)
        return
    left = read_terms(statement[: match.start()], mark, parsed, names_only=True)
    right = read_terms(statement[match.end() :], mark, parsed, names_only=operator == "<~", intercept=operator == "~")
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


def _read_constraint(statement: str, mark: Mark, parsed: Parsed) -> None:
    one, sign, two = (part.strip() for part in statement.partition("=="))
    if sign and LABEL.fullmatch(one) and LABEL.fullmatch(two) and not {one, two} & parsed.defined.keys():
        parsed.equal.append((one, two, mark))
    else:
        parsed.constraints.append((" ".join(statement.split()), mark))


def _read_definition(name: str, text: str, mark: Mark, parsed: Parsed) -> None:
    if not LABEL.fullmatch(name):
        parsed.refuse(Message('"{name}" cannot be the name of a defined parameter', name=shorten(name)), mark)
    elif name in parsed.defined:
        parsed.refuse(Message('"{name}" is defined twice', name=name), mark, remedy="remove one of the two")
    parsed.defined[name] = (text, mark)


def _share_labels(parsed: Parsed) -> None:
    """Give parameters the label of the one that ``equal("f =~ x2")`` names; that one gets one where it has none."""
    for key, (statement, said) in list(parsed.parameters.items()):
        if not said.equal:
            continue
        other = next((s for s in readings(said.equal) if _there(s, parsed)), None)
        if other is None:
            what = Message('equal( ) names no parameter of this text: "{text}"', text=shorten(said.equal))
            parsed.refuse(what, said.mark)
            continue
        known = parsed.parameters.get(other.same)
        label = known[1].label if known and known[1].label else f"{other.lhs}.{other.rhs or 'mean'}"
        if known is None or not known[1].label:
            marker = other.op == "=~" and parsed.blocks[other.lhs][1][0].name == other.rhs
            term = known[1] if known else Term(other.rhs, said.mark)
            if marker and not term.free:
                parsed.parameters[key] = (statement, replace(said, equal="", value=1.0))  # lavaan fixes both
                continue
            parsed.parameters[other.same] = (other, replace(term, label=label))
        parsed.parameters[key] = (statement, replace(said, equal="", label=label))


def _there(statement: Statement, parsed: Parsed) -> bool:
    """Whether the text has such a parameter by itself."""
    if statement.same in parsed.parameters:
        return True
    if statement.op == "=~":
        terms = parsed.blocks.get(statement.lhs, ("", [], None))[1]
        return any(term.name == statement.rhs for term in terms)
    return any((s.name, t.name) == (statement.rhs, statement.lhs) for s, t in parsed.paths) and statement.op == "~"


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
    for k, (text, mark) in enumerate(parsed.constraints):
        one = LABEL.sub(lambda match: _first(same, match.group()) if match.group() in same else match.group(), text)
        parsed.constraints[k] = (one, mark)


def _first(same: dict[str, str], label: str) -> str:
    """The label that stands for all that equal `label`; the way to it is shortened."""
    while same[label] != label:
        same[label] = same[same[label]]
        label = same[label]
    return label
