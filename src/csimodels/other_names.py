"""Names that are not there: what is called so elsewhere, or nearly so here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar


def by_name(here: Mapping[str, str]) -> dict[str, str]:
    """Names elsewhere -> where to look here, from where to look -> the names, with blanks between them.

    >>> by_name({"paths()": "coef params"})
    {'coef': 'paths()', 'params': 'paths()'}
    """
    return {name: place for place, names in here.items() for name in names.split()}


def no_such_name(owner: str, name: str, there: Iterable[str], elsewhere: Mapping[str, str]) -> AttributeError:
    """The error for an attribute that `owner` does not have, with the likely one.

    Parameters
    ----------
    owner : str
        What was asked, as Python names it: ``module 'csimodels'``, ``'Result' object``.
    there : iterable of str
        Names that it has.
    elsewhere : mapping of str to str
        Names of other packages, in small letters and without underscores, to what gives the same here.
    """
    text = f"{owner} has no attribute {name!r}"
    if name.startswith("_"):  # asked by Python itself
        return AttributeError(text)
    if here := elsewhere.get(name.replace("_", "").lower()):
        return AttributeError(f"{text}: see {here}")
    from difflib import get_close_matches  # `import csimodels` loads nothing that most runs do not need

    names = {one.lower(): one for one in there if not one.startswith("_")}
    near = get_close_matches(name.lower(), names, n=3, cutoff=0.6)
    return AttributeError(f"{text}: did you mean {', '.join(names[one] for one in near)}?" if near else text)


class Helpful:
    """An object that says what is meant where an attribute is not there.

    Attributes
    ----------
    names_elsewhere : mapping of str to str
        See :func:`no_such_name`.
    """

    names_elsewhere: ClassVar[Mapping[str, str]] = {}

    if not TYPE_CHECKING:  # a type checker knows what is there

        def __getattr__(self, name: str) -> object:
            kind = type(self)
            if not name.startswith("_") and hasattr(kind, name):
                # a property that ended with an AttributeError of its own is asked for here too: say that one
                return object.__getattribute__(self, name)
            raise no_such_name(f"{kind.__name__!r} object", name, dir(kind), self.names_elsewhere)
