"""What a file of roll-up weights says that is legal and may be a slip: several tops, weights on different scales."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from csimodels.messages import Message, joined, listed
from csimodels.tables.rollup import Tree

#: A member with more than this share of its parent makes the others hardly count.
_ALMOST_ALL = 0.95
#: A member whose weight is smaller than the largest of its parent by more than this hardly counts itself.
_HARDLY = 1e-4


def doubts(tree: Tree) -> Iterator[Message]:
    """Sentences for the notes of a run.

    Parameters
    ----------
    tree : Tree
        Of all waves.
    """
    yield from _tops(tree)
    yield from _uneven(tree)


def _tops(tree: Tree) -> Iterator[Message]:
    """Several units with nothing above them: no number stands for the whole."""
    tops = [i for i in range(len(tree)) if tree.parent[i] < 0]
    if not tops:
        return
    names = list(dict.fromkeys(tree.named(i) for i in tops))
    each = [sum(tree.wave[i] == wave for i in tops) for wave in dict.fromkeys(tree.wave)]
    if max(each) > 1:
        text = (
            "roll-up: {n} units have nothing above them ({names}), so that the index at the top of the report is of "
            "all respondents, not weighted; with a level above them, such as the nation, it is rolled up"
        )
        yield Message(text, n=max(each), names=listed(names))


def _uneven(tree: Tree) -> Iterator[Message]:
    """Weights within one parent that differ so much that some of its members do not count."""
    large: list[Message] = []
    small: list[Message] = []
    for above, below in enumerate(tree.members):
        if len(below) < 2:
            continue
        weight = tree.weight[below]
        most = int(np.argmax(weight))
        share = weight[most] / weight.sum()
        if share > _ALMOST_ALL:
            share_said = f"{min(100 * share, 99.99):.4g}"
            text = "{name}: {share} % of {parent}"
            large.append(
                Message(text, name=tree.describe(int(below[most])), share=share_said, parent=tree.named(above))
            )
        else:
            small += [tree.describe(int(i)) for i in below[weight < _HARDLY * weight[most]]]
    if large:
        text = (
            "roll-up: one member has nearly all the weight of its unit, and the others hardly count ({names}); "
            "are its weights in another unit of measure?"
        )
        yield Message(text, names=joined(large, ", "))
    if small:
        text = (
            "roll-up: weights below a ten-thousandth of the largest of their unit, which hardly count: {names}; "
            "are they in another unit of measure?"
        )
        yield Message(text, names=listed(small))
