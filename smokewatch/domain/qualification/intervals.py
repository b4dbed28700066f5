"""Exact intervals and tests of shares: of one release's, and of two releases' on the same sequences."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import special

CONFIDENCE = 0.95
_OF_GAINS = 1 / 500
"""Of the error of a one-sided bound, what bounds the gains."""


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``number``, with its interval."""

    count: int
    number: int
    low: float
    high: float
    """Two-sided, after Clopper and Pearson (1934); 0 and 1 of nothing."""

    @classmethod
    def of(cls, count: int, number: int, confidence: float = CONFIDENCE) -> Share:
        """The share and its exact interval."""
        tail = (1 - confidence) / 2
        return cls(count, number, lower_bound(count, number, tail), upper_bound(count, number, tail))

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return self.count / self.number if self.number else None


def lower_bound(count: int, number: int, tail: float) -> float:
    """The smallest share with which so many, or more, come with a chance of `tail`; Clopper and Pearson (1934)."""
    return float(special.betaincinv(count, number - count + 1, tail)) if count else 0.0


def upper_bound(count: int, number: int, tail: float) -> float:
    """The largest share with which so many, or fewer, come with a chance of `tail`; 1 of nothing."""
    return float(special.betainccinv(count + 1, number - count, tail)) if count < number else 1.0


@dataclass(frozen=True, slots=True)
class Paired:
    """What becomes of the same N sequences when one release decides instead of another."""

    number: int
    lost: int
    """Kept before, discarded now."""
    gained: int
    """Discarded before, kept now."""
    low: float
    high: float
    """Two-sided interval of the change. Each of both shares has an exact one of half the error, so together they hold
    at least as often as they promise (Bonferroni)."""
    p: float
    """McNemar's exact test, two-sided: as many or more of the changed ones to one side, by chance alone."""

    @classmethod
    def of(cls, number: int, *, lost: int, gained: int, confidence: float = CONFIDENCE) -> Paired:
        """The change and its exact interval.

        Raises:
            ValueError: when more changed than there are.
        """
        if min(number, lost, gained) < 0 or lost + gained > number:
            raise ValueError(f"{lost} lost and {gained} gained of {number}")
        tail = (1 - confidence) / 4
        low = lower_bound(gained, number, tail) - upper_bound(lost, number, tail)
        high = upper_bound(gained, number, tail) - lower_bound(lost, number, tail)
        changed = lost + gained
        p = min(1.0, 2 * float(special.bdtr(min(lost, gained), changed, 0.5))) if changed else 1.0
        return cls(number, lost, gained, low, high, p)

    @property
    def change(self) -> float | None:
        """Of the share that is kept, in [-1, 1]; None of nothing."""
        return (self.gained - self.lost) / self.number if self.number else None

    def worst_change(self, confidence: float = CONFIDENCE) -> float:
        """What the change is above at this confidence, one-sided and exact.

        Almost all of the error is that of the loss, so that 59 sequences without a loss give -.05 at 95 % and 299 give
        -.01, as they would without looking at gains; what is left bounds the gains, which make up for losses.
        """
        error = 1 - confidence
        gained = lower_bound(self.gained, self.number, error * _OF_GAINS)
        return gained - upper_bound(self.lost, self.number, error * (1 - _OF_GAINS))

    def best_change(self, confidence: float = CONFIDENCE) -> float:
        """What the change is below at this confidence, one-sided and exact."""
        tail = (1 - confidence) / 2
        return upper_bound(self.gained, self.number, tail) - lower_bound(self.lost, self.number, tail)

    def lost_by_chance(self) -> float:
        """How often chance alone would lose so many of the changed ones, or more: McNemar's exact test, one-sided."""
        changed = self.lost + self.gained
        return float(special.bdtrc(self.lost - 1, changed, 0.5)) if changed else 1.0


def sequences_needed(loss: float, *, lost: int = 0, confidence: float = CONFIDENCE) -> int:
    """How many sequences it takes until `lost` of them, and none gained, bound the loss to `loss`.

    Args:
        loss: in (0, 1).
        lost: so many are lost.
        confidence: one-sided, in (0, 1).
    """

    def enough(number: int) -> bool:
        return Paired.of(number, lost=lost, gained=0).worst_change(confidence) >= -loss

    few, many = lost, lost + 1
    while not enough(many):
        few, many = many, many * 2
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if enough(middle) else (middle, many)
    return many
