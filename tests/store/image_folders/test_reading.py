"""A folder becomes its days; nothing in it is lost without a word."""

from __future__ import annotations

import os
import struct
import tracemalloc
import zlib
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from smokewatch.domain.drift import build_baseline, check_drift, summary_json
from smokewatch.domain.drift.daily import STRATA
from smokewatch.errors import RunError, UsageError
from smokewatch.store.classifiers import open_classifier
from smokewatch.store.decoding import DECODER
from smokewatch.store.image_folders import read_folder
from tests.store.classifiers.models import onnx_mean
from tests.store.image_folders.folder import FORMATS, encoded, means, put, read


def test_days_cameras_and_statistics(tmp_path: Path) -> None:
    put(tmp_path, "b/b_2026-03-02T13-00-00.png", encoded(".png", value=204))
    put(tmp_path, "a/deep/er/a_2026-03-01T01-00-00.png", encoded(".png", value=51))
    put(tmp_path, "a/a_2026-03-01T23-59-59.png", encoded(".png", value=102))
    put(tmp_path, "b/b_2026-03-01T07-00-00.png", encoded(".png", value=255, size=(20, 10)))
    first, second = read_folder(tmp_path)
    assert (first.day, second.day) == (date(2026, 3, 1), date(2026, 3, 2))
    assert (first.cameras, second.cameras) == (("a", "b"), ("b",))
    assert means(first) == pytest.approx({"a": 0.3, "b": 1.0})
    assert means(second) == pytest.approx({"b": 0.8})
    assert first.frames[:, :4].tolist() == [[1, 0, 0, 1], [0, 1, 0, 0]]
    assert first.sizes == {"a": ((16, 12),), "b": ((20, 10),)}
    assert first.decoder == DECODER
    assert first.pixel_shares is not None
    assert first.pixel_shares[0, [51, 102, 255]] == pytest.approx(1 / 3, abs=1e-6)
    assert not first.class_counts.any()


@pytest.mark.parametrize("suffix", [*FORMATS, ".JPEG", ".Png"])
def test_every_format_is_read(suffix: str, tmp_path: Path) -> None:
    FORMATS[".jpeg"] = "JPEG"
    put(tmp_path, f"a/2026-03-01T10-00-00{suffix}", encoded(suffix, value=102))
    (day,) = read_folder(tmp_path)
    assert means(day) == pytest.approx({"a": 0.4}, abs=0.01)


def test_times_come_from_the_first_source_that_has_one_and_are_counted(tmp_path: Path) -> None:
    taken = encoded(".jpg", taken="2026:03:04 07:00:00")
    put(tmp_path, "name/x_2026-03-01T01-00-00.jpg", taken, mtime="2026-03-09T23:00:00")
    put(tmp_path, "folder_exif/2026-03-02/x.jpg", taken, mtime="2026-03-09T23:00:00")
    put(tmp_path, "folder_mtime/2026-03-03/x.jpg", mtime="2026-03-09T13:00:00")
    put(tmp_path, "exif/x.jpg", taken, mtime="2026-03-09T23:00:00")
    put(tmp_path, "offset/x.jpg", encoded(".jpg", taken="2026:03:05 01:00:00", offset="+02:00"))
    put(tmp_path, "zero/x.jpg", encoded(".jpg", taken="0000:00:00 00:00:00"), mtime="2026-03-06T19:00:00")
    put(tmp_path, "mtime/x.png", mtime="2026-03-07T19:00:00")
    days, report = read(tmp_path)
    found = {
        camera: (day.day.day, STRATA[day.frames[at].argmax()]) for day in days for at, camera in enumerate(day.cameras)
    }
    assert found == {
        "name": (1, "00-06"),
        "folder_exif": (2, "06-12"),
        "folder_mtime": (3, "12-18"),
        "exif": (4, "06-12"),
        "offset": (4, "18-24"),
        "zero": (6, "18-24"),
        "mtime": (7, "18-24"),
    }
    assert report.times == {"name": 1, "folder_and_exif": 1, "folder_and_mtime": 1, "exif": 2, "mtime": 2}
    assert report.lines()[0].startswith("7 images; their times are from exif 2")


