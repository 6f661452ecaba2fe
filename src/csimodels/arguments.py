"""Arguments of public functions: unknown keywords and wrong kinds of values are refused in words.

What an argument may be is what the signature says of it; the annotation is read when a function is called, so nothing
is declared twice.  What a value must be beyond its kind (a range, one of several words) is the function's own matter.
"""

from __future__ import annotations

import functools
import inspect
import os
import reprlib
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, ParamSpec, TypeVar, get_origin

from csimodels.errors import Problem, SpecError, is_number, is_whole, listed, nearest
from csimodels.messages import Message, Several, joined
from csimodels.methods import Method
from csimodels.other_names import other_keyword

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=type)

_SHOWN = reprlib.Repr()
_SHOWN.maxstring = _SHOWN.maxother = 100
_SHOWN.maxlevel, _SHOWN.maxdict, _SHOWN.maxlist, _SHOWN.maxtuple = 3, 8, 8, 8
_NEITHER = object()

#: Plain kinds: whether a value is one, and what it is called.
_KINDS: dict[str, tuple[Callable[[Any], bool], Message]] = {
    "int": (is_whole, Message("a whole number")),
    "float": (lambda value: is_number(value), Message("a number")),
    "bool": (lambda value: type(value).__name__ in ("bool", "bool_"), Message("one of True, False")),
    "str": (lambda value: isinstance(value, str), Message("text")),
    "Path": (lambda value: isinstance(value, os.PathLike), Message("a path")),
    "None": (lambda value: value is None, Message("None")),
}
#: Most replicates, permutations, repetitions or starts that are run.
MOST_TIMES = 1_000_000
_ANYTHING = ("Any", "object")
_LISTS = ("Sequence", "tuple", "list", "Iterable")


class UnknownKeywordError(SpecError, TypeError):
    """A keyword that a function does not have; a TypeError too, as Python's own would be."""


class ArgumentError(SpecError, TypeError):
    """A value of a kind that an argument cannot take."""


def shown(value: object) -> str:
    """A value as it prints, cut to a line; what has no form to print is shown by its type."""
    text = _SHOWN.repr(value) if isinstance(value, str) else " ".join(_SHOWN.repr(value).split())
    return f"<{type(value).__name__}>" if text.startswith(f"<{type(value).__name__} instance at") else text[:200]


def is_one_of(value: object, words: Iterable[object]) -> bool:
    """Whether `value` is one of some words (None may be one); arrays and the like, whose ``==`` is no answer, are none.

    >>> is_one_of("path", ("path", "factor")), is_one_of(["path"], ("path",))
    (True, False)
    """
    known = list(words)
    return any(value is word for word in known) or (isinstance(value, str) and value in known)


def check_counts(seed: int, least: int = 1, **counts: int) -> None:
    """Refuse a seed that is none, and numbers of replicates and the like that no run would end.

    Raises
    ------
    SpecError
        With all of them.
    """
    problems = [
        Problem(
            Message("{name} is out of range", name=name),
            name,
            shown(count),
            Message("a whole number from {low} to {high}", low=least, high=MOST_TIMES),
        )
        for name, count in counts.items()
        if not is_whole(count) or not least <= count <= MOST_TIMES
    ]
    if not is_whole(seed) or not 0 <= seed < 2**63:
        problems.append(Problem("the seed must be a whole number", "seed", shown(seed), "0 to 2^63 - 1"))
    if problems:
        raise SpecError(problems)


def known_keywords(function: Callable[P, T]) -> Callable[P, T]:
    """`function`, refusing keywords that it does not have with the nearest one it has.

    Raises
    ------
    UnknownKeywordError
        When called with unknown keywords; all of them at once.
    """
    signature = inspect.signature(function)
    known = [name for name in signature.parameters if name != "self"]

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        _refuse_unknown(kwargs, known)
        _bound(function, signature, args, kwargs)
        return function(*args, **kwargs)

    return checked


