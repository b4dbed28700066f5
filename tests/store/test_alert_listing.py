"""Alerts behind the gate: pages and counts are what the rules give of every row, on both databases."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from benchmarks.listed_alerts import FIRST_DAY, SOURCE, fill
from smokewatch.domain.gate_cost import GateCost, cost_by
from smokewatch.domain.labels import Label, label_of
from smokewatch.domain.risk import FwiClass, RiskClass, gate_with, passes_listing
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.alert_listing import GatedAlert, list_alerts
from smokewatch.store.catalog import Catalog
from smokewatch.store.gate_counts import count_gate, count_held, count_left_out
from smokewatch.store.gated import NO_CLASS, Listing
from smokewatch.store.risk import save_classes
from smokewatch.store.sequence_listing import Cursor, GatedSequence, list_held, list_sequences
from tests.servers import PostgreSql

DAYS = 9
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def full(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A catalog with 1,500 alerts over nine days; only to be read."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('listing') / 'catalog.db'}"
    else:
        server: PostgreSql = request.getfixturevalue("postgresql")
        url = server.new_database()
    opened = Catalog.open(url)
    fill(opened, alerts=1500, days=DAYS)
    with opened.write() as connection:
        connection.execute(sa.text("ANALYZE"))  # as PostgreSQL does by itself after a while
    yield opened
    opened.close()


class Fact(NamedTuple):
    """A stored sequence, read row by row."""

    id: int
    organization: int
    started_at: datetime
    label: str | None
    max_conf: float | None
    fwi_class: FwiClass | None


class Facts:
    """Everything, in Python, and the rules applied to it."""

    def __init__(self, catalog: Catalog) -> None:
        with catalog.read() as connection:
            every = {table.name: connection.execute(sa.select(table)).all() for table in t.metadata.sorted_tables}
        classes = {(row.camera_id, row.day): FwiClass(row.fwi_class) for row in every["risk_classes"]}
        outcomes = {(row.sequence_id, row.outcome): row for row in every["outcomes"]}
        self.sequences = {
            row.id: Fact(
                row.id,
                row.organization_id,
                row.started_at,
                outcomes[row.id, row.outcome].is_wildfire,
                outcomes[row.id, row.outcome].max_conf,
                classes.get((row.camera_id, row.started_at.date())),
            )
            for row in every["sequences"]
            if row.deleted_at is None
        }
        self.alerts = {row.id: row for row in every["alerts"] if row.deleted_at is None}
        self.links: dict[int, set[int]] = defaultdict(set)
        for row in every["alert_sequences"]:
            if row.gone_at is None and row.alert_id in self.alerts and row.sequence_id in self.sequences:
                self.links[row.alert_id].add(row.sequence_id)

    def judged(self, listing: Listing, ids: set[int]) -> dict[int, bool]:
        """Whether each sequence in scope passes."""
        found = {}
        for identity in ids:
            fact = self.sequences[identity]
            fwi_class = listing.override or fact.fwi_class
            if listing.unlabeled and label_of(fact.label) is not Label.UNKNOWN:
                continue
            if listing.classes is not None and (fwi_class or NO_CLASS) not in listing.classes:
                continue
            found[identity] = passes_listing(fact.max_conf, fwi_class, listing.gate)
        return found

    def shown(self, listing: Listing) -> list[tuple[int, set[int], int]]:
        """Alert, what it keeps, how many sequences it lost; newest first."""
        found = []
        for identity, alert in self.alerts.items():
            judged = self.judged(listing, self.links[identity])
            kept = {each for each, passing in judged.items() if passing}
            if kept and wanted(listing, alert.started_at, alert.organization_id):
                found.append((identity, kept, len(judged) - len(kept)))
        return sorted(found, key=lambda each: (-self.alerts[each[0]].started_at.timestamp(), each[0]))

    def sequences_of(self, listing: Listing, *, passing: bool) -> list[int]:
        """The sequences that pass, or are held back, newest first."""
        judged = self.judged(listing, set(self.sequences))
        facts = (self.sequences[each] for each, passes in judged.items() if passes is passing)
        chosen = [each for each in facts if wanted(listing, each.started_at, each.organization)]
        return [each.id for each in sorted(chosen, key=lambda each: (-each.started_at.timestamp(), each.id))]


def wanted(listing: Listing, started_at: datetime, organization: int) -> bool:
    return (
        (listing.start is None or started_at >= listing.start)
        and (listing.end is None or started_at < listing.end)
        and (listing.organizations is None or (SOURCE, organization) in listing.organizations)
    )


@pytest.fixture(scope="module")
def facts(full: Catalog) -> Facts:
    return Facts(full)


DAY = FIRST_DAY + timedelta(days=4)
ONE_DAY: dict[str, Any] = {"start": DAY, "end": DAY + timedelta(days=1)}
LISTINGS = {
    "all": Listing(),
    "a day": Listing(**ONE_DAY),
    "since a moment": Listing(start=FIRST_DAY + timedelta(days=8, hours=7, minutes=3)),
    "an organization": Listing(organizations=[(SOURCE, 3)]),
    "two organizations of a day": Listing(organizations=[(SOURCE, 3), (SOURCE, 5)], **ONE_DAY),
    "nobody": Listing(organizations=[("elsewhere", 3)]),
    "no organization": Listing(organizations=[]),
    "unlabeled": Listing(unlabeled=True),
    "two classes": Listing(classes=["low", "high"]),
    "no class": Listing(classes=[NO_CLASS, "very_low"]),
    "another gate": Listing(gate=gate_with({FwiClass.VERY_LOW: None, FwiClass.EXTREME: 1.0})),
    "no gate": Listing(gate=gate_with({FwiClass.VERY_LOW: None, FwiClass.LOW: None})),
    "all of it": Listing(
        organizations=[(SOURCE, 2)], unlabeled=True, classes=["very_low"], override=FwiClass.VERY_LOW, **ONE_DAY
    ),
    **{f"as on a day of {each}": Listing(override=each) for each in FwiClass},
}


def pages(catalog: Catalog, query: Callable[..., Any], listing: Listing, limit: int) -> list[Any]:
    """Every item, a page at a time; each page in a transaction of its own."""
    found: list[Any] = []
    after: Cursor | None = None
    while True:
        with catalog.read() as connection:
            items, cursor = query(connection, listing, limit=limit, after=after)
        assert len(items) == limit or cursor is None
        found += items
        if cursor is None:
            return found
        after = Cursor.parse(str(cursor))


@pytest.mark.parametrize("name", LISTINGS)
def test_pages_show_and_hold_back_what_the_rules_say(full: Catalog, facts: Facts, name: str) -> None:
    listing = LISTINGS[name]
    alerts: list[GatedAlert] = pages(full, list_alerts, listing, limit=97)
    assert [(each.id, {s.id for s in each.sequences}, each.left_out) for each in alerts] == facts.shown(listing)
    held: list[GatedSequence] = pages(full, list_held, listing, limit=97)
    assert [each.id for each in held] == facts.sequences_of(listing, passing=False)
    passing: list[GatedSequence] = pages(full, list_sequences, listing, limit=97)
    assert [each.id for each in passing] == facts.sequences_of(listing, passing=True)
    for each in itertools.chain(held, passing, *(alert.sequences for alert in alerts)):
        fact = facts.sequences[each.id]
        fwi_class = listing.override or fact.fwi_class
        threshold = None if fwi_class is None else listing.gate[fwi_class]
        assert each[-4:-1] == (fwi_class, threshold, passes_listing(fact.max_conf, fwi_class, listing.gate))
        assert (each.max_conf, each.is_wildfire) == (fact.max_conf, fact.label)
    for each in (*held, *passing):
        assert each.alerts == tuple(sorted(a for a, sequences in facts.links.items() if each.id in sequences))


def test_listings_of_one_shape_keep_their_own_moments(full: Catalog, facts: Facts) -> None:
    starts = [FIRST_DAY + timedelta(days=number) for number in range(DAYS)]
    for start in starts:
        listing = Listing(start=start, end=start + timedelta(days=1))
        listed = pages(full, list_sequences, listing, limit=97)
        assert [each.id for each in listed] == facts.sequences_of(listing, passing=True)


def test_a_page_may_hold_everything(full: Catalog, facts: Facts) -> None:
    """More ids than a statement has parameters for, where each is one."""
    with full.read() as connection:
        alerts = list_alerts(connection, Listing(), limit=40_000).items
        sequences = list_sequences(connection, Listing(), limit=40_000).items
    assert [(each.id, {s.id for s in each.sequences}, each.left_out) for each in alerts] == facts.shown(Listing())
    assert [each.id for each in sequences] == facts.sequences_of(Listing(), passing=True)


def test_a_class_that_asks_nothing_holds_nothing_back(full: Catalog) -> None:
    with full.read() as connection:
        assert list_held(connection, Listing(classes=["extreme", NO_CLASS]), limit=9) == ([], None)


@pytest.mark.parametrize("full", ["postgresql"], indirect=True, scope="module")
def test_a_page_leaves_the_planner_as_it_was(full: Catalog) -> None:
    with full.read() as connection:
        list_alerts(connection, Listing(), limit=9)
        list_held(connection, Listing(), limit=9)
        settings = [connection.scalar(sa.text(f"SHOW {name}")) for name in ("plan_cache_mode", "enable_sort")]
    assert settings == ["auto", "on"]


@pytest.mark.parametrize("name", LISTINGS)
def test_what_is_left_out_is_counted_by_organization_and_class(full: Catalog, facts: Facts, name: str) -> None:
    listing = LISTINGS[name]
    with full.read() as connection:
        left_out, gate = count_left_out(connection, listing), count_gate(connection, listing)
    alerts = {key: each for key, each in facts.alerts.items() if wanted(listing, each.started_at, each.organization_id)}
    judged = {key: facts.judged(listing, facts.links[key]) for key in alerts}
    shown = [key for key, each in judged.items() if any(each.values())]
    gone = [key for key, each in judged.items() if each and not any(each.values())]
    lost = {each for passing in judged.values() for each, passes in passing.items() if not passes}
    held = [facts.sequences[each] for each in facts.sequences_of(listing, passing=False)]
    labels = [label_of(each.label) for each in held]
    in_alerts = set().union(*facts.links.values())
    total, out = GateCost.of(gate), GateCost.of(left_out.counts)
    with full.read() as connection:
        counts = count_held(connection, listing)
    assert [(*each[:3], each.held) for each in counts] == [(*each[:3], each.held) for each in gate if each.held]
    assert (out.alerts_held, out.held) == (len(gone), len(lost))
    assert left_out.without_sequences == sum(not facts.links[key] for key in alerts)
    assert (total.alerts_shown, total.alerts_held, total.held) == (len(shown), len(gone), len(held))
    assert (total.held_smoke, total.held_false) == (labels.count(Label.SMOKE), labels.count(Label.FALSE_POSITIVE))
    assert total.held_unlabeled == labels.count(Label.UNKNOWN)
    assert total.held_in_alerts == sum(each.id in in_alerts for each in held)
    assert total.shown == sum(
        facts.judged(listing, {each.id}).get(each.id, False)
        for each in facts.sequences.values()
        if wanted(listing, each.started_at, each.organization)
    )
    by_class = cost_by(gate, lambda count: (count.organization_id, count.fwi_class))
    for (organization, fwi_class), cost in by_class.items():
        of_it = [each for each in held if each.organization == organization]
        assert cost.held == sum((listing.override or each.fwi_class) is fwi_class for each in of_it)
    ranks = [*FwiClass, None]
    assert gate == sorted(gate, key=lambda each: (each.source, each.organization_id, ranks.index(each.fwi_class)))


def test_there_is_something_of_everything(full: Catalog, facts: Facts) -> None:
    """Or the tests above would compare nothing with nothing."""
    with full.read() as connection:
        total, left_out = GateCost.of(count_gate(connection, Listing())), count_left_out(connection, Listing())
    assert min(*total, total.held_unlabeled, left_out.without_sequences) > 0
    assert any(kept and lost for _, kept, lost in facts.shown(Listing()))
    starts = [alert.started_at for alert in facts.alerts.values()]
    assert len(set(starts)) < len(starts)


@pytest.mark.parametrize("limit", [1, 7])
def test_a_page_ends_between_alerts_of_one_moment(catalog: Catalog, limit: int) -> None:
    for number in range(10):
        add_alert(catalog, number, sequences={number: 0.9}, source=f"s{number % 3}")
    listed = pages(catalog, list_alerts, Listing(), limit=limit)
    assert [(each.source, each.id) for each in listed] == sorted((f"s{n % 3}", n) for n in range(10))


def test_pages_stay_exact_while_alerts_come(catalog: Catalog) -> None:
    for number in range(6):
        add_alert(catalog, number, sequences={number: 0.9}, started_at=DAY + timedelta(minutes=number))
    with catalog.read() as connection:
        first = list_alerts(connection, Listing(), limit=3)
    add_alert(catalog, 9, sequences={9: 0.9}, started_at=DAY + timedelta(hours=1))
    with catalog.read() as connection:
        second = list_alerts(connection, Listing(), limit=3, after=first.cursor)
    assert [each.id for each in (*first.items, *second.items)] == [5, 4, 3, 2, 1, 0]
    assert second.cursor is None


def test_mixed_alerts_keep_what_survives_and_go_without_any(catalog: Catalog) -> None:
    risk(catalog, FwiClass.VERY_LOW)
    add_alert(catalog, 1, sequences={10: 0.59, 11: 0.6, 12: None})
    add_alert(catalog, 2, sequences={20: 0.1, 21: 0.5999})
    with catalog.read() as connection:
        page, held = list_alerts(connection, Listing(), limit=9), list_held(connection, Listing(), limit=9)
        left_out = count_left_out(connection, Listing())
    assert [(each.id, [s.id for s in each.sequences], each.left_out) for each in page.items] == [(1, [11, 12], 1)]
    assert [(each.id, each.fwi_class, each.threshold, each.alerts) for each in held.items] == [
        (10, FwiClass.VERY_LOW, 0.6, (1,)),
        (20, FwiClass.VERY_LOW, 0.6, (2,)),
        (21, FwiClass.VERY_LOW, 0.6, (2,)),
    ]
    assert [(each.alerts_held, each.held) for each in left_out.counts] == [(1, 3)]


def test_past_days_have_their_own_classes(catalog: Catalog) -> None:
    risk(catalog, FwiClass.VERY_LOW, day=DAY.date())
    risk(catalog, FwiClass.MODERATE, day=DAY.date() + timedelta(days=1))
    midnight = DAY + timedelta(days=1)
    add_alert(catalog, 1, sequences={1: 0.3}, started_at=midnight - timedelta(microseconds=1))
    add_alert(catalog, 2, sequences={2: 0.3}, started_at=midnight)
    add_alert(catalog, 3, sequences={3: 0.3}, started_at=DAY - timedelta(microseconds=1))
    with catalog.read() as connection:
        assert [each.id for each in list_alerts(connection, Listing(), limit=9).items] == [2, 3]
        as_extreme = Listing(override=FwiClass.EXTREME)
        assert [each.id for each in list_alerts(connection, as_extreme, limit=9).items] == [2, 1, 3]


@pytest.mark.parametrize("text", ["", "x", "2026-08-14~1", "2026-08-14~one~s", f"2026-08-14~{2**64}~s", "~~", "0~1~s"])
def test_what_is_no_cursor_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="is no cursor: give one that a page ended with"):
        Cursor.parse(text)


def risk(catalog: Catalog, fwi_class: FwiClass, day: date | None = None) -> None:
    with catalog.write() as connection:
        save_classes(connection, SOURCE, [RiskClass(12, day or DAY.date(), fwi_class, None, NOW)], now=NOW)


def add_alert(
    catalog: Catalog,
    identity: int,
    *,
    sequences: dict[int, float | None],
    started_at: datetime = DAY,
    source: str = SOURCE,
) -> None:
    """An alert of sequences with these confidences."""
    here = {"source": source, "organization_id": 2}
    times = {"started_at": started_at, "last_seen_at": started_at, "updated_at": NOW}
    of_sequence = {"camera_id": 12, "started_at": started_at, "imported_at": NOW, "revision": 1, "outcome": 1}
    with catalog.write() as connection:
        connection.execute(t.alerts.insert(), here | times | {"id": identity})
        for each, max_conf in sequences.items():
            connection.execute(t.sequences.insert(), here | of_sequence | {"id": each})
            outcome = {"source": source, "sequence_id": each, "outcome": 1, "observed_at": NOW, "last_seen_at": NOW}
            connection.execute(t.outcomes.insert(), outcome | {"max_conf": max_conf})
            link = {"source": source, "alert_id": identity, "sequence_id": each, "seen_at": NOW}
            connection.execute(t.alert_sequences.insert(), link)
