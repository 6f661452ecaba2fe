"""A hierarchy of weights: total, dimensions, aspects, questions; scores of every node as a linear map of the questions.

Becomes two tables: ``hierarchy`` (node, parent, level, weight, effective_weight, score, se, low, high) and, for the
questions, the same row with their effective weight: the product of the weights on the way down from the root.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from csimodels.desk.inputs import check_weights
from csimodels.errors import Problem, listed, nearest
from csimodels.messages import Message, beside
from csimodels.moments.linalg import Floats

#: Weights of the children of every node that has children.
Tree = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A checked tree as a linear map.

    Attributes
    ----------
    nodes : (N,) names
        Root first, parents before their children, questions included.
    parents : (N,) names
        Parent of each node; empty for the root.
    questions : (L,) names
        The leaves, in the order of the tree.
    weights : (N,) array
        Weight of each node among its siblings; 1 for the root.
    effective : (N, L) array
        ``score(node) = effective[node] @ P``; the first row holds the effective weights in the total.
    """

    nodes: tuple[str, ...]
    parents: tuple[str, ...]
    questions: tuple[str, ...]
    weights: Floats
    effective: Floats

    def scores(self, performance: Floats) -> Floats:
        """Scores (*B, N) of all nodes from the 0-100 performances (*B, L) of the questions."""
        return np.asarray(performance @ self.effective.T)


def equal_weights(children: Iterable[str]) -> dict[str, float]:
    """The same weight for each child, summing to 1."""
    names = list(children)
    return {name: 1 / len(names) for name in names}


def check_hierarchy(tree: Tree, questions: Iterable[str], where: str = "hierarchy") -> list[Problem]:
    """Everything that is wrong with a tree: weights, cycles, a node under two parents, two roots, unknown questions.

    Parameters
    ----------
    tree : mapping of str to mapping of str to float
        Weights of the children of each node.
    questions : iterable of str
        What may stand at the bottom: items, constructs or other indices.
    where : str
        Place of the tree, for the messages.
    """
    if not tree:
        return [Problem("the hierarchy is empty", where, remedy="give a node with the weights of its children")]
    problems = [p for node, weights in tree.items() for p in check_weights(weights, f"{where}, {node}")]
    known = list(questions)
    above: dict[str, list[str]] = {}
    for node, weights in tree.items():
        for child in weights:
            above.setdefault(child, []).append(node)
    for child, parents in above.items():
        if len(parents) > 1:
            what = "a node stands under two parents" if child in tree else "a question stands in the hierarchy twice"
            problems.append(
                Problem(what, f"{where}, {child}", listed(parents), Message("one parent"), "leave one of them out")
            )
        if child not in tree and child not in known:
            hint = beside(nearest(child, [*known, *tree]), listed(known))
            problems.append(Problem("there is no such question", f"{where}, {child}", allowed=hint))
    roots = [node for node in tree if node not in above]
    if len(roots) > 1:
        problems.append(Problem("the hierarchy has more than one top", where, listed(roots), "one", "put a node above"))
    cycle = _cycle(tree)
    if cycle:
        found, place = " -> ".join(reversed(cycle)), f"{where}, {cycle[0]}"
        problems.append(Problem("a node is part of itself", place, found, Message("a tree"), "break the circle"))
    return problems


def _cycle(tree: Tree) -> list[str]:
    """Names along one circle, first name repeated at the end; empty where there is none."""
    state: dict[str, int] = {}  # 1: on the way down, 2: done
    for start in tree:
        trail: list[str] = []
        stack = [(start, False)]
        while stack:
            node, leaving = stack.pop()
            if leaving:
                state[node] = 2
                trail.pop()
            elif state.get(node) == 1:
                return [*trail[trail.index(node) :], node]
            elif state.get(node) != 2 and node in tree:
                state[node] = 1
                trail.append(node)
                stack.append((node, True))
                stack.extend((child, False) for child in tree[node])
    return []


def compile_hierarchy(tree: Tree) -> Hierarchy:
    """The linear map of a tree that :func:`check_hierarchy` found nothing wrong with."""
    children = {child for weights in tree.values() for child in weights}
    nodes, parents, weights = [next(node for node in tree if node not in children)], [""], [1.0]
    for name in nodes:  # grows while it is walked: parents come before their children
        for child, weight in tree.get(name, {}).items():
            nodes.append(child)
            parents.append(name)
            weights.append(float(weight))
    questions = tuple(name for name in nodes if name not in tree)
    place = {name: k for k, name in enumerate(nodes)}
    effective = np.zeros((len(nodes), len(questions)))
    effective[[place[name] for name in questions], range(len(questions))] = 1.0
    for k in range(len(nodes) - 1, 0, -1):
        effective[place[parents[k]]] += weights[k] * effective[k]
    return Hierarchy(tuple(nodes), tuple(parents), questions, np.asarray(weights), effective)
