"""What lower floors said, in the language of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import combinations

from csimodels.errors import Status
from csimodels.i18n import Translate
from csimodels.messages import Construct, Item, Message, known, say
from csimodels.spec.model import Model

#: Text or a message in the language of the reader.
Say = Callable[[str], str]

#: Every state that the fit of a group may have, by its text: tables hold the text only.
STATES = known(Status(sum(flags)).describe() for size in range(len(Status) + 1) for flags in combinations(Status, size))


def sayer(messages: Mapping[str, Message], model: Model, lang: str, tr: Translate) -> Say:
    """A function that says a message, or the text of one of `messages`, in the language of `tr`.

    Constructs go by their labels, items by their names, as both the data and the tables have them.  Other text is
    shown as it is.
    """
    told = {**STATES, **messages}

    def label_of(name: Construct | Item) -> str:
        return model.label(name, lang) if isinstance(name, Construct) else str(name)

    return lambda text: say(text if isinstance(text, Message) else told.get(text, text), tr, label_of)
