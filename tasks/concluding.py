"""Verdicts, kept as soon as they are reached: in the catalog, then in the audit log, then told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from smokewatch.store.verdicts import Verdict, record_verdicts

if TYPE_CHECKING:
    from tasks.replaying import Replayer

_LOG = logging.getLogger("smokewatch.replay")
_LONGEST = 300


@dataclass
class GroupResult:
    """The verdicts of a release's sequences, and what they cost."""

    verdicts: list[Verdict] = field(default_factory=list)
    cached: int = 0
    """Sequences decided from the ledger alone."""
    predict_calls: int = 0
    release_seconds: float = 0.0

    def add(self, other: GroupResult) -> None:
        """Count another group in."""
        self.verdicts += other.verdicts
        self.cached += other.cached
        self.predict_calls += other.predict_calls
        self.release_seconds += other.release_seconds


def conclude(replayer: Replayer, result: GroupResult, verdicts: Sequence[Verdict]) -> None:
    """Keep verdicts, and count them in.

    Raises:
        StorageError: when the catalog or the audit log cannot take them.
    """
    with replayer.catalog.write() as connection:
        kept = record_verdicts(connection, verdicts, run_id=replayer.run_id, now=datetime.now(UTC))
    if replayer.history is not None:
        replayer.history.append(kept)
    for each in verdicts:
        sequence = f"{each.source}_{each.sequence_id}"
        facts = {"run": replayer.run_id, "release": each.release_reference, "sequence": sequence}
        _LOG.info("%s", each.verdict, extra=facts | {"reason": each.drop_reason, "difference": each.difference})
    result.verdicts.extend(verdicts)
    replayer.progress.advance(len(verdicts))
    if failed := [each for each in verdicts if each.drop_reason is not None]:
        last = f"{failed[-1].source}_{failed[-1].sequence_id}: {failed[-1].drop_reason}: {failed[-1].detail}"
        replayer.progress.tell(counted={"failed": len(failed)}, last_error=last[:_LONGEST])