def test_a_frame_that_repeats_the_one_before_is_counted_across_days(tmp_path: Path) -> None:
    same, other = encoded(".png", value=10), encoded(".png", value=11)
    for at, content in {"01T10": same, "01T11": same, "01T13": same, "02T01": same}.items():
        put(tmp_path, f"a/2026-03-{at}-00-00.png", content)
    put(tmp_path, "a/met later/2026-03-01T12-00-00.png", other)
    put(tmp_path, "b/2026-03-01T10-30-00.png", same)  # another camera's
    first, second = read_folder(tmp_path)
    assert (first.repeats, second.repeats) == ({"a": 1}, {"a": 1})


def _png_of_16_bits() -> bytes:
    head = struct.pack(">IIBBBBB", 2, 2, 16, 0, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(10))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def test_what_cannot_be_decoded_is_named_and_stops_nothing(tmp_path: Path) -> None:
    put(tmp_path, "a/2026-03-01T10-00-00.png")
    put(tmp_path, "a/2026-03-01T11-00-00.jpg", encoded(".jpg")[:-40])
    put(tmp_path, "a/2026-03-01T12-00-00.png", _png_of_16_bits())
    put(tmp_path, "b/2026-03-02T12-00-00.webp", b"no image")
    put(tmp_path, "b/2026-03-02T13-00-00.bmp", b"")
    os.mkfifo(tmp_path / "b" / "2026-03-02T14-00-00.png")
    days, report = read(tmp_path)
    assert [day.undecodable for day in days] == [{"a": 2}, {"b": 3}]
    assert [day.cameras for day in days] == [("a",), ("b",)]
    assert report.images == 1
    assert report.reasons == {"truncated_jpeg": 1, "not_8_bit": 1, "unknown_format": 2, "broken": 1}
    assert [(image.path, image.detail) for image in report.undecodable] == [
        ("a/2026-03-01T11-00-00.jpg", "the file ends before its image does"),
        ("a/2026-03-01T12-00-00.png", "16 bits a channel: only 8 can be profiled"),
        ("b/2026-03-02T12-00-00.webp", "none of JPEG, PNG, WEBP, TIFF, BMP"),
        ("b/2026-03-02T13-00-00.bmp", "none of JPEG, PNG, WEBP, TIFF, BMP"),
        ("b/2026-03-02T14-00-00.png", "no regular file"),
    ]
    assert "5 images cannot be decoded" in "\n".join(report.lines())


def test_names_that_are_no_text_are_told_so_that_they_can_be_printed(tmp_path: Path) -> None:
    camera = os.fsdecode(b"caf\xe9\x1b[2J")
    put(tmp_path, f"{camera}/2026-03-01T10-00-00.png")
    put(tmp_path, f"{camera}/2026-03-01T11-00-00.png", b"no image")
    (day,), report = read(tmp_path)
    assert day.cameras == ("caf��[2J",)
    assert report.undecodable[0].path == "caf��[2J/2026-03-01T11-00-00.png"


@pytest.mark.parametrize(("mode", "bits"), [("I;16", 16), ("I", 32), ("F", 32)])
def test_a_deeper_tiff_is_refused(mode: str, bits: int, tmp_path: Path) -> None:
    Image.new(mode, (8, 8)).save(put(tmp_path, "a/2026-03-01T10-00-00.tif", b""))
    _, report = read(tmp_path)
    assert [image.detail for image in report.undecodable] == [f"{bits} bits a channel: only 8 can be profiled"]


def test_an_image_too_large_to_read_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smokewatch.store.image_folders.image.MAX_BYTES", 1000)
    put(tmp_path, "a/2026-03-01T10-00-00.png", bytes(1001))
    (day,), report = read(tmp_path)
    assert (day.undecodable, dict(report.reasons)) == ({"a": 1}, {"too_large": 1})


