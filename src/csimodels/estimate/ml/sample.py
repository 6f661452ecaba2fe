"""Sample moments as the covariance structure room takes them: groups on an axis of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from csimodels.moments import Moments
from csimodels.moments.linalg import Floats


@dataclass(frozen=True, eq=False)
class Sample:
    """Moments of G groups with leading batch axes ``*B``.

    Attributes
    ----------
    mean : (*B, G, p);  cov : (*B, G, p, p), divisor n (lavaan's ``likelihood = "normal"``);  n : (*B, G) rows.
    """

    mean: Floats
    cov: Floats
    n: Floats

    @classmethod
    def of(cls, moments: Moments) -> Sample:
        """One group per element of the batch of `moments` ``(*B, p)``."""
        return cls(moments.mean[..., None, :], moments.cov[..., None, :, :], np.asarray(moments.n, float)[..., None])

    @classmethod
    def of_groups(cls, moments: Moments) -> Sample:
        """The last batch axis of `moments` ``(*B, G, p)`` as the groups of one model."""
        return cls(moments.mean, moments.cov, np.asarray(moments.n, float))

    @property
    def batch(self) -> tuple[int, ...]:
        """Shape of the batch axes."""
        return self.mean.shape[:-2]

    @property
    def total(self) -> Floats:
        """(*B,) rows of all groups."""
        return np.asarray(self.n.sum(axis=-1))

    @property
    def share(self) -> Floats:
        """(*B, G) share of each group in the rows."""
        return np.asarray(self.n / self.total[..., None])

    def flat(self) -> Sample:
        """The batch axes made one, ``(N, G, ...)``."""
        lead = len(self.batch)
        mean, cov, n = (part.reshape(-1, *part.shape[lead:]) for part in (self.mean, self.cov, self.n))
        return Sample(mean, cov, n)

    def __getitem__(self, index: Any) -> Sample:
        """The batch elements at `index`."""
        return Sample(self.mean[index], self.cov[index], self.n[index])
