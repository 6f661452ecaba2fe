"""Groups as domains: sampling units of the whole sample by wave and stratum, where groups are met by chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from csimodels.moments.linalg import Bools
from csimodels.survey.columns import Ints

if TYPE_CHECKING:
    from csimodels.survey.survey import Survey


@dataclass(frozen=True, eq=False)
class WholeSample:
    """Sampling units of all groups together; every wave is a sample of its own.

    Attributes
    ----------
    wave : (G,) number of the wave of each group.
    number : (n,) sampling unit of each row: one number for a cluster, or a person of a panel, wherever it stands.
    stratum : (U,) stratum of each unit.
    drawn : (W, U) whether a unit was drawn in a wave.
    """

    wave: Ints
    number: Ints
    stratum: Ints
    drawn: Bools

    @classmethod
    def of(cls, survey: Survey) -> WholeSample:
        """The whole sample that the groups of a survey are met in."""
        wave = _waves(survey)
        units = survey.units if survey.cluster is not None else survey.panel
        own = np.arange(survey.n)
        code = own if units is None else np.where(units < 0, -1 - own, units)
        number = np.unique(code, return_inverse=True)[1].ravel().astype(np.intp)
        stratum = np.zeros(int(number.max(initial=-1)) + 1, dtype=np.intp)
        if survey.strata is not None:
            stratum[number] = survey.strata
        drawn = np.zeros((int(wave.max(initial=0)) + 1, len(stratum)), dtype=bool)
        drawn[wave[survey.group], number] = True
        return cls(wave, number, stratum, drawn)

    @cached_property
    def sizes(self) -> Ints:
        """(W, H) units that were drawn in each stratum, by wave."""
        return np.stack([self.counted(there) for there in self.drawn])

    def counted(self, there: Bools) -> Ints:
        """(H,) units of each stratum among those that are there ``(U,)``."""
        return np.bincount(self.stratum[there], minlength=int(self.stratum.max(initial=-1)) + 1).astype(np.intp)


def one_sample(survey: Survey) -> Bools:
    """(G, G) pairs of groups that given replicate weights take as parts of one sample: those of one wave.

    Waves are separate samples unless a panel or clusters run through them, and so are groups that were planned.
    """
    design = survey.model.data.design
    if design.groups == "planned":
        return np.eye(len(survey.group_keys), dtype=bool)
    wave = np.zeros(len(survey.group_keys)) if design.panel or design.cluster else _waves(survey)
    return np.asarray(wave[:, None] == wave)


def _waves(survey: Survey) -> Ints:
    """(G,) number of the wave of each group."""
    levels = survey.model.rollup.levels
    columns = {survey.wave} if survey.wave else {name for name in survey.by if levels and name not in levels}
    at = [k for k, name in enumerate(survey.by) if name in columns]
    found = [tuple(key[k] for k in at) for key in survey.group_keys]
    return np.asarray([list(dict.fromkeys(found)).index(key) for key in found], dtype=np.intp)
