"""What every part of a pull works with, and what it counts."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field

from blocks.annotator import AnnotatorClient
from smokewatch.domain.backlog import SOURCE, Stage
from smokewatch.domain.sequences import SkipReason
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tasks.incoming import Counted, record_skip
from tasks.profiling import Profiler
from tasks.writing import Writer

_LOG = logging.getLogger("smokewatch.pull")


@dataclass(frozen=True)
class Puller:
    """A pull's connections and choices."""

    api: AnnotatorClient
    catalog: Catalog
    frames: FrameStore
    run_id: str
    profiler: Profiler
    stage: Stage = Stage.READY_TO_ANNOTATE
    limit: int | None = None
    """At most so many sequences are read; None: all that have to be."""
    force: bool = False
    """Whether frames are read again even of sequences that did not change."""
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "writer", Writer(self.catalog))

    def skip(self, sequence_id: int, reason: SkipReason, detail: str) -> None:
        """Record why a sequence was not pulled this time."""
        record_skip(self.writer, _LOG, SOURCE, sequence_id, run_id=self.run_id, reason=reason, detail=detail)


@dataclass
class PullCounts(Counted):
    """What a pull did. ``skipped``, ``flagged`` and ``profiles`` count by name.

    Every listed sequence is pulled, unchanged, updated, postponed (by a limit) or skipped.
    """

    listed: int = 0
    pulled: int = 0
    unchanged: int = 0
    updated: int = 0
    postponed: int = 0
    left: int = 0
    frames: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    profiles: Counter[str] = field(default_factory=Counter)
