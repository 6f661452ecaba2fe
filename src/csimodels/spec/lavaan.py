"""lavaan model syntax in and out (Rosseel 2012, Journal of Statistical Software 48(2), section 3).

``=~`` is a reflective construct, ``<~`` a composite (mode B), ``~`` a regression among constructs.  Everything else
lavaan can say (covariances, intercepts, labels, fixed values, constraints) is refused with its line, never ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from csimodels.errors import Problem, SpecError
from csimodels.spec.build import build
from csimodels.spec.merge import Merged
from csimodels.spec.model import Construct, Model
from csimodels.spec.nodes import Entry, Map, Mark, Node, Scalar, Seq, from_plain, shorten

_ORIGIN = "lavaan"
_LATER = "is not supported in this version"
_NAME = re.compile(r"[^\W\d_][\w.]*|\.[\w.]+")
_OPERATOR = re.compile(r"=~|<~|~~|~\*~|:=|==|~|<|>|\||:|%")
_REFUSED = {
    "~~": "a covariance (~~)",
    "~*~": "a scaling factor (~*~)",
    ":=": "a defined parameter (:=)",
    "==": "a constraint (==)",
    "<": "a constraint (<)",
    ">": "a constraint (>)",
    "|": "a threshold (|)",
    ":": "a block of groups or levels (:)",
    "%": "the operator %",
}


@dataclass(frozen=True, slots=True)
class _Term:
    name: str
    mark: Mark


@dataclass(slots=True)
class _Parsed:
    """Blocks by construct (operator, terms), regressions as (source, target), and what was refused."""

    blocks: dict[str, tuple[str, list[_Term], Mark]] = field(default_factory=dict)
    paths: list[tuple[_Term, _Term]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def from_lavaan(
    text: str, *, name: str = "model", scale: tuple[float, float] = (1, 10), index: str | None = None
) -> Model:
    """A model from lavaan syntax.

    ``A <~ B + C`` with constructs on the right makes a higher-order composite of them.  Paths come out source by
    source, in the order of the constructs.

    Parameters
    ----------
    text : str
        lavaan model syntax.
    name : str
        Name of the model.
    scale : tuple of float
        Lowest and highest answer of every item; lavaan has no word for it.
    index : str, optional
        The construct that is the index; ``Satisfaction`` where left out.

    Raises
    ------
    SpecError
        All problems at once, as ``lavaan:line:column``.
    """
    parsed = _Parsed()
    for statement, mark in _statements(text):
        _read_statement(statement, mark, parsed)
    for construct, (operator, terms, mark) in parsed.blocks.items():
        parsed.problems.extend(_higher_order(construct, operator, terms, mark, parsed.blocks))
    if parsed.problems:
        raise SpecError(parsed.problems)
    top = from_plain({"name": name, "scale": scale, **({"index": index} if index else {})}, "option")
    assert isinstance(top, Map)
    entries = (*top.entries, _entry("constructs", _constructs(parsed)), _entry("paths", _paths(parsed)))
    return build(Merged(Map(entries, Mark(_ORIGIN, 1, 1))), name="model", origin="")


def to_lavaan(model: Model) -> str:
    """`model` in lavaan syntax: measurement and paths; labels, scales, data and settings have no place there.

    lavaan does not tell composites of mode A from those of mode B; a comment marks the first.

    Raises
    ------
    SpecError
        For names lavaan cannot take (blanks, a leading digit).
    """
    names = (*model.construct_names, *model.item_names)
    bad = [name for name in names if not _NAME.fullmatch(name)]
    if bad:
        remedy = "letters, digits, . and _, not beginning with a digit"
        raise SpecError([Problem("lavaan cannot take this name", "", shorten(name), remedy) for name in bad])
    lines = ["# measurement", *(_block_line(construct) for construct in model.constructs), "", "# paths"]
    for target in model.construct_names:
        sources = [source for source, end in model.paths if end == target]
        if sources:
            lines.append(f"{target} ~ {' + '.join(sources)}")
    return "\n".join(lines) + "\n"


def _block_line(construct: Construct) -> str:
    operator = "=~" if construct.measured == "reflective" else "<~"
    right = " + ".join(construct.of or tuple(item.name for item in construct.items))
    plain = construct.of or construct.mode == ("A" if construct.measured == "reflective" else "B")
    return f"{construct.name} {operator} {right}" + ("" if plain else f"  # mode {construct.mode}")


def _statements(text: str) -> Iterator[tuple[str, Mark]]:
    """Statements without comments, each with the place it begins; an open ``+`` or operator takes in the next line."""
    held, start = "", Mark(_ORIGIN, 1, 1)
    for number, line in enumerate(text.splitlines(), 1):
        bare = re.split(r"[#!]", line, maxsplit=1)[0]
        column = 1
        for k, part in enumerate(bare.split(";")):
            more = part.strip()
            goes_on = k == 0 and (not more or more.startswith("+") or re.search(r"(\+|~|\*)\s*$", held))
            if held and not goes_on:
                yield held, start
                held = ""
            if more and not held:
                start = Mark(_ORIGIN, number, column + len(part) - len(part.lstrip()))
            held = f"{held} {more}".strip()
            column += len(part) + 1
    if held:
        yield held, start


def _read_statement(statement: str, mark: Mark, parsed: _Parsed) -> None:
    match = _OPERATOR.search(statement)
    if match is None:
        what = f"not a lavaan statement: {shorten(statement)}"
        parsed.problems.append(Problem(what, str(mark), "", "=~, <~ or ~"))
        return
    operator = match.group()
    if operator in _REFUSED:
        parsed.problems.append(Problem(f"{_REFUSED[operator]} {_LATER}", str(mark), shorten(statement), "=~, <~, ~"))
        return
    left = _terms(statement[: match.start()], mark, parsed)
    right = _terms(statement[match.end() :], mark, parsed)
    if operator == "~":
        parsed.paths.extend((source, target) for target in left for source in right)
        return
    for term in left:
        known, terms, first = parsed.blocks.get(term.name, (operator, [], mark))
        if known != operator:
            what = f'"{term.name}" is given both as {known} and as {operator}'
            parsed.problems.append(Problem(what, str(mark), remedy="keep one"))
        parsed.blocks[term.name] = (known, [*terms, *right], first)


def _terms(text: str, mark: Mark, parsed: _Parsed) -> list[_Term]:
    terms = []
    for part in (part.strip() for part in text.split("+")):
        if _NAME.fullmatch(part):
            terms.append(_Term(part, mark))
        else:
            parsed.problems.append(Problem(f"{_refused_term(part)}", str(mark), shorten(part), "plain names and +"))
    return terms


def _refused_term(part: str) -> str:
    if not part:
        return "a name is missing beside an operator or +"
    if "*" in part or "?" in part:
        return f"a label or fixed value {_LATER}"
    if re.fullmatch(r"[-.\d]+", part):
        return f"an intercept {_LATER}"
    return f"an interaction {_LATER}" if ":" in part else "this is no name"


def _higher_order(
    construct: str, operator: str, terms: Sequence[_Term], mark: Mark, known: Mapping[str, object]
) -> Iterator[Problem]:
    parts = [term.name for term in terms if term.name in known]
    if parts and operator == "=~":
        what = f'a reflective higher-order construct ("{construct}") {_LATER}'
        yield Problem(what, str(mark), ", ".join(parts), remedy=f"write {construct} <~ {' + '.join(parts)}")
    elif parts and len(parts) < len(terms):
        what = f'"{construct}" is made of constructs and of items'
        yield Problem(what, str(mark), ", ".join(parts), remedy="take either")


def _constructs(parsed: _Parsed) -> Map:
    entries = []
    for name, (operator, terms, mark) in parsed.blocks.items():
        higher = any(term.name in parsed.blocks for term in terms)
        parts: list[Entry] = [_entry("of" if higher else "items", _names(terms, mark))]
        if operator == "<~" and not higher:
            parts.append(_entry("mode", Scalar("B", "B", mark)))
        entries.append(Entry(name, mark, Map(tuple(parts), mark)))
    return Map(tuple(entries), Mark(_ORIGIN, 1, 1))


def _paths(parsed: _Parsed) -> Map:
    order = {name: k for k, name in enumerate(parsed.blocks)}
    targets: dict[str, list[_Term]] = {}
    first: dict[str, Mark] = {}
    for source, target in sorted(parsed.paths, key=lambda p: tuple(order.get(t.name, len(order)) for t in p)):
        targets.setdefault(source.name, []).append(target)
        first.setdefault(source.name, source.mark)
    entries = tuple(Entry(name, first[name], _names(ends, first[name])) for name, ends in targets.items())
    return Map(entries, Mark(_ORIGIN, 1, 1))


def _names(terms: Iterable[_Term], mark: Mark) -> Seq:
    return Seq(tuple(Scalar(term.name, term.name, term.mark) for term in terms), mark)


def _entry(key: str, node: Node) -> Entry:
    return Entry(key, node.mark, node)
