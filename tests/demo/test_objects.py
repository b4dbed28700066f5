"""The S3 server the demo starts, and the children it is one of."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from demo.objects import FrameStore, MemoryFrames, S3Frames, start_s3
from demo.processes import ChildError, Children, free_ports


@pytest.fixture(scope="module")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Children]:
    with Children(tmp_path_factory.mktemp("children") / "logs") as started:
        yield started


@pytest.fixture(scope="module")
def s3(children: Children, tmp_path_factory: pytest.TempPathFactory) -> S3Frames:
    return S3Frames(start_s3(children, tmp_path_factory.mktemp("s3"))[0])


@pytest.fixture(params=["memory", "s3"])
def store(request: pytest.FixtureRequest) -> FrameStore:
    frames: FrameStore = MemoryFrames() if request.param == "memory" else request.getfixturevalue("s3")
    return frames


def test_objects_are_put_overwritten_and_deleted(store: FrameStore) -> None:
    bucket, key = "demo-alert-api-7", "1-20260814080000-00000000.jpg"
    assert not store.exists(bucket, key)
    with pytest.raises(KeyError):
        store.get(bucket, key)
    for content in (b"one", b"another"):
        store.put(bucket, key, content)
        assert store.get(bucket, key) == content
    store.delete(bucket, key)
    assert not store.exists(bucket, key)
    store.delete(bucket, key)


def test_presigned_urls_open_without_credentials_and_serve_ranges(s3: S3Frames) -> None:
    s3.put("demo-alert-api-8", "a.jpg", b"0123456789")
    url = s3.url("demo-alert-api-8", "a.jpg")
    with httpx.Client(trust_env=False) as http:
        assert http.get(url).content == b"0123456789"
        part = http.get(url, headers={"Range": "bytes=2-4"})
        assert (part.status_code, part.content) == (206, b"234")
        assert http.get(url.replace("a.jpg", "b.jpg")).status_code == 403
        assert http.get(s3.url("demo-alert-api-8", "gone.jpg")).status_code == 404


def test_two_servers_run_side_by_side(children: Children, s3: S3Frames, tmp_path: Path) -> None:
    other, child = start_s3(children, tmp_path)
    frames = S3Frames(other)
    frames.put("demo-alert-api-1", "k", b"x")
    assert not s3.exists("demo-alert-api-1", "k")
    children.stop(child)
    assert not psutil.pid_exists(child.process.pid)


def test_a_child_that_ends_early_is_named_with_its_log(children: Children) -> None:
    child = children.start("hasty", ["sh", "-c", "echo no such luck >&2; exit 3"])
    with pytest.raises(ChildError, match=r"hasty ended with code 3: see .*hasty\.log"):
        child.wait_until(lambda: False)
    assert child.log.read_text() == "no such luck\n"
    children.stop(child)


def test_free_ports_differ() -> None:
    assert len(set(free_ports(20))) == 20
