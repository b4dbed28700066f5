"""Addresses that came from outside: nothing is sent where frames must not be fetched from."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from random import Random

import httpx
import pytest

from blocks import frame_urls
from blocks.frame_urls import FrameFetcher, HostRefusedError, place, refusal
from blocks.transport import Patience, ReadOnlyTransport
from smokewatch.errors import RunError
from tests.fuzz.cases import LONG, QUICK, altered_text, one_line, try_cases
from tests.marks import chaos

_GOOD = "https://s3.example/bucket/1-20261117080000-0c3e532f.jpg?X-Amz-Signature=secret"
_ANY = "abz0159./:@?#[]%\\ -_*\x00\n\té🔥\ud800１。"
_HOSTS = (
    *("s3.example", "s3.example.evil.example", "127.0.0.1", "[::1]", "2130706433", "0x7f.1", "169.254.169.254"),
    *("me@s3.example", "s3.example@evil.example", "s3.example:80", "localhost", "s3。example", "S3.EXAMPLE."),
)
_SCHEMES = ("https://", "http://", "HTTP://", "file://", "gopher://", "//", "", "unix://", "http:/", "http:\\\\")
_NETWORKS = (0, 0x7F000001, 0x0A000001, 0xA9FEA9FE, 0xC0A80001, 0xAC100001, 0x64400001, 0x01010101, 0xE0000001)


@pytest.fixture
def asked() -> Iterator[list[httpx.URL]]:
    """What would have been sent, and was not."""
    urls: list[httpx.URL] = []

    def instead(_: ReadOnlyTransport, request: httpx.Request) -> httpx.Response:
        urls.append(request.url)
        return httpx.Response(404, stream=httpx.ByteStream(b""))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ReadOnlyTransport, "handle_request", instead)
        patch.setattr(frame_urls, "_KEPT", 1)
        yield urls


def _fetcher() -> FrameFetcher:
    return FrameFetcher(connections=1, hosts=["s3.example"], api_address=lambda: None, patience=Patience())


def _url(random: Random, fetcher: FrameFetcher, asked: list[httpx.URL]) -> None:
    url = _GOOD.replace("s3.example", random.choice(_HOSTS)).replace("https://", random.choice(_SCHEMES))
    url = altered_text(random, url, _ANY)
    asked.clear()
    try:
        assert fetcher.fetch(url) is None
    except RunError as error:
        one_line(error)
        assert asked == []
    for each in asked:
        assert each.scheme in ("http", "https")
        assert each.host == "s3.example"


def _address(random: Random) -> None:
    number = random.choice(_NETWORKS) + random.randrange(-2, 256)
    address: IPv4Address | IPv6Address = IPv4Address(number % 2**32)
    if random.random() < 0.4:
        prefix = random.choice((0, 0xFE80 << 112, 0xFD00 << 112, 0x2001 << 112, 0x20010DB8 << 96, 0xFF02 << 112))
        address = IPv6Address(prefix + random.getrandbits(random.choice((1, 16, 64))))
    private = not address.is_global
    assert refusal(address, None) if private else True
    assert refusal(address, ip_address("1.1.1.1")) if private else refusal(address, ip_address("1.1.1.1")) is None
    if address.is_link_local:
        assert refusal(address, ip_address("10.0.0.7"))


@pytest.mark.parametrize("count", [QUICK, chaos(LONG["urls"])])
def test_urls(count: int, asked: list[httpx.URL]) -> None:
    fetcher = _fetcher()
    try_cases("urls", count, lambda random: _url(random, fetcher, asked))
    fetcher.close()


@pytest.mark.parametrize("count", [QUICK, chaos(LONG["addresses"])])
def test_addresses(count: int) -> None:
    try_cases("addresses", count, _address)


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", ".example", "xn--a", "\ud800.example"])
def test_a_name_that_no_resolver_takes_is_one_line(host: str) -> None:
    """Python's own resolver raises UnicodeError for some."""
    fetcher = FrameFetcher(connections=1, hosts=["*.example"], api_address=lambda: None, patience=Patience())
    fetcher._patience.end()
    with pytest.raises(RunError):
        fetcher.fetch(f"http://{host}/x")
    fetcher.close()


def test_no_signature_is_shown() -> None:
    with pytest.raises(HostRefusedError) as refused:
        _fetcher().fetch(_GOOD.replace("s3.example", "me:hunter2@evil.example"))
    assert "hunter2" not in str(refused.value)
    assert "secret" not in str(refused.value)
    assert place(_GOOD) == _GOOD.split("?")[0]
