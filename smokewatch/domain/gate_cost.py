"""What the fire-risk gate costs: what it holds back, and how much of that turned out to be real smoke."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import NamedTuple, Self, TypeVar

from smokewatch.domain.risk import FwiClass

_KeyT = TypeVar("_KeyT", bound=Hashable)


class GateCount(NamedTuple):
    """What the gate does to one organization's cameras on days of one class. Counts of the same add up."""

    source: str
    organization_id: int
    fwi_class: FwiClass | None
    """None: nothing is known of the camera and day; an alert has the highest class of its sequences."""
    alerts_shown: int = 0
    """Alerts that keep a sequence."""
    alerts_held: int = 0
    """Alerts that keep none."""
    shown: int = 0
    """Sequences, in an alert or not, that pass."""
    held: int = 0
    held_smoke: int = 0
    """Of the held-back ones, those that people later called smoke: the cost."""
    held_false: int = 0
    """Of the held-back ones, those that people later called something else: the gain."""
    held_in_alerts: int = 0
    """Of the held-back ones, those in an alert; the others never became one."""


class GateCost(NamedTuple):
    """The same, added up."""

    alerts_shown: int = 0
    alerts_held: int = 0
    shown: int = 0
    held: int = 0
    held_smoke: int = 0
    held_false: int = 0
    held_in_alerts: int = 0

    @classmethod
    def of(cls, counts: Iterable[GateCount]) -> Self:
        """Add up counts."""
        columns = zip(*(count[_FACTS:] for count in counts), strict=True)
        return cls(*map(sum, columns))

    @property
    def held_unlabeled(self) -> int:
        """Held-back sequences that nobody labelled yet: what is unknown of the cost."""
        return self.held - self.held_smoke - self.held_false

    @property
    def smoke_share(self) -> float | None:
        """The part of the labelled held-back sequences that is smoke, in [0, 1]; None: none is labelled."""
        labelled = self.held_smoke + self.held_false
        return self.held_smoke / labelled if labelled else None


_FACTS = GateCount._fields.index("alerts_shown")


def cost_by(counts: Iterable[GateCount], key: Callable[[GateCount], _KeyT]) -> dict[_KeyT, GateCost]:
    """Add up counts by what they have in common, in the order in which it comes first."""
    groups: dict[_KeyT, list[GateCount]] = {}
    for count in counts:
        groups.setdefault(key(count), []).append(count)
    return {name: GateCost.of(each) for name, each in groups.items()}
