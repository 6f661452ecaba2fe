"""A hierarchy of weights over the answers: the index of every node, with weights from where the spec says.

Stated, equal and judged weights (AHP, Delphi) are constants, those of the model vary with its replicates.  Weights by
the spread of the answers (entropy, CRITIC, variation) are those of all respondents, and taken as known in intervals.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels.desk.hierarchy import Hierarchy, compile_hierarchy
from csimodels.desk.objective_weights import CAUTION
from csimodels.messages import Message
from csimodels.moments.linalg import Floats
from csimodels.spec.desk import OBJECTIVE, HierarchyNode
from csimodels.spec.model import Item
from csimodels.study.desk.node_weights import (
    agreement_notes,
    judged_weights,
    objective_weights,
    scale_notes,
    weight_table,
)
from csimodels.study.desk.part import Answers, DeskPart, Numbers, presence, ratio, state_of
from csimodels.study.extras import Extras
from csimodels.survey.recipes import Recipe, key_of
from csimodels.tables import Layout

Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class HierarchyPart(DeskPart):
    """Table ``hierarchy``: node by node weight, effective weight in the total, and index with its interval."""

    nodes: tuple[HierarchyNode, ...]
    answers: Answers
    layout: Layout
    known: Mapping[str, Floats] = field(default_factory=dict)
    name = "hierarchy"

    @cached_property
    def tree(self) -> Hierarchy:
        """The shape of the tree; weights are put in by :meth:`weights`."""
        return compile_hierarchy({node.name: dict.fromkeys(node.parts, 1.0) for node in self.nodes})

    @cached_property
    def fixed(self) -> dict[str, Floats]:
        """Weights of the parts of every node that does not take them from the model, as far as they are constants."""
        given = {node.name: w for node in self.nodes if (w := judged_weights(node)) is not None}
        return given | objective_weights(self.nodes, given, self.answers)

    @cached_property
    def items(self) -> tuple[str, ...]:
        """Questions among the leaves."""
        known = {item.name for item in self.answers.items}
        return tuple(name for name in self.tree.questions if name in known)

    @cached_property
    def of_model(self) -> dict[str, Places]:
        """Node -> places of the weights of its parts among the published numbers."""
        d, blocks = self.layout.design, self.layout.blocks
        out = {}
        for node in self.nodes:
            if node.method != "model":
                continue
            whole = next((j for j, p in enumerate(d.parts) if {d.constructs[k] for k in p} == set(node.parts)), None)
            if whole is None:
                own = {name: k for k, name in enumerate(d.items) if not d.parts[d.block[k]]}
                places = [blocks["weight_unstd"].start + own[part] for part in node.parts]
            else:
                at = {d.constructs[part]: k for k, (w, part) in enumerate(self.layout.dimensions) if w == whole}
                places = [blocks["dimension_weight_unstd"].start + at[part] for part in node.parts]
            out[node.name] = np.asarray(places, dtype=np.intp)
        return out

    def extras(self) -> Extras:
        """Two columns for every question, its answer on 0-100 and whether there is one; numbers: indices, weights.

        Raises
        ------
        DataError
            Answers whose spread is to give the weights have none.
        """
        self.fixed  # noqa: B018
        names = [f"{name} {what}" for name in self.items for what in ("of 100", "there")]
        columns = self.answers.columns([on_100(self.answers.item(name)) for name in self.items])
        numbers = [f"{what} {name}" for what in ("index", "weight") for name in self.tree.nodes]
        uses = bool(self.of_model) or len(self.items) < len(self.tree.questions)
        return Extras(tuple(names), columns, tuple(numbers), self._values, uses)

    def _values(self, means: Floats, model: Floats) -> Floats:
        """(*B, 2 N) index of every node, then its weight among its siblings."""
        nodes, start = self.tree.nodes, self.layout.blocks["index"].start
        scores = dict(zip(self.items, np.moveaxis(ratio(means[..., ::2], means[..., 1::2]), -1, 0), strict=True))
        places = {name: start + j for j, name in enumerate(self.layout.design.constructs)}
        scores |= {name: model[..., places[name]] for name in self.tree.questions if name not in scores}
        weight = {nodes[0]: np.ones(means.shape[:-1])}
        parts = {node.name: node.parts for node in self.nodes}
        for name in reversed(nodes):
            if name in parts:
                shares = self._shares(name, means.shape[:-1], model)
                below = np.stack([scores[part] for part in parts[name]], axis=-1)
                scores[name] = np.where(shares == 0, 0.0, shares * below).sum(axis=-1)
                weight |= {part: shares[..., k] for k, part in enumerate(parts[name])}
        return np.stack([*(scores[name] for name in nodes), *(weight[name] for name in nodes)], axis=-1)

    def _shares(self, name: str, batch: tuple[int, ...], model: Floats) -> Floats:
        """(*B, parts) weights of the parts of a node, which sum to 1."""
        if name not in self.of_model:
            return np.broadcast_to(self.fixed[name], (*batch, len(self.fixed[name])))
        taken = model[..., self.of_model[name]]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(taken / taken.sum(axis=-1, keepdims=True))

    def share_in(self, name: str, below: str, model: Floats) -> Floats:
        """(*B,) effective weight of the part `below` in the node `name`: the product of the weights on the way."""
        parts, parent = {node.name: node.parts for node in self.nodes}, self.parent
        out = np.ones(model.shape[:-1])
        while below != name:
            above = parent[below]
            out = out * self._shares(above, model.shape[:-1], model)[..., parts[above].index(below)]
            below = above
        return out

    @cached_property
    def parent(self) -> dict[str, str]:
        """The node above each node and question; the top has none."""
        return {name: above for name, above in zip(self.tree.nodes, self.tree.parents, strict=True) if above}

    @cached_property
    def order(self) -> tuple[int, ...]:
        """Places of the nodes as a reader goes through them: each followed by its parts."""
        place = {name: k for k, name in enumerate(self.tree.nodes)}
        parts, out, waiting = {node.name: node.parts for node in self.nodes}, [], [self.tree.nodes[0]]
        while waiting:
            name = waiting.pop()
            out.append(place[name])
            waiting += reversed(parts.get(name, ()))
        return tuple(out)

    @cached_property
    def depth(self) -> tuple[int, ...]:
        """How far below the top each node stands, in the order of the tree."""
        known: dict[str, int] = {"": -1}
        for name, parent in zip(self.tree.nodes, self.tree.parents, strict=True):
            known[name] = known[parent] + 1
        return tuple(known[name] for name in self.tree.nodes)

    def table(self, numbers: Numbers) -> pd.DataFrame:
        """Columns: group columns, ``node, parent, depth, weight, effective_weight, index, se, low, high, n, status``;
        every node is followed by its parts."""
        size, groups, order = len(self.tree.nodes), len(numbers.keys), list(self.order)
        weight = numbers.value[:, size:]
        effective, place = np.ones_like(weight), {name: k for k, name in enumerate(self.tree.nodes)}
        for k, parent in enumerate(self.tree.parents):
            if parent:
                effective[:, k] = effective[:, place[parent]] * weight[:, k]
        frame = pd.DataFrame(numbers.labels(size))
        frame["node"] = [self.tree.nodes[k] for k in order] * groups
        frame["parent"] = [self.tree.parents[k] for k in order] * groups
        frame["depth"] = [self.depth[k] for k in order] * groups
        frame["weight"], frame["effective_weight"] = weight[:, order].ravel(), effective[:, order].ravel()
        for end, part in (("index", "value"), ("se", "se"), ("low", "low"), ("high", "high")):
            frame[end] = getattr(numbers, part)[:, order].ravel()
        frame["n"] = np.repeat(numbers.n, size).astype(np.int64)
        frame["status"] = state_of(frame["index"].to_numpy())
        return frame

    def compared(self) -> dict[str, int]:
        """The index of every node, those that are constructs of the model aside."""
        constructs = self.layout.design.constructs
        names = [node.name for node in self.nodes if node.name not in constructs]
        return {name: self.tree.nodes.index(name) for name in names}

    def more(self, numbers: Numbers) -> dict[str, pd.DataFrame]:
        """Table ``hierarchy_weights``, where weights come from judges: see :func:`~.node_weights.weight_table`."""
        table = weight_table(self.nodes)
        return {} if table.empty else {"hierarchy_weights": table}

    def cautions(self) -> list[Message]:
        """Comparisons that no judge could have made on the usual scale."""
        return scale_notes(self.nodes)

    def notes(self) -> list[Message]:
        """That weights by spread say nothing of importance, and that judges do not agree."""
        names = [node.name for node in self.nodes if node.method in OBJECTIVE]
        said = [Message("hierarchy, {names}: {caution}", names=", ".join(names), caution=CAUTION)] if names else []
        return said + agreement_notes(self.nodes)


def on_100(item: Item) -> Recipe:
    """The answer to a question on 0-100, 0 where there is none, and whether there is one."""
    low, high = item.scale

    def make(x: Floats) -> Floats:
        there, known = presence(x[:, 0])
        return np.stack([np.where(known, 100 * (x[:, 0] - low) / (high - low), 0.0), there], axis=1)

    return Recipe(key_of("of 100", item.name, item.scale), (item.name,), 2, make)
