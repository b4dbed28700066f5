"""Fast and polite: bounds, retries, tokens, URLs that expire, hosts that must not be asked, and nothing but reading."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address

import httpx
import pytest
import sqlalchemy as sa

from blocks import transport
from blocks.alert_api import AlertApi, AlertApiClient
from blocks.frame_urls import FrameFetcher, HostRefusedError, UrlExpiredError, refusal
from blocks.transport import ATTEMPTS, Address, Patience, ReadOnlyTransport
from smokewatch.errors import RunError, UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from tests.importing.conftest import Run, counted
from tests.production import DAY, PASSWORD, Asked, Instead, Production
from tests.waiting import until

PUBLIC, PRIVATE, LOOPBACK, LINK_LOCAL = map(ip_address, ("1.1.1.1", "10.0.0.7", "127.0.0.1", "169.254.169.254"))


def client(production: Production, **fields: object) -> AlertApiClient:
    values = {"url": production.url, "login": "admin", "password": PASSWORD} | fields
    return AlertApi.model_validate(values).client()


def first(count: int, instead: Instead, path: str = "/sequences/all/fromdate") -> object:
    """The first `count` answers on a path are another."""
    seen: list[Asked] = []

    def answer(asked: Asked) -> Instead | None:
        if asked.path != path:
            return None
        seen.append(asked)
        return instead if len(seen) <= count else None

    return answer


@pytest.mark.parametrize(
    "instead",
    [Instead(500), Instead(502), Instead(503), Instead(429), Instead(200, body=b"[", announced=9)],
    ids=["500", "502", "503", "429", "broken connection"],
)
def test_what_may_pass_is_tried_again(production: Production, run: Run, instead: Instead) -> None:
    production.add()
    production.before_answer = first(ATTEMPTS - 1, instead)  # type: ignore[assignment]
    assert run().imported == 1


@pytest.mark.parametrize("status", [500, 429])
def test_what_does_not_pass_fails_the_listing_in_one_line(production: Production, run: Run, status: int) -> None:
    production.before_answer = first(99, Instead(status))  # type: ignore[assignment]
    with pytest.raises(RunError, match=f"^/sequences/all/fromdate: the server keeps answering {status}$"):
        run()
    listings = [asked for asked in production.requests if asked.path == "/sequences/all/fromdate"]
    assert len(listings) == ATTEMPTS


@pytest.mark.parametrize("status", [400, 404, 418, 422])
def test_what_will_not_pass_is_not_tried_again(production: Production, run: Run, status: int) -> None:
    production.before_answer = first(99, Instead(status))  # type: ignore[assignment]
    with pytest.raises(RunError):
        run()
    assert [asked.path for asked in production.requests].count("/sequences/all/fromdate") == 1


def test_a_slow_server_is_given_up_and_asked_again(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocks.alert_api._TIMEOUT", httpx.Timeout(0.5, pool=None))

    def wait_for_the_next(asked: Asked) -> None:
        if asked.number == 1:
            until(lambda: len(production.requests) > 1)

    production.before_answer = wait_for_the_next
    with client(production) as api:
        api.sign_in()
    assert len(production.requests) > 1  # on a busy machine the second may be given up, too


def test_retry_after_is_honoured(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(transport, "sleep_using_event", lambda _event: waited.append)
    production.before_answer = first(1, Instead(429, {"Retry-After": "1"}))  # type: ignore[assignment]
    with client(production) as api:
        assert list(api.sequences_of(DAY)) == []
    assert waited == [1.0]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", (7, 7)),
        (" 7 ", (7, 7)),
        (timedelta(hours=1), (3500, 3600)),
        (timedelta(hours=-1), (0, 0)),
        ("-3", (0, 0)),
        ("soon", (0, 0)),
        (None, (0, 0)),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | timedelta | None, seconds: tuple[int, int]) -> None:
    if isinstance(value, timedelta):
        value = format_datetime(datetime.now(UTC) + value, usegmt=True)
    assert seconds[0] <= transport._retry_after(value) <= seconds[1]


def test_a_server_that_wants_to_be_left_alone_for_long_is(production: Production) -> None:
    production.before_answer = first(99, Instead(503, {"Retry-After": "3600"}))  # type: ignore[assignment]
    with client(production) as api, pytest.raises(RunError, match="503 and asks to wait 3600 s"):
        list(api.sequences_of(DAY))
    assert len(production.requests) == 2  # the login and one listing


def test_waits_grow_and_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(transport, "sleep_using_event", lambda _event: waited.append)

    def fail() -> None:
        raise httpx.ConnectError("refused")

    for _ in range(20):
        with pytest.raises(RunError, match="what: refused"):
            Patience().send(fail, what="what")
    each_try = [waited[number :: ATTEMPTS - 1] for number in range(ATTEMPTS - 1)]
    assert [max(tries) <= 0.3 * 2**number for number, tries in enumerate(each_try)] == [True] * 5
    assert max(each_try[4]) > max(each_try[0])
    assert len(set(waited)) == len(waited)


def test_a_server_that_is_gone_does_not_cost_every_sequence_its_retries() -> None:
    calls: list[int] = []
    patience = Patience()
    patience.end()

    def fail() -> None:
        calls.append(1)
        raise httpx.ConnectError("refused")

    for _ in range(transport.HOPELESS_AFTER + 5):
        with pytest.raises(RunError):
            patience.send(fail, what="x")
    assert len(calls) == transport.HOPELESS_AFTER + 5


@pytest.mark.parametrize("status", [401, 406])
def test_a_refused_token_is_replaced_once_for_all_threads(
    production: Production, catalog: Catalog, run: Run, status: int
) -> None:
    for hour in range(8):
        production.add(frames=1, hour=hour)
    logins: list[int] = []

    def forget_tokens(asked: Asked) -> Instead | None:
        if asked.path == "/login/creds":
            logins.append(asked.number)
        return Instead(status) if asked.path.endswith("/detections") and len(logins) == 1 else None

    production.before_answer = forget_tokens
    assert run().imported == 8
    assert len(logins) == 2


def test_connections_to_the_api_are_bounded_apart_from_those_to_the_object_store(
    production: Production, catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMOKEWATCH_API_CONNECTIONS", "2")
    monkeypatch.setenv("SMOKEWATCH_FRAME_CONNECTIONS", "5")
    production.latency = production.objects.latency = 0.01

    def wait_for_the_other(asked: Asked) -> None:
        if asked.path.endswith("/detections"):
            until(lambda: production.most_at_once >= 2)

    production.before_answer = wait_for_the_other
    production.objects.before_get = lambda _number, _key: until(lambda: production.objects.most_at_once >= 5)
    for hour in range(12):
        production.add(hour=hour)
    assert run().imported == 12
    assert (production.most_at_once, production.objects.most_at_once) == (2, 5)


def test_an_unchanged_day_is_one_listing(production: Production, run: Run) -> None:
    for hour in range(5):
        production.add(hour=hour)
    run()
    since = len(production.requests)
    assert run().unchanged == 5
    assert [asked.path for asked in production.requests[since:]] == [
        "/login/creds",
        "/cameras/",
        "/organizations/",
        "/sequences/all/fromdate",
        "/alerts/all/fromdate",
    ]


def test_pages_that_overlap_give_each_row_once(
    production: Production, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sequence that starts while a day is listed moves all others down."""
    monkeypatch.setattr("blocks.alert_api._DAY_PAGE", 3)
    for hour in range(7):
        production.add(frames=1, hour=hour)

    def start_another(asked: Asked) -> None:
        if asked.query.get("offset") == "3":
            production.add(frames=1, hour=9)

    production.before_answer = start_another
    assert counted(run(), "listed", "imported") == (7, 7)


