"""Whatever is asked, the answer is what was asked for or a problem that says what is wrong; never a 500."""

from __future__ import annotations

import itertools
import json
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from httpx import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.routing import Route

from smokewatch.errors import StorageError
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.viewer import app as viewer_app
from tests.store.filled import Store
from tests.viewer.stores import Look

PARAMETERS = [
    *("organization", "camera", "decision", "match", "reason", "release", "label", "from", "to", "q", "outcome"),
    *("threshold", "sort", "token", "sha256", "mode", "sequence", "tab", "window", "frame"),
    *("class", "risk_score", "unlabeled", "latest", "limit", "cursor"),
    *("kind", "status", "frames", "run", "state"),
]
NASTY = [
    *(
        "",
        " ",
        "0",
        "-1",
        "1e400",
        "nan",
        "NaN",
        "inf",
        "-0.0",
        "0.35",
        "1_000",
        "٣",
        "9" * 400,
        "0x10",
        "true",
        "null",
    ),
    *("alert-api:2", "alert-api:2:201", ":", "::", "a:9223372036854775808", "alert-api:-9223372036854775809", "%", "_"),
    *("2026-01-01", "0000-00-00", "9999-12-31", "0001-01-01", "2026-13-01", "keep", "exact", "smoke-kept", "-id", "id"),
    *("'", '"', "\\", "';--", "' OR 1=1 --", "<script>", "\x00", "a\x00b", "\r\nSet-Cookie: a=b", "\u202e", "😀" * 50),
    *("../../etc/passwd", "{}", "[]", "%00", "%ff", "\ud7ff", "\uffff", "İ", "ß", "x" * 5000),
]
FORMS = [
    *("/{}", "/api/{}", "/api/alerts/{}", "/api/status/{}", "/api/sequences/{}/{}"),
    *("/api/sequences/alert-api_{}", "/api/sequences/{}/frames/0"),
    *("/api/sequences/alert-api_1/frames/{}", "/api/sequences/alert-api_{}/frames/{}"),
    *("/api/triage/pyro-annotator_{}", "/api/triage/pyro-annotator_{}/frames/{}"),
]
"""Addresses that come further than a route's own would, or are no route's."""
ENDLESS = {"/api/status/stream"}
texts = st.sampled_from(NASTY) | st.text(max_size=30)
queries = st.lists(st.tuples(st.sampled_from(PARAMETERS) | texts, texts), max_size=5)
headers = st.dictionaries(
    st.sampled_from(["if-none-match", "accept-encoding", "accept", "authorization", "cookie", "range", "host"]),
    st.binary(max_size=40).map(lambda text: bytes(byte for byte in text if byte > 32 and byte != 127)),
    max_size=2,
)


def is_well_answered(client: Client, path: str, query: list[tuple[str, str]], sent: dict[str, bytes]) -> None:
    raw = quote(path, safe="/.") + ("?" + urlencode(query) if query else "")
    url = client.base_url.copy_with(raw_path=raw.encode())
    reply = client.get(url, headers=[(name.encode(), value) for name, value in sent.items()])
    assert reply.status_code in (200, 304, 307, 400, 403, 404), (reply.status_code, reply.text)
    if reply.status_code >= 400 and reply.headers.get("content-type") != "text/plain; charset=utf-8":
        assert reply.headers["content-type"] == "application/problem+json"
        told = reply.json()
        assert (told["status"], told["type"]) == (reply.status_code, "about:blank")
        assert {"schema_version", "as_of", "title", "detail", "hint"} <= set(told)
        assert "\n" not in told["detail"]


@pytest.fixture(scope="session")
def routes(made_up_catalog: Catalog, made_up: Path) -> list[str]:
    """Every address that the app answers, ``{}`` in the place of what varies, and :data:`FORMS`."""
    app = viewer_app.create_app(made_up_catalog, FrameStore.open(str(made_up / "frames")), production_threshold=0.45)
    found = {re.sub(r"\{[^}]*\}", "{}", route.path) for route in app.routes if isinstance(route, Route)}
    assert found > ENDLESS
    assert found > {"/api/triage/{}/frames/{}", "/api/drift/days/{}", "/api/qualifications/{}/flips/{}", "/metrics"}
    return sorted(found - ENDLESS) + FORMS


def test_nasty_values_anywhere_in_an_address(many: Client, routes: list[str]) -> None:
    for route in routes:
        for value in NASTY if "{}" in route else NASTY[:1]:
            is_well_answered(many, route.format(value, value), [], {})


@pytest.mark.parametrize(
    ("route", "names"),
    [
        ("/api/export.csv", PARAMETERS),
        ("/api/sweep", ["organization", "camera", "reason", "release", "from", "to", "q", "threshold"]),
        ("/api/sequences/alert-api_1/frames/0", ["sha256"]),
        ("/api/alerts", [*PARAMETERS[:3], *PARAMETERS[-6:], "from", "to"]),
        ("/api/alerts/held", ["class", "limit", "cursor", "from"]),
        ("/api/drift", ["baseline", "scope", "camera", "organization", "release", "days", "from", "to"]),
        ("/api/history", [*PARAMETERS[:2], "release", "from", "q", "limit", "cursor", "kind", "status", "frames"]),
        ("/api/throughput", ["limit", "run", "release"]),
        ("/api/runs", ["limit", "cursor", "kind", "state"]),
    ],
)
def test_nasty_values_of_every_parameter(many: Client, route: str, names: list[str]) -> None:
    for name, value in itertools.product(names, NASTY):
        is_well_answered(many, route, [(name, value)], {})


@given(st.data(), texts, queries, headers)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_is_answered(
    many: Client, routes: list[str], data: st.DataObject, text: str, query: list[tuple[str, str]], sent: Any
) -> None:
    is_well_answered(many, data.draw(st.sampled_from(routes)).format(text, text), query, sent)


@pytest.mark.chaos
@given(st.data(), texts, queries, headers)
@settings(max_examples=5_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_anything_is_answered_for_long(
    many: Client, routes: list[str], data: st.DataObject, text: str, query: list[tuple[str, str]], sent: Any
) -> None:
    is_well_answered(many, data.draw(st.sampled_from(routes)).format(text, text), query, sent)


def test_a_catalog_that_cannot_be_read_is_told_with_a_hint(
    store: Store, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.sequence()
    client = look()
    assert client.get("/api/sequences/alert-api_1").status_code == 200

    def gone(*_: object) -> None:
        raise StorageError("catalog: disk I/O error: check it")

    monkeypatch.setattr(viewer_app, "load_sequence", gone)
    reply = client.get("/api/sequences/alert-api_1")
    assert (reply.status_code, reply.json()["detail"]) == (503, "catalog: disk I/O error: check it")
    assert reply.json()["hint"]


def test_what_nobody_expected_has_an_id_that_the_log_knows(
    store: Store, look: Look, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr(viewer_app, "load_sequence", broken)
    with caplog.at_level(logging.ERROR):
        reply = look().get("/api/sequences/alert-api_1")
    assert reply.status_code == 500
    assert "secret" not in reply.text
    name = reply.json()["detail"].split(" ")[3].rstrip(",")
    assert name in caplog.text
    assert "a secret detail" in caplog.text
    assert "content-security-policy" in reply.headers


def test_problems_are_objects_of_rfc_9457(many: Client) -> None:
    reply = many.get("/nothing/here")
    assert reply.headers["content-type"] == "application/problem+json"
    told = json.loads(reply.content)
    assert (told["type"], told["title"], told["status"]) == ("about:blank", "Not Found", 404)
