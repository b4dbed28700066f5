"""Who may read, what every reply tells browsers, and that a client's path is never a file's."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import http.client
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from httpx import Client

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.viewer.access import COOKIE, is_loopback
from tests.store.filled import Store
from tests.viewer.stores import Look, viewing, with_pages

TOKEN = "a token, with ünicode & signs"
ROUTES = ["/", "/replay", "/api/sequences", "/api/sequences/alert-api_1", "/api/sweep", "/api/export.csv", "/nothing"]
ROUTES += ["/triage", "/api/triage", "/api/triage/pyro-annotator_1", "/api/triage/sweep", "/api/triage/review.json"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of one sequence, pages, and a file that is neither's."""
    made = tmp_path_factory.mktemp("served")
    (made / "app.py").write_text("secret = 1")
    return made


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[Callable[..., str]]:
    """Serves it until the module's end; gives the address."""
    catalog, frames = Catalog.open(f"sqlite:///{folder / 'catalog.db'}"), FrameStore.open(str(folder / "frames"))
    Store(catalog, frames, folder / "export").sequence()
    pages = with_pages(folder / "pages")
    with contextlib.ExitStack() as running:
        running.callback(catalog.close)
        yield lambda **options: str(
            running.enter_context(viewing(catalog, frames, static=pages, **options)).base_url
        ).rstrip("/")


@pytest.fixture(scope="module")
def guarded_address(served: Callable[..., str]) -> str:
    return served(token=TOKEN, loopback=False)


@pytest.fixture(scope="module")
def open_address(served: Callable[..., str]) -> str:
    return served()


@pytest.fixture
def guarded(guarded_address: str) -> Iterator[Client]:
    """A client without cookies of a server that asks for the token."""
    with Client(base_url=guarded_address) as client:
        yield client


@pytest.fixture
def client(open_address: str) -> Iterator[Client]:
    """A client of a server on this machine that asks for none."""
    with Client(base_url=open_address) as client:
        yield client


@pytest.mark.parametrize("route", [*ROUTES, "/static/js/main.mjs", "/metrics"])
def test_without_the_token_nothing_is_told(guarded: Client, route: str) -> None:
    for wrong in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic YTpi"},
        {"cookie": f"{COOKIE}=wrong"},
    ):
        reply = guarded.get(route, headers=wrong)
        assert reply.status_code == 401
        assert reply.headers["www-authenticate"] == "Bearer"
        assert reply.headers["content-type"] == "application/problem+json"
    assert guarded.get(f"{route}?token=wrong").status_code == 401


def test_who_has_the_token_reads(guarded: Client) -> None:
    bearer = b"Bearer " + TOKEN.encode()
    assert guarded.get("/api/sequences", headers=[(b"authorization", bearer)]).status_code == 200


def test_the_token_becomes_a_cookie_and_leaves_the_address(guarded: Client) -> None:
    asked = httpx.QueryParams([("q", "a&b"), ("token", TOKEN), ("match", "exact"), ("from", "")])
    welcome = guarded.get(f"/replay?{asked}")
    assert welcome.status_code == 303
    assert welcome.headers["location"] == "/replay?q=a%26b&match=exact&from="
    cookie = welcome.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert TOKEN not in cookie
    assert guarded.get("/replay").status_code == 200  # the client kept the cookie
    assert guarded.get(f"/replay?{asked}").status_code == 303  # and the token leaves the address again


@pytest.mark.parametrize("path", ["//elsewhere.example/", "///elsewhere.example", "/%2F/elsewhere.example"])
def test_the_way_on_never_leads_elsewhere(guarded: Client, path: str) -> None:
    asked = httpx.QueryParams(token=TOKEN)
    url = httpx.URL(scheme="http", host="localhost", port=guarded.base_url.port, raw_path=f"{path}?{asked}".encode())
    target = guarded.get(url).headers["location"]
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))


@pytest.mark.parametrize("cookie", ["", ";;=", '"', f"{COOKIE}", f"{COOKIE}=", f'{COOKIE}="\\377"', "a=" + "b" * 5000])
@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer\t\t.", "bearer", "Basic Og==", "Bearer \xff\xfe"])
def test_what_is_no_token_is_none(guarded: Client, cookie: str, authorization: str) -> None:
    sent = [(b"cookie", cookie.encode("latin-1")), (b"authorization", authorization.encode("latin-1"))]
    for route in ("/replay", "/replay?token", "/replay?token=&token=%ff", "/replay?token=%00"):
        assert guarded.get(route, headers=sent).status_code == 401


def test_people_get_a_page_that_says_how(guarded: Client) -> None:
    reply = guarded.get("/replay", headers={"accept": "text/html,*/*"})
    assert (reply.status_code, reply.headers["content-type"]) == (401, "text/html; charset=utf-8")
    assert "?token=" in reply.text
    assert "style" not in reply.text
    assert guarded.get("/api/sweep", headers={"accept": "text/html"}).headers["content-type"].endswith("problem+json")


