"""What every part of an import works with, and what it counts."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field

from blocks.alert_api import AlertApiClient
from smokewatch.domain.organizations import Chosen
from smokewatch.domain.sequences import SkipReason
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tasks.importing.cameras import Cameras
from tasks.incoming import Counted, record_skip
from tasks.profiling import Profiler
from tasks.writing import Writer

SOURCE = "alert-api"

_LOG = logging.getLogger("smokewatch.import")


@dataclass(frozen=True)
class Importer:
    """An import's connections and choices."""

    api: AlertApiClient
    catalog: Catalog
    frames: FrameStore
    run_id: str
    cameras: Cameras
    profiler: Profiler
    organizations: Chosen = field(default_factory=Chosen)
    force: bool = False
    writer: Writer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "writer", Writer(self.catalog))

    def skip(self, counts: ImportCounts, sequence_id: int, reason: SkipReason, detail: str) -> None:
        """Record why a sequence was not imported this time, and count it."""
        counts.skipped[reason] += 1
        record_skip(self.writer, _LOG, SOURCE, sequence_id, run_id=self.run_id, reason=reason, detail=detail)


@dataclass
class ImportCounts(Counted):
    """What an import did. ``skipped``, ``flagged`` and ``profiles`` count by name."""

    listed: int = 0
    imported: int = 0
    revised: int = 0
    outcomes: int = 0
    unchanged: int = 0
    excluded: int = 0
    deleted: int = 0
    alerts: int = 0
    alerts_deleted: int = 0
    scanned: int = 0
    frames: int = 0
    bytes: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)
    profiles: Counter[str] = field(default_factory=Counter)
