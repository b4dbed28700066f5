"""The page's rows, the CSV and the counts in SQL select the same sequences."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from httpx import Client

from tests.viewer.stores import exported, keys, rows_of

Row = dict[str, Any]
THRESHOLDS = [n / 100 for n in range(101)]


def day(row: Row) -> str:
    return datetime.fromtimestamp(row["started_at"] / 1000, UTC).date().isoformat()


def holds(text: str) -> Callable[[Row], bool]:
    def test(row: Row) -> bool:
        release = row["release"] or {}
        names = [
            row["key"],
            row["organization"]["name"],
            row["camera"]["name"],
            row["label_detail"],
            row["drop_reason"],
        ]
        names += [release.get("api_version"), release.get("model_version")]
        return any(text in name.lower() for name in names if name)

    return test


def outcome(row: Row, threshold: float) -> str | None:
    if row["label"] == "unknown" or row["contradicts"] or row["recorded_score"] is None:
        return None
    return f"{row['label']}-{'kept' if row['recorded_score'] >= threshold else 'discarded'}"


CASES: dict[str, Callable[[Row], bool]] = {
    "": lambda row: True,
    "organization=alert-api:2": lambda row: row["organization_id"] == ("alert-api", 2),
    "organization=alert-api:2&organization=alert-api-staging:3": lambda row: (
        row["organization_id"] in [("alert-api", 2), ("alert-api-staging", 3)]
    ),
    "camera=alert-api:2:201": lambda row: row["camera_id"] == ("alert-api", 2, 201),
    "camera=alert-api:3:201": lambda row: row["camera_id"] == ("alert-api", 3, 201),
    "organization=alert-api:2&camera=alert-api:3:201": lambda row: False,
    "decision=keep": lambda row: row["decision"] == "keep",
    "decision=discard&release=0.2.0": lambda row: (
        row["decision"] == "discard" and (row["release"] or {}).get("api_version") == "0.2.0"
    ),
    "decision=none": lambda row: row["decision"] == "none",
    "match=window": lambda row: row["match"] == "window",
    "match=not_replayed": lambda row: row["match"] == "not_replayed",
    "match=dropped&reason=release_moved": lambda row: row["drop_reason"] == "release_moved",
    "release=0.3.1&release=0.4.0": lambda row: (row["release"] or {}).get("api_version") in ("0.3.1", "0.4.0"),
    "label=smoke": lambda row: row["label"] == "smoke",
    "label=unknown&label=fp": lambda row: row["label"] in ("unknown", "fp"),
    "from=2026-06-01&to=2026-06-20": lambda row: "2026-06-01" <= day(row) <= "2026-06-20",
    "to=2026-05-31": lambda row: day(row) <= "2026-05-31",
    "q=sdis": holds("sdis"),
    "q=BIOB%C3%8DO": holds("biobío"),
    "q=alert-api_1": holds("alert-api_1"),
    "q=staging_": holds("staging_"),
    "q=moved": holds("moved"),
    "q=0.3.": holds("0.3."),
    "q=%25": holds("%"),
    "q=_": holds("_"),
    "q=other_smoke": holds("other_smoke"),
    "outcome=smoke-kept&threshold=0.35": lambda row: outcome(row, 0.35) == "smoke-kept",
    "outcome=smoke-discarded&outcome=fp-kept&threshold=0.5": lambda row: (
        outcome(row, 0.5) in ("smoke-discarded", "fp-kept")
    ),
    "outcome=fp-discarded": lambda row: outcome(row, 0.35) == "fp-discarded",
    "mode=eval&tab=raw&frame=3&label=fp&match=exact&q=cam": lambda row: (
        row["label"] == "fp" and row["match"] == "exact"
    ),
    **{
        f"{name}={value}": lambda row: False
        for name, value in {
            "organization": "alert-api:99",
            "camera": "nobody:2:201",
            "decision": "maybe",
            "match": "perfect",
            "reason": "bad_weather",
            "release": "9.9.9",
            "label": "cloud",
            "outcome": "smoke",
            "q": "no such text",
        }.items()
    },
}


@pytest.mark.parametrize("query", CASES)
def test_rows_csv_and_counts_select_the_same(many: Client, query: str) -> None:
    wanted = [row for row in rows_of(many) if CASES[query](row)]
    assert [row["key"] for row in exported(many, query)] == keys(wanted)
    swept = many.get(f"/api/sweep?{query}").json()
    scored = [row for row in wanted if row["recorded_score"] is not None]
    assert swept["unscored"] == len(wanted) - len(scored)
    assert swept["kept"][0] + swept["discarded"][0] == len(scored)


def test_the_cases_are_no_empty_words(many: Client) -> None:
    empty = [query for query, test in CASES.items() if not any(map(test, rows_of(many)))]
    known = ("organization=alert-api:2&camera", "organization=alert-api:99", "camera=nobody", "decision=maybe")
    others = ("match=perfect", "reason=bad", "release=9", "label=cloud", "outcome=smoke", "q=no such", "q=%25")
    assert [query for query in empty if not query.startswith(known + others)] == []


@pytest.mark.parametrize("query", ["", "q=cam&label=smoke&label=fp", "match=exact", "decision=keep&from=2026-06-01"])
def test_counts_are_the_pages_at_every_threshold(many: Client, query: str) -> None:
    chosen = {row["key"] for row in exported(many, query)}
    wanted = [row for row in rows_of(many) if row["key"] in chosen]
    swept = many.get(f"/api/sweep?{query}").json()
    assert swept["thresholds"] == THRESHOLDS
    for place, threshold in enumerate(THRESHOLDS):
        scores = [row["recorded_score"] for row in wanted if row["recorded_score"] is not None]
        assert swept["kept"][place] == sum(score >= threshold for score in scores)
        assert swept["discarded"][place] == sum(score < threshold for score in scores)
        outcomes = [outcome(row, threshold) for row in wanted]
        for name in ("smoke-kept", "smoke-discarded", "fp-kept", "fp-discarded"):
            assert swept[name.replace("-", "_")][place] == outcomes.count(name), (threshold, name)


def test_thresholds_come_back_as_they_were_asked_for(many: Client) -> None:
    swept = many.get("/api/sweep?threshold=0.5&threshold=0.1&threshold=0.5&threshold=.35").json()
    every = many.get("/api/sweep").json()
    assert swept["thresholds"] == [0.5, 0.1, 0.5, 0.35]
    assert swept["kept"] == [every["kept"][place] for place in (50, 10, 50, 35)]


def test_contradictory_labels_count_as_no_outcome(many: Client) -> None:
    disputed = [row for row in rows_of(many) if row["contradicts"]]
    assert {row["label"] for row in disputed} == {"smoke", "fp"}
    swept = many.get("/api/sweep?q=" + disputed[0]["key"]).json()
    assert swept["kept"][0] >= 1
    assert {row["key"] for row in disputed}.isdisjoint(
        row["key"]
        for name in ("smoke", "fp")
        for row in exported(many, f"outcome={name}-kept&outcome={name}-discarded")
    )


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("started_at", lambda row: row["started_at"]),
        ("organization", lambda row: row["organization"]["name"]),
        ("camera", lambda row: row["camera"]["name"]),
        ("recorded_score", lambda row: row["recorded_score"]),
        ("replayed_score", lambda row: row["replayed_score"]),
        ("tubes", lambda row: row["tubes"]),
        ("drop_reason", lambda row: row["drop_reason"]),
        ("release", lambda row: row["release"] and row["release"]["api_version"]),
        ("decision", lambda row: {"keep": 0, "discard": 1}.get(row["decision"])),
        ("match", lambda row: ["exact", "window", "unexplained", "dropped", "not_replayed"].index(row["match"])),
    ],
)
def test_orders_are_stable_with_nulls_last(many: Client, column: str, value: Callable[[Row], Any]) -> None:
    newest_first = rows_of(many)
    told = [row for row in newest_first if value(row) is not None]
    untold = [row for row in newest_first if value(row) is None]
    for sort, reverse in ((column, False), (f"-{column}", True)):
        wanted = keys(sorted(told, key=value, reverse=reverse) + untold)
        assert [row["key"] for row in exported(many, f"sort={sort}")] == wanted


def test_outcomes_and_decisions_are_ordered_at_the_threshold(many: Client) -> None:
    rows = {row["key"]: row for row in rows_of(many)}
    names = ["smoke-kept", "smoke-discarded", "fp-kept", "fp-discarded"]
    places = []
    for key in (row["key"] for row in exported(many, "sort=outcome&threshold=0.42")):
        found = outcome(rows[key], 0.42)
        places.append(names.index(found) if found else 4 if rows[key]["contradicts"] else 5)
    assert places == sorted(places)
    assert set(places) == set(range(6))
    decided = [rows[row["key"]]["recorded_score"] for row in exported(many, "sort=-decision&threshold=0.42")]
    places = [2 if score is None else int(score >= 0.42) for score in decided]
    assert places == sorted(places)


def test_rows_come_newest_first(many: Client) -> None:
    rows = rows_of(many)
    shuffled = random.Random(1).sample(rows, len(rows))
    assert rows == sorted(shuffled, key=lambda row: (-row["started_at"], row["source"], row["id"]))


@pytest.mark.parametrize(
    "query",
    [
        *("organization=2", "organization=alert-api:", "organization=alert-api:two", "organization=:2"),
        *(
            "camera=alert-api:201",
            "camera=a:b:c",
            "from=yesterday",
            "from=2026-02-30",
            "to=2026-1-1",
            "to=2026-01-01T00",
        ),
        *("threshold=high", "threshold=nan", "threshold=-0.1", "threshold=1.01", "threshold=inf", "threshold=1e999"),
        *("sort=weather", "sort=--id", "outcome=smoke-kept&threshold=0.3&threshold=0.4", "q=%00", "reason=%00"),
    ],
)
@pytest.mark.parametrize("route", ["/api/sweep", "/api/export.csv"])
def test_malformed_values_are_refused_by_name(many: Client, route: str, query: str) -> None:
    if query.startswith("sort") and route == "/api/sweep":
        return
    reply = many.get(f"{route}?{query}")
    assert reply.status_code == 400
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["detail"].startswith(query.partition("=")[0].replace("outcome", "threshold"))
