"""Decoding frames: statistics are numpy's over the pixels; what cannot be decoded says why, and nothing raises."""

from __future__ import annotations

import io
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageFile

from smokewatch.domain.profiles import PERCENTILES, Channel, FrameProfile, Undecodable, UndecodableReason
from smokewatch.store.decoding import DECODER, profile_frame


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def picture(mode: str, width: int, height: int, seed: int) -> Image.Image:
    """Random pixels of a mode: L, LA, RGB or RGBA."""
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, len(mode)), np.uint8)
    return Image.fromarray(pixels.squeeze(2) if mode == "L" else pixels, mode if mode == "LA" else None)


def png(width: int, height: int, *, bits: int, colour: int, rows: bytes) -> bytes:
    """A PNG written by hand."""
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts
    )


def channels(content: bytes) -> NDArray[np.uint8]:
    """Red, green, blue and luma of an encoded image, 4 x n, by numpy."""
    with Image.open(io.BytesIO(content)) as image:
        pixels = np.asarray(image)
    if pixels.ndim == 2 or pixels.shape[2] == 2:
        grey = pixels if pixels.ndim == 2 else pixels[..., 0]
        return np.stack([grey.ravel()] * 4)
    red, green, blue = (pixels[..., index].ravel().astype(np.int64) for index in range(3))
    luma = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16
    return np.stack([red, green, blue, luma]).astype(np.uint8)


def decoded(content: bytes) -> FrameProfile:
    profile = profile_frame(content)
    assert isinstance(profile, FrameProfile), profile
    return profile


def refused(content: bytes) -> Undecodable:
    profile = profile_frame(content)
    assert isinstance(profile, Undecodable), profile
    return profile


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([("L", "PNG"), ("LA", "PNG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("L", "JPEG"), ("RGB", "JPEG")]),
    st.integers(1, 40),
    st.integers(1, 40),
    st.integers(0, 2**32),
)
def test_statistics_are_numpys(kind: tuple[str, str], width: int, height: int, seed: int) -> None:
    mode, file_format = kind
    content = encoded(picture(mode, width, height, seed), file_format)
    profile = decoded(content)
    assert (profile.basis.width, profile.basis.height, profile.mode) == (width, height, mode)
    for channel, values in zip(Channel, channels(content), strict=True):
        found, scaled = profile.statistics(channel), values / 255.0
        assert found.mean == pytest.approx(scaled.mean(), abs=1e-9)
        assert found.std == pytest.approx(scaled.std(), abs=1e-9)
        assert (found.min, found.max) == (scaled.min(), scaled.max())
        assert found.percentiles == {q: np.percentile(scaled, q, method="lower") for q in PERCENTILES}


def test_a_small_picture_known_by_heart() -> None:
    pixels = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], np.uint8)
    profile = decoded(encoded(Image.fromarray(pixels), "PNG"))
    occurring = {
        channel: {int(v): int(profile.of(channel)[v]) for v in profile.of(channel).nonzero()[0]} for channel in Channel
    }
    assert occurring == {
        "red": {0: 2, 10: 1, 255: 1},
        "green": {0: 2, 20: 1, 255: 1},
        "blue": {0: 2, 30: 1, 255: 1},
        "luma": {18: 1, 29: 1, 76: 1, 150: 1},
    }
    red = profile.statistics(Channel.RED)
    assert (red.mean, red.min, red.max) == (265 / 4 / 255, 0, 1)
    assert red.percentiles == {5: 0, 25: 0, 50: 0, 75: 10 / 255, 95: 10 / 255}


def test_the_decoder_names_its_libraries_and_scale() -> None:
    assert DECODER.startswith("pillow ")
    assert DECODER.endswith(" full")
    assert decoded(encoded(picture("RGB", 3, 2, 0), "JPEG")).basis.decoder == DECODER


def test_an_exif_orientation_changes_neither_size_nor_counts() -> None:
    image, exif = picture("RGB", 40, 24, 3), Image.Exif()
    exif[0x0112] = 6
    plain, turned = (decoded(encoded(image, "JPEG", **more)) for more in ({}, {"exif": exif}))
    assert turned.basis == plain.basis
    assert (turned.basis.width, turned.basis.height) == (40, 24)
    assert (turned.counts == plain.counts).all()


@pytest.mark.parametrize("mode", ["1", "P", "CMYK"])
def test_other_modes_are_counted_as_their_colours(mode: str) -> None:
    image = picture("RGB", 20, 10, 4).convert(mode)
    content = encoded(image, "JPEG" if mode == "CMYK" else "PNG")
    with Image.open(io.BytesIO(content)) as opened:
        expected = np.asarray(opened.convert("RGB")).reshape(-1, 3)
    profile = decoded(content)
    assert profile.mode == mode
    assert (profile.counts[:3] == [np.bincount(expected[:, index], minlength=256) for index in range(3)]).all()


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_16_bits_a_channel_are_refused(colour: int, channels: int) -> None:
    rows = (b"\0" + bytes(range(2 * channels)) * 3) * 2
    told = refused(png(3, 2, bits=16, colour=colour, rows=rows))
    assert (told.reason, told.detail) == (UndecodableReason.NOT_8_BIT, "16 bits a channel: only 8 can be profiled")
    assert (told.width, told.height) == (3, 2)


@pytest.mark.parametrize("lost", [1, 2, 500, 1500])
def test_a_truncated_jpeg_is_undecodable_and_its_size_known(lost: int) -> None:
    content = encoded(picture("RGB", 64, 48, 5), "JPEG")
    told = refused(content[:-lost])
    assert (told.reason, told.width, told.height, told.mode) == ("truncated_jpeg", 64, 48, "RGB")
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_a_jpeg_with_something_behind_its_end_is_decoded() -> None:
    content = encoded(picture("RGB", 64, 48, 5), "JPEG")
    assert (decoded(content + b"of the camera").counts == decoded(content).counts).all()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "unknown_format"),
        (b"not an image", "unknown_format"),
        (b"GIF89a" + bytes(50), "unknown_format"),
        (b"\xff\xd8 cut short", "truncated_jpeg"),
        (b"\xff\xd8nothing inside\xff\xd9", "unknown_format"),
        (png(8, 8, bits=8, colour=0, rows=b"\0"), "broken"),
        (png(8, 8, bits=8, colour=0, rows=b"")[:45] + b"nul \0", "broken"),
    ],
)
def test_what_is_no_image_says_why_in_one_line(content: bytes, reason: str) -> None:
    told = refused(content)
    assert told.reason == reason
    assert told.detail.isprintable()
    assert 0 < len(told.detail) <= 300
    assert "0x" not in told.detail


@pytest.mark.parametrize("side", [7_000, 30_000])
def test_a_decompression_bomb_is_not_decoded(side: int) -> None:
    told = refused(png(side, side, bits=8, colour=0, rows=b"\0"))
    assert told.reason == "too_large"
    assert "pixels" in told.detail


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_whatever_happens_to_the_bytes_nothing_raises(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["JPEG", "PNG"]))
    content = bytearray(encoded(picture("RGB", 16, 16, 6), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(2, len(content) - 1))] = data.draw(st.integers(0, 255))
    assert isinstance(
        profile_frame(bytes(content[: data.draw(st.integers(0, len(content)))])), FrameProfile | Undecodable
    )


def test_threads_give_what_one_gives() -> None:
    contents = [encoded(picture("RGB", 200, 100, seed), "JPEG") for seed in range(8)] * 4
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(decoded, contents))
    assert all(
        (profile.counts == decoded(content).counts).all() for profile, content in zip(found, contents, strict=True)
    )
