"""Walking through the ids of a server whose listings show an admin its own organization only."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from smokewatch.errors import RunError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tasks.progress import Progress
from tests.artifacts import newest_artifact
from tests.importing.conftest import Run, counted
from tests.production import DAY, Asked, Instead, Production


@pytest.fixture(autouse=True)
def old(production: Production) -> None:
    production.services.admin_lists_all = False
    production.services.detections_offset = False


def stored(catalog: Catalog) -> set[int]:
    with catalog.read() as connection:
        return set(connection.scalars(sa.select(t.sequences.c.id)))


def asked_id(asked: Asked) -> int | None:
    """The id of the sequence that is asked for by itself."""
    last = asked.path.removeprefix("/sequences/")
    return int(last) if last.isdecimal() else None


def asked_ids(production: Production, since: int = 0) -> list[int]:
    return [found for asked in production.requests[since:] if (found := asked_id(asked)) is not None]


def test_an_old_server_lists_nothing_and_a_scan_finds_all(production: Production, catalog: Catalog, run: Run) -> None:
    ids = {production.add(frames=1, camera=number % 2, hour=number / 10) for number in range(30)}
    for sequence in (5, 6, 7):
        production.delete(sequence)
    assert run().listed == 0
    counts = run(scan=True, from_id=10)
    assert counted(counts, "listed", "imported") == (27, 27)
    assert stored(catalog) == ids - {5, 6, 7}
    # Up from 10 past the top, where 25 are missing, and down to 1: each once.
    assert set(asked_ids(production)) >= set(range(1, 31 + 25))
    assert len(asked_ids(production)) == len(set(asked_ids(production)))


def test_the_walk_down_ends_where_sequences_are_older(production: Production, catalog: Catalog, run: Run) -> None:
    older = [production.add(frames=1, hour=-24 + number / 10) for number in range(100)]
    wanted = {production.add(frames=1, hour=number) for number in range(3)}
    run(scan=True, from_id=max(wanted))
    assert stored(catalog) == wanted
    assert min(asked_ids(production)) > older[0]


def test_a_scan_that_nothing_tells_where_to_begin_says_so(production: Production, run: Run) -> None:
    with pytest.raises(UsageError, match="--from-id"):
        run(scan=True)


def test_a_second_scan_begins_at_the_newest_known(production: Production, catalog: Catalog, run: Run) -> None:
    production.add(frames=1)
    run(scan=True, from_id=1)
    later = production.add(frames=1, hour=3)
    counts = run(scan=True)
    assert counted(counts, "imported", "unchanged") == (1, 1)
    assert stored(catalog) == {1, later}


def test_an_interrupted_scan_goes_on_where_it_was(production: Production, catalog: Catalog, run: Run) -> None:
    for number in range(130):
        production.add(frames=1, hour=number / 100)

    production.before_answer = lambda asked: Instead(418) if (asked_id(asked) or 0) > 100 else None
    with pytest.raises(RunError, match="418"):
        run(scan=True, from_id=1)
    assert stored(catalog) == set(range(1, 101))  # two whole blocks
    production.before_answer = None
    since = len(production.requests)
    counts = run(scan=True)
    assert min(asked_ids(production, since)) == 101
    assert counts.imported == 30
    assert stored(catalog) == set(range(1, 131))
    since = len(production.requests)
    run(scan=True)  # it was finished: the next one is a new one
    assert set(asked_ids(production, since)) >= set(range(1, 131))


def test_an_id_that_fails_is_skipped_by_name_and_asked_again(
    production: Production, catalog: Catalog, run: Run
) -> None:
    for each in range(60):
        production.add(frames=1, hour=each / 100)
    # 70 is nobody's, 1 is the last of its block.
    production.before_answer = lambda asked: Instead(418) if asked_id(asked) in (1, 30, 55, 70) else None
    counts = run(scan=True, from_id=40)
    assert counted(counts, "imported", "skipped") == (57, {"request_failed": 4})
    assert stored(catalog) == set(range(1, 61)) - {1, 30, 55}
    again = run(scan=True, from_id=500_000)
    assert counted(again, "imported", "skipped") == (0, {"request_failed": 4})
    production.before_answer = None
    assert counted(run(scan=True, from_id=600_000), "imported", "skipped") == (3, {})
    assert stored(catalog) == set(range(1, 61))
    with catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.skips)) == 0


def test_another_choice_is_another_scan(production: Production, catalog: Catalog, run: Run) -> None:
    for number in range(60):
        production.add(frames=1, camera=number % 2, hour=number / 100)
    production.before_answer = lambda asked: Instead(418) if (asked_id(asked) or 0) > 50 else None
    with pytest.raises(RunError):
        run(scan=True, from_id=1, only=("sdis-1",))
    production.before_answer = None
    run(scan=True, from_id=1)
    assert stored(catalog) == set(range(1, 61))


def test_what_a_scan_failed_to_import_is_asked_for_again(production: Production, catalog: Catalog, run: Run) -> None:
    production.add(frames=1)
    production.before_answer = lambda asked: Instead(418) if asked.path.endswith("/detections") else None
    assert counted(run(scan=True, from_id=1), "imported", "skipped") == (0, {"request_failed": 1})
    production.before_answer = None
    assert run(scan=True, from_id=500_000).imported == 1


def test_a_scan_marks_what_was_deleted(production: Production, catalog: Catalog, run: Run) -> None:
    first, second = production.add(frames=1), production.add(frames=1, hour=3)
    run(scan=True, from_id=second)
    production.delete(first)
    assert run(scan=True).deleted == 1


def test_few_ids_are_asked_at_once(production: Production, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMOKEWATCH_API_CONNECTIONS", "2")
    production.latency = 0.002
    run(scan=True, from_id=1)
    assert production.most_at_once == 2


def test_200_rows_are_all_that_a_server_without_offset_tells(
    production: Production, catalog: Catalog, run: Run
) -> None:
    from datetime import UTC, datetime, timedelta

    from tests.production import jpeg

    whole, too_long = production.add(frames=1), production.add(frames=1, hour=3)
    start = datetime(2026, 8, 14, 12, tzinfo=UTC)
    for sequence, rows in ((whole, 179), (too_long, 219)):
        for number in range(rows):
            key = f"1-{sequence}.jpg"
            content = jpeg("x") if number == 0 else None
            production.add_row(sequence, content, created_at=start + timedelta(seconds=number), bbox="[]", key=key)
    counts = run(DAY, scan=True, from_id=1)
    assert counted(counts, "imported", "skipped") == (1, {"request_failed": 1})
    with catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.detections)) == 180


def test_a_scan_tells_how_many_ids_it_asked(
    production: Production, prefect_api: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.importing.scan.Progress", Progress)
    production.add(frames=1)
    counts = run(scan=True, from_id=1)
    artifact = newest_artifact("scan-progress")
    assert (artifact.data, artifact.description) == (100, f"ids asked: {counts.scanned} done")
