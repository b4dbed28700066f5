"""Frames: exact bytes, once, durable, never half."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from smokewatch.errors import StorageError, UsageError
from smokewatch.store.frame_folder import FrameFolder
from smokewatch.store.frames import FrameLostError, FrameStore
from tests.servers import S3, s3_server
from tests.store.places import Place


def test_bytes_come_back_exactly_under_their_digest(frames: FrameStore, place: Place) -> None:
    content = bytes(range(256)) * 10
    sha256 = frames.put(content)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert place.contents() == {f"{sha256[:2]}/{sha256}": content}
    assert frames.read(sha256) == content


def test_the_same_content_is_stored_once_by_many_writers(frames: FrameStore, place: Place) -> None:
    threads = [threading.Thread(target=frames.put, args=(b"same",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(place.contents().values()) == [b"same"]


@pytest.mark.parametrize("damage", ["altered", "gone"])
def test_a_damaged_frame_is_never_given_out(frames: FrameStore, place: Place, damage: str) -> None:
    sha256 = frames.put(b"smoke")
    place.damage(sha256, None if damage == "gone" else b"smoko")
    with pytest.raises(FrameLostError, match=sha256):
        frames.read(sha256)


def test_half_written_files_of_killed_writers_are_swept(tmp_path: Path) -> None:
    frames = FrameFolder.open(str(tmp_path))
    partial = frames.folder / "partial" / "abc.1"
    partial.write_bytes(b"half")
    assert frames.sweep_partial(older_than_seconds=3600) == 0
    os.utime(partial, (0, 0))
    assert frames.sweep_partial(older_than_seconds=3600) == 1
    assert not partial.exists()


def test_a_place_that_is_no_writable_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="SMOKEWATCH_FRAMES"):
        FrameStore.open(str(tmp_path / "file"))
    with pytest.raises(UsageError, match="expected a local folder"):
        FrameStore.open("ftp://frames")


def test_a_full_disk_is_told_in_one_line_and_leaves_no_half_frame(tmp_path: Path) -> None:
    # A file system of 64 KiB in a mount namespace of its own, so that it is gone with the process.
    script = (
        "import sys\n"
        "from smokewatch.errors import StorageError\n"
        "from smokewatch.store.frame_folder import FrameFolder\n"
        "frames = FrameFolder.open(sys.argv[1] + '/frames')\n"
        "kept = frames.put(b'small')\n"
        "try:\n"
        "    frames.put(b'x' * 200_000)\n"
        "except StorageError as error:\n"
        "    print(error)\n"
        "print(frames.read(kept), list((frames.folder / 'partial').iterdir()))\n"
    )
    done = subprocess.run(
        [
            *("unshare", "--mount", "--map-root-user", "sh", "-c"),
            *('mount -t tmpfs -o size=64k tmpfs "$1" && exec "$2" -c "$3" "$1"', "sh"),
            *(str(tmp_path), sys.executable, script),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    message, rest = done.stdout.splitlines()
    assert "No space left on device: free some space and run again; nothing stored is lost" in message
    assert rest == "b'small' []"


@pytest.mark.parametrize(
    ("location", "settings", "says"),
    [
        ("s3://no-such-bucket/frames", {}, "NoSuchBucket: make the bucket, or name another"),
        ("s3://smokewatch-tests/f", {"AWS_SECRET_ACCESS_KEY": "wrong-secret"}, "SignatureDoesNotMatch: check AWS_AC"),
        ("s3://smokewatch-tests/f", {"AWS_ACCESS_KEY_ID": "wrong-key"}, "InvalidAccessKeyId: check AWS_ACCESS_KEY_ID"),
        ("s3://smokewatch-tests/f", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "refused: check AWS_ENDPOINT_URL"),
        ("s3://smokewatch-tests/f", {"AWS_ENDPOINT_URL": "127.0.0.1:9"}, "AWS_ENDPOINT_URL is no server's address"),
        ("s3://wrong-key:wrong-secret@host/frames", {}, "expected s3://bucket/prefix"),
        ("s3://smokewatch-tests/../other", {}, "expected s3://bucket/prefix"),
    ],
)
def test_an_s3_place_that_cannot_be_used_is_named_without_a_secret(
    s3: S3, monkeypatch: pytest.MonkeyPatch, location: str, settings: dict[str, str], says: str
) -> None:
    monkeypatch.setattr("smokewatch.store.s3._BACKOFF_SECONDS", 0)
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError, match=re.escape(says)) as refused:
        FrameStore.open(location)
    for secret in ("wrong-secret", "wrong-key", s3.address.access_key + ":", s3.address.secret_key):
        assert secret not in str(refused.value)


def test_a_server_that_goes_away_stops_the_run_and_loses_no_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smokewatch.store.s3._BACKOFF_SECONDS", 0)
    with s3_server(tmp_path) as passing:
        for name, value in passing.environment().items():
            monkeypatch.setenv(name, value)
        frames = FrameStore.open(passing.fresh())
        sha256 = frames.put(b"smoke")
    for call in (lambda: frames.put(b"more"), lambda: frames.read(sha256)):
        with pytest.raises(StorageError, match=r"s3://smokewatch-tests/.*refused: check the S3 server") as told:
            call()
        assert "Signature" not in str(told.value)


def test_a_bucket_that_vanished_is_no_lost_frame(s3: S3) -> None:
    client = s3.address.client()
    client.make_bucket("passing")
    frames = FrameStore.open("s3://passing/frames")
    client.remove_bucket("passing")
    with pytest.raises(StorageError, match="NoSuchBucket"):
        frames.read("0" * 64)
