"""Parts of a result that sections of the spec beside the model ask for (docs/desk.md)."""

from __future__ import annotations

import pandas as pd

from csimodels.arguments import plain_methods
from csimodels.study.beside_model import Desked


@plain_methods
class Sectioned(Desked):
    """Hierarchy, classes, gaps and what else a spec may ask for."""

    def hierarchy(self) -> pd.DataFrame:
        """Every node of the hierarchy, each followed by its parts.

        Columns: group columns, ``node, parent, depth, weight, effective_weight, index, se, low, high, n, status``.

        Raises
        ------
        SpecError
            The spec states no hierarchy.
        """
        return self._of_desk("hierarchy", "hierarchy: {Total: {of: {A: 0.6, B: 0.4}}}")

    def hierarchy_weights(self) -> pd.DataFrame:
        """How consistent comparisons are (AHP), and how far experts agree (Delphi): one row for each judged node.

        Raises
        ------
        SpecError
            No weights of the spec are judged.
        """
        return self._of_desk("hierarchy_weights", "hierarchy: {Total: {of: [A, B], ahp: [[1, 3], [1/3, 1]]}}")

    def classes(self) -> pd.DataFrame:
        """Customer classes, or touchpoints, by every index, and their weighted total, whose class is empty.

        Columns: group columns, ``weight, construct, index, se, low, high, n, status``.

        Raises
        ------
        SpecError
            The spec states no classes.
        """
        return self._of_desk("classes", "classes: {column: class, weights: {large: 0.7, small: 0.3}}")

    def gaps(self) -> pd.DataFrame:
        """Gaps of perception and expectation by question, by dimension and in total, in points of 0 to 100.

        Columns: group columns, ``level, name, weight, perception, expectation, gap, se, low, high, gap_answers, above,
        equal, below, reliability, n, status``.

        Raises
        ------
        SpecError
            The spec asks for none.
        """
        return self._of_desk("gaps", "gaps: {Service: {items: {PER1: EXP1}}}")

    def delivered_value(self) -> pd.DataFrame:
        """What customers get less what it costs them: parts, total value, total cost and their difference.

        Columns: group columns, ``part, name, weight, score, se, low, high, n, status``.

        Raises
        ------
        SpecError
            The spec does not ask for it.
        """
        return self._of_desk("delivered_value", "delivered_value: {values: [Quality], costs: [Price]}")

    def target_moves(self) -> pd.DataFrame:
        """Respondents who have to move from one answer to another so that a target is reached.

        Columns: group columns, ``construct, target, item, from, to, index, needed, low, high, respondents, there,
        share_before, share_after, after, status``.

        Raises
        ------
        SpecError
            No target of the spec states a move.
        """
        return self._of_desk("target_moves", "targets: {Satisfaction: {level: 80, move: [8, 9], item: SAT1}}")

    def least_effort(self) -> pd.DataFrame:
        """Rises of the drivers that reach the target at least cost ``sum c d^2`` (shock form).

        Columns: group columns, ``construct, driver, effect, cost, rise, low, high, status``.

        Raises
        ------
        SpecError
            The spec states no costs.
        """
        return self._of_desk("least_effort", "effort: {costs: {Quality: 2}}")

    def budget(self) -> pd.DataFrame:
        """A budget divided among the drivers so that the construct rises most (Dantzig 1957).

        Columns: group columns, ``construct, driver, effect, cost, rise, spent, gain, low, high, status``.

        Raises
        ------
        SpecError
            The spec states no budget.
        """
        return self._of_desk("budget", "effort: {costs: {Quality: 2}, budget: 20}")
