"""``GET /api/sequences``: its shape and its bytes."""

from __future__ import annotations

import gzip
import json

import httpx
import pytest
from httpx import Client

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.viewer import rows as viewer_rows
from tests.store.filled import NOW, STARTED, Store, an_answer
from tests.viewer.stores import Look, exported, rows_of

HOSTILE = [
    "<script>alert(1)</script>",
    "=HYPERLINK(A1)",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tTab",
    'quote " , \r\n line',
    "x" * 10_000,
]


def test_an_empty_store_is_no_error(look: Look) -> None:
    client = look()
    reply = client.get("/api/sequences")
    assert reply.status_code == 200
    assert (reply.json()["count"], reply.json()["default_threshold"]) == (0, 0.5)
    assert client.get("/api/sweep").json()["kept"] == [0] * 101
    assert exported(client, "") == []


def test_every_column_has_every_row(many: Client) -> None:
    reply = many.get("/api/sequences").json()
    assert (reply["schema_version"], reply["count"], reply["stale"]) == (1, 400, False)
    assert (reply["production_threshold"], reply["tolerance"], reply["default_threshold"]) == (0.45, 1e-5, 0.35)
    assert {len(column) for column in reply["columns"].values()} == {400}
    assert set(reply["columns"]) == {
        *("source", "id", "organization", "camera", "started_at", "label", "label_detail", "match", "drop_reason"),
        *("release", "decision", "recorded_score", "replayed_score", "full_score", "difference", "matched_frames"),
        *("frames", "tubes", "ambiguous", "contradicts", "deleted", "max_conf", "fwi_class", "passes"),
    }
    for name, words in reply["dictionaries"].items():
        assert set(reply["columns"][name]) <= set(range(-1, len(words)))
    thresholds = {word["api_version"]: word["threshold"] for word in reply["dictionaries"]["release"]}
    assert {name: thresholds[name] for name in ("0.2.0", "0.3.1", "0.4.0")} == {
        "0.2.0": None,
        "0.3.1": 0.35,
        "0.4.0": 0.42,
    }


def test_cameras_of_one_id_are_told_apart_by_their_organization(many: Client) -> None:
    words = many.get("/api/sequences").json()["dictionaries"]
    named = [(words["organization"][each["organization"]]["id"], each["id"]) for each in words["camera"]]
    assert {(2, 201), (3, 201)} <= set(named)


def test_scores_keep_every_bit(store: Store, look: Look) -> None:
    scores = [0.35, 0.1 + 0.2, 5e-324, 1 - 2**-53, 0.9583475079454005, 0.0]
    for identity, score in enumerate(scores, start=1):
        store.sequence(identity, first_detection=100 * identity, score=score, label="other")
    client = look()
    assert {row["id"]: row["recorded_score"] for row in rows_of(client)} == dict(enumerate(scores, start=1))
    assert {row["key"]: float(row["recorded_score"]) for row in exported(client, "")} == {
        f"alert-api_{identity}": score for identity, score in enumerate(scores, start=1)
    }
    swept = client.get("/api/sweep?threshold=0.35&threshold=0.35000000000000003").json()
    assert (swept["kept"], swept["fp_kept"]) == ([3, 2], [3, 2])


def test_decisions_are_production_s(store: Store, look: Look) -> None:
    """At the packaged threshold from it on; where no answer tells it, strictly above production's own."""
    for identity, score in enumerate((0.5, 0.4999, None), start=1):
        store.replayed(identity, score=score)
    store.verdict(1, full_ledger_key="full-1", ledger_key="full-1", release_identity="sha256:a")
    for identity, score in enumerate((0.45, 0.4500001), start=4):
        store.sequence(identity, first_detection=100 * identity, score=score, api_version="0.1.0")
    client = look()
    assert {row["id"]: row["decision"] for row in rows_of(client)} == {
        1: "keep",
        2: "discard",
        3: "none",
        4: "discard",
        5: "keep",
    }


