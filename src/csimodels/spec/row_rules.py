"""Rules in words, such as ``age >= 18 and region != 9``: text -> a small tree.  Nothing of it is ever executed.

::

    rule       = all ("or" all)*
    all        = part ("and" part)*
    part       = "not" part | "(" rule ")" | test
    test       = value (("==" | "!=" | "<" | "<=" | ">" | ">=") value)+
               | value ["not"] "in" "(" value ("," value)* ")"
               | column "is" ["not"] "missing"
    value      = number | "text" | column | quantile(column, share)

A column is a word, or any name in backticks.  Which rows a rule holds for: :mod:`csimodels.survey.rules`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from csimodels.errors import Problem, SpecError
from csimodels.messages import Message, joined
from csimodels.spec.nodes import shorten

MAX_RULE = 2000
MAX_NESTED = 50

Sign = Literal["==", "!=", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class Column:
    """The value of a column."""

    name: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number or a text."""

    value: float | str


@dataclass(frozen=True, slots=True)
class Quantile:
    """The value of a column that a `share` of its numbers does not exceed."""

    column: str
    share: float


Value = Column | Constant | Quantile


@dataclass(frozen=True, slots=True)
class Compare:
    """``left sign right``."""

    left: Value
    sign: Sign
    right: Value


@dataclass(frozen=True, slots=True)
class OneOf:
    """Whether a value is among others."""

    value: Value
    among: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class IsMissing:
    """Whether a column is empty."""

    column: str


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a rule."""

    rule: Rule


@dataclass(frozen=True, slots=True)
class All:
    """All of several rules."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of several rules."""

    rules: tuple[Rule, ...]


