"""What every part of an import works with, and what it counts."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from blocks.alert_api import AlertApiClient
from smokewatch.domain.organizations import Chosen
from smokewatch.domain.sequences import SkipReason
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from smokewatch.store.saving import skip_sequence
from tasks.importing.cameras import Cameras
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
        facts: dict[str, Any] = {"reason": reason, "detail": detail, "run_id": self.run_id, "now": datetime.now(UTC)}
        self.writer.write(lambda connection: skip_sequence(connection, SOURCE, sequence_id, **facts))
        sequence = {"run": self.run_id, "sequence": f"{SOURCE}_{sequence_id}"}
        _LOG.info("skipped", extra=sequence | {"reason": reason, "detail": detail})


@dataclass
class ImportCounts:
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

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers; names that were not counted are left out of these breakdowns."""
        counted = {name: dict(+value) for name, value in vars(self).items() if isinstance(value, Counter)}
        return {**vars(self), **counted}

    def add(self, other: ImportCounts) -> None:
        """Add another part's counts."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)
