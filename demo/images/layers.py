"""Layers whose tar is the same to the byte wherever their files are the same: sorted, of root, from 1970."""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

from demo.images.errors import ImageError

_CHUNK = 1 << 20
_DIRECTORY = 0o755


@dataclass(frozen=True)
class Entry:
    """A file of an image: `path` without leading slash; `content` is a file on this machine, bytes, or a link's aim."""

    path: str
    content: Path | bytes | str
    executable: bool = False

    def blocks(self) -> Iterator[bytes]:
        """The entry as a tar has it."""
        header = self.header()
        yield header.tobuf(tarfile.GNU_FORMAT)
        yield from self._content(header.size)
        yield bytes(-header.size % tarfile.BLOCKSIZE)

    def length(self) -> int:
        """How many bytes `blocks` gives."""
        header = self.header()
        return len(header.tobuf(tarfile.GNU_FORMAT)) + header.size + -header.size % tarfile.BLOCKSIZE

    def header(self) -> tarfile.TarInfo:
        """The entry's tar header, the same on every machine."""
        header = tarfile.TarInfo(self.path)
        header.mode = 0o755 if self.executable else 0o644
        if isinstance(self.content, str):
            header.type, header.linkname, header.mode = tarfile.SYMTYPE, self.content, 0o777
        else:
            header.size = len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size
        return header

    def _content(self, size: int) -> Iterator[bytes]:
        if isinstance(self.content, bytes):
            yield self.content
        elif isinstance(self.content, Path):
            with self.content.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    size -= len(chunk)
                    yield chunk
            if size:
                raise ImageError(f"{self.content} changed while it was read: build again")


@dataclass(frozen=True)
class Directory(Entry):
    """A folder of an image; those above files come by themselves."""

    content: Path | bytes | str = b""
    mode: int = _DIRECTORY

    def header(self) -> tarfile.TarInfo:
        header = tarfile.TarInfo(self.path)
        header.type, header.mode = tarfile.DIRTYPE, self.mode
        return header


@dataclass(frozen=True)
class Layer:
    """What a layer is (`what`: versions, hashes) and how its files are found; its key is known before they are."""

    name: str
    what: Sequence[str] | Mapping[str, str]
    files: Callable[[Path], Iterable[Entry]]
    """Given an empty folder for what has to be written first."""

    @cached_property
    def key(self) -> str:
        """Equal keys, equal bytes: sha256, hex."""
        return digest(self.name, json.dumps(self.what, sort_keys=True), builder())


def complete(entries: Iterable[Entry]) -> list[Entry]:
    """The entries by path, with the folders above them."""
    found = {entry.path: entry for entry in entries}
    for path in list(found):
        for parent in PurePosixPath(path).parents[:-1]:
            found.setdefault(str(parent), Directory(str(parent)))
    return [found[path] for path in sorted(found)]


def tar(entries: Sequence[Entry]) -> Iterator[bytes]:
    """The tar of entries, piece by piece."""
    for entry in entries:
        yield from entry.blocks()
    yield bytes(2 * tarfile.BLOCKSIZE)


def tar_length(entries: Sequence[Entry]) -> int:
    """How many bytes `tar` gives."""
    return sum(entry.length() for entry in entries) + 2 * tarfile.BLOCKSIZE


def digest(*parts: str | bytes) -> str:
    """One sha256 over parts, hex."""
    digest = hashlib.sha256()
    for part in parts:
        content = part.encode() if isinstance(part, str) else part
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


def file_digests(files: Mapping[str, Path]) -> dict[str, str]:
    """The sha256 of each file, by its path in the image."""
    return {path: hashlib.sha256(file.read_bytes()).hexdigest() for path, file in files.items()}


def builder() -> str:
    """A hash of this package: what it makes may differ when it does."""
    sources = sorted(path for path in Path(__file__).parent.iterdir() if path.is_file())
    return digest(*(source.read_bytes() for source in sources))