def plain_arguments(function: Callable[P, T], names: bool = False) -> Callable[P, T]:
    """`function`, refusing unknown keywords, and values that are not of the kind that its signature names.

    With `names` plain numbers and texts are left to a function that knows what there is to name.

    Raises
    ------
    UnknownKeywordError, ArgumentError
        When called with such; all of them at once.
    """
    signature = inspect.signature(function)
    known = [name for name in signature.parameters if name != "self"]
    scope = getattr(function, "__globals__", {})

    @functools.wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        if not known:
            _refuse_all(function, signature, args[1:], kwargs)
        _refuse_unknown(kwargs, known)
        bound = _bound(function, signature, args, kwargs)
        problems = []
        for name, value in bound.arguments.items():
            said = signature.parameters[name].annotation
            if name == "self" or not isinstance(said, str) or (names and _left_to(value, said)):
                continue
            bound.arguments[name] = taken = _taken(value, said, scope)
            if taken is not _NEITHER and "Path" in _parts(said) and not _names_a_file(value):
                problems.append(Problem("this is no file name", name, shown(value)))
            if taken is _NEITHER:
                what = Message("{name} must be {kind}", name=name, kind=_words(said))
                problems.append(Problem(what, name, shown(value)))
        if problems:
            raise ArgumentError(problems)
        return function(*bound.args, **bound.kwargs)

    return checked


def plain_settings(cls: C) -> C:
    """A class of settings whose constructor refuses unknown keywords with the nearest one it has."""
    cls.__init__ = known_keywords(cls.__init__)  # type: ignore[misc]
    return cls


def plain_methods(cls: C) -> C:
    """A class whose own public methods are :func:`plain_arguments`, and say so where they are not called."""
    for name, method in list(vars(cls).items()):
        if isinstance(method, types.FunctionType) and not name.startswith("_"):
            setattr(cls, name, Method(plain_arguments(method, names=True)))
    return cls


