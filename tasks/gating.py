"""The cost of the fire-risk gate, as a run shows it in Prefect."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from prefect.artifacts import create_markdown_artifact

from smokewatch.domain.days import span
from smokewatch.domain.gate_cost import GateCost, GateCount, cost_by
from smokewatch.domain.risk import Gate
from smokewatch.reports.markdown import lines
from smokewatch.store.alert_listing import organization_names
from smokewatch.store.catalog import Catalog
from smokewatch.store.gate_counts import count_gate
from smokewatch.store.gated import NO_CLASS, Listing

_HEAD = ("alerts shown", "alerts held back", "sequences shown", "held back", "smoke", "no smoke", "not labelled")


def report_gate(catalog: Catalog, first_day: date, last_day: date, gate: Gate) -> GateCost:
    """Count what the gate does to UTC days, both included, and show it: a markdown artifact, where classes are known.

    Labels come days later: the days are counted anew whenever they are imported again.
    """
    start = datetime.combine(first_day, time(), UTC)
    end = datetime.combine(last_day, time(), UTC) + timedelta(days=1)
    with catalog.read() as connection:
        counts = count_gate(connection, Listing(start=start, end=end, gate=gate))
        names = organization_names(connection)
    if any(count.fwi_class for count in counts):
        create_markdown_artifact(gate_markdown(counts, names, gate, span(first_day, last_day)), key="gate-cost")
    return GateCost.of(counts)


def gate_markdown(counts: Sequence[GateCount], names: Mapping[tuple[str, int], str], gate: Gate, days: str) -> str:
    """The gate's cost: what it holds back by class and by organization, and what of that was smoke."""
    total = GateCost.of(counts)
    by_class = cost_by(counts, lambda count: count.fwi_class)
    by_organization = cost_by(counts, lambda count: (count.source, count.organization_id))
    asks = {each: NO_CLASS if each is None else _class(each, gate[each]) for each in by_class}
    blocks = [
        f"# The gate's cost, {days}",
        _sentence(total),
        "## By class",
        _table("class", ((asks[each], cost) for each, cost in by_class.items())),
        "## By organization",
        _table("organization", ((names.get(key) or f"org-{key[1]}", cost) for key, cost in by_organization.items())),
        "Held back: its `max_conf` is below what the class of its camera and day asks for. Production's gate asks "
        f"before it validates: {total.held - total.held_in_alerts:,} of the held-back sequences are in no alert.",
    ]
    return "\n\n".join(blocks) + "\n"


def _sentence(total: GateCost) -> str:
    if not total.held:
        return "Nothing was held back."
    said = f"**{total.held:,} sequences held back**, {total.alerts_held:,} alerts whole. "
    if total.smoke_share is None:
        return said + "None of them is labelled yet."
    return (
        f"{said}**{total.held_smoke:,} were real smoke** ({total.smoke_share:.1%} of the "
        f"{total.held_smoke + total.held_false:,} labelled ones); {total.held_unlabeled:,} are not labelled yet."
    )


def _class(name: str, threshold: float | None) -> str:
    return name if threshold is None else f"{name} (≥ {threshold:g})"


def _table(head: str, rows: Iterable[tuple[str, GateCost]]) -> str:
    made: list[Sequence[object]] = [(head, *_HEAD), ("---", *("---:" for _ in _HEAD))]
    for name, cost in rows:
        facts = (cost.alerts_shown, cost.alerts_held, cost.shown, cost.held, cost.held_smoke, cost.held_false)
        made.append((name, *(f"{each:,}" for each in (*facts, cost.held_unlabeled))))
    return lines(made)