def test_rows_of_equal_time_at_the_border_of_two_pages_are_all_had(
    production: Production, catalog: Catalog, run: Run
) -> None:
    sequence = production.add(frames=1)
    start = datetime(2026, 8, 14, 12, tzinfo=UTC)
    for number in range(149):
        key = production.keys(sequence)[0]
        production.add_row(sequence, None, created_at=start + timedelta(seconds=number), bbox="[]", key=key)
    rows: list[dict[str, object]] = []
    with client(production) as api:
        rows = api.detections_of(sequence)
    # Of two pages, the second gives the row before its border again instead of its own first.
    lost = [*rows[:100], rows[99], *rows[101:]]

    def page(asked: Asked) -> Instead | None:
        if not asked.path.endswith("/detections") or asked.query["limit"] != "100":
            return None
        offset = int(asked.query["offset"])
        return Instead(200, body=httpx.Request("GET", "http://x", json=lost[offset : offset + 100]).content)

    production.before_answer = page
    assert run().imported == 1
    with catalog.read() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(t.detections)) == 150


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE", "get", "PROPFIND"])
def test_nothing_but_reading_leaves_a_client(production: Production, method: str) -> None:
    login = httpx.URL(production.url + "/api/v1/login/creds")
    for target in ("/api/v1/sequences/1", "/api/v1/sequences/1/label", "/elsewhere/api/v1/login/creds"):
        with httpx.Client(transport=ReadOnlyTransport(connections=1, login=login)) as http:
            if method == "get":
                http.request(method, production.url + target)  # httpx makes it GET
                continue
            with pytest.raises(PermissionError, match="only ever read"):
                http.request(method, production.url + target)
    if method != "get":
        assert production.requests == []
    with httpx.Client(transport=ReadOnlyTransport(connections=1)) as frames, pytest.raises(PermissionError):
        frames.post(login)  # nobody signs in at an object store


