"""Weights of the parts of a node: stated, equal, judged by AHP or Delphi, or by the spread of the answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from csimodels.desk.ahp import (
    Ahp,
    aggregate_judgements,
    ahp,
    beyond_scale,
    check_comparisons,
    check_consistency,
    most_contradicting,
)
from csimodels.desk.delphi import Delphi, check_points, delphi, is_settled
from csimodels.desk.inputs import check_varies
from csimodels.desk.objective_weights import critic_weights, entropy_weights, variation_weights
from csimodels.errors import DataError, Problem
from csimodels.messages import Message, joined, listed
from csimodels.moments.linalg import Floats
from csimodels.spec.desk import OBJECTIVE, HierarchyNode
from csimodels.study.desk.part import Answers

_BY_SPREAD = {"entropy": entropy_weights, "critic": critic_weights, "variation": variation_weights}


def judged_weights(node: HierarchyNode) -> Floats | None:
    """(k,) weights that the spec alone decides; None for those of the model or of the answers."""
    if node.method == "stated":
        return np.asarray(node.weights)
    if node.method == "equal":
        return np.full(len(node.parts), 1 / len(node.parts))
    if node.method == "ahp":
        return ahp_of(node).weight
    return delphi_of(node).weight if node.method == "delphi" else None


def ahp_of(node: HierarchyNode) -> Ahp:
    """The comparisons of all judges together, by their geometric means (Aczel & Saaty 1983)."""
    return ahp(aggregate_judgements(np.asarray(node.judges)), random_index=node.random_index)


def delphi_of(node: HierarchyNode) -> Delphi:
    """The points of all experts."""
    return delphi(np.asarray([points for _, points in node.experts]).T)


def node_problems(node: HierarchyNode) -> list[Problem]:
    """What is wrong with the judgements of one node: not reciprocal, not consistent, points that miss 100."""
    where = f"hierarchy, {node.name}"
    if node.method == "delphi":
        points = np.asarray([given for _, given in node.experts]).T
        return check_points(points, node.parts, [expert for expert, _ in node.experts], where)
    if node.method != "ahp":
        return []
    problems: list[Problem] = []
    for k, judge in enumerate(node.judges):
        place = where if len(node.judges) == 1 else Message("{where}, judge {k}", where=where, k=k + 1)
        problems += check_comparisons(np.asarray(judge), node.parts, str(place))
    if problems:
        return problems
    together = aggregate_judgements(np.asarray(node.judges))
    made = ahp(together, random_index=node.random_index)
    found = check_consistency(made, where, node.limit)
    if found:
        i, j = most_contradicting(together, made.weight)
        text = "ask again for {first} against {second}, which contradicts the others most, or state `limit`"
        remedy = Message(text, first=node.parts[i], second=node.parts[j])
        found = [Problem(p.what, p.where, p.found, p.allowed, remedy) for p in found]
    return found


def objective_weights(
    nodes: Sequence[HierarchyNode], known: Mapping[str, Floats], answers: Answers
) -> dict[str, Floats]:
    """Weights of the nodes that weigh by spread, lower nodes first; `known` are the constants of the others.

    Rows with an answer to everything below the node count, each once.

    Raises
    ------
    DataError
        A part does not vary, a part takes its weights from the model, or too few rows are complete.
    """
    wanted = [node for node in nodes if node.method in OBJECTIVE]
    spread = _Spread({node.name: node for node in nodes}, answers, dict(known))
    for node in wanted:
        spread.weights(node)
    if spread.problems:
        raise DataError(spread.problems)
    return {node.name: spread.made[node.name] for node in wanted}


@dataclass(eq=False)
class _Spread:
    """Weights by spread, made when they are first needed, and what is wrong with them."""

    nodes: Mapping[str, HierarchyNode]
    answers: Answers
    made: dict[str, Floats]
    problems: list[Problem] = field(default_factory=list)

    def weights(self, node: HierarchyNode) -> Floats:
        """(k,) weights of the parts of a node, NaN where there are none."""
        if node.name not in self.made:
            self.made[node.name] = np.full(len(node.parts), np.nan)
            if node.method in OBJECTIVE:
                self.made[node.name] = self._weighed(node)
        return self.made[node.name]

    def _weighed(self, node: HierarchyNode) -> Floats:
        items = self._items(node)
        given, counts = self.answers.distinct(items)
        answers = dict(zip(items, given.T, strict=True))
        x = np.stack([self._values(part, answers) for part in node.parts], axis=1)
        complete = ~np.isnan(x).any(axis=1)
        x, counts = x[complete], counts[complete]
        where = f"hierarchy, {node.name}"
        if counts.sum() < 2:
            what = "too few complete answers to weigh by their spread"
            remedy = "weights by spread need respondents who answered all of it, and parts that are not of the model"
            self.problems.append(Problem(what, where, str(round(float(counts.sum()))), remedy=remedy))
            return np.full(len(node.parts), np.nan)
        flat = check_varies(x, node.parts, where)
        self.problems += flat
        return np.full(len(node.parts), np.nan) if flat else _BY_SPREAD[node.method](x, counts)

    def _items(self, node: HierarchyNode) -> list[str]:
        """Questions below a node, each once."""
        below = [self._items(self.nodes[part]) if part in self.nodes else [part] for part in node.parts]
        return list(dict.fromkeys(name for names in below for name in names))

    def _values(self, name: str, answers: Mapping[str, Floats]) -> Floats:
        """(n,) answers to a question as given, or the index of a node for each set of answers."""
        if name in self.nodes:
            node = self.nodes[name]
            return np.stack([self._on_100(part, answers) for part in node.parts], axis=1) @ self.weights(node)
        return answers[name]

    def _on_100(self, name: str, answers: Mapping[str, Floats]) -> Floats:
        if name in self.nodes:
            return self._values(name, answers)
        low, high = self.answers.item(name).scale
        return np.asarray(100 * (answers[name] - low) / (high - low))


def weight_table(nodes: Sequence[HierarchyNode]) -> pd.DataFrame:
    """Who judged the weights and how well they agree; no rows without AHP and Delphi.

    Columns: ``node, method, judge`` (empty: all together), ``judges``; of AHP ``lambda_max, ci, cr, random_index``; of
    Delphi ``kendall_w, chi2, df, p, largest_cv``; ``accepted``.
    """
    rows: list[dict[str, object]] = []
    for node in nodes:
        front = {"node": node.name, "method": node.method}
        if node.method == "ahp":
            rows.append(front | {"judge": "", "judges": len(node.judges)} | _of_ahp(ahp_of(node), node.limit))
            if len(node.judges) > 1:
                each = [ahp(np.asarray(judge), random_index=node.random_index) for judge in node.judges]
                rows += [front | {"judge": str(k), "judges": 1} | _of_ahp(a, node.limit) for k, a in enumerate(each, 1)]
        elif node.method == "delphi":
            d = delphi_of(node)
            agreement = {"kendall_w": float(d.w), "chi2": float(d.chi2), "df": float(d.df), "p": float(d.p)}
            settled = {"largest_cv": float(d.cv.max()), "accepted": bool(is_settled(d))}
            rows.append(front | {"judge": "", "judges": len(node.experts)} | agreement | settled)
    front_columns, of_ahp = ("node", "method", "judge", "judges"), ("lambda_max", "ci", "cr", "random_index")
    columns = [*front_columns, *of_ahp, "kendall_w", "chi2", "df", "p", "largest_cv", "accepted"]
    return pd.DataFrame(rows, columns=columns)


def _of_ahp(made: Ahp, limit: float) -> dict[str, object]:
    cr = float(made.cr)
    numbers = {"lambda_max": float(made.lambda_max), "ci": float(made.ci), "cr": cr}
    return {**numbers, "random_index": made.random_index, "accepted": cr < limit}


def scale_notes(nodes: Sequence[HierarchyNode]) -> list[Message]:
    """Comparisons beyond the scale that judges are asked on."""
    out = []
    for node in nodes:
        found = []
        for judge in node.judges if node.method == "ahp" else ():
            for i, j in beyond_scale(np.asarray(judge)):
                text, value = "{first} against {second}: {value}", f"{judge[i][j]:g}"
                found.append(Message(text, first=node.parts[i], second=node.parts[j], value=value))
        if found:
            text = "hierarchy, {node}: comparisons beyond the scale of Saaty, which runs from 1/9 to 9 ({found})"
            out.append(Message(text, node=node.name, found=listed(found, 4)))
    return out


def agreement_notes(nodes: Sequence[HierarchyNode]) -> list[Message]:
    """Judges whose own comparisons are not consistent, and experts who do not agree yet."""
    out = []
    for node in nodes:
        if node.method == "ahp" and len(node.judges) > 1:
            each = [float(ahp(np.asarray(judge), random_index=node.random_index).cr) for judge in node.judges]
            bad = [Message("{k} (CR {cr})", k=k, cr=f"{cr:.3f}") for k, cr in enumerate(each, 1) if cr >= node.limit]
            if bad:
                text = "hierarchy, {node}: comparisons of single judges are not consistent: {judges}"
                out.append(Message(text, node=node.name, judges=joined(bad, ", ")))
        if node.method == "delphi" and not bool(is_settled(delphi_of(node))):
            d = delphi_of(node)
            text = "hierarchy, {node}: the experts do not agree yet (W {w}, largest coefficient of variation {cv})"
            out.append(Message(text, node=node.name, w=f"{float(d.w):.2f}", cv=f"{float(d.cv.max()):.2f}"))
    return out