def test_links_are_not_followed_and_other_files_are_counted(tmp_path: Path) -> None:
    folder, outside = tmp_path / "inside", tmp_path / "outside"
    put(folder, "a/2026-03-01T10-00-00.png")
    put(outside, "2026-03-01T11-00-00.png")
    (folder / "a" / "2026-03-01T11-00-00.png").symlink_to(outside / "2026-03-01T11-00-00.png")
    (folder / "b").symlink_to(outside)
    (folder / "a" / "circle").symlink_to(folder)
    put(folder, "a/labels.txt", b"")
    put(folder, "a/._2026-03-01T12-00-00.png")
    put(folder, ".cache/2026-03-01T12-00-00.png")
    _, report = read(folder)
    assert (report.images, report.links, report.others, report.reasons) == (1, 3, 3, {})
    assert "3 symbolic links are not followed" in report.lines()


def test_a_folder_without_an_image_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nowhere is no folder"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(UsageError, match=r"holds no image \(\.png, .*; 0 other files, 0 links"):
        read_folder(tmp_path)
    put(tmp_path, "labels.txt", b"")
    with pytest.raises(UsageError, match="1 other files"):
        read_folder(tmp_path)


def test_a_folder_that_cannot_be_read_stops_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "a/2026-03-01T10-00-00.png")
    scan = os.scandir

    def refusing(place: str) -> object:
        if str(place).endswith("/a"):
            raise PermissionError(13, "Permission denied", str(place))
        return scan(place)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(RunError, match=r"folder .*/a cannot be read \(Permission denied\)"):
        read_folder(tmp_path)


def test_progress_is_told_after_each_image_and_threads_change_nothing(tmp_path: Path) -> None:
    for minute in range(20):
        put(tmp_path, f"a/2026-03-01T10-{minute:02}-00.png", encoded(".png", value=minute))
    told: list[tuple[int, int]] = []
    (one,) = read_folder(tmp_path, threads=1, progress=lambda done, total: told.append((done, total)))
    (four,) = read_folder(tmp_path, threads=4)
    assert told == [(done, 20) for done in range(1, 21)]
    assert summary_json(one) == summary_json(four)


def test_a_classifier_scores_each_image(tmp_path: Path) -> None:
    classifier = open_classifier(onnx_mean(tmp_path / "m.onnx"))
    for minute in range(40):  # more than a batch
        put(tmp_path, f"images/a/2026-03-01T10-{minute:02}-00.png", encoded(".png", value=10 + 6 * minute))
    put(tmp_path, "images/a/2026-03-01T11-00-00.png", b"no image")
    (day,) = read_folder(tmp_path / "images", predictions=classifier, threshold=0.4)
    expected = (10 + 6 * np.arange(40)) * 2 / 3 / 255
    assert day.sequences.sum() == 40
    assert day.score_means[0, 1] == pytest.approx(expected.mean(), abs=1e-6)
    assert day.class_counts[0, 1].tolist() == [(expected < 0.4).sum(), (expected >= 0.4).sum()]


def test_the_days_make_a_baseline_and_fog_is_found(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for number in range(16):
        for minute in range(32):
            camera, grey = "ab"[minute % 2], int(rng.integers(90, 110)) + 90 * (number == 15) * (minute % 2)
            content = encoded(".png", value=grey, size=(4, 4))
            put(tmp_path, f"{camera}/2026-03-{number + 1:02}T10-{minute:02}-00.png", content)
    *earlier, last = read_folder(tmp_path)
    check = check_drift(last, build_baseline("folder", earlier))
    assert check.cameras == ("b",)
    assert check.frames == 32


def test_memory_grows_by_an_images_numbers_alone(tmp_path: Path) -> None:
    image = put(tmp_path, "image", encoded(".png", size=(64, 48)))

    def peak(number: int) -> int:
        folder = tmp_path / str(number)
        for at in range(number):
            place = folder / f"a/{at // 50}/2026-03-01T{at // 60:02}-{at % 60:02}-00.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.hardlink_to(image)
        tracemalloc.start()
        try:
            read_folder(folder)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(5)  # what is loaded once
    assert (peak(140) - peak(20)) / 120 < 1000  # a histogram takes 8,192
