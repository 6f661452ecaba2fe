"""Checks of the margins that weights are raked to: shares, counts, and bounds of the weights."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from numbers import Real

from csimodels.errors import listed
from csimodels.messages import Message
from csimodels.spec.findings import Finding
from csimodels.spec.nodes import shorten
from csimodels.spec.schema.data import RawData
from csimodels.spec.view import View, name_finding

#: Shares may miss their sum, 1 or 100, by this much relative to it.
_SUM_TOL = 1e-6
#: Whole numbers that sum to this or more are counts of people, not shares in percent that miss 100.
_LEAST_COUNT = 1000
#: And none is larger than any population.
_MOST_COUNT = 1e12
#: Sums of counts of one population differ by no more than this part.
_ONE_POPULATION = 0.01


def rake_findings(view: View, data: RawData) -> Iterator[Finding]:
    """What is wrong with margins and bounds."""
    for column, shares in (data.rake or {}).items():
        yield from _margin(view, column, shares)
    yield from _totals(data)
    yield from _bounds(data)


def _totals(data: RawData) -> Iterator[Finding]:
    """Margins in counts whose sums differ: they are not of one population."""
    sums = {}
    for column, shares in (data.rake or {}).items():
        counts = [share for share in (shares or {}).values() if isinstance(share, Real)]
        if sum(counts) >= _LEAST_COUNT:
            sums[column] = float(sum(counts))
    if len(sums) > 1 and max(sums.values()) > (1 + _ONE_POPULATION) * min(sums.values()):
        what = "the counts of rake are of populations of different size"
        found = listed([Message("{column} {n}", column=column, n=f"{total:,.0f}") for column, total in sums.items()])
        remedy = "give counts of one population, or shares that sum to 1 where the sources differ"
        yield Finding(("data", "rake"), what, found, "", remedy, key=True)


def _bounds(data: RawData) -> Iterator[Finding]:
    bounds = data.rake_bounds
    if bounds is None:
        return
    loc = ("data", "rake_bounds")
    if len(bounds) != 2 or not 0 <= bounds[0] < 1 < bounds[1] < math.inf:
        what = "rake_bounds are two factors round 1"
        found = ", ".join(f"{bound:g}" for bound in bounds[:6])
        yield Finding(loc, what, found, Message("0 or more and below 1; above 1"), "write [0.3, 3]")
    if not data.rake:
        remedy = "add rake: {column: {category: share}}"
        yield Finding(loc, "rake_bounds trim what `rake` does", "", "", remedy, key=True)


def _margin(view: View, column: str, shares: Mapping[str, float] | None) -> Iterator[Finding]:
    loc = ("data", "rake", column)
    yield from name_finding(column, "column", loc)
    if view.checked.touches(*loc):
        return
    if shares is None or len(shares) < 2:
        what = Message('the shares of "{column}" need at least two categories', column=shorten(column))
        yield Finding(loc, what, "", "", "write {female: 0.52, male: 0.48}", key=True)
        return
    wrong = [category for category, share in shares.items() if not (math.isfinite(share) and share > 0)]
    for category in wrong:
        what = Message(
            'the share of "{category}" in "{column}" must be a positive number',
            category=shorten(category),
            column=shorten(column),
        )
        remedy = "leave rows of a category that is not in the population out with `where:`"
        yield Finding((*loc, category), what, f"{shares[category]:g}", "above 0", remedy)
    if not wrong and share_total(shares) is None:
        what = Message('the shares of "{column}" do not add up', column=shorten(column))
        allowed = Message(
            "shares that sum to 1, percentages that sum to 100, or whole counts of {LEAST_COUNT} or more in all",
            LEAST_COUNT=_LEAST_COUNT,
        )
        yield Finding(loc, what, Message("a sum of {values}", values=f"{sum(shares.values()):.10g}"), allowed, key=True)


def share_total(shares: Mapping[str, float]) -> float | None:
    """What `shares` are shares of (their sum; exactly 1 where they sum to it but for rounding), None where unclear."""
    if max(shares.values(), default=0.0) > _MOST_COUNT:
        return None
    total = math.fsum(shares.values())
    if abs(total - 1) <= 1e-12:
        return 1.0
    near = any(abs(total - whole) <= _SUM_TOL * whole for whole in (1, 100))
    counts = total >= _LEAST_COUNT and all(share.is_integer() for share in shares.values())
    return total if near or counts else None
