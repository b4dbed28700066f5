"""The alerts screen's addresses: the store's listing, exact pages, counts that fit, problems for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from httpx import Client

from benchmarks.listed_alerts import FIRST_DAY, fill
from smokewatch.domain.gate_cost import GateCost
from smokewatch.domain.risk import PRODUCTION_GATE, FwiClass, gate_with, passes_listing
from smokewatch.store.alert_listing import list_alerts
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.gate_counts import count_gate
from smokewatch.store.gated import Listing
from smokewatch.store.sequence_listing import list_held, list_sequences
from tests.viewer.stores import Look, rows_of, viewing

DAYS = 5
LAST_DAY = FIRST_DAY + timedelta(days=DAYS - 1)
EVERYTHING = "from=2026-01-01"


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """A store of 300 alerts over five days; only to be read."""
    folder = tmp_path_factory.mktemp("listed")
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    fill(catalog, alerts=300, days=DAYS)
    yield catalog
    catalog.close()


@pytest.fixture(scope="module")
def client(listed: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    frames = FrameStore.open(str(tmp_path_factory.mktemp("frames")))
    with viewing(listed, frames) as opened:
        yield opened


def get(client: Client, address: str) -> Any:
    reply = client.get(address)
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "application/json"
    return reply.json()


def everything(client: Client, address: str, name: str) -> list[Any]:
    """Every item, a page at a time."""
    found: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        body = client.get(address, params={**dict(each.split("=") for each in EVERYTHING.split("&")), "cursor": cursor})
        found += body.json()[name]
        cursor = body.json()["cursor"]
    return found


def test_pages_are_the_stores_listing(client: Client, listed: Catalog) -> None:
    with listed.read() as connection:
        alerts = list_alerts(connection, Listing(), limit=1000).items
        held = list_held(connection, Listing(), limit=1000).items
    shown = everything(client, "/api/alerts?limit=37", "alerts")
    assert [each["id"] for each in shown] == [each.id for each in alerts]
    assert [[s["id"] for s in each["sequences"]] for each in shown] == [[s.id for s in a.sequences] for a in alerts]
    sequences = everything(client, "/api/alerts/held?limit=37", "sequences")
    assert [each["id"] for each in sequences] == [each.id for each in held]
    for told, each in zip(sequences, held, strict=True):
        assert (told["max_conf"], told["threshold"], told["fwi_class"]) == (
            each.max_conf,
            each.threshold,
            each.fwi_class,
        )
        assert (told["passes"], told["alerts"]) == (False, list(each.alerts))


def test_sequences_behind_the_gate_are_the_stores_listing(client: Client, listed: Catalog) -> None:
    with listed.read() as connection:
        passing = list_sequences(connection, Listing(), limit=1000).items
        held = list_held(connection, Listing(), limit=1000).items
    assert [each["id"] for each in everything(client, "/api/sequences?limit=37", "sequences")] == [
        each.id for each in passing
    ]
    first = get(client, f"/api/sequences?{EVERYTHING}&limit=5")
    left_out = first["left_out"]
    assert left_out["sequences"] == len(held) > 0
    assert sum(left_out["by_class"].values()) == len(held)
    assert sum(each["sequences"] for each in left_out["by_organization"]) == len(held)
    assert get(client, f"/api/sequences?{EVERYTHING}&limit=5&cursor={first['cursor']}")["left_out"] is None
    off = get(client, f"/api/sequences?{EVERYTHING}&risk_score=moderate&limit=500")
    assert (off["left_out"]["sequences"], {each["fwi_class"] for each in off["sequences"]}) == (0, {"moderate"})
    assert get(client, "/api/sequences?unlabeled=1")["start"] == f"{LAST_DAY:%Y-%m-%d}T00:00:00Z"


def test_what_is_left_out_is_told_once_and_adds_up(client: Client) -> None:
    first = get(client, f"/api/alerts?{EVERYTHING}&limit=5")
    left_out = first["left_out"]
    for part in ("alerts", "sequences"):
        assert left_out[part] > 0
        assert left_out[part] == sum(each[part] for each in left_out["by_class"].values())
        assert left_out[part] == sum(each[part] for each in left_out["by_organization"])
    assert get(client, f"/api/alerts?{EVERYTHING}&limit=5&cursor={first['cursor']}")["left_out"] is None
    off = get(client, f"/api/alerts?{EVERYTHING}&risk_score=moderate")["left_out"]
    assert (off["alerts"], off["sequences"]) == (0, 0)


def test_the_cost_is_the_stores_count(client: Client, listed: Catalog) -> None:
    with listed.read() as connection:
        counts = count_gate(connection, Listing())
    body = get(client, f"/api/alerts/cost?{EVERYTHING}")
    total = GateCost.of(counts)
    assert body["total"] == {
        **total._asdict(),
        "held_unlabeled": total.held_unlabeled,
        "smoke_share": total.smoke_share,
    }
    for part in ("held", "held_smoke", "alerts_shown"):
        assert sum(each[part] for each in body["by_class"].values()) == getattr(total, part)
        assert sum(each[part] for each in body["by_organization"]) == getattr(total, part)
    assert body["newest_day"] == f"{LAST_DAY:%Y-%m-%d}"
    assert body["gate"] == dict(PRODUCTION_GATE)


def test_without_days_it_is_the_newest_one(client: Client) -> None:
    for address in ("/api/alerts", "/api/alerts/held", "/api/alerts/cost"):
        body = get(client, address)
        assert (body["start"], body["end"]) == (
            f"{LAST_DAY:%Y-%m-%d}T00:00:00Z",
            f"{FIRST_DAY + timedelta(DAYS):%Y-%m-%d}T00:00:00Z",
        )


def test_the_latest_are_those_of_24_hours_before_now(client: Client) -> None:
    now = datetime.now(UTC)
    body = get(client, "/api/alerts?latest=1")
    assert now - timedelta(hours=24) <= datetime.fromisoformat(body["start"]) <= datetime.now(UTC) - timedelta(hours=24)
    assert (body["end"], body["alerts"]) == (None, [])


@pytest.mark.parametrize("fwi_class", FwiClass)
def test_an_override_judges_every_camera(client: Client, fwi_class: FwiClass) -> None:
    for sequence in get(client, f"/api/alerts/held?{EVERYTHING}&risk_score={fwi_class}&limit=500")["sequences"]:
        assert sequence["fwi_class"] == fwi_class
        assert not passes_listing(sequence["max_conf"], fwi_class)
    spelt = get(client, f"/api/alerts/cost?{EVERYTHING}&risk_score={fwi_class.upper().replace('_', ' ')}")
    assert spelt == get(client, f"/api/alerts/cost?{EVERYTHING}&risk_score={fwi_class}") | {"as_of": spelt["as_of"]}


def test_filters_choose(client: Client) -> None:
    low = get(client, f"/api/alerts/held?{EVERYTHING}&class=low&organization=alert-api:3&limit=500")["sequences"]
    assert low
    assert {(each["fwi_class"], each["organization"]["id"]) for each in low} == {("low", 3)}
    unlabeled = get(client, f"/api/alerts?{EVERYTHING}&unlabeled=1&limit=500")["alerts"]
    assert unlabeled
    assert {s["label"] for each in unlabeled for s in each["sequences"]} == {"unknown"}
    none = get(client, f"/api/alerts?{EVERYTHING}&class=none&limit=500")["alerts"]
    assert {s["fwi_class"] for each in none for s in each["sequences"]} == {None}
    for nobody in ("organization=nobody:1", "class=severe", "from=1999-01-01&to=1999-01-02"):
        query = nobody if "from" in nobody else f"{EVERYTHING}&{nobody}"
        assert get(client, f"/api/alerts?{query}")["alerts"] == []
        assert get(client, f"/api/alerts/cost?{query}")["total"]["held"] == 0


@pytest.mark.parametrize(
    "query",
    [
        *("risk_score=severe", "limit=0", "limit=501", "limit=x", "cursor=x", "cursor=2026-01-01~1", "unlabeled=yes"),
        *("latest=2", "latest=1&from=2026-01-01", "from=2026-02-30", "organization=x", f"cursor=2026-01-01~{2**70}~s"),
        *("class=%00", "risk_score=%00", "cursor=0001-01-01T00:00:00%2B23:00~1~s"),
    ],
)
@pytest.mark.parametrize("address", ["/api/alerts", "/api/alerts/held", "/api/alerts/cost"])
def test_malformed_parameters_are_a_problem(client: Client, address: str, query: str) -> None:
    reply = client.get(f"{address}?{query}")
    assert (reply.status_code, reply.headers["content-type"]) == (400, "application/problem+json")
    assert reply.json()["detail"]


def test_an_empty_store_lists_nothing(look: Look) -> None:
    client = look()
    assert get(client, "/api/alerts")["alerts"] == []
    assert get(client, "/api/alerts/held")["sequences"] == []
    body = get(client, "/api/alerts/cost")
    assert (body["total"]["held"], body["newest_day"], body["by_class"]) == (0, None, {})


def test_every_row_of_the_table_tells_what_the_gate_says_of_it(client: Client, listed: Catalog) -> None:
    with listed.read() as connection:
        held = {each.key: each for each in list_held(connection, Listing(), limit=1000).items}
    rows = [row for row in rows_of(client) if not row["deleted"]]
    assert {row["key"] for row in rows if not row["passes"]} == set(held)
    for row in rows:
        assert row["passes"] == passes_listing(row["max_conf"], row["fwi_class"] and FwiClass(row["fwi_class"]))
    assert client.get("/api/sequences").json()["gate"] == dict(PRODUCTION_GATE)


def test_the_settings_gate_holds_everywhere(listed: Catalog, tmp_path: Path) -> None:
    gate = gate_with({FwiClass.VERY_LOW: None, FwiClass.LOW: None})
    with viewing(listed, FrameStore.open(str(tmp_path)), gate=gate) as client:
        assert get(client, f"/api/alerts/cost?{EVERYTHING}")["total"]["held"] == 0
        assert all(row["passes"] for row in rows_of(client))
