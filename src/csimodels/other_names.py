"""Names that are not there: what is called so elsewhere, or nearly so here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, ClassVar, NoReturn


def by_name(here: Mapping[str, str]) -> dict[str, str]:
    """Names elsewhere -> where to look here, from where to look -> the names, with blanks between them.

    >>> by_name({"paths()": "coef params"})
    {'coef': 'paths()', 'params': 'paths()'}
    """
    return {name: place for place, names in here.items() for name in names.split()}


#: Keywords here -> what they are called elsewhere.
_KEYWORDS: Mapping[str, frozenset[str]] = {
    here: frozenset(names.split())
    for here, names in {
        "by": "group groups groupby group_by grouping strata_by",
        "weight": "w pweight sampling_weight",
        "wave": "year period round",
        "where": "filter subset rows",
        "data": "df dataset frame file survey",
        "model": "spec formula",
        "missing_codes": "na na_values missing_values dont_know",
        "design": "strata cluster clusters psu fpc",
        "estimator": "method algorithm mode",
        "uncertainty": "bootstrap boot nboot jackknife ci se replicates",
        "replicates": "n b r reps nboot n_boot samples iterations",
        "level": "confidence conf alpha ci",
        "seed": "random_state rng",
        "lang": "language languages locale",
        "language": "lang languages locale",
        "languages": "lang language locale",
        "target": "construct outcome dependent",
        "construct": "target variable lv",
        "formats": "format kind",
        "folder": "path out output directory",
        "path": "file filename folder",
        "theme": "dark style mode",
    }.items()
}


def other_keyword(name: str, known: Iterable[str]) -> str:
    """What a keyword of another package is called here, of the `known` ones; empty where that is not known.

    >>> other_keyword("groups", ["by", "weight"]), other_keyword("colour", ["by"])
    ('by', '')
    """
    return next((one for one in known if name.lower() in _KEYWORDS.get(one, ())), "")


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

    def __getitem__(self, key: object) -> NoReturn:
        kind = type(self)
        known = [key] if isinstance(key, str) and not key.startswith("_") and hasattr(kind, key) else []
        there = ", ".join(f".{name}" + "()" * callable(getattr(kind, name)) for name in known) or ".index()"
        raise TypeError(f"{kind.__name__!r} object takes no [...]: what it holds is asked for by name, such as {there}")

    if not TYPE_CHECKING:  # a type checker knows what is there

        def __getattr__(self, name: str) -> object:
            kind = type(self)
            if not name.startswith("_") and hasattr(kind, name):
                # a property that ended with an AttributeError of its own is asked for here too: say that one
                return object.__getattribute__(self, name)
            raise no_such_name(f"{kind.__name__!r} object", name, dir(kind), self.names_elsewhere)
