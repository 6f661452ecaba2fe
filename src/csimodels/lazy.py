"""Names of a package that load when they are first used, so that importing the package loads nothing.

Such a package says its names to mypy (``if TYPE_CHECKING``), to readers (``__all__``) and to Python (the mapping
below); a test holds the three together.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from csimodels.other_names import no_such_name


def names_on_use(
    package: str, homes: Mapping[str, str], elsewhere: Mapping[str, str] | None = None
) -> Callable[[str], Any]:
    """The ``__getattr__`` of `package` (PEP 562).

    Parameters
    ----------
    package : str
        Its ``__name__``.
    homes : mapping of str to str
        Module -> the names that are loaded from it, with blanks between them.
    elsewhere : mapping of str to str, optional
        What is called otherwise in other packages, see :func:`csimodels.other_names.no_such_name`.
    """
    module_of = {name: module for module, names in homes.items() for name in names.split()}

    def load(name: str) -> Any:
        if name not in module_of:
            raise no_such_name(f"module {package!r}", name, module_of, elsewhere or {})
        value = getattr(importlib.import_module(module_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return load
