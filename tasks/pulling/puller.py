"""What every part of a pull works with, and what it counts."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from blocks.annotator import AnnotatorClient
from smokewatch.domain.backlog import SOURCE, Stage
from smokewatch.domain.sequences import SkipReason
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.saving import skip_sequence
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
        facts: dict[str, Any] = {"reason": reason, "detail": detail, "run_id": self.run_id, "now": datetime.now(UTC)}
        self.writer.write(lambda connection: skip_sequence(connection, SOURCE, sequence_id, **facts))
        sequence = {"run": self.run_id, "sequence": f"{SOURCE}_{sequence_id}"}
        _LOG.info("skipped", extra=sequence | {"reason": reason, "detail": detail})


@dataclass
class PullCounts:
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

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers; names that were not counted are left out of these breakdowns."""
        counted = {name: dict(+value) for name, value in vars(self).items() if isinstance(value, Counter)}
        return {**vars(self), **counted}

    def add(self, other: PullCounts) -> None:
        """Add another part's counts."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)
