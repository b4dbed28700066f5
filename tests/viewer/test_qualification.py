"""``/api/qualifications``: which releases were qualified, one report, one decision that changes."""

from __future__ import annotations

from typing import Any

from httpx import Client

from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.store.filled import NOW, Store
from tests.viewer.qualified import GAINED, GO, LOST, NO_GO
from tests.viewer.stores import Look, detail


def get(client: Client, address: str) -> Any:
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    return reply.json()


def test_the_newest_comes_first_and_a_report_is_told_as_it_was_kept(
    qualified: Client, reports: dict[str, dict[str, Any]]
) -> None:
    listed = get(qualified, "/api/qualifications")["qualifications"]
    assert [(each["run_id"], each["verdict"]) for each in listed] == [(NO_GO, "no-go"), (GO, "go")]
    assert [(each["lost"], each["gained"]) for each in listed] == [(LOST, GAINED), (0, 0)]
    told, kept = get(qualified, f"/api/qualifications/{NO_GO}"), reports[NO_GO]
    assert {name: told[name] for name in ("rules", "metrics", "flip_counts", "verdict")} == {
        name: kept[name] for name in ("rules", "metrics", "flip_counts", "verdict")
    }
    assert [each["key"] for each in told["flips"]] == [each["key"] for each in kept["flips"]]
    assert [each["flip"] for each in told["flips"]] == ["keep_to_discard"] * LOST + ["discard_to_keep"] * GAINED


def test_a_flip_has_both_releases_answers_over_the_same_frames(
    qualified: Client, reports: dict[str, dict[str, Any]]
) -> None:
    for each in reports[NO_GO]["flips"]:
        told = get(qualified, f"/api/qualifications/{NO_GO}/flips/{each['key']}")
        replay = detail(qualified, each["key"])
        assert told["frames"] == replay["frames"]
        sides = told["sides"]
        assert (sides["baseline"]["score"], sides["candidate"]["score"]) == (each["baseline"], each["candidate"])
        for side, window in (("baseline", "matched"), ("candidate", "full")):
            assert sides[side]["window"]["answer"] == replay["windows"][window]["answer"]
            assert sides[side]["window"]["frames"] == replay["windows"][window]["frames"]


def test_what_is_not_there_is_told(qualified: Client, reports: dict[str, dict[str, Any]]) -> None:
    assert get(qualified, "/api/qualifications")["schema_version"] == 1
    flipped = {each["key"] for each in reports[NO_GO]["flips"]}
    (other, *_) = {f"alert-api_{number}" for number in range(1, 50)} - flipped
    for address in ("nobody", "%00", f"{NO_GO}/flips/{other}", f"{NO_GO}/flips/x"):
        reply = qualified.get(f"/api/qualifications/{address}")
        assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")


def test_an_empty_store_lists_nothing_and_a_damaged_report_says_what_to_do(store: Store, look: Look) -> None:
    client = look()
    assert get(client, "/api/qualifications")["qualifications"] == []
    add_damaged(store.catalog)
    reply = client.get("/api/qualifications/run")
    assert reply.status_code == 503
    assert "delete its row in qualifications, qualify the release again" in reply.json()["detail"]


def add_damaged(catalog: Catalog) -> None:
    row = {"run_id": "run", "qualified_at": NOW, "candidate": "c", "baseline": "b", "verdict": "go", "compared": 1}
    days = {"first_day": NOW.date(), "last_day": NOW.date()}
    with catalog.write() as connection:
        connection.execute(t.qualifications.insert(), row | days | {"lost": 0, "gained": 0, "report": b"no report"})
