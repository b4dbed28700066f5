"""What the control room asks of the store: SQLite and PostgreSQL answer alike."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from benchmarks.history import LAST, fill_history
from smokewatch.store.catalog import Catalog
from smokewatch.store.viewing import control_room, matching, runs
from smokewatch.store.viewing.history import WantedHistory, history_page
from tests.servers import PostgreSql

WANTED = [
    WantedHistory(),
    WantedHistory(kinds=["replay"], start=LAST - timedelta(hours=3)),
    WantedHistory(organizations=[("alert-api", 5)], statuses=["exact", "dropped"], lengths=["4", "11+"]),
    WantedHistory(cameras=[("alert-api", 4, 403)], api_versions=["0.3.1", "0.4.0"]),
    WantedHistory(text="cam 0"),
    WantedHistory(text="7"),
    WantedHistory(text="girona", kinds=["qualify"]),
]


def asked(connection: Connection) -> list[Any]:
    found: list[Any] = []
    for wanted in WANTED:
        page = history_page(connection, wanted, limit=40)
        found.append(page)
        if page.cursor is not None:
            found.append(history_page(connection, wanted, limit=40, after=page.cursor))
    first, cursor = runs.list_runs(connection, limit=2)
    since = LAST - timedelta(days=1)
    return [
        *found,
        *(first, runs.list_runs(connection, limit=2, after=cursor, kinds=["replay"], states=runs.STATES)),
        *(runs.run_kinds(connection), runs.newest_finished(connection), runs.verdicts_of_run(connection, "run-1")),
        *(matching.newest_reached(connection, limit=50), matching.match_cells(connection, since=since)),
        *(control_room.count_queue(connection), control_room.count_unreplayed(connection, since=since)),
        *(control_room.recorded_scores(connection, since=since), control_room.newest_times(connection)),
    ]


def test_both_databases_answer_alike(postgresql: PostgreSql, tmp_path: Path) -> None:
    answers = []
    for url in (f"sqlite:///{tmp_path / 'catalog.db'}", postgresql.fresh()):
        catalog = Catalog.open(url)
        fill_history(catalog, rows=400)
        with catalog.read() as connection:
            answers.append(asked(connection))
        catalog.close()
    for one, other in zip(*answers, strict=True):
        assert one == other
    assert len(answers[0]) > len(WANTED) + 10