def test_an_import_sends_one_post_and_otherwise_gets(production: Production, run: Run) -> None:
    production.add()
    run()
    assert [asked.method for asked in production.requests].count("POST") == 1
    assert {asked.method for asked in production.requests[1:]} == {"GET"}


@pytest.mark.parametrize(
    ("address", "api", "refused"),
    [
        (PUBLIC, PUBLIC, False),
        (PRIVATE, PUBLIC, True),
        (LOOPBACK, PUBLIC, True),
        (LINK_LOCAL, PUBLIC, True),
        (PUBLIC, PRIVATE, False),
        (PRIVATE, LOOPBACK, False),
        (LINK_LOCAL, PRIVATE, True),
        (LINK_LOCAL, LINK_LOCAL, False),
        (ip_address("100.64.0.1"), PUBLIC, True),
        (ip_address("::1"), PUBLIC, True),
        (ip_address("fd00::1"), PUBLIC, True),
        (PRIVATE, None, True),
    ],
)
def test_private_addresses_are_refused_while_the_api_is_public(
    address: Address, api: Address | None, refused: bool
) -> None:
    assert (refusal(address, api) is not None) == refused


def fetcher(*hosts: str, api: Address | None = PUBLIC) -> FrameFetcher:
    return FrameFetcher(connections=1, hosts=hosts, api_address=lambda: api, patience=Patience())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
def test_nothing_is_sent_to_a_private_address(production: Production, host: str) -> None:
    url = production.objects.url("b", "k").replace("127.0.0.1", host)
    with pytest.raises(HostRefusedError, match=r"frame .*/b/k: 127.0.0.1 is a private address.*SMOKEWATCH_FRAME_HOSTS"):
        fetcher().fetch(url)
    assert production.objects.gets == []


