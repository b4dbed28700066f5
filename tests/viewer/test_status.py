"""The control room: each address tells what the store holds, at its size, and says when it cannot."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from httpx import Client

from benchmarks.history import RUNNING, fill_history
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.runs import finish_run, start_run
from smokewatch.store.viewing.cursors import Cursor
from tests.store.filled import KEYS, NOW, Store, an_answer
from tests.viewer.stores import Look, viewing

KILOBYTES = {"live": 50, "latest": 20, "quality": 10, "match": 20, "system": 5}
V = t.verdicts.c


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Catalog, Client]]:
    """1,500 verdicts of ten runs, and a viewer over them."""
    folder = tmp_path_factory.mktemp("history")
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    fill_history(catalog, rows=1_500)
    with viewing(catalog, FrameStore.open(str(folder / "frames"))) as client:
        yield catalog, client
    catalog.close()


def got(client: Client, path: str, **query: Any) -> Any:
    reply = client.get(f"/api/{path}", params=query)
    assert reply.status_code == 200, reply.text
    body = reply.json()
    assert body["schema_version"] == 1
    assert body["as_of"].endswith("Z")
    assert body["stale"] is False
    return body


def walked(client: Client, **query: Any) -> list[int]:
    """The ids of every page."""
    found: list[int] = []
    cursor: str | None = ""
    while cursor is not None:
        page = got(client, "history", limit=47, cursor=cursor, **query)
        found += [row["id"] for row in page["rows"]]
        cursor = page["cursor"]
    return found


@pytest.mark.parametrize(
    ("query", "condition"),
    [
        ({}, sa.true()),
        ({"organization": "alert-api:5"}, V.organization_id == 5),
        ({"camera": ["alert-api:5:507", "alert-api:4:403"]}, V.camera_id.in_((507, 403))),
        ({"release": "0.3.1", "status": "unexplained"}, (V.api_version == "0.3.1") & (V.verdict == "unexplained")),
        (
            {"frames": ["4", "11+"], "organization": "alert-api:2"},
            ((V.frames == 4) | (V.frames > 10)) & (V.organization_id == 2),
        ),
        ({"from": "2026-11-20", "to": "2026-11-20"}, V.decided_at >= NOW.replace(month=11, day=20, hour=0)),
        ({"kind": "replay", "status": "dropped"}, V.verdict == "dropped"),
        ({"kind": "qualify"}, sa.false()),
        ({"q": "girona"}, V.organization_id == 5),
        ({"q": "CAM 07", "status": "exact"}, (V.camera_id % 100 == 7) & (V.verdict == "exact")),
        ({"q": "alert-api_12"}, V.sequence_id == 12),
        ({"q": "12"}, V.sequence_id.in_((12,)) | (V.camera_id % 100 == 12)),
        ({"q": "stack_unhealthy"}, V.drop_reason == "stack_unhealthy"),
        ({"q": "0.2.9"}, V.api_version == "0.2.9"),
        ({"q": "run-3"}, V.run_id == "run-3"),
        ({"q": "nobody"}, sa.false()),
        ({"organization": "alert-api:5", "camera": "alert-api:4:403"}, sa.false()),
    ],
    ids=str,
)
def test_history_is_what_sql_says_page_by_page(
    history: tuple[Catalog, Client], query: dict[str, Any], condition: Any
) -> None:
    catalog, client = history
    with catalog.read() as connection:
        expected = connection.scalars(sa.select(V.id).where(condition).order_by(V.decided_at.desc(), V.id.desc()))
        assert walked(client, **query) == expected.all()


def test_a_row_of_the_history_is_a_verdict_with_its_names(history: tuple[Catalog, Client]) -> None:
    catalog, client = history
    row = got(client, "history", limit=1, status="exact")["rows"][0]
    with catalog.read() as connection:
        stored = connection.execute(sa.select(t.verdicts).where(V.id == row["id"])).mappings().one()
    for name in ("run_id", "sequence_id", "api_version", "release_identity", "recorded_score", "frames", "detail"):
        assert row[name] == stored[name], name
    assert row["kind"] == "replay"
    assert row["camera"] == {"id": stored["camera_id"], "name": f"Cam {stored['camera_id'] % 100:02d}"}
    assert len(client.get("/api/history").content) < 100_000


def test_a_running_run_tells_how_far_it_is(history: tuple[Catalog, Client]) -> None:
    live = got(history[1], "status/live")
    assert [light["name"] for light in live["lights"]] == (
        ["match", "throughput", "disk", "docker", "object_store", "prefect", "freshness", "drift"]
    )
    assert {light["state"] for light in live["lights"]} <= {"ok", "warn", "bad", "unknown"}
    (run,) = live["runs"]
    assert (run["id"], run["phase"], run["done"], run["total"]) == (RUNNING, "replay", 70, 140)
    assert run["current"] == {"key": "alert-api_1", "organization": "SDIS 07", "camera": "Cam 03"}
    assert run["release"]["identity"].startswith("sha256:")
    assert run["rate_baseline"] > 0
    assert run["eta_seconds"] > 0


def test_the_stream_tells_what_live_tells(history: tuple[Catalog, Client]) -> None:
    with history[1].stream("GET", "/api/status/stream") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-accel-buffering"] == "no"
        events = (line.removeprefix("data: ") for line in stream.iter_lines() if line.startswith("data: "))
        first, second = json.loads(next(events)), json.loads(next(events))
    assert first.keys() == got(history[1], "status/live").keys()
    assert first["as_of"] <= second["as_of"]


def test_match_rates_are_what_sql_counts(history: tuple[Catalog, Client]) -> None:
    catalog, client = history
    with catalog.read() as connection:
        statuses = connection.scalars(
            sa.select(V.verdict).where(V.verdict != "dropped").order_by(V.decided_at.desc(), V.id.desc())
        ).all()
        cell = (V.organization_id == 5, V.frames == 7, V.verdict != "dropped")
        replayed = connection.scalar(sa.select(sa.func.count()).where(*cell)) or 0
        explained = connection.scalar(sa.select(sa.func.count()).where(*cell, V.verdict != "unexplained")) or 0
    match = got(client, "status/latest")["match"]
    for number in (20, 50, 100):
        right = sum(each != "unexplained" for each in statuses[:number])
        assert match["last"][str(number)] == {
            "explained": right, "replayed": number, "dropped": 0, "rate": right / number
        }  # fmt: skip
    assert len(match["sparkline"]) == 100
    heat = got(client, "status/match")
    (girona,) = [row for row in heat["organization"] if row["value"] == "alert-api:5"]
    shown = girona["cells"][heat["lengths"].index("7")]
    assert shown == {"explained": explained, "replayed": replayed, "rate": explained / replayed}


def test_runs_are_listed_and_told(history: tuple[Catalog, Client]) -> None:
    _, client = history
    first = got(client, "runs", limit=4)
    second = got(client, "runs", limit=50, cursor=first["cursor"])
    ids = [row["id"] for row in [*first["rows"], *second["rows"]]]
    assert ids[0] == RUNNING
    assert len(set(ids)) == len(ids) == 12
    assert (first["kinds"], second["cursor"]) == (["replay"], None)
    assert [row["id"] for row in got(client, "runs", state="running")["rows"]] == [RUNNING]
    told = got(client, "runs/run-3")
    assert sum(told["verdicts"].values()) == 140
    assert sum(each["sequences"] for each in told["releases"]) == 140
    (sample,) = told["throughput"]
    assert sample["sequences_per_second"] == pytest.approx(sample["sequences"] / sample["seconds"])
    assert {each["concurrency"] for each in told["compared"]} <= {1, 2}
    assert told["prefect"]["state"] == "unknown"
    assert client.get("/api/runs/nothing").status_code == 404
    samples = got(client, "throughput", limit=3)["samples"]
    assert [each["run_id"] for each in samples] == ["run-10", "run-9", "run-8"]


def test_replies_are_as_small_as_promised(history: tuple[Catalog, Client], many: Client) -> None:
    for client in (history[1], many):
        for name, limit in KILOBYTES.items():
            assert len(client.get(f"/api/status/{name}").content) < 1000 * limit, name


def test_an_empty_store_is_told_as_empty(store: Store, look: Look) -> None:
    client = look()
    assert got(client, "status/latest")["latest"] is None
    quality = got(client, "status/quality")
    assert (quality["drift"], quality["triage"], quality["calibration"]["ece"]) == (None, None, None)
    assert got(client, "status/match")["organization"] == []
    assert got(client, "history")["rows"] == got(client, "runs")["rows"] == got(client, "throughput")["samples"] == []


def test_the_latest_replay_has_its_newest_frame(store: Store, look: Look) -> None:
    store.sequence()
    store.answer("full-1", KEYS, an_answer(0.9))
    store.verdict(ledger_key="full-1", full_ledger_key="full-1", matched_frames=4)
    client = look()
    latest = got(client, "status/latest")["latest"]
    assert (latest["key"], latest["status"], latest["organization"]["name"]) == ("alert-api_1", "exact", "SDIS 07")
    assert latest["frame"]["n"] == len(KEYS) - 1
    assert client.get(latest["frame"]["url"]).status_code == 200


def test_secrets_in_what_runs_recorded_stay_there(store: Store, look: Look) -> None:
    with store.catalog.write() as connection:
        start_run(connection, "r1", "import", {"day": "2026-01-01", "api_password": "geheim"}, now=NOW)
        finish_run(connection, "r1", state="failed", summary={"deep": [{"token": "geheim"}]}, now=NOW)
    reply = look().get("/api/runs/r1")
    assert "geheim" not in reply.text
    assert reply.json()["run"]["parameters"] == {"day": "2026-01-01", "api_password": "hidden"}


def test_what_is_outside_may_be_gone(store: Store, look: Look, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("PREFECT_API_KEY", "geheim")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path / 'no.sock'}")
    with store.catalog.write() as connection:
        start_run(connection, "r1", "import", {}, now=NOW)
    client = look()
    system = client.get("/api/status/system")
    assert "geheim" not in system.text
    assert system.json()["prefect"]["state"] == "bad"
    assert system.json()["docker"]["state"] == "unknown"
    assert got(client, "runs/r1")["prefect"]["state"] == "bad"


def test_a_viewer_that_ends_samples_no_more(store: Store) -> None:
    def sampling() -> set[str]:
        return {thread.name for thread in threading.enumerate() if thread.name.startswith("status-l")}

    before = sampling()
    with viewing(store.catalog, store.frames) as client:
        got(client, "status/live")
        assert sampling()
    assert sampling() <= before


def test_a_cursor_of_other_pages_is_refused(history: tuple[Catalog, Client]) -> None:
    for text in ("", "x", "2026-01-01T00:00:00Z", "2026-13-01T00:00:00Z_1"):
        with pytest.raises(UsageError):
            Cursor.parse(text)
    runs = got(history[1], "runs", limit=1)["cursor"]
    assert history[1].get("/api/history", params={"cursor": runs}).status_code == 400
