"""What the gate costs: sums that lose nothing, and a share of what is known."""

from __future__ import annotations

from smokewatch.domain.gate_cost import GateCost, GateCount, cost_by
from smokewatch.domain.risk import FwiClass

LOW = GateCount("a", 1, FwiClass.LOW, alerts_held=1, held=5, held_smoke=1, held_false=2, held_in_alerts=3)
HIGH = GateCount("a", 1, FwiClass.HIGH, alerts_shown=4, shown=6)
OTHER = GateCount("b", 1, FwiClass.LOW, held=2, held_false=1)


def test_counts_add_up() -> None:
    assert GateCost.of([LOW, HIGH, OTHER]) == GateCost(4, 1, 6, 7, 1, 3, 3)
    assert GateCost.of([]) == GateCost()


def test_what_nobody_labelled_is_neither_cost_nor_gain() -> None:
    cost = GateCost.of([LOW, OTHER])
    assert (cost.held_unlabeled, cost.smoke_share) == (3, 0.25)
    assert GateCost.of([HIGH]).smoke_share is None


def test_groups_hold_everything_once() -> None:
    groups = cost_by([LOW, HIGH, OTHER], lambda count: count.fwi_class)
    assert list(groups) == [FwiClass.LOW, FwiClass.HIGH]
    assert GateCost.of([LOW, HIGH, OTHER]) == GateCost(*map(sum, zip(*groups.values(), strict=True)))