def test_a_name_that_leads_elsewhere_the_second_time_is_refused(
    production: Production, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What counts is the socket's peer, not what was looked up before."""
    looked_up = socket.getaddrinfo

    def rebinding(host: str, *rest: object, **more: object) -> object:
        return looked_up("127.0.0.1" if host == "frames.example" else host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    url = production.objects.url("b", "k").replace("127.0.0.1", "frames.example")
    with pytest.raises(HostRefusedError):
        fetcher().fetch(url)
    assert production.objects.gets == []


@pytest.mark.parametrize(
    ("allowed", "host", "fetched"),
    [
        ("127.0.0.1", "127.0.0.1", True),
        ("localhost", "127.0.0.1", False),
        ("LOCALHOST", "localhost", True),
        ("localhost:1", "localhost", False),
        ("*.example", "localhost", False),
    ],
)
def test_the_setting_alone_decides_where_it_is_set(
    production: Production, allowed: str, host: str, fetched: bool
) -> None:
    production.objects.put("b", "k", b"bytes")
    url = production.objects.url("b", "k").replace("127.0.0.1", host)
    if fetched:
        assert fetcher(allowed).fetch(url) == b"bytes"
    else:
        with pytest.raises(HostRefusedError, match=f"{host} is not in SMOKEWATCH_FRAME_HOSTS"):
            fetcher(allowed).fetch(url)
        assert production.objects.gets == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://somewhere/x", "memory://b/k", "//host/x", "http://"])
def test_only_http_is_fetched(url: str) -> None:
    with pytest.raises(RunError, match=r"^frame "):
        fetcher(api=PRIVATE).fetch(url)


def test_a_refused_host_is_a_named_reason_of_one_sequence(
    production: Production, catalog: Catalog, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    production.add()
    monkeypatch.setenv("SMOKEWATCH_FRAME_HOSTS", "s3.example, *.other.example")
    assert counted(run(), "imported", "skipped") == (0, {"frame_host_refused": 1})
    monkeypatch.setenv("SMOKEWATCH_FRAME_HOSTS", "s3.example,127.0.0.1")
    assert run().imported == 1


def test_a_redirect_of_the_object_store_is_not_followed(production: Production, run: Run) -> None:
    production.add(frames=1)
    production.objects.before_get = lambda _number, _key: (302, b"", 0)
    assert counted(run(), "skipped") == ({"frames_failed": 1},)
    assert len(production.objects.gets) == 1


@pytest.mark.parametrize(
    ("query", "body", "expired"),
    [
        ("", b"<Message>Request has expired</Message>", True),
        ("", b"<Code>ExpiredToken</Code>", True),
        ("?AWSAccessKeyId=a&Signature=s&Expires=1000000000", b"", True),
        ("?AWSAccessKeyId=a&Signature=s&Expires=9999999999", b"", False),
        ("?X-Amz-Date=20200101T000000Z&X-Amz-Expires=86400", b"", True),
        ("?X-Amz-Date=20990101T000000Z&X-Amz-Expires=86400", b"", False),
        ("?Expires=soon", b"<Code>AccessDenied</Code>", False),
    ],
)
def test_an_expired_url_is_told_from_a_missing_frame(
    production: Production, query: str, body: bytes, expired: bool
) -> None:
    production.objects.before_get = lambda _number, _key: (403, body, len(body))
    url = production.objects.url("b", "k").split("?")[0] + query
    if expired:
        with pytest.raises(UrlExpiredError):
            fetcher(api=PRIVATE).fetch(url)
    else:
        assert fetcher(api=PRIVATE).fetch(url) is None


def test_urls_that_are_expired_when_they_come_are_asked_for_once_more_only(production: Production, run: Run) -> None:
    sequence = production.add(frames=4)
    body = b"Request has expired"
    production.objects.before_get = lambda _number, _key: (403, body, len(body))
    assert counted(run(), "imported", "skipped") == (0, {"frames_failed": 1})
    asked = [each.path for each in production.requests]
    assert asked.count(f"/sequences/{sequence}/detections") == 2


def test_bytes_come_as_they_are_stored(production: Production) -> None:
    """Not as a Content-Encoding, that somebody stored with them, would have them."""
    production.objects.put("b", "k", b"\x1f\x8b no gzip at all")
    production.objects.extra_headers["Content-Encoding"] = "gzip"
    assert fetcher(api=PRIVATE).fetch(production.objects.url("b", "k")) == b"\x1f\x8b no gzip at all"


def test_an_endless_frame_is_given_up(production: Production, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("blocks.frame_urls.LARGEST_FRAME", 1024**2)
    production.objects.put("b", "k", bytes(2 * 1024**2))
    with pytest.raises(RunError, match="more than 1 MiB"):
        fetcher(api=PRIVATE).fetch(production.objects.url("b", "k"))


def test_a_server_that_forgot_the_account_stops_the_import(production: Production, run: Run) -> None:
    production.add()
    production.before_answer = lambda asked: Instead(401) if asked.path == "/login/creds" else None
    with pytest.raises(UsageError, match="401"):
        run()