def _refuse_all(
    function: Callable[..., Any], signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> None:
    """Refuse any argument of a method that has none; of one that returns a table, say how rows are chosen."""
    if not args and not kwargs:
        return
    given = [*map(shown, args), *(f"{name}={shown(value)}" for name, value in kwargs.items())]
    remedy = Message("")
    if "DataFrame" in str(signature.return_annotation):
        remedy = Message(
            "it returns the whole table; choose rows and columns of that: {example}",
            example=f"table = result.{function.__name__}(); table[table[column] == value]",
        )
    what = Message("{function} takes no arguments", function=f"{function.__name__}()")
    raise UnknownKeywordError(Problem(what, "option", listed(given, 5), "", remedy))


def _bound(
    function: Callable[..., Any], signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> inspect.BoundArguments:
    """Arguments by name; a call that lacks some, or has more by place than the function takes, is refused."""
    try:
        return signature.bind(*args, **kwargs)
    except TypeError:
        _refuse_misfit(function, signature, args, kwargs)
        raise


def _refuse_misfit(
    function: Callable[..., Any], signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> None:
    """Say which arguments a call lacks, or that it has more by place than the function takes."""
    named = list(signature.parameters.values())
    own = [one for one in named if one.name != "self"]
    by_place = [one for one in named if one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)]
    held = {one.name for one in by_place[: len(args)]} | set(kwargs)
    made = function.__qualname__.split(".")[-2] if function.__name__ == "__init__" else function.__name__
    asked = [one for one in own if one.default is one.empty]
    call = f"{made}({', '.join(one.name + '=...' * (one.kind is one.KEYWORD_ONLY) for one in asked)})"
    if lacking := [one.name for one in asked if one.name not in held]:
        remedy = Message("write it: {call}", call=call)
        raise ArgumentError(Problem(Message("{name} is missing", name=name), call, remedy=remedy) for name in lacking)
    if len(args) > len(by_place):
        keyword = [one.name for one in own if one.kind is one.KEYWORD_ONLY]
        what = Message("{function} takes fewer values without a name", function=f"{made}()")
        remedy = Message("write the name before each: {names}", names=listed([f"{name}=" for name in keyword], 8))
        found = listed([shown(value) for value in args[len(by_place) :]], 3)
        raise ArgumentError(Problem(what, call, found, "", remedy if keyword else Message("leave them out")))


def _refuse_unknown(kwargs: Mapping[str, Any], known: list[str]) -> None:
    strange = [name for name in kwargs if name not in known]
    if strange:
        raise UnknownKeywordError(
            Problem(
                Message('unknown keyword "{name}"', name=name),
                "option",
                "",
                nearest(other_keyword(name, known) or name, known) or listed(known, 30),
            )
            for name in strange
        )


def _left_to(value: object, annotation: str) -> bool:
    """Whether a function refuses `value` in better words: a number or name where it lists those that there are."""
    parts = _parts(annotation)
    if any(part.partition("[")[0] in (*_LISTS, "Mapping", "Path") for part in parts):
        return False
    number = isinstance(value, (int, float))
    return (number and "int" in parts) or ((number or isinstance(value, str)) and ("str" in parts or "None" in parts))


def _parts(annotation: str) -> list[str]:
    """``"str | Mapping[str, float | None]"`` at its outer bars."""
    return [part.strip() for part in _split(annotation, "|")]


def _split(text: str, mark: str) -> list[str]:
    depth, start, found = 0, 0, []
    for place, letter in enumerate(text):
        depth += (letter in "[(") - (letter in "])")
        if letter == mark and not depth:
            found.append(text[start:place])
            start = place + 1
    return [*found, text[start:]]


def _taken(value: Any, annotation: str, scope: Mapping[str, Any]) -> Any:
    """The value as the function gets it; `_NEITHER` where it is of no kind that the annotation names."""
    for part in _parts(annotation):
        taken = _one(value, part, scope)
        if taken is not _NEITHER:
            return taken
    return _NEITHER


def _one(value: Any, part: str, scope: Mapping[str, Any]) -> Any:
    base, _, inside = part.removesuffix("]").partition("[")
    if base in _ANYTHING:
        return value
    if base in _KINDS:
        if not _KINDS[base][0](value):
            return _NEITHER
        return int(value) if base == "int" else bool(value) if base == "bool" else value  # numpy's own ints overflow
    if base == "Literal":
        return value if isinstance(value, str) else _NEITHER
    if base == "Mapping":
        return value if isinstance(value, Mapping) else _NEITHER
    if base in _LISTS:
        return _listed(value, inside, scope)
    module, _, name = base.rpartition(".")
    kind = getattr(scope.get(module), name, None) if module else scope.get(base)
    if get_origin(kind) is Literal:
        return value if isinstance(value, str) else _NEITHER
    if getattr(kind, "_is_protocol", False):
        asked = [name for name in (*kind.__annotations__, *vars(kind)) if not name.startswith("_")]
        return value if all(name in dir(value) for name in asked) else _NEITHER
    if isinstance(kind, type):
        return value if isinstance(value, kind) else _NEITHER
    if kind is None:  # a name that is imported for types only
        return value if any(cls.__name__ == base for cls in type(value).__mro__) else _NEITHER
    return value


def _names_a_file(value: Any) -> bool:
    """Whether a system could hold a file of this name; True for what is no path."""
    if not isinstance(value, (str, os.PathLike)):
        return True
    text = os.fspath(value)
    if not isinstance(text, str) or "\0" in text:
        return False
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return all(len(part.encode("utf-8", "surrogatepass")) <= 255 for part in text.replace("\\", "/").split("/"))


def _listed(value: Any, inside: str, scope: Mapping[str, Any]) -> Any:
    """A tuple of the elements of any list, array or series, if each is of the kind that stands inside."""
    if isinstance(value, (str, bytes, bytearray, memoryview, Mapping)) or not isinstance(value, Iterable):
        return _NEITHER
    try:
        elements = list(value)
    except (TypeError, RuntimeError):
        return _NEITHER
    kind = _split(inside, ",")[0].strip()
    taken = [_taken(element, kind, scope) for element in elements]
    return _NEITHER if any(element is _NEITHER for element in taken) else tuple(taken)


def _words(annotation: str) -> Message:
    """What may be given, in words."""
    said: list[str] = []
    for part in _parts(annotation):
        base = part.partition("[")[0]
        if base in _KINDS:
            said.append(_KINDS[base][1])
        elif base == "Mapping":
            said.append(Message("a mapping"))
        elif base in _LISTS:
            said.append(Message("a list"))
        else:
            said.append(base if base[:1].isupper() and base in _CLASSES else Message("text"))
    return joined([Several(dict.fromkeys(said), separator=" or ")])


_CLASSES = ("Result", "Model", "Population", "Compared", "Reviewed")
