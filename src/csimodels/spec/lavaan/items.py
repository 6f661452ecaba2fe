"""What lavaan makes of the variables in its text: observed causes and effects, items of several constructs, means."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import combinations

from csimodels.errors import nearest
from csimodels.spec.lavaan.terms import Parsed, Term
from csimodels.spec.nodes import Mark
from csimodels.spec.statements import Statement


def share_items(parsed: Parsed, std_lv: bool) -> None:
    """Leave an item of several blocks to one of them; what the others say of it becomes a statement on its loading."""
    owner = _owners(parsed)
    for name, (operator, terms, mark) in parsed.blocks.items():
        inside = [term for term in terms if term.name not in parsed.blocks]
        shared = [term for term in inside if operator == "=~" and owner[term.name] != name]
        if not shared:
            continue
        kept = [term for term in terms if term not in shared]
        for term in shared:
            statement = Statement(name, "=~", term.name)
            first = term is terms[0] and term.plain and not std_lv
            said = replace(term, value=1.0) if first else replace(term, free=True) if term.plain else term
            parsed.parameters.setdefault(statement.same, (statement, said))
        unmarked = kept[0].plain or bool(kept[0].labels)
        if not std_lv and terms[0] in shared and unmarked:  # lavaan's marker is the shared item
            statement = Statement(name, "=~", kept[0].name)
            parsed.parameters[statement.same] = (statement, replace(kept[0], free=True))
        parsed.blocks[name] = (operator, kept, mark)


def regressed_items(parsed: Parsed) -> dict[str, tuple[str, Mark]]:
    """Items of constructs that paths name (``y3 ~ x1`` beside ``f =~ y1 + y2 + y3``), and those that go with them;
    items of constructs that have none of their own (two constructs of one and the same item).

    They become constructs of one item, as lavaan makes them inside: the construct that they measure is then made of
    constructs, and an item that covaries with one of them is one too.
    """
    blocks = {name: terms for name, (operator, terms, _) in parsed.blocks.items() if operator == "=~"}
    items = {term.name: term.mark for terms in blocks.values() for term in terms if term.name not in parsed.blocks}
    chosen = {end.name for path in parsed.paths for end in path if end.name in items}
    owner = _owners(parsed)
    bare = [name for name in blocks if name not in owner.values()]
    chosen |= {term.name for name in bare for term in blocks[name]} & items.keys()
    together = [{term.name for term in terms} & items.keys() for terms in blocks.values()]
    together += [set(s.names) for s, _ in parsed.parameters.values() if s.op == "~~" and set(s.names) <= items.keys()]
    while more := {name for names in together if names & chosen for name in names} - chosen:
        chosen |= more
    for name in (name for name in items if name in chosen):
        parsed.blocks[name] = ("=~", [Term(f"{name}_item", items[name])], items[name])
    return {name: (f"{name}_item", mark) for name, mark in items.items() if name in chosen}


def state_scales(parsed: Parsed, observed: Mapping[str, tuple[str, Mark]]) -> None:
    """Observed variables where constructs have variance 1: they keep their own scale, as in lavaan."""
    for name, (item, mark) in observed.items():
        _say(parsed, Statement(name, "=~", item), Term(item, mark, value=1.0))
        _say(parsed, Statement(name, "~~", name), Term(name, mark, free=True))


def state_orthogonal(parsed: Parsed, observed: Mapping[str, tuple[str, Mark]]) -> None:
    """Constructs that are not correlated (``orthogonal = TRUE``): those that nothing leads to, and the last effects.

    Covariances that the text names stay as it says, and so do those of observed causes.
    """
    blocks = {name: terms for name, (operator, terms, _) in parsed.blocks.items() if operator == "=~"}
    parts = {term.name for terms in blocks.values() for term in terms} & blocks.keys()
    sources, targets = ({path[k].name for path in parsed.paths} for k in (0, 1))
    latent = [name for name in blocks if name not in observed and name not in parts]
    said = {statement.same for statement, _ in parsed.parameters.values()}
    for group in ([n for n in latent if n not in targets], [n for n in latent if n in targets - sources]):
        for one, two in combinations(group, 2):
            statement = Statement(one, "~~", two)
            if statement.same not in said:
                mark = parsed.blocks[two][2]
                _say(parsed, statement, Term(two, mark, value=0.0))


def state_means(
    parsed: Parsed, observed: Mapping[str, tuple[str, Mark]], indicators: Collection[str], growth: bool
) -> None:
    """What lavaan says of means where they are modelled: observed variables have them, not the item that they are of;
    in a growth model items and observed effects have intercept 0, and constructs have means."""
    if not growth and not any(statement.op == "~1" for statement, _ in parsed.parameters.values()):
        return
    effects = {target.name for _, target in parsed.paths} | set(indicators)
    for name, (operator, terms, mark) in parsed.blocks.items():
        if operator != "=~" or not (growth or name in observed):
            continue
        for term in terms:
            if term.name not in parsed.blocks:
                _say(parsed, Statement(term.name, "~1"), Term(term.name, mark, value=0.0))
        zero = growth and name in observed and name in effects
        _say(parsed, Statement(name, "~1"), Term(name, mark, value=0.0 if zero else None, free=not zero))


def _say(parsed: Parsed, statement: Statement, said: Term) -> None:
    parsed.parameters.setdefault(statement, (statement, said))


def _owners(parsed: Parsed) -> dict[str, str]:
    """The construct that keeps each item: the first that names it, unless another would be left without any."""
    blocks = {
        name: [term.name for term in terms if term.name not in parsed.blocks]
        for name, (operator, terms, _) in parsed.blocks.items()
        if operator == "=~"
    }
    owner: dict[str, str] = {}
    for name, items in blocks.items():
        for item in items:
            owner.setdefault(item, name)

    def found(name: str, seen: set[str]) -> bool:
        """Whether an item of `name` can be spared by the one that keeps it, its last first."""
        for item in reversed(blocks[name]):
            giver = owner[item]
            if giver != name and giver not in seen:
                seen.add(giver)
                if list(owner.values()).count(giver) > 1 or found(giver, seen):
                    owner[item] = name
                    return True
        return False

    for name, items in blocks.items():
        if items and name not in owner.values():
            found(name, {name})
    return owner


def observed_names(parsed: Parsed) -> dict[str, tuple[str, Mark]]:
    """Variables of paths that no block measures, as constructs of one item: name -> that item, and where it stands.

    A name that is nearly that of a construct is none: it is refused as an unknown construct later.
    """
    measured = {term.name for _, terms, _ in parsed.blocks.values() for term in terms}
    constructs = tuple(parsed.blocks)
    found: dict[str, tuple[str, Mark]] = {}
    for term in (end for path in parsed.paths for end in path):
        known = term.name in measured or term.name in parsed.blocks or "*" in term.name
        if not known and not nearest(term.name, constructs):
            item = f"{term.name}_item"
            parsed.blocks[term.name] = ("=~", [Term(item, term.mark)], term.mark)
            found[term.name] = (item, term.mark)
    return found
