"""Images, answers of releases, and bundles' own words, whatever their bytes."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zlib
from pathlib import PurePosixPath
from random import Random

import pytest
from PIL import Image

from smokewatch.domain.answers import parse_answer, parse_error, parse_health
from smokewatch.domain.profiles import FrameProfile, Undecodable, UndecodableReason
from smokewatch.domain.sequences import frame_flag
from smokewatch.errors import InvalidAnswerError, StorageError
from smokewatch.store.bundles.layout import (
    Traits,
    dump_manifest,
    index_name,
    is_bundle_file,
    parse_index,
    parse_manifest,
    shard_name,
)
from smokewatch.store.decoding import profile_frame
from smokewatch.store.image_folders.image import exif_time
from smokewatch.store.thumbnails import thumbnails_of
from tests.conftest import GOLDEN
from tests.fuzz.cases import (
    LONG,
    QUICK,
    altered_bytes,
    altered_deeply,
    altered_text,
    encoded,
    one_line,
    try_cases,
)
from tests.marks import chaos

_SHA256 = "0" * 64
_ANSWERS = [each["response"] for each in json.loads((GOLDEN / "temporal_api_calls.json").read_text())]
_SHARD = shard_name("frames", 0)
_FILES = {name: Traits(1000, _SHA256) for name in ("catalog.db", _SHARD, index_name(_SHARD), "tables/verdicts.parquet")}
_MANIFEST = json.loads(dump_manifest(_FILES))
_ENTRY = {"name": f"{_SHA256}.jpg", "offset": 512, "size": 400, "sha256": _SHA256}


def _picture(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((32, 24), 60).convert("RGB").save(buffer, kind)
    return buffer.getvalue()


_PICTURES = (_picture("JPEG"), _picture("PNG"))


class OneFrame:
    """A store of one frame, whatever it is called."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def read(self, sha256: str) -> bytes:
        """Its bytes."""
        return self.content


def _image(random: Random) -> None:
    content = altered_bytes(random, random.choice(_PICTURES))
    profile = profile_frame(content)
    if isinstance(profile, Undecodable):
        assert profile.detail.isprintable()
        assert len(profile.detail) <= 300
    else:
        assert isinstance(profile, FrameProfile)
    frame_flag(content)
    exif_time(content)
    thumbnails_of(OneFrame(content), [_SHA256])


def _answer(random: Random) -> None:
    document = altered_deeply(random, random.choice(_ANSWERS))
    content = encoded(document)
    if random.random() < 0.2:
        content = altered_bytes(random, content)
    for parse in (parse_answer, parse_health):
        try:
            parse(content)
        except InvalidAnswerError as error:
            one_line(error)
    parse_error(content)


def _manifest(random: Random) -> None:
    content = encoded(altered_deeply(random, _MANIFEST))
    if random.random() < 0.2:
        content = altered_bytes(random, content)
    try:
        files = parse_manifest(content, "here")
    except StorageError as error:
        one_line(error)
    else:
        assert all(is_bundle_file(name) and traits.size >= 0 for name, traits in files.items())


def _index(random: Random) -> None:
    content = b"\n".join(encoded(altered_deeply(random, _ENTRY)) for _ in range(random.randrange(4)))
    if random.random() < 0.2:
        content = altered_bytes(random, content)
    try:
        entries = parse_index(content, "here", _FILES[_SHARD])
    except StorageError as error:
        one_line(error)
    else:
        assert all(0 <= each.offset <= each.offset + each.size <= 1000 for each in entries)


def _name(random: Random) -> None:
    name = altered_text(random, random.choice(sorted(_FILES)), "./\\\x00\n%~:*aZ_0é\ud800")
    if is_bundle_file(name):
        path = PurePosixPath(name)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert str(path) == name
        assert len(path.parts) <= 2
        assert name.isascii()
        assert name.isprintable()


TRIED = {"images": _image, "answers": _answer, "manifests": _manifest, "indexes": _index, "names": _name}


@pytest.mark.parametrize(
    ("kind", "count"),
    [(kind, QUICK if kind != "images" else 60) for kind in TRIED] + [chaos(kind, LONG[kind]) for kind in TRIED],
)
def test_files(kind: str, count: int) -> None:
    try_cases(kind, count, TRIED[kind])


def _png(side: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


def _jpeg(side: int) -> bytes:
    content = bytearray(_PICTURES[0])
    place = content.index(b"\xff\xc0")
    content[place + 5 : place + 9] = struct.pack(">HH", side, side)
    return bytes(content)


@pytest.mark.parametrize("content", [_png(9_000), _png(13_000), _png(2**31 - 1), _jpeg(9_000), _jpeg(65_500)])
def test_a_bomb_is_refused_by_its_header(content: bytes) -> None:
    tracemalloc.start()
    refused = profile_frame(content)
    assert isinstance(refused, Undecodable)
    assert refused.reason in (UndecodableReason.TOO_LARGE, UndecodableReason.BROKEN, UndecodableReason.UNKNOWN_FORMAT)
    assert thumbnails_of(OneFrame(content), [_SHA256]) == {}
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16 * 1024**2


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"files":' * 50_000, b"9" * 5000, b"\xff\xfe"])
def test_documents_that_no_parser_likes(content: bytes) -> None:
    for parse in (parse_answer, parse_health):
        with pytest.raises(InvalidAnswerError):
            parse(content)
    with pytest.raises(StorageError):
        parse_manifest(content, "here")
    with pytest.raises(StorageError):
        parse_index(content, "here", _FILES[_SHARD])


@pytest.mark.parametrize("lie", [{"size": 10**18}, {"offset": 2**70}, {"size": 1001}, {"name": 7}, {"size": True}])
def test_a_size_that_lies_is_refused_before_anything_is_read(lie: dict[str, object]) -> None:
    with pytest.raises(StorageError):
        parse_index(encoded(_ENTRY | lie), "here", _FILES[_SHARD])


def test_a_million_cases() -> None:
    assert sum(LONG.values()) >= 1_000_000
