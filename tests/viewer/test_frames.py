"""``GET /api/sequences/{key}/frames/{n}``: exact bytes, or why there are none."""

from __future__ import annotations

import hashlib

import pytest

from smokewatch.store import tables as t
from smokewatch.store.frame_folder import FrameFolder
from tests.store.filled import NOW, Store
from tests.viewer.stores import JPEG, Look, detail


def test_a_frame_is_its_exact_bytes_and_never_changes(store: Store, look: Look) -> None:
    store.sequence()
    client = look()
    url = detail(client)["frames"][0]["url"]
    named, unnamed = client.get(url), client.get(url.partition("?")[0])
    for reply in (named, unnamed):
        assert reply.content == b"1 k0.jpg"
        assert reply.headers["etag"] == f'"{hashlib.sha256(reply.content).hexdigest()}"'
        assert reply.headers["content-type"] == "application/octet-stream"
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert "immutable" in named.headers["cache-control"]
    assert unnamed.headers["cache-control"] == "private, no-cache"
    assert "immutable" not in client.get(url[:-1] + "x").headers["cache-control"]
    assert client.get(url, headers={"if-none-match": named.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (JPEG, "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"<svg onload=alert(1)>", "application/octet-stream"),
        (b"<html>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_only_jpeg_and_png_are_called_images(store: Store, look: Look, content: bytes, kind: str) -> None:
    store.sequence()
    sha256 = store.frames.put(content)
    with store.catalog.write() as connection:
        connection.execute(t.frames.insert(), {"sha256": sha256, "size": len(content), "stored_at": NOW})
        connection.execute(t.detections.update().values(frame_sha256=sha256))
    reply = look().get("/api/sequences/alert-api_1/frames/0")
    assert (reply.content, reply.headers["content-type"]) == (content, kind)


def test_a_frame_that_is_not_there_says_why(store: Store, look: Look) -> None:
    store.sequence(missing=frozenset({"k1.jpg"}))
    client = look()
    assert isinstance(store.frames, FrameFolder)
    lost = hashlib.sha256(b"1 k2.jpg").hexdigest()
    next(store.folder.parent.glob(f"frames/*/{lost}")).unlink()
    altered = hashlib.sha256(b"1 k3.jpg").hexdigest()
    path = next(store.folder.parent.glob(f"frames/*/{altered}"))
    path.chmod(0o600)
    path.write_bytes(b"other")
    says = {1: "could not be had", 2: "are lost", 3: "was altered", 4: "frames 0 to 3"}
    for number, text in says.items():
        reply = client.get(f"/api/sequences/alert-api_1/frames/{number}")
        assert reply.status_code == 404
        assert text in reply.json()["detail"]
        assert reply.headers["cache-control"] == "no-store"
    for text in ("-1", "1.0", "x", "9" * 40, "0x1", "٣"):
        assert client.get(f"/api/sequences/alert-api_1/frames/{text}").status_code == 404