def test_hostile_names_stay_text(store: Store, look: Look) -> None:
    for number, name in enumerate(HOSTILE):
        with store.catalog.write() as connection:
            names = {"source": "alert-api", "updated_at": NOW, "name": name}
            connection.execute(t.organizations.insert(), names | {"id": 50 + number})
            connection.execute(t.cameras.insert(), names | {"id": 50 + number, "organization_id": 50 + number})
        store.sequence(number + 1, first_detection=100 * number, label=name)
        with store.catalog.write() as connection:
            moved = {"organization_id": 50 + number, "camera_id": 50 + number}
            connection.execute(t.sequences.update().where(t.sequences.c.id == number + 1).values(moved))
    client = look()
    rows = {row["id"]: row for row in rows_of(client)}
    assert [rows[number + 1]["organization"]["name"] for number in range(len(HOSTILE))] == HOSTILE
    lines = {int(row["id"]): row for row in exported(client, "")}
    for number, name in enumerate(HOSTILE, start=1):
        for column in ("organization", "camera", "label_detail"):
            assert lines[number][column].removeprefix("'") == name
            assert not lines[number][column].startswith(("=", "+", "-", "@", "\t", "\r"))
    for name in HOSTILE:
        assert len(exported(client, str(httpx.QueryParams(q=name[:9000])))) == 1


def test_the_reply_is_packed_once_and_known_by_its_tags(many: Client) -> None:
    packed, plain = (many.get("/api/sequences", headers={"accept-encoding": each}) for each in ("gzip", "identity"))
    assert (packed.headers["content-encoding"], "content-encoding" in plain.headers) == ("gzip", False)
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == "Accept-Encoding"
    tag = plain.headers["etag"]
    for held in (packed.headers["etag"], tag, f"W/{tag}", f'"other", {tag}', "*"):
        known = many.get("/api/sequences", headers={"if-none-match": held})
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["etag"]
    assert many.get("/api/sequences", headers={"if-none-match": '"another"'}).status_code == 200


@pytest.mark.parametrize(
    ("header", "packed"),
    [
        *(("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("*", True)),
        *(("*;q=0", False), ("br", False), ("gzip;q=x", False), ("", False)),
    ],
)
def test_only_who_takes_gzip_gets_it(many: Client, header: str, packed: bool) -> None:
    reply = many.get("/api/sequences", headers={"accept-encoding": header})
    assert ("content-encoding" in reply.headers) == packed
    assert reply.json()["count"] == 400


def test_both_words_for_fresh_are_whole_streams(made_up_catalog: Catalog) -> None:
    taken = viewer_rows.Snapshot.take(made_up_catalog, production_threshold=0.45)
    for prepared, stale in ((taken.fresh, False), (taken.stale, True)):
        assert gzip.decompress(prepared.compressed) == prepared.content
        assert json.loads(prepared.content)["stale"] is stale


def test_days_are_utc_and_whole_milliseconds(store: Store, look: Look) -> None:
    last = STARTED.replace(hour=23, minute=59, second=59, microsecond=999_999)
    for identity, started in enumerate((last, STARTED), start=1):
        store.sequence(identity, first_detection=100 * identity, started=started)
    client = look()
    assert [row["started_at"] % 1000 for row in rows_of(client)] == [999, 0]
    told = exported(client, "from=2026-06-12&to=2026-06-12")
    assert [row["started_at"] for row in told] == ["2026-06-12T23:59:59.999999Z", STARTED.isoformat()[:-6] + "Z"]
    assert exported(client, "from=2026-06-13") == []


def test_a_verdict_s_numbers_that_are_none_are_told_as_none(store: Store, look: Look) -> None:
    store.sequence()
    store.answer("full-1", ["k0.jpg"], an_answer(0.9))
    store.verdict(full_ledger_key="full-1", ledger_key="full-1", replayed_score=float("inf"))
    client = look()
    assert rows_of(client)[0]["replayed_score"] is None
