"""Terms of lavaan's text: names with numbers, labels, NA, bounds, start values and groups before their ``*``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from csimodels.errors import Problem
from csimodels.messages import Message
from csimodels.spec.checks.parameters import LABEL
from csimodels.spec.nodes import Mark, shorten
from csimodels.spec.statements import Statement

ORIGIN = "lavaan"
LATER = Message("is not supported in this version")
NAME = re.compile(r"[^\W\d_][\w.]*|\.[\w.]+")
PRODUCT = re.compile(rf"({NAME.pattern})(\s*:\s*({NAME.pattern}))+")
_OF_GROUPS = re.compile(r"c\s*\(([^()]*)\)")
_NUMBER = re.compile(r"-?(\d+\.?\d*|\.\d+)([eE]-?\d+)?")
_CALL = re.compile(r"(start|lower|upper|equal|label)\s*\(\s*(.*?)\s*\)", re.DOTALL)
_TERM = Message("names, each with a number, NA, a label, start( ), lower( ) or upper( ) and * before it, joined by +")


@dataclass(frozen=True, slots=True)
class Said:
    """What ``c(0.5, NA, a)`` says of one group: a value, a label, or ``NA`` (free)."""

    value: float | None = None
    label: str = ""
    free: bool = False


@dataclass(frozen=True, slots=True)
class Term:
    """A name and what stands before its ``*``: a value, a label, ``NA`` (free), bounds, a start value, or nothing.

    ``equal`` is another parameter as text, ``equal("f =~ x2")``, whose label it is to have.
    """

    name: str
    mark: Mark
    value: float | None = None
    label: str = ""
    free: bool = False
    groups: tuple[Said, ...] = ()
    lower: float | None = None
    upper: float | None = None
    start: float | None = None
    equal: str = ""

    @property
    def plain(self) -> bool:
        """Whether nothing is said but the name."""
        said = self.value is not None or self.label or self.free or self.groups or self.ends or self.equal
        return not said

    @property
    def ends(self) -> dict[str, float]:
        """Bounds and start value by their words."""
        stated = {"lower": self.lower, "upper": self.upper, "start": self.start}
        return {key: value for key, value in stated.items() if value is not None}

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels said, of single groups too."""
        return tuple(label for label in (self.label, *(said.label for said in self.groups)) if label)

    @property
    def frees(self) -> bool:
        """Whether its labels free it: NA beside all of them, or it has none."""
        if self.groups:
            return self.free or all(said.free for said in self.groups if said.label)
        return self.free or not (self.label or self.ends or self.equal)


@dataclass(slots=True)
class Parsed:
    """Blocks by construct (operator, terms), paths as (source, target), parameters, formulas, and what was refused."""

    blocks: dict[str, tuple[str, list[Term], Mark]] = field(default_factory=dict)
    paths: list[tuple[Term, Term]] = field(default_factory=list)
    parameters: dict[Statement, tuple[Statement, Term]] = field(default_factory=dict)
    equal: list[tuple[str, str, Mark]] = field(default_factory=list)
    defined: dict[str, tuple[str, Mark]] = field(default_factory=dict)
    constraints: list[tuple[str, Mark]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, what: str, mark: Mark, found: str = "", allowed: str = "", remedy: str = "") -> None:
        """Note a problem at `mark`."""
        self.problems.append(Problem(what, str(mark), found, allowed, remedy))


def read_terms(text: str, mark: Mark, parsed: Parsed, *, names_only: bool, intercept: bool = False) -> list[Term]:
    """Terms joined by ``+``; what is none is refused at `mark`."""
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
    if not star and "?" in part:  # 0.8?x is start(0.8)*x
        said, star, name = part.rpartition("?")
        said = f"start({said.strip()})"
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
    if (call := _CALL.fullmatch(said)) is not None:
        return _called(Term(name, mark), *call.groups())
    if (groups := _OF_GROUPS.fullmatch(said)) is not None:
        parts = [_of_group(text.strip()) for text in groups.group(1).split(",")]
        known = tuple(one for one in parts if one is not None)
        mixed = len({bool(one.label) for one in known}) > 1  # lavaan takes the label for that of all groups
        return Term(name, mark, groups=known) if len(known) == len(parts) > 1 and not mixed else None
    return Term(name, mark, label=said) if LABEL.fullmatch(said) else None


def _called(term: Term, function: str, inside: str) -> Term | None:
    """`term` with what a function before its ``*`` says; None where that cannot be read."""
    if function in ("equal", "label"):
        bare = inside[1:-1].strip() if len(inside) > 1 and inside[0] == inside[-1] and inside[0] in "\"'" else ""
        if function == "equal":
            return replace(term, equal=bare) if bare else None
        return replace(term, label=bare) if LABEL.fullmatch(bare) else None
    if not _NUMBER.fullmatch(inside):
        return None
    number = float(inside)
    if function == "start":
        return replace(term, start=number)
    return replace(term, lower=number) if function == "lower" else replace(term, upper=number)


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
    """``NA*x + a*x``, ``start(1)*x + a*x``: two things said of one name."""
    if one.ends or two.ends:
        return _with_ends(one, two, parsed)
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


def _with_ends(one: Term, two: Term, parsed: Parsed) -> Term:
    """Two terms of which one has bounds or a start value, each said once and not of a fixed one."""
    bare = [replace(term, lower=None, upper=None, start=None) for term in (one, two)]
    said = [term for term in bare if not term.plain]
    rest = _both(said[0], said[1], parsed) if len(said) == 2 else said[0] if said else bare[0]
    if one.ends.keys() & two.ends.keys() or rest.value is not None:
        found = Message("{a} and {b}", a=_said(one), b=_said(two))
        parsed.refuse(Message('two things are said of "{one}"', one=one.name), one.mark, found)
    ends = one.ends | two.ends
    return replace(rest, lower=ends.get("lower"), upper=ends.get("upper"), start=ends.get("start"))


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
    if term.ends:
        return ", ".join(f"{key}({value:g})" for key, value in term.ends.items())
    if term.groups:
        return f"c({', '.join('NA' if s.free else s.label or f'{s.value:g}' for s in term.groups)})"
    return "NA" if term.free else term.label or ("nothing" if term.value is None else f"{term.value:g}")


def _refused_term(part: str) -> str:
    if not part:
        return Message("a name is missing beside an operator or +")
    if "?" in part or re.match(r"(start|lower|upper)\s*\(", part):
        return Message("start( ), lower( ) and upper( ) hold one number, the same in all groups")
    if re.match(r"(equal|label)\s*\(", part):
        return Message('equal("f =~ x") holds another parameter in quotes, label("a") a label')
    if (groups := _OF_GROUPS.match(part)) is not None and len({_labels(p) for p in groups.group(1).split(",")}) > 1:
        return Message("lavaan takes a label in c( ) for that of all groups: write one for every group, or none")
    if re.match(r"c\s*\(", part):
        return Message("c( ) holds a number, NA or a label for every group, with commas between them")
    if "*" in part:
        return Message("this label or value {LATER}", LATER=LATER)
    if _NUMBER.fullmatch(part):
        return Message("a number is no name here")
    return Message("an interaction {LATER}", LATER=LATER) if ":" in part else Message("this is no name")
