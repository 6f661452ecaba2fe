"""Roll-up, ranks, differences and changes of a result: from its estimates to the tables (docs/rollup.md)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from csimodels import tables
from csimodels.errors import DataError, Problem, SpecError
from csimodels.infer.multiple import Adjust
from csimodels.messages import Message, joined, known
from csimodels.moments.linalg import Floats
from csimodels.moments.pool import each_done
from csimodels.rollup.changes import change_units
from csimodels.rollup.estimates import (
    GroupNumbers,
    driver_numbers,
    index_numbers,
    path_numbers,
    rolled_up,
    rollup_notes,
    units,
)
from csimodels.rollup.first_last import first_and_last
from csimodels.rollup.method_changes import redefined, unlike
from csimodels.rollup.path_contrasts import ByPaths
from csimodels.rollup.quarter import best_quarters
from csimodels.rollup.ranks import difference_units, draws_of_units, rank_units
from csimodels.rollup.simple_indices import BySimpleIndices
from csimodels.spec import Model
from csimodels.tables import Estimates
from csimodels.tables.comparisons import REDEFINED
from csimodels.tables.rollup import RolledUp, Tree, flat_tree


@dataclass(frozen=True, eq=False)
class Comparing:
    """What compares groups with one another needs: estimates, the tree above them, and replicates of the indices.

    ``corr`` are correlations of groups that share respondents or clusters, and ``shared`` makes those of any other of
    the published numbers.  ``whole`` compares the waves of all respondents together, where there are groups within
    waves.  ``beside`` are simple indices and nodes of the hierarchy, each by itself; ``numbers`` take the place of the
    indices of the constructs.  ``stored`` holds the tables of a result that was loaded from a folder, which has neither
    tree nor replicates.
    """

    model: Model
    estimates: Estimates
    tree: Tree | None = None
    draws: Floats | None = None
    corr: Floats | None = None
    shared: Callable[[slice | NDArray[np.intp]], Floats | None] | None = None
    whole: Comparing | None = None
    beside: tuple[GroupNumbers, ...] = ()
    numbers: GroupNumbers | None = None
    stored: dict[str, pd.DataFrame] = field(default_factory=dict)

    def units(self, waves: tuple[str, ...] = ()) -> tuple[RolledUp, GroupNumbers]:
        """Every unit of the roll-up (the groups themselves, where there is none) with its indices."""
        if self.stored:
            what = "a result loaded from a folder holds its finished tables only"
            allowed = ", ".join(self.stored)
            remedy = (
                "take these without arguments; two stored results: compare(load_result(a), load_result(b)); "
                "for all else run the study again"
            )
            raise DataError(Problem(what, Message("roll-up, ranks and differences"), "", allowed, remedy))
        return self._made(waves) if waves else self._units

    @cached_property
    def _units(self) -> tuple[RolledUp, GroupNumbers]:
        return self._made((self.wave,) if self.wave and self.tree is None else ())

    def _made(self, waves: tuple[str, ...]) -> tuple[RolledUp, GroupNumbers]:
        e = self.estimates
        groups = index_numbers(e, self.draws, self.corr) if self.numbers is None else self.numbers
        return units(e.by, e.keys, self.model.uncertainty, self.tree, groups, waves)

    def of(self, name: str) -> Comparing:
        """The groups by a simple index or a node of the hierarchy; by the constructs for any other name."""
        found = next((numbers for numbers in self.beside if numbers.names == (name,)), None)
        return self if found is None else replace(self, numbers=found, beside=(), whole=None)

    @property
    def wave(self) -> str:
        """The column of the waves as the spec names it; empty where it names none."""
        return self.model.data.wave.column

    @property
    def waves(self) -> tuple[str, ...]:
        """Group columns that are no level of the roll-up."""
        return tuple(name for name in self.estimates.by if name not in self.model.rollup.levels)

    def notes(self) -> list[Message]:
        """Units of the roll-up whose mean leaves members out."""
        return [] if self.tree is None else rollup_notes(self._units[0])

    def said(self) -> dict[str, Message]:
        """What the columns ``method`` and ``status`` of the tables say, by its text."""
        if not self.estimates.by or self.stored:
            return {}
        rolled = self._units[0]
        return known([*rolled.status, *rolled.method])

    def rollup(self) -> pd.DataFrame:
        """See :meth:`csimodels.Result.rollup`."""
        if "rollup" in self.stored:
            return self.stored["rollup"].copy()
        if self.tree is None:
            what = "the model has no roll-up"
            remedy = "add rollup: {levels: [...], weights: file} to the spec (docs/rollup.md)"
            raise SpecError(Problem(what, "rollup", remedy=remedy))
        return tables.rollup(self.units()[0])

    def rollup_drivers(self, target: str) -> pd.DataFrame:
        """See :meth:`csimodels.Result.rollup_drivers`."""
        self.rollup()
        rolled, _ = self.units()
        assert self.tree is not None
        numbers = driver_numbers(self.estimates, target, self.shared)
        importance = rolled_up(self.tree, numbers, self.model.uncertainty.level)
        return tables.rollup_drivers(importance, rolled, target)

    def ranks(
        self, construct: str | None = None, of: str | None = None, within: str | None = None, joint: bool = False
    ) -> pd.DataFrame:
        """See :meth:`csimodels.Result.ranks`."""
        plain = construct in (None, self.model.index.construct) and of is within is None and not joint
        if "ranks" in self.stored and plain:
            return self.stored["ranks"].copy()
        if construct is not None and self.of(construct) is not self:
            return self.of(construct).ranks(construct, of, within, joint)
        self.grouped()
        if not isinstance(joint, bool):
            raise SpecError(Problem("joint is a yes or no", "joint", repr(joint)[:100], "True, False"))
        rolled, groups, within = self.sets(within)
        ranked, level = self.model.index.construct if construct is None else construct, self.model.uncertainty.level
        draws, towards = self._drawn(rolled, groups), self.model.direction(ranked)
        return rank_units(rolled, draws, ranked, of=of, within=within, level=level, joint=joint, direction=towards)

    def _of_draws(self, within: str | None) -> dict[str, pd.DataFrame]:
        """Ranks, those `within` a level, and best quarters: the draws of the index are made once for the three."""
        rolled, groups = self.units()
        construct, level = self.model.index.construct, self.model.uncertainty.level
        make, own = self._drawn(rolled, groups), list(rolled.names).index(construct)
        of_index, towards = make(own), self.model.direction(construct)
        rank = partial(rank_units, rolled, lambda j: of_index, construct, level=level, direction=towards)
        work = {"ranks": rank} if within is None else {"ranks": rank, "ranks_within": partial(rank, within=within)}
        quarters = self._best_quarter(rolled, lambda j: of_index if j == own else make(j))
        made = dict(zip(work, each_done([*work.values()]), strict=True))
        return made if quarters.empty else {**made, "best_quarter": quarters}

    def best_quarter(self) -> pd.DataFrame:
        """See :meth:`csimodels.Result.best_quarter`."""
        if "best_quarter" in self.stored:
            return self.stored["best_quarter"].copy()
        self.grouped()
        rolled, groups = self.units()
        return self._best_quarter(rolled, self._drawn(rolled, groups))

    def _best_quarter(self, rolled: RolledUp, draws: Callable[[int], Floats]) -> pd.DataFrame:
        directions = [self.model.direction(name) for name in rolled.names]
        return best_quarters(rolled, draws, directions, self.model.uncertainty.level)

    def _drawn(self, rolled: RolledUp, groups: GroupNumbers) -> Callable[[int], Floats]:
        """Place of a construct -> replicates of every unit, or draws in their place."""
        return partial(draws_of_units, rolled, groups, seed=self.model.uncertainty.seed)

    def differences(
        self,
        construct: str | None = None,
        against: str | None = None,
        of: str | None = None,
        within: str | None = None,
        adjust: Adjust | None = None,
    ) -> pd.DataFrame:
        """See :meth:`csimodels.Result.differences`."""
        rest = (against, of, within, adjust)
        plain = construct in (None, self.model.index.construct) and all(option is None for option in rest)
        if "differences" in self.stored and plain:
            return self.stored["differences"].copy()
        if construct is not None and self.of(construct) is not self:
            return self.of(construct).differences(construct, against, of, within, adjust)
        self.grouped()
        rolled, groups, within = self.sets(within)
        return difference_units(
            rolled,
            groups,
            self.model.index.construct if construct is None else construct,
            self.against() if against is None else against,
            of=of,
            within=within,
            level=self.model.uncertainty.level,
            adjust=self.adjusting(adjust),
        )

    def against(self, pairs: bool = False) -> str:
        """What units are compared with where nothing is said: their parent in a roll-up; without, each other as
        `pairs`, or the mean of the others."""
        return "parent" if self.tree is not None else "pairs" if pairs else "others"

    def adjusting(self, adjust: Adjust | None) -> Adjust:
        """The correction for several comparisons: that of the spec where none is asked for."""
        return self.model.rollup.adjust if adjust is None else adjust

    def changes(
        self, by: str | None = None, since: Comparing | None = None, adjust: Adjust | None = None
    ) -> pd.DataFrame:
        """See :meth:`csimodels.Result.changes`."""
        if "changes" in self.stored and self.as_stored(by, since, adjust):
            return self.stored["changes"].copy()
        level = self.model.uncertainty.level
        before, after, wave = self.sides(by, since)
        changes = change_units(before, after, wave=wave, level=level, adjust=self.adjusting(adjust))
        return self.with_method(changes, since)

    def as_stored(self, by: str | None, since: Comparing | None, *others: object) -> bool:
        """Whether changes are asked for as the tables of a result have them."""
        only = self.wave or (self.waves[0] if self.model.rollup.levels and len(self.waves) == 1 else "")
        return since is None and by in (None, only) and all(option is None for option in others)

    def sides(self, by: str | None, since: Comparing | None) -> tuple[RolledUp, RolledUp, str | None]:
        """Units before and after, and the column of the waves; None where they are of two results."""
        by = self.wave or None if by is None and since is None else by
        if (by is None) == (since is None):
            what = "changes are between the waves of a group column, or since an earlier result"
            raise SpecError(Problem(what, "changes", remedy='changes(by="year") or changes(since=earlier)'))
        if since is not None:
            return since.units()[0], self.units()[0], None
        as_wave = by is not None and self.tree is None and by != self.wave
        rolled = self.units((by,) if by is not None and as_wave else ())[0]
        return rolled, rolled, by

    def with_method(self, changes: pd.DataFrame, since: Comparing | None) -> pd.DataFrame:
        """`changes` since an earlier result, with what may be a change of method instead."""
        said = [] if since is None else unlike(since.model, self.model)
        if since is not None and self.numbers and set(self.numbers.names) & redefined(since.model, self.model):
            said = [Message(REDEFINED), *said]
        if said:
            changes.loc[changes["status"] == "ok", "status"] = str(joined(said))
        return changes

    @cached_property
    def of_paths(self) -> Comparing:
        """The groups by the paths of the model, each named ``source -> target``, in the place of the indices."""
        corr = None if self.shared is None else self.shared(self.estimates.layout.blocks["path"])
        return replace(self, numbers=path_numbers(self.estimates, corr), draws=None, beside=(), whole=None)

    @property
    def by_paths(self) -> ByPaths:
        """What compares the groups path by path."""
        return ByPaths(self)

    @cached_property
    def by_simple_indices(self) -> BySimpleIndices:
        """What compares the groups by the simple indices and the nodes of the hierarchy."""
        return BySimpleIndices(self)

    @property
    def changing(self) -> str:
        """The column of the waves where there are several; empty where nothing can change."""
        wave = self.wave or (self.waves[0] if self.tree is not None and len(self.waves) == 1 else "")
        return wave if wave and self._several(wave) else ""

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables of the index construct that a result folder holds: ``rollup, rollup_drivers, ranks, ranks_within``
        (the level above the lowest), ``differences``, ``best_quarter`` of every construct, ``first_last`` of the levels
        in between, and with waves ``changes``."""
        return {name: table.copy() for name, table in (self.stored or self._tables).items()}

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        if not self.estimates.by:
            return {}
        out: dict[str, pd.DataFrame] = {}
        several = self.tree is not None and len(self.model.rollup.levels) > 2
        if self.comparable:
            drawn = self._of_draws(self.model.rollup.levels[1] if several else None)
            out |= {"ranks": drawn.pop("ranks"), "differences": self.differences(), **drawn}
            ends = first_and_last(*self.units(), self.model, self.model.rollup.adjust)
            out |= {} if ends.empty else {"first_last": ends}
        if self.tree is not None:
            out["rollup"] = self.rollup()
            d, target = self.estimates.layout.design, self.model.index.construct
            if target in {d.constructs[t] for _, t in d.pairs}:
                out["rollup_drivers"] = self.rollup_drivers(target)
        if self.changing:
            out["changes"] = self.changes(by=self.changing)
        out |= self.by_paths.tables()
        if self.whole is not None:
            out["wave_index"] = tables.index(self.whole.estimates)
            out["wave_changes"] = self.whole.changes(by=self.wave)
        return out

    @property
    def comparable(self) -> bool:
        """Whether a wave has more than one group."""
        return len(self.estimates.keys) > 1 and self.estimates.by != (self.wave,)

    def sets(self, within: str | None) -> tuple[RolledUp, GroupNumbers, str | None]:
        """Units compared within the waves; without a roll-up, `within` may name a group column to keep apart."""
        if self.tree is not None or within is None:
            return *self.units(), within
        apart = (within, *((self.wave,) if self.wave and self.wave != within else ()))
        flat_tree(self.estimates.by, self.estimates.keys, apart)  # refuses to leave nothing to compare
        return *self.units(apart), None

    def _several(self, wave: str) -> bool:
        place = self.estimates.by.index(wave)
        return len({key[place] for key in self.estimates.keys}) > 1

    def grouped(self) -> None:
        """Refuse what is without groups."""
        if not self.estimates.by:
            what = "there is one group only: nothing to rank or compare"
            raise SpecError(Problem(what, "by", remedy="name the column of the groups: by: company"))
