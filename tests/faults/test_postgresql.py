"""PostgreSQL that is restarted: in the middle of an import, and under the page."""

from __future__ import annotations

import glob
import os
import subprocess
from collections.abc import Iterator

import psycopg
import pytest

from smokewatch.errors import StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.sequences import load_sequences
from tests.importing.conftest import import_days
from tests.production import DAY, Production
from tests.servers import PostgreSql, postgresql_server
from tests.viewer.stores import keys, rows_of, viewing

SEQUENCES, FRAMES = 6, 4


@pytest.fixture
def own() -> Iterator[PostgreSql]:
    """A server that nobody else uses, and that keeps what it committed; for speed the other tests' does not."""
    with postgresql_server() as server:
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER DATABASE catalog SET synchronous_commit = on")
        yield server
        if server.folder.exists():
            control(server, "stop")


def control(server: PostgreSql, what: str) -> None:
    """Stop it, or start it again; at once, as when its machine fails."""
    program = sorted(glob.glob("/usr/lib/postgresql/*/bin/pg_ctl"))[-1]
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    given = ["-D", f"{server.folder}/data", "-m", "immediate", "-w", "-s", "-l", f"{server.folder}/log"]
    options = ["-o", f"-k {server.folder} -c listen_addresses="] if what != "stop" else []
    given = given[:2] + given[4:] if what == "start" else given
    subprocess.run([*user, program, what, *given, *options], check=what != "stop", timeout=60, capture_output=True)


@pytest.mark.chaos
@pytest.mark.parametrize("moment", [1, SEQUENCES * FRAMES // 2, SEQUENCES * FRAMES])
def test_restarted_in_the_middle_of_an_import_nothing_is_lost(
    outside: Production, own: PostgreSql, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", own.fresh())
    for hour in range(SEQUENCES):
        outside.add(frames=FRAMES, seen=FRAMES, hour=hour, camera=hour % 2)

    def restart(number: int, _key: str) -> None:
        if number == moment:
            control(own, "restart")

    outside.objects.before_get = restart
    first = 0
    try:
        first = import_days().imported
    except StorageError as error:
        assert str(error).startswith("catalog postgresql")  # noqa: PT017
        assert str(error).endswith(": check that the database can be reached and written")  # noqa: PT017
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    outside.objects.before_get = lambda _number, _key: None
    again = import_days()
    assert again.imported + again.unchanged == SEQUENCES
    assert again.unchanged >= first
    catalog = Catalog.open(own.url("catalog"))
    with catalog.read() as connection:
        found = load_sequences(connection, first_day=DAY, last_day=DAY)
    catalog.close()
    frames = FrameStore.open(outside.environment()["SMOKEWATCH_FRAMES"])
    assert [len(each.detections) for each in found] == [FRAMES] * SEQUENCES
    for sequence in found:
        for sha256 in sequence.frame_sha256s.values():
            assert sha256 is not None
            frames.read(sha256)


@pytest.mark.chaos
def test_the_page_says_that_it_is_gone_and_comes_back_by_itself(
    outside: Production, own: PostgreSql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMOKEWATCH_CATALOG_URL", own.fresh())
    outside.add(frames=FRAMES, seen=FRAMES)
    import_days()
    catalog = Catalog.open(own.url("catalog"))
    with viewing(catalog, FrameStore.open(outside.environment()["SMOKEWATCH_FRAMES"])) as client:
        (key,) = keys(rows_of(client))
        control(own, "stop")
        gone = client.get(f"/api/sequences/{key}")
        assert (gone.status_code, gone.headers["Retry-After"]) == (503, "5")
        assert "check that the database can be reached and written" in gone.text
        assert client.get("/healthz").status_code == 200
        control(own, "start")
        assert client.get(f"/api/sequences/{key}").status_code == 200
    catalog.close()