Rule = Compare | OneOf | IsMissing | Not | All | AnyOf

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
  | (?P<text>"[^"]*"|'[^']*')
  | (?P<quoted>`[^`]+`)
  | (?P<sign><=|>=|==|!=|<>|=|<|>|≤|≥|≠)
  | (?P<mark>[(),\[\]])
  | (?P<word>\w[\w.]*)
    )""",
    re.VERBOSE,
)
_SIGNS: dict[str, Sign] = {
    **{"==": "==", "=": "==", "!=": "!=", "<>": "!=", "≠": "!="},
    **{"<": "<", "<=": "<=", "≤": "<=", ">": ">", ">=": ">=", "≥": ">="},
}
#: Marks of the Chinese keyboard that mean the plain ones.
_PLAIN = str.maketrans("（），＜＞＝！“”‘’［］", "(),<>=!\"\"''[]")
_WORDS = ("and", "or", "not", "in", "is", "missing", "quantile")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    def is_(self, *words: str) -> bool:
        return self.kind in ("word", "mark") and self.text.lower() in words


def parse_rule(text: str) -> Rule:
    """The tree of a rule.

    Parameters
    ----------
    text : str
        The rule, for example ``"age >= 18 and region in (1, 2)"``.

    Returns
    -------
    Rule

    Raises
    ------
    SpecError
        The text is no rule; the problem says where it stops to be one.

    Examples
    --------
    >>> parse_rule("age >= 18")
    Compare(left=Column(name='age'), sign='>=', right=Constant(value=18.0))
    """
    if len(text) > MAX_RULE:
        raise SpecError(
            Problem(
                Message("the rule is longer than {MAX_RULE} characters", MAX_RULE=MAX_RULE),
                "where",
                Message("{n} characters", n=len(text)),
            )
        )
    parser = _Parser(list(_tokens(text)), text)
    rule = parser.rule(0)
    if parser.here.kind != "end":
        raise parser.wrong(Message("and, or, or the end of the rule"))
    return rule


def rule_columns(rule: Rule) -> tuple[str, ...]:
    """Columns that a rule looks at, each once, in the order in which they stand."""
    return tuple(dict.fromkeys(_columns(rule)))


def _columns(part: Rule | Value) -> Iterator[str]:
    if isinstance(part, Column):
        yield part.name
    elif isinstance(part, (Quantile, IsMissing)):
        yield part.column
    elif isinstance(part, Compare):
        yield from (*_columns(part.left), *_columns(part.right))
    elif isinstance(part, OneOf):
        yield from (name for value in (part.value, *part.among) for name in _columns(value))
    elif isinstance(part, Not):
        yield from _columns(part.rule)
    elif isinstance(part, (All, AnyOf)):
        yield from (name for rule in part.rules for name in _columns(rule))


#: Marks of other languages, and what they are here.
_MARKS = {"&&": "and", "&": "and", "||": "or", "|": "or", "%in%": "in (1, 2)", "!": "not (...)"}


def _tokens(text: str) -> Iterator[_Token]:
    plain, at = text.translate(_PLAIN), 0
    while plain[at:].strip():
        found = _TOKEN.match(plain, at)
        if found is None:
            rest = plain[at:].strip()
            remedy = "put a text in quotes, a column with such a name in backticks: `net profit`"
            if meant := next((word for mark, word in _MARKS.items() if rest.startswith(mark)), ""):
                remedy = Message("write {value}", value=meant)
            raise SpecError(Problem("a rule cannot hold this", "where", shorten(rest, 40), remedy=remedy))
        kind, at = str(found.lastgroup), found.end()
        # a text keeps the marks as they were written
        shown = text[found.start(kind) : found.end(kind)] if kind in ("text", "quoted") else found[kind]
        yield _Token(kind, shown)
    yield _Token("end", "")


class _Parser:
    """Recursive descent over the tokens of one rule."""

    def __init__(self, tokens: list[_Token], text: str) -> None:
        self._tokens, self._text, self._at = tokens, text, 0

    @property
    def here(self) -> _Token:
        return self._tokens[self._at]

    def wrong(self, allowed: str) -> SpecError:
        found = f'"{shorten(self.here.text, 40)}"' if self.here.kind != "end" else Message("the end of the rule")
        parts = self._tokens[max(self._at - 1, 0) : self._at + 2]
        if [token.kind for token in parts] == ["number", parts[1].kind, "number"] and parts[1].text == ",":
            meant = Message("write {value}", value=f"{parts[0].text}.{parts[2].text}")
            return SpecError(Problem("the rule is not complete here", "where", found, allowed, meant))
        if word := _CHINESE_WORDS.get(self.here.text):
            meant = Message("write {value}", value=word)
            return SpecError(Problem("the rule is not complete here", "where", found, allowed, meant))
        return SpecError(Problem("the rule is not complete here", "where", found, allowed, _FORM))

    def _take(self, *words: str) -> bool:
        if self.here.is_(*words):
            self._at += 1
            return True
        return False

    def _expect(self, *words: str) -> None:
        if not self._take(*words):
            raise self.wrong(joined(words, " or "))

    def rule(self, depth: int) -> Rule:
        if depth > MAX_NESTED:
            raise SpecError(
                Problem(Message("a rule nested deeper than {MAX_NESTED} levels", MAX_NESTED=MAX_NESTED), "where")
            )
        parts = [self._all(depth)]
        while self._take("or"):
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self, depth: int) -> Rule:
        parts = [self._part(depth)]
        while self._take("and"):
            parts.append(self._part(depth))
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _part(self, depth: int) -> Rule:
        if depth > MAX_NESTED:
            raise SpecError(
                Problem(Message("a rule nested deeper than {MAX_NESTED} levels", MAX_NESTED=MAX_NESTED), "where")
            )
        if self._take("not"):
            return Not(self._part(depth + 1))
        if self._take("("):
            inside = self.rule(depth + 1)
            self._expect(")")
            return inside
        return self._test()

    def _test(self) -> Rule:
        left = self._value()
        if self.here.kind == "sign":
            tests: list[Rule] = []
            while self.here.kind == "sign":
                sign = _SIGNS[self.here.text]
                self._at += 1
                right = self._value()
                tests.append(Compare(left, sign, right))
                left = right
            return tests[0] if len(tests) == 1 else All(tuple(tests))
        if isinstance(left, Column) and self._take("is"):
            opposite = self._take("not")
            self._expect("missing")
            return Not(IsMissing(left.name)) if opposite else IsMissing(left.name)
        opposite = self._take("not")
        if self._take("in"):
            found = OneOf(left, self._list())
            return Not(found) if opposite else found
        raise self.wrong(Message("a comparison: == != < <= > >=, in (...), is missing"))

    def _list(self) -> tuple[Value, ...]:
        self._expect("(", "[")
        values = [self._value()]
        while self._take(","):
            values.append(self._value())
        self._expect(")", "]")
        return tuple(values)

    def _value(self) -> Value:
        token = self.here
        self._at += token.kind in ("number", "text", "quoted", "word")
        if token.kind == "number":
            return Constant(float(token.text))
        if token.kind == "text":
            return Constant(token.text[1:-1])
        if token.kind == "quoted":
            return Column(token.text[1:-1])
        if token.kind == "word" and token.text.lower() == "quantile" and self.here.is_("("):
            return self._quantile()
        if token.kind == "word" and token.text.lower() not in _WORDS:
            return Column(token.text)
        self._at -= token.kind == "word"
        raise self.wrong(Message("a column, a number, a text in quotes, or quantile(column, 0.8)"))

    def _quantile(self) -> Quantile:
        self._expect("(")
        column = self._value()
        self._expect(",")
        share = self._value()
        self._expect(")")
        given = share.value if isinstance(share, Constant) else None
        if not isinstance(column, Column) or isinstance(given, str) or given is None or not 0 <= given <= 1:
            allowed = Message("a column and a share between 0 and 1")
            raise SpecError(Problem("quantile has other parts", "where", shorten(self._text), allowed, _FORM))
        return Quantile(column.name, given)


#: Words and signs of rules in Chinese, and what is written for them.
_CHINESE_WORDS = {
    **dict.fromkeys(("且", "并且", "和", "及", "以及", "与"), "and"),
    **dict.fromkeys(("或", "或者"), "or"),
    **{"非": "not", "等于": "==", "是": "==", "不等于": "!=", "不是": "!=", "大于": ">", "小于": "<", "属于": "in"},
    **{"≥": ">=", "≤": "<=", "≠": "!="},
}
_FORM = 'for example: age >= 18 and region in (1, 2) and town != "Bath" and profit >= quantile(profit, 0.8)'
