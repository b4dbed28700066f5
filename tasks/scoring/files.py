"""Frames of the store as files that a model reads, there only as long as it needs them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType

from smokewatch.store.frames import FrameLostError, FrameReader
from tasks.scoring.scorer import Failure

Files = Mapping[str, Sequence[Path] | Failure]
"""Inputs -> their frames' files in order, or why there are none."""
_PNG = b"\x89PNG"


class FrameFiles:
    """Writes the frames of one batch after the other, the next one's while a model works on this one's.

    Use it in a ``with`` statement; the files of a batch are gone when the next one is asked for.
    """

    def __init__(self, frames: FrameReader, batches: Sequence[Mapping[str, Sequence[str]]]) -> None:
        """`batches`: inputs -> SHA-256s of its frames, in order."""
        self._frames, self._batches = frames, batches
        self._folder = TemporaryDirectory(prefix="smokewatch-frames-")
        self._reader = ThreadPoolExecutor(1, "frames")
        self._ahead: Future[Files] | None = None
        if batches:
            self._ahead = self._reader.submit(self._write, 0)

    def __enter__(self) -> FrameFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.shutdown(cancel_futures=True)
        self._folder.cleanup()

    def __iter__(self) -> Iterator[Files]:
        """Each batch's files.

        Raises:
            StorageError: when the frames cannot be read at all.
        """
        for number in range(len(self._batches)):
            assert self._ahead is not None
            files = self._ahead.result()
            if number + 1 < len(self._batches):
                self._ahead = self._reader.submit(self._write, number + 1)
            yield files
            self._reader.submit(shutil.rmtree, self._place(number), ignore_errors=True)  # what stays goes at the end

    def _place(self, number: int) -> Path:
        return Path(self._folder.name) / str(number)

    def _write(self, number: int) -> Files:
        place = self._place(number)
        place.mkdir()
        written: dict[str, Path] = {}
        found: dict[str, Sequence[Path] | Failure] = {}
        for inputs, sha256s in self._batches[number].items():
            try:
                for sha256 in sha256s:
                    if sha256 not in written:
                        content = self._frames.read(sha256)
                        # Some detectors go by the name's ending.
                        path = place / f"{sha256}{'.png' if content.startswith(_PNG) else '.jpg'}"
                        path.write_bytes(content)
                        written[sha256] = path
                found[inputs] = [written[sha256] for sha256 in sha256s]
            except FrameLostError as error:
                found[inputs] = Failure(str(error))
        return found