def test_whoever_watches_over_it_needs_no_token(guarded: Client) -> None:
    assert guarded.get("/healthz").json()["status"] == "ok"


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *(("localhost", 200), ("localhost:1", 200), ("127.0.0.1:8700", 200), ("[::1]:8700", 200), ("LOCALHOST", 200)),
        *(("evil.example", 403), ("localhost.evil.example", 403), ("127.0.0.1.evil.example:8700", 403), ("", 403)),
        *(("[::1].evil.example", 200), ("localhost@evil.example", 403), ("10.0.0.1", 403)),
    ],
)
def test_only_names_of_this_machine_are_answered(client: Client, host: str, status: int) -> None:
    for route in ("/healthz", "/api/sequences"):
        assert client.get(route, headers={"host": host}).status_code == status


def test_beyond_this_machine_any_name_is_answered(guarded: Client) -> None:
    assert guarded.get("/healthz", headers={"host": "smokewatch.example"}).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "FANCY"])
def test_nothing_can_be_written(client: Client, method: str) -> None:
    for route in ("/api/sequences", "/replay", "/nothing"):
        reply = client.request(method, route)
        assert reply.status_code in (400, 405)  # the server refuses what is no method
        if reply.status_code == 405:
            assert reply.headers["allow"] == "GET, HEAD"
            assert reply.json()["status"] == 405


@pytest.mark.parametrize("route", [*ROUTES, "/healthz", "/static/js/main.mjs"])
def test_head_is_get_without_a_body(client: Client, route: str) -> None:
    got, head = client.get(route), client.head(route)
    assert (head.status_code, head.content) == (got.status_code, b"")
    varying = {"date"} | ({"content-length"} if got.headers.get("content-type", "").endswith("json") else set())
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in got.headers.items() if k not in varying
    }


def test_head_of_what_has_no_end_ends(client: Client) -> None:
    head = client.head("/api/status/stream")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")


@pytest.mark.parametrize("route", [*ROUTES, "/static/js/main.mjs", "/static/none", "/healthz", "/api/sweep?from=x"])
def test_every_reply_tells_browsers_what_to_refuse(client: Client, route: str) -> None:
    reply = client.get(route)
    policy = dict(each.strip().split(" ", 1) for each in reply.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in reply.headers["content-security-policy"]
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert reply.headers["cross-origin-resource-policy"] == "same-origin"
    assert "server" not in reply.headers


def test_the_page_s_one_inline_map_is_allowed_by_its_hash(client: Client) -> None:
    reply = client.get("/replay")
    digest = base64.b64encode(hashlib.sha256(b'{"imports":{}}').digest()).decode()
    assert f"script-src 'self' 'sha256-{digest}';" in reply.headers["content-security-policy"]


def test_home_leads_to_the_page(client: Client) -> None:
    home = client.get("/?match=exact")
    assert (home.status_code, home.headers["location"]) == (307, "/replay?match=exact")


@pytest.mark.parametrize(
    "path",
    [
        *("/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static/....//app.py"),
        *("/static//etc/passwd", "/static/%2Fetc%2Fpasswd", "/static/js/../../app.py", "/static/js%00", "/static/js"),
        *("/static/js\\..\\..\\app.py", "/static/", "/static/page.html/", "/static/./page.html", "/static/C:app"),
        *("/api/sequences/..%2f..%2fcatalog_1", "/api/sequences/alert-api_1/frames/..%2f..%2fcatalog.db"),
    ],
)
def test_a_path_of_the_client_never_becomes_a_file_s(client: Client, path: str) -> None:
    connection = http.client.HTTPConnection("localhost", client.base_url.port)  # it sends the path as it is
    with contextlib.closing(connection):
        connection.request("GET", path)
        reply = connection.getresponse()
        assert reply.status == 404
        assert reply.getheader("content-type") == "application/problem+json"


def test_files_are_served_as_they_are_now(look: Look, tmp_path: Path) -> None:
    client = look(static=with_pages(tmp_path / "pages"))
    assert client.get("/static/late.css").status_code == 404
    (tmp_path / "pages" / "late.css").write_text("a { color: red }")
    first = client.get("/static/late.css")
    assert (first.text, first.headers["content-type"]) == ("a { color: red }", "text/css; charset=utf-8")
    (tmp_path / "pages" / "late.css").write_text("a { color: green }")
    second = client.get("/static/late.css", headers={"if-none-match": first.headers["etag"]})
    assert (second.status_code, second.text) == (200, "a { color: green }")
    assert client.get("/static/late.css", headers={"if-none-match": second.headers["etag"]}).status_code == 304


def test_modules_come_packed_and_with_the_type_that_browsers_run(client: Client) -> None:
    module = client.get("/static/js/main.mjs")
    assert module.headers["content-type"] == "text/javascript; charset=utf-8"
    assert module.headers["content-encoding"] == "gzip"
    assert int(module.headers["content-length"]) < len(module.content) / 5


def test_the_addresses_of_this_machine() -> None:
    assert all(map(is_loopback, ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "LocalHost"]))
    assert not any(map(is_loopback, ["0.0.0.0", "::", "10.0.0.1", "example.org", "", "localhost.example.org"]))
