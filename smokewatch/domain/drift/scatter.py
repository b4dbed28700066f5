"""How a baseline's days scatter when each has about as many observations as the day that is checked.

Days of similar n are taken as they are. One with more than twice as many would scatter less than the checked day:
means and shares get the variance that subsampling adds, computed instead of drawn; distances, which also grow as n
shrinks, are computed again from a subsample. A day with more than its baseline's needs nothing: it is only tested
more cautiously.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.drift import residuals as r
from smokewatch.domain.drift.metrics import DISTANCE_COLUMN, W1_COLUMN
from smokewatch.domain.drift.pools import in_scope
from smokewatch.domain.drift.reference import Reference, Values, expected_shares
from smokewatch.domain.drift.severity import CAMERA_N, FLEET_N
from smokewatch.domain.drift.testing import tails_of

Array = NDArray[np.float64]

SIMILAR = 2
"""Times as many observations as the checked day are still similar."""


@dataclass(frozen=True, slots=True, eq=False)
class Scatter:
    """Over the baseline's days; (1 + C, M) scopes by `COLUMNS`."""

    days: NDArray[np.int64]
    """With at least 30 observations of the fleet, or 3 of the camera."""
    mean: Array
    """On the tested scale; NaN without days."""
    spread: Array
    """Standard deviation, ddof 1; NaN with fewer than two days."""
    tails: Array
    """(M,) degrees of freedom of the days' distribution (:func:`testing.tails_of`)."""


def scatter(reference: Reference, today: Values) -> Scatter:
    """The baseline's days as they would be with the day's numbers of observations."""
    theirs, n = reference.values, today.n[0]
    enough = np.full(n.shape, CAMERA_N)
    enough[0] = FLEET_N
    used = (theirs.n >= enough) & np.isfinite(theirs.tested)
    tested = np.where(used, theirs.tested, 0.0)
    larger = used & (theirs.n > SIMILAR * n) & (n >= enough)
    _subsample(reference, n, larger, tested)
    days = used.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = tested.sum(axis=0) / days
        about = np.where(used, tested - mean, 0.0)
        variance = (about**2).sum(axis=0) / (days - 1)
        added = np.where(larger, theirs.variance * (1 / n - 1 / theirs.n), 0.0)
        variance += np.nan_to_num(added.sum(axis=0) / days)
        # Days that never scattered, as a camera's that never saw smoke, still leave the day its own chance.
        own = np.nan_to_num(today.variance[0] / n)
    spread = np.sqrt(np.maximum(np.where(days > 1, variance, np.nan), own))
    tails = tails_of(about, days)
    # The logarithm of a small distance falls far to the side where nobody looks.
    tails[[W1_COLUMN, DISTANCE_COLUMN]] = np.inf
    return Scatter(days, mean, spread, tails)


def _subsample(reference: Reference, n: NDArray[np.int64], larger: NDArray[np.bool_], tested: Array) -> None:
    """Put the distances of subsamples of the checked day's size in the place of larger days' distances."""
    for number, scope in np.argwhere(larger[..., W1_COLUMN]):
        dice = _dice(reference, number, scope)
        here = in_scope(reference.bins[number], scope)
        bins = dice.choice(np.repeat(here[:, 1], here[:, 2]), n[scope, W1_COLUMN], replace=False)
        pool = reference.pools[scope]
        part = pool.distances(np.array([0, len(bins)]), np.sort(bins), np.ones_like(bins)).item()
        # The whole day is in the pool, of which this is a part: its share counts as for whole days.
        own = here[:, 2].sum() / pool.size
        tested[number, scope, W1_COLUMN] = np.log(max(part / (1 - own), r.SMALLEST))
    for number, scope in np.argwhere(larger[..., DISTANCE_COLUMN]):
        dice = _dice(reference, number, scope)
        counts = reference.aligned.class_counts[number]
        by_scope = r.with_fleet(counts.sum(axis=-2))[scope].astype(np.int64)
        drawn = dice.multivariate_hypergeometric(by_scope, n[scope, DISTANCE_COLUMN])
        expected = expected_shares(counts, reference.class_shares)[scope]
        tested[number, scope, DISTANCE_COLUMN] = np.log(max(r.total_variation(drawn, expected).item(), r.SMALLEST))


def _dice(reference: Reference, number: int, scope: int) -> np.random.Generator:
    """The same for the same day and scope: a check that is repeated gives the same p."""
    return np.random.default_rng((reference.days[number].day.toordinal(), int(scope)))
