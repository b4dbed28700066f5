"""Frames: exact bytes, once, durable, never half."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from smokewatch.errors import UsageError
from smokewatch.store.frames import FrameLostError, FrameStore


def test_bytes_come_back_exactly_under_their_digest(frames: FrameStore) -> None:
    content = bytes(range(256)) * 10
    sha256 = frames.put(content)
    assert sha256 == hashlib.sha256(content).hexdigest()
    assert frames.path(sha256) == frames.folder / sha256[:2] / sha256
    assert frames.read(sha256) == content


def test_the_same_content_is_stored_once_by_many_writers(frames: FrameStore) -> None:
    threads = [threading.Thread(target=frames.put, args=(b"same",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [path.read_bytes() for path in frames.folder.rglob("*") if path.is_file()] == [b"same"]


@pytest.mark.parametrize("damage", ["altered", "gone"])
def test_a_damaged_frame_is_never_given_out(frames: FrameStore, damage: str) -> None:
    sha256 = frames.put(b"smoke")
    if damage == "gone":
        frames.path(sha256).unlink()
    else:
        frames.path(sha256).write_bytes(b"smoko")
    with pytest.raises(FrameLostError, match=sha256):
        frames.read(sha256)


def test_half_written_files_of_killed_writers_are_swept(frames: FrameStore) -> None:
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
        "from smokewatch.store.frames import FrameStore\n"
        "frames = FrameStore.open(sys.argv[1] + '/frames')\n"
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
