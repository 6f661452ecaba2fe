"""Methods that say how they are called where they are taken for what they return."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, NoReturn


class Method:
    """A method of a class; from an object it is asked for as :class:`Bound`, from the class as the function itself."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.__doc__, self.__module__, self.__wrapped__ = function.__doc__, function.__module__, function

    def __get__(self, owner: object, kind: type | None = None) -> Callable[..., Any]:
        return self._function if owner is None else Bound(self._function, owner)


class Bound:
    """A method of one object.  Without brackets, ``result.paths.round(2)``, it says that brackets are missing.

    >>> class Result:
    ...     @Method
    ...     def paths(self): return [0.5]
    >>> Result().paths()
    [0.5]
    >>> Result().paths
    <method of Result: call it with brackets, paths()>
    >>> Result().paths[0]
    Traceback (most recent call last):
    TypeError: paths is a method of Result: call it first, paths()[...]
    """

    def __init__(self, function: Callable[..., Any], owner: object) -> None:
        self._function, self._owner = function, owner
        functools.update_wrapper(self, function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """What the method returns."""
        return self._function(self._owner, *args, **kwargs)

    @property
    def __signature__(self) -> inspect.Signature:
        signature = inspect.signature(self._function)
        return signature.replace(parameters=list(signature.parameters.values())[1:])

    def __repr__(self) -> str:
        signature, none = self.__signature__, inspect.Signature.empty
        plain = [one.replace(annotation=none) for one in signature.parameters.values()]
        taken = signature.replace(parameters=plain, return_annotation=none)
        return f"<method of {type(self._owner).__name__}: call it with brackets, {self._function.__name__}{taken}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (self._owner, self._function.__name__)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bound) and self._function is other._function and self._owner is other._owner

    def __hash__(self) -> int:
        return hash((self._function, id(self._owner)))

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):  # asked by Python itself, or by a notebook
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise AttributeError(self._said(f".{name}"))

    def __getitem__(self, key: object) -> NoReturn:
        raise TypeError(self._said("[...]"))

    def __iter__(self) -> NoReturn:
        raise TypeError(self._said(""))

    def __len__(self) -> NoReturn:
        raise TypeError(self._said(""))

    def __bool__(self) -> bool:
        return True

    def _said(self, rest: str) -> str:
        name = self._function.__name__
        return f"{name} is a method of {type(self._owner).__name__}: call it first, {name}(){rest}"
