"""Profiles in the catalog, taken beside an import; frames that repeat the one before."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from PIL import Image

import tasks.profiling
from smokewatch.domain.detections import Detection
from smokewatch.domain.profiles import FrameProfile, Undecodable, UndecodableReason
from smokewatch.domain.sequences import ListedSequence, Outcome, frame_flag
from smokewatch.errors import StorageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.decoding import DECODER, profile_frame
from smokewatch.store.frames import FrameStore, StoredFrame
from smokewatch.store.profiles import RepeatedFrame, load_profiles, repeated_frames, save_profiles
from smokewatch.store.saving import Inputs, save_sequence
from tasks.profiling import Profiler, count_profiles, profile_day, profiles_of
from tests.rows import START, wire_row

SOURCE = "alert-api"
STARTED = START.replace(tzinfo=UTC)
DAY = STARTED.date()
NOW = STARTED + timedelta(days=1)


@pytest.fixture
def frames(tmp_path: Path) -> FrameStore:
    return FrameStore.open(str(tmp_path / "frames"))


def jpeg(seed: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (24, 32, 3), np.uint8)).save(buffer, "JPEG")
    return buffer.getvalue()


def add(
    catalog: Catalog,
    frames: FrameStore,
    contents: dict[str, bytes | None],
    *,
    sequence: int = 1,
    camera: int = 4,
    started: datetime = STARTED,
    profiler: Profiler | None = None,
) -> dict[str, FrameProfile | Undecodable]:
    """Store a sequence with a row 30 s apart for each key, as an import does; its profiles are those it saved."""
    stored: dict[str, StoredFrame | None] = {}
    profilings = {}
    for key, content in contents.items():
        sha256 = frames.put(content) if content is not None else None
        stored[key] = StoredFrame(sha256, len(content), frame_flag(content)) if sha256 and content else None
        if profiler and sha256 and content:
            profilings[sha256] = profiler.submit(sha256, content)
    profiles = profiles_of(profilings)
    listed = ListedSequence(
        *(sequence, camera, None, None, None, None, started, len(contents)),
        outcome=Outcome(None, None, None, None, None, None, last_seen_at=started),
    )
    rows = []
    for number, key in enumerate(contents):
        moment = (started + timedelta(seconds=30 * number)).replace(tzinfo=None).isoformat()
        rows.append(wire_row(number, key) | {"camera_id": camera, "created_at": moment, "recorded_at": moment})
    inputs = Inputs([Detection.from_alert_api(row) for row in rows], stored, profiles=profiles)
    with catalog.write() as connection:
        save_sequence(connection, SOURCE, listed, organization_id=2, inputs=inputs, now=NOW)
    return profiles


def loaded(catalog: Catalog, *contents: bytes) -> list[FrameProfile | Undecodable | None]:
    sha256s = [hashlib.sha256(content).hexdigest() for content in contents]
    with catalog.read() as connection:
        found = load_profiles(connection, sha256s, decoder=DECODER)
    return [found.get(sha256) for sha256 in sha256s]


def same(one: FrameProfile | Undecodable | None, other: FrameProfile | Undecodable | None) -> bool:
    if isinstance(one, FrameProfile) and isinstance(other, FrameProfile):
        return (one.basis, one.mode, one.frames) == (other.basis, other.mode, other.frames) and bool(
            (one.counts == other.counts).all()
        )
    return one == other


def count_decodings(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    decoded: list[bytes] = []

    def counting(content: bytes) -> FrameProfile | Undecodable:
        decoded.append(content)
        return profile_frame(content)

    monkeypatch.setattr(tasks.profiling, "profile_frame", counting)
    return decoded


def test_profiles_come_back_as_they_were(catalog: Catalog, frames: FrameStore) -> None:
    contents = [jpeg(1), jpeg(2)[:-9], b"no image", jpeg(3)]
    with Profiler(catalog) as profiler:
        saved = add(catalog, frames, {f"{n}.jpg": each for n, each in enumerate(contents)}, profiler=profiler)
    assert count_profiles(saved) == {"taken": 2, "undecodable": 2}
    found = loaded(catalog, *contents, b"never seen")
    assert all(same(one, profile_frame(content)) for one, content in zip(found, contents, strict=False))
    assert [each.reason for each in found if isinstance(each, Undecodable)] == [
        UndecodableReason.TRUNCATED_JPEG,
        UndecodableReason.UNKNOWN_FORMAT,
    ]
    assert found[-1] is None


def test_a_profile_takes_at_most_two_kilobytes(catalog: Catalog, frames: FrameStore) -> None:
    with Profiler(catalog) as profiler:
        add(catalog, frames, {"1.jpg": jpeg(1)}, profiler=profiler)
    with catalog.read() as connection:
        assert len(connection.scalar(sa.select(t.frame_profiles.c.histograms)) or b"") < 2048


def test_content_that_is_known_is_not_profiled_again(
    catalog: Catalog, frames: FrameStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = count_decodings(monkeypatch)
    with Profiler(catalog) as profiler:
        add(catalog, frames, {"1.jpg": jpeg(1), "2.jpg": jpeg(2)}, profiler=profiler)
        assert len(decoded) == 2
        again = add(catalog, frames, {"a.jpg": jpeg(2), "b.jpg": jpeg(3)}, sequence=2, profiler=profiler)
    assert decoded[2:] == [jpeg(3)]
    assert count_profiles(again) == {"taken": 1}


def test_frames_stored_before_are_profiled_by_the_next_import_of_their_day(
    catalog: Catalog, frames: FrameStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = count_decodings(monkeypatch)
    lost = jpeg(9)
    add(catalog, frames, {"1.jpg": jpeg(1), "2.jpg": b"no image", "3.jpg": None, "4.jpg": lost})
    add(catalog, frames, {"5.jpg": jpeg(5)}, sequence=2, started=STARTED + timedelta(days=1))
    (frames.folder / hashlib.sha256(lost).hexdigest()[:2] / hashlib.sha256(lost).hexdigest()).unlink()  # type: ignore[attr-defined]
    with Profiler(catalog) as profiler:
        assert +profile_day(profiler, catalog, frames, DAY) == {"taken": 1, "undecodable": 1, "lost": 1}
        assert +profile_day(profiler, catalog, frames, DAY) == {"lost": 1}
    assert sorted(decoded) == sorted([jpeg(1), b"no image"])
    assert same(loaded(catalog, jpeg(1))[0], profile_frame(jpeg(1)))


def test_one_import_profiles_a_bounded_number_and_the_next_goes_on(
    catalog: Catalog, frames: FrameStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks.profiling, "FILL_AT_MOST", 3)
    monkeypatch.setattr(tasks.profiling, "_BATCH", 2)
    add(catalog, frames, {f"{n}.jpg": jpeg(n) for n in range(5)})
    with Profiler(catalog) as profiler:
        assert +profile_day(profiler, catalog, frames, DAY) == {"taken": 4, "waiting": 1}
        assert +profile_day(profiler, catalog, frames, DAY) == {"taken": 1}


def test_another_decoder_profiles_again_beside_what_is_there(
    catalog: Catalog, frames: FrameStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Profiler(catalog) as profiler:
        add(catalog, frames, {"1.jpg": jpeg(1)}, profiler=profiler)
        monkeypatch.setattr(tasks.profiling, "DECODER", "pillow 99.0 full")
        monkeypatch.setattr("smokewatch.store.decoding.DECODER", "pillow 99.0 full")
        assert +profile_day(profiler, catalog, frames, DAY) == {"taken": 1}
        assert +profile_day(profiler, catalog, frames, DAY) == {}
    with catalog.read() as connection:
        assert set(connection.scalars(sa.select(t.frame_profiles.c.decoder))) == {DECODER, "pillow 99.0 full"}


def test_a_machine_without_memory_for_a_frame_leaves_it_for_later(
    catalog: Catalog, frames: FrameStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(_content: bytes) -> FrameProfile:
        raise MemoryError

    with Profiler(catalog) as profiler:
        with monkeypatch.context() as patched:
            patched.setattr(tasks.profiling, "profile_frame", no_memory)
            assert add(catalog, frames, {"1.jpg": jpeg(1)}, profiler=profiler) == {}
        assert +profile_day(profiler, catalog, frames, DAY) == {"taken": 1}


def test_two_importers_leave_one_profile(catalog: Catalog, frames: FrameStore) -> None:
    add(catalog, frames, {"1.jpg": jpeg(1)})
    profile = {hashlib.sha256(jpeg(1)).hexdigest(): profile_frame(jpeg(1))}
    for moment in (NOW, NOW + timedelta(hours=1)):
        with catalog.write() as connection:
            save_profiles(connection, profile, now=moment)
    with catalog.read() as connection:
        assert connection.scalars(sa.select(t.frame_profiles.c.profiled_at)).all() == [NOW]


def test_a_damaged_profile_is_named(catalog: Catalog, frames: FrameStore) -> None:
    with Profiler(catalog) as profiler:
        add(catalog, frames, {"1.jpg": jpeg(1)}, profiler=profiler)
    with catalog.write() as connection:
        connection.execute(t.frame_profiles.update().values(histograms=b"altered"))
    with pytest.raises(StorageError, match=hashlib.sha256(jpeg(1)).hexdigest()):
        loaded(catalog, jpeg(1))


def test_frames_that_repeat_the_cameras_frame_before(catalog: Catalog, frames: FrameStore) -> None:
    stuck, other = jpeg(1), jpeg(2)
    # The day before ends with what the day begins with, and the first day's own repetition is not the second's.
    add(catalog, frames, {"y1.jpg": stuck, "y2.jpg": stuck}, started=STARTED - timedelta(hours=12))
    add(catalog, frames, {"a.jpg": stuck, "b.jpg": other, "c.jpg": stuck, "d.jpg": None, "e.jpg": other}, sequence=2)
    # A key is one frame, whichever sequences show it; a frame without bytes is not known to be repeated.
    add(catalog, frames, {"c.jpg": stuck, "f.jpg": stuck}, sequence=3, started=STARTED + timedelta(seconds=60.5))
    add(catalog, frames, {"z.jpg": stuck}, sequence=4, camera=5)
    sha256 = hashlib.sha256(stuck).hexdigest()

    def repeated(first: date, last: date) -> list[RepeatedFrame]:
        with catalog.read() as connection:
            return repeated_frames(connection, first_day=first, last_day=last)

    assert repeated(DAY, DAY) == [RepeatedFrame(SOURCE, 4, "a.jpg", "y2.jpg", sha256, STARTED)]
    assert [row.bucket_key for row in repeated(DAY - timedelta(days=1), DAY)] == ["y2.jpg", "a.jpg"]
    # A late sequence changes which frame is the one before.
    add(catalog, frames, {"g.jpg": stuck}, sequence=5, started=STARTED + timedelta(seconds=110))
    assert [row.bucket_key for row in repeated(DAY, DAY)] == ["a.jpg", "g.jpg"]
    with Profiler(catalog) as profiler:
        assert profile_day(profiler, catalog, frames, DAY)["repeated"] == 2
