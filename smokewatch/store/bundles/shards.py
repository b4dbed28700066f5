"""Tar shards in the WebDataset layout: members of one sample stand together, under names that differ after a dot."""

from __future__ import annotations

import hashlib
import tarfile
from collections.abc import Sequence
from pathlib import Path

from smokewatch.store.bundles.layout import SHARD_BYTES, Entry, Traits, dump_index, index_name, shard_name

_END = tarfile.RECORDSIZE + 2 * tarfile.BLOCKSIZE  # what ends an archive, at most


class ShardWriter:
    """Writes samples into new shards of one kind, sealing each when the next sample would make it too large.

    The same samples give the same bytes: no times, no owners.
    """

    def __init__(self, folder: Path, kind: str, *, first: int, limit: int = SHARD_BYTES) -> None:
        self._folder, self._kind, self._number, self._limit = folder, kind, first, limit
        self._shard: _Shard | None = None
        self.sealed: dict[str, Traits] = {}
        """Shards and their indexes, by name."""

    def add(self, sample: Sequence[tuple[str, bytes]]) -> None:
        """Add a sample's members, (name, content) each, to one shard.

        Raises:
            OSError: when the folder does not take it.
        """
        needed = sum(tarfile.BLOCKSIZE + _padded(len(content)) for _, content in sample)
        if self._shard is not None and self._shard.size + needed + _END > self._limit:
            self.seal()
        if self._shard is None:
            name = shard_name(self._kind, self._number)
            (self._folder / name).parent.mkdir(exist_ok=True)
            self._shard = _Shard(self._folder, name)
        for name, content in sample:
            self._shard.add(name, content)

    def seal(self) -> None:
        """Close the shard in progress; nothing is ever added to it again."""
        if self._shard is not None:
            self.sealed |= self._shard.seal()
            self._shard = None
            self._number += 1

    def abandon(self) -> None:
        """Close the shard in progress without sealing it."""
        if self._shard is not None:
            self._shard.close()


class _Shard:
    """One archive, hashed while it is written, so that it need not be read again."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._file = (folder / name).open("wb")
        self._sha256 = hashlib.sha256()
        self._entries: list[Entry] = []
        self.size = 0

    def add(self, name: str, content: bytes) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = len(content), 0o444
        self._write(member.tobuf(tarfile.USTAR_FORMAT))
        self._entries.append(Entry(name, self.size, len(content), hashlib.sha256(content).hexdigest()))
        self._write(content)
        self._write(bytes(_padded(len(content)) - len(content)))

    def seal(self) -> dict[str, Traits]:
        blocks = self.size + 2 * tarfile.BLOCKSIZE  # two of zeros end an archive, which fills whole records
        self._write(bytes(-(-blocks // tarfile.RECORDSIZE) * tarfile.RECORDSIZE - self.size))
        self.close()
        index = dump_index(self._entries)
        (self._folder / index_name(self._name)).write_bytes(index)
        return {
            self._name: Traits(self.size, self._sha256.hexdigest()),
            index_name(self._name): Traits(len(index), hashlib.sha256(index).hexdigest()),
        }

    def close(self) -> None:
        self._file.close()

    def _write(self, content: bytes) -> None:
        self._file.write(content)
        self._sha256.update(content)
        self.size += len(content)


def _padded(size: int) -> int:
    return -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
