"""SQLite and PostgreSQL: the same rows in, the same rows and answers out."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

import smokewatch.store
from smokewatch.domain.releases import IdentityKind, ReleaseIdentity
from smokewatch.domain.risk import PRODUCTION_GATE, FwiClass
from smokewatch.errors import StorageError
from smokewatch.store import (
    alert_listing,
    alerts,
    backlog,
    enrichments,
    frame_scores,
    gate_counts,
    ledger,
    notifiable,
    organizations,
    outbox,
    profiles,
    qualifications,
    releases,
    replays,
    risk,
    run_progress,
    runs,
    scans,
    scores,
    sequence_listing,
    sequences,
    throughput,
    triage,
    unreplayed,
    verdicts,
)
from smokewatch.store.catalog import Catalog
from smokewatch.store.gated import Listing
from smokewatch.store.triage_results import results_of
from tests.servers import PostgreSql
from tests.store.anything import DAY, HOSTS, IDS, SHA256S, SOURCES, TEXTS, every_row, fill

DAYS = [(DAY + timedelta(days=number)).date() for number in (-1, 0, 1)]
SEQUENCES = [(source, identity) for source in SOURCES for identity in IDS]
EVERY: Any = {"first_day": DAYS[0], "last_day": DAYS[-1]}

# Query -> its answers to everything that can be asked of these rows.
QUERIES: dict[Callable[..., Any], Callable[[Connection], Any]] = {
    alert_listing.list_alerts: lambda c: alert_listing.list_alerts(c, Listing(), limit=100),
    alert_listing.newest_day: lambda c: alert_listing.newest_day(c),
    alert_listing.organization_names: lambda c: list(alert_listing.organization_names(c).items()),
    sequence_listing.list_held: lambda c: sequence_listing.list_held(c, Listing(override=FwiClass.LOW), limit=100),
    sequence_listing.list_sequences: lambda c: sequence_listing.list_sequences(c, Listing(), limit=100),
    alerts.alerts_started: lambda c: [alerts.alerts_started(c, source, day) for source in SOURCES for day in DAYS],
    backlog.backlog_frames_of: lambda c: backlog.backlog_frames_of(c, IDS),
    backlog.known_backlog: lambda c: backlog.known_backlog(c, IDS),
    backlog.known_backlog_frames: lambda c: [backlog.known_backlog_frames(c, identity) for identity in IDS],
    backlog.waiting: lambda c: backlog.waiting(c),
    enrichments.answers_of: lambda c: enrichments.answers_of(c, [*SHA256S, *TEXTS]),
    enrichments.known_enrichments: lambda c: enrichments.known_enrichments(c, SHA256S),
    frame_scores.scores_of_frames: lambda c: frame_scores.scores_of_frames(c, SHA256S),
    gate_counts.count_gate: lambda c: gate_counts.count_gate(c, Listing(override=FwiClass.LOW)),
    gate_counts.count_held: lambda c: gate_counts.count_held(c, Listing(override=FwiClass.LOW)),
    gate_counts.count_left_out: lambda c: gate_counts.count_left_out(c, Listing(override=FwiClass.LOW)),
    ledger.known_entries: lambda c: ledger.known_entries(c, SHA256S),
    notifiable.alerts_seen: lambda c: [notifiable.alerts_seen(c, DAY - timedelta(days=number)) for number in (0, 9)],
    notifiable.load_alerts: lambda c: [notifiable.load_alerts(c, SEQUENCES, PRODUCTION_GATE)],
    notifiable.without_alert: lambda c: [notifiable.without_alert(c, DAY - timedelta(days=9))],
    organizations.organizations_called: lambda c: [
        organizations.organizations_called(c, [name])
        for name in sorted(set(alert_listing.organization_names(c).values()))
    ],
    outbox.alerts_known: lambda c: outbox.alerts_known(c, SEQUENCES),
    outbox.told_since: lambda c: [sorted(outbox.told_since(c, DAY - timedelta(days=9)).items())],
    outbox.unsent: lambda c: [outbox.unsent(c, since=DAY - timedelta(days=9))],
    outbox.waiting: lambda c: [outbox.waiting(c)],
    profiles.frames_to_profile: lambda c: profiles.frames_to_profile(c, decoder="three", **EVERY),
    profiles.is_profiled: lambda c: [profiles.is_profiled(c, sha256, decoder="one") for sha256 in SHA256S],
    profiles.load_profiles: lambda c: profiles.load_profiles(c, SHA256S, decoder="Two"),
    profiles.repeated_frames: lambda c: profiles.repeated_frames(c, **EVERY),
    qualifications.list_qualifications: lambda c: qualifications.list_qualifications(c),
    # What fill() keeps as a report is none: both say so in the same words.
    qualifications.load_qualification: lambda c: [
        refused(qualifications.load_qualification, c, each.run_id) for each in qualifications.list_qualifications(c)
    ],
    releases.health_of: lambda c: [
        releases.health_of(c, ReleaseIdentity(IdentityKind.PROCESS, text)) for text in TEXTS
    ],
    releases.seen_identity: lambda c: [releases.seen_identity(c, text) for text in TEXTS],
    replays.load_replays: lambda c: {key: dict(row) for key, row in replays.load_replays(c, SHA256S).items()},
    risk.classes_of: lambda c: [risk.classes_of(c, source, day) for source in SOURCES for day in DAYS],
    runs.daily_runs: lambda c: [runs.daily_runs(c, DAYS[0], DAYS[-1])],
    runs.ended_runs: lambda c: runs.ended_runs(c),
    runs.orphaned_processes: lambda c: in_any_order(runs.orphaned_processes(c)),
    runs.recorded_processes: lambda c: in_any_order(runs.recorded_processes(c)),
    runs.summaries_since: lambda c: [runs.summaries_since(c, text, DAY - timedelta(days=9)) for text in TEXTS],
    scans.load_scan: lambda c: [scans.load_scan(c, source, scope) for source in SOURCES for scope in TEXTS],
    scores.scored_inputs: lambda c: [scores.scored_inputs(c, model, SHA256S) for model in SHA256S[:2]],
    sequences.known_cameras: lambda c: [sequences.known_cameras(c, source) for source in SOURCES],
    sequences.known_frames: lambda c: [sequences.known_frames(c, *key) for key in SEQUENCES],
    sequences.known_organizations: lambda c: [sequences.known_organizations(c, source) for source in SOURCES],
    sequences.known_sequences: lambda c: [sequences.known_sequences(c, source, IDS) for source in SOURCES],
    sequences.load_sequences: lambda c: [
        sequences.load_sequences(c, **EVERY),
        *(sequences.load_sequences(c, first_day=day, last_day=day, ids=[1, 2]) for day in DAYS),
    ],
    sequences.newest_id: lambda c: [sequences.newest_id(c, source) for source in SOURCES],
    sequences.sequences_started: lambda c: [
        sequences.sequences_started(c, source, day) for source in SOURCES for day in DAYS
    ],
    sequences.skipped_ids: lambda c: [sequences.skipped_ids(c, source, ["request_failed"]) for source in SOURCES],
    run_progress.progress_of: lambda c: run_progress.progress_of(c, ["r1", "R2", "r3"]),
    throughput.batches_of_releases: lambda c: throughput.batches_of_releases(c, TEXTS, limit=200),
    throughput.newest_batches: lambda c: [
        throughput.newest_batches(c, limit=200),
        throughput.newest_batches(c, limit=200, run_id="r1", api_versions=TEXTS[:3]),
    ],
    triage.answer_of: lambda c: [triage.answer_of(c, sha256, SHA256S[0]) for sha256 in SHA256S[:2]],
    triage.answers_of: lambda c: sorted(triage.answers_of(c, SHA256S[0], SHA256S), key=lambda each: each[0]),
    triage.known_model: lambda c: [triage.known_model(c, identity) for identity in SHA256S],
    triage.latest_triage: lambda c: triage.latest_triage(c),
    triage.load_triage: lambda c: triage_rows(triage.load_triage(c)),
    unreplayed.unreplayed: lambda c: [unreplayed.unreplayed(c, DAYS[0], DAYS[-1], tried_again=TEXTS)],
    verdicts.current_verdicts: lambda c: {
        key: dict(row) for key, row in verdicts.current_verdicts(c, SEQUENCES).items()
    },
}
OPENING = {"learn_days", "migrate", "schema_version", "sort_text_by_bytes", "upgrade"}
PLANNING = {"walked"}
# PostgreSQL plans by what it knows of its tables: an answer may not rest on the plan it chose today.
NO_SCANS, NO_INDEXES, NO_LOOPS, NO_HASHES, NO_MERGES = (
    f"SET LOCAL enable_{name} = off" for name in ("seqscan", "indexscan", "nestloop", "hashjoin", "mergejoin")
)
PLANS: list[tuple[str, ...]] = [
    ("SET LOCAL plan_cache_mode = force_custom_plan", *known, *refused)
    for known in [(), ("ANALYZE",)]
    for refused in [
        (),
        (NO_LOOPS, NO_MERGES),
        (NO_LOOPS, NO_HASHES),
        (NO_HASHES, NO_MERGES, NO_SCANS),
        (NO_HASHES, NO_MERGES, NO_INDEXES, "SET LOCAL enable_bitmapscan = off"),
    ]
]
# What they write is compared row by row.
WRITERS = {
    "add_alert",
    "add_digest",
    "claim",
    "first_identity",
    "finish_run",
    "forget_process",
    "give_up_claims",
    "mark_alert_deleted",
    "mark_deleted",
    "mark_left",
    "mark_listed",
    "mark_lost_runs",
    "record_batch",
    "record_drops",
    "record_enrichment",
    "record_entry",
    "record_health",
    "record_model",
    "record_process",
    "record_scores",
    "record_triage",
    "record_verdicts",
    "refresh",
    "save_alerts",
    "save_classes",
    "save_profiles",
    "save_progress",
    "save_pulled",
    "save_qualification",
    "save_scan",
    "save_sequence",
    "settle",
    "skip_sequence",
    "start_run",
    "upsert",
    "withdraw",
}


def refused(query: Callable[..., Any], *asked: Any) -> str:
    """What a query says that cannot read what is kept."""
    with pytest.raises(StorageError) as error:
        query(*asked)
    return str(error.value)


def in_any_order(records: list[Any]) -> list[Any]:
    return sorted(records, key=repr)


def triage_rows(stored: triage.StoredTriage | None) -> list[Any]:
    """What it says, in values that can be compared."""
    assert stored is not None
    assert stored.sequences
    return [stored.triage, results_of(stored).rows(), stored.drops, stored.unscored]


@pytest.fixture(scope="module")
def both(postgresql: PostgreSql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Catalog, Catalog]]:
    """A catalog of each kind with the same rows."""
    sqlite = tmp_path_factory.mktemp("both") / "catalog.db"
    opened = Catalog.open(f"sqlite:///{sqlite}"), Catalog.open(postgresql.fresh())
    for catalog in opened:
        fill(catalog)
    yield opened
    for catalog in opened:
        catalog.close()


def test_every_table_has_the_same_rows_in_the_same_order(both: tuple[Catalog, Catalog]) -> None:
    sqlite, postgresql = (every_row(catalog) for catalog in both)
    assert all(sqlite.values())
    for table, rows in sqlite.items():
        assert rows == postgresql[table], table


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.__name__)
def test_every_query_gives_the_same_answer(
    both: tuple[Catalog, Catalog], query: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "this_host", lambda: HOSTS[0])
    sqlite, postgresql = both
    with sqlite.read() as connection:
        answer = QUERIES[query](connection)
    assert answer, "nothing was asked"
    for settings in PLANS:
        with postgresql.read() as connection:
            for setting in settings:
                connection.execute(sa.text(setting))
            assert QUERIES[query](connection) == answer, settings


def test_no_query_is_forgotten() -> None:
    folder = str(Path(smokewatch.store.__path__[0]))
    modules = [importlib.import_module(f"smokewatch.store.{found.name}") for found in pkgutil.iter_modules([folder])]
    taking_a_connection = {
        name
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        # What a package has gathered is its own tests' business.
        if function.__module__ == module.__name__
        and not name.startswith("_")
        and next(iter(inspect.signature(function).parameters), None) == "connection"
    }
    assert taking_a_connection == {query.__name__ for query in QUERIES} | WRITERS | OPENING | PLANNING


def test_upserts_keep_or_replace_alike(both: tuple[Catalog, Catalog]) -> None:
    from smokewatch.store import tables as t
    from smokewatch.store.catalog import upsert

    row = {"source": "upserted", "id": 1, "name": "first", "updated_at": DAY}
    kept = []
    for catalog in both:
        with catalog.write() as connection:
            upsert(connection, t.organizations, [row, row | {"name": "again"}], update=[])
            upsert(connection, t.organizations, [row | {"id": 2}, row | {"id": 2, "name": "replaced"}])
        with catalog.read() as connection:
            query = sa.select(t.organizations.c.name).where(t.organizations.c.source == "upserted")
            kept.append(list(connection.scalars(query.order_by(t.organizations.c.id))))
    assert kept == [["first", "replaced"]] * 2
