"""Groups that are met by chance: one unit without rows stands for all of its stratum, as if each stood there."""

from __future__ import annotations

import numpy as np
import pytest

from csimodels.infer.freedom import effective_df
from csimodels.infer.jackknife import acceleration, jackknife_variance, pseudo_totals
from csimodels.moments import Clustered, DeleteUnit, Sampling

STRATA = np.repeat([0, 1, 2], [7, 5, 4])
CLUSTER = np.asarray([0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 8])
#: Units of each stratum in the whole sample; the group is in 3, 3 and 3 of them.
EVERY = np.asarray([5, 3, 4])
FRACTION = np.asarray([0.2, 0.0, 0.5])[STRATA]


@pytest.fixture(name="both")
def _both() -> tuple[Sampling, Sampling]:
    """The domain, and the same with every unit by itself."""
    own = Sampling.of(len(STRATA), STRATA, CLUSTER, FRACTION)
    stratum = np.concatenate([own.stratum, [0, 0, 2]])
    return own.among(EVERY), Sampling(own.unit, stratum, own.fraction, copies=np.ones(12))


def test_it_stands_for_every_unit_without_rows(both: tuple[Sampling, Sampling]) -> None:
    domain, each = both
    assert (domain.units, each.units, domain.df, domain.simple) == (11, 12, 6, False)
    assert domain.sizes.tolist() == each.sizes.tolist() == EVERY.tolist()
    x = np.random.default_rng(1).normal(1, 1, (len(STRATA), 3))
    for design in both:
        totals = design.totals(x)
        want = np.zeros(3)
        for h, n in enumerate(EVERY):
            own = np.vstack([x[(h == STRATA) & (c == CLUSTER)].sum(axis=0) for c in np.unique(CLUSTER[h == STRATA])])
            own = np.vstack([own, np.zeros((n - len(own), 3))])
            want += (1 - [0.2, 0.0, 0.5][h]) * n / (n - 1) * ((own - own.mean(axis=0)) ** 2).sum(axis=0)
        np.testing.assert_allclose(design.variance(totals), want, rtol=1e-13)
    a, b = (effective_df(design.totals(x), design) for design in both)
    np.testing.assert_allclose(a, b, rtol=1e-12)


def test_replicates_draw_and_leave_out_every_unit(both: tuple[Sampling, Sampling]) -> None:
    domain, each = both
    drawn = [Clustered(design, 50, 3).counts(0, 50) for design in both]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    left = [DeleteUnit(design).counts(0, design.units) for design in both]
    np.testing.assert_array_equal(left[0], np.delete(left[1], 10, axis=0))
    assert (left[0][-1, STRATA == 2] == 4 / 3).all() and (left[0][-1, STRATA < 2] == 1).all()
    values = np.random.default_rng(2).normal(0, 1, (11, 2))
    twice = np.insert(values, 10, values[9], axis=0)
    for one, other in zip(jackknife_variance(values, domain), jackknife_variance(twice, each), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)
    skew = [acceleration(pseudo_totals(v, d), d.copies) for v, d in ((values, domain), (twice, each))]
    np.testing.assert_allclose(skew[0], skew[1], rtol=1e-12)


def test_a_group_in_all_units_is_no_domain(both: tuple[Sampling, Sampling]) -> None:
    own = Sampling.of(len(STRATA), STRATA, CLUSTER)
    assert own.among(own.sizes) is own
