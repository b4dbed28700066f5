"""What a bundle consists of: its files' names, its manifest, its shards' indexes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from smokewatch.errors import StorageError, shown

MANIFEST = "manifest.json"
CATALOG = "catalog.db"
FRAMES, PREDICTIONS = "frames", "predictions"
SHARD_BYTES = 512_000_000
"""No shard is larger, but for one that holds a single larger sample."""

_FORMAT = "smokewatch-bundle/1"
# Names come from whoever made the bundle and become paths here: nothing else is taken.
_NAMES = re.compile(r"catalog\.db|tables/[a-z_]{1,64}\.parquet|(frames|predictions)/\1-[0-9]{6}\.(tar|jsonl)", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)


class DamagedBundleError(StorageError):
    """A bundle is not what its manifest says; the message names the file."""


@dataclass(frozen=True, slots=True)
class Traits:
    """A file as it must be."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A shard's member: its name, where its bytes begin in the shard, how many they are, and their SHA-256."""

    name: str
    offset: int
    size: int
    sha256: str


def is_bundle_file(name: str) -> bool:
    """Whether a bundle can have a file of this name, relative to its folder; the manifest apart."""
    return _NAMES.fullmatch(name) is not None


def shard_name(kind: str, number: int) -> str:
    """A shard's file, ``frames/frames-000000.tar``: WebDataset reads them as ``frames-{000000..000007}.tar``."""
    return f"{kind}/{kind}-{number:06}.tar"


def index_name(shard: str) -> str:
    """The file that says where a shard's members are."""
    return f"{shard.removesuffix('.tar')}.jsonl"


def shards_of(files: Iterable[str], kind: str) -> list[str]:
    """The shards of a kind, in order."""
    return sorted(name for name in files if name.startswith(f"{kind}/") and name.endswith(".tar"))


def dump_manifest(files: Mapping[str, Traits]) -> bytes:
    """The manifest of these files, the same bytes whenever they are the same."""
    listed = {name: asdict(files[name]) for name in sorted(files)}
    return (json.dumps({"format": _FORMAT, "files": listed}, indent=1) + "\n").encode()


def parse_manifest(content: bytes, place: str) -> dict[str, Traits]:
    """The files of a bundle by name.

    Args:
        content: of manifest.json.
        place: where the bundle is, for messages.

    Raises:
        DamagedBundleError: when it is not what :func:`dump_manifest` writes; names that no bundle has are refused.
    """
    try:
        parsed: Any = json.loads(content)
        said = parsed["format"]
        files = {str(name): Traits(**traits) for name, traits in parsed["files"].items()}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged(f"{place}/{MANIFEST}") from error
    if said != _FORMAT:
        raise StorageError(
            f"{place} is a bundle of another format ({shown(said)}, not {_FORMAT!r}): use a newer smokewatch"
        )
    for name, traits in files.items():
        if not is_bundle_file(name):
            raise DamagedBundleError(f"{place}/{MANIFEST} names {shown(name)}, which no bundle has: do not use it")
        if not (_is_count(traits.size) and _SHA256.fullmatch(str(traits.sha256))):
            raise _damaged(f"{place}/{MANIFEST}")
    shards = [name for kind in (FRAMES, PREDICTIONS) for name in shards_of(files, kind)]
    if CATALOG not in files or any(index_name(name) not in files for name in shards):
        raise _damaged(f"{place}/{MANIFEST}")
    return files


def dump_index(entries: Iterable[Entry]) -> bytes:
    """A shard's index: one JSON object a line, in the shard's order."""
    return "".join(json.dumps(asdict(entry)) + "\n" for entry in entries).encode()


def parse_index(content: bytes, place: str, shard: Traits) -> list[Entry]:
    """The members of a shard.

    Raises:
        DamagedBundleError: when it is not what :func:`dump_index` writes, or a member lies outside of the shard.
    """
    try:
        entries = [Entry(**json.loads(line)) for line in content.splitlines()]
    except (ValueError, TypeError, RecursionError) as error:
        raise _damaged(place) from error
    if not all(
        type(each.name) is str
        and _is_count(each.offset)
        and _is_count(each.size)
        and each.offset + each.size <= shard.size
        and _SHA256.fullmatch(str(each.sha256))
        for each in entries
    ):
        raise _damaged(place)
    return entries


def _is_count(value: object) -> bool:
    return type(value) is int and value >= 0


def _damaged(place: str) -> DamagedBundleError:
    return DamagedBundleError(f"{place} is damaged: copy the bundle again")
