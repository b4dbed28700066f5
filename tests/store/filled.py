"""A store filled by hand, and its export."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from smokewatch.domain.detections import Detection
from smokewatch.domain.sequences import ListedSequence, Outcome
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.reporting import Counts, export_reporting
from smokewatch.store.frames import FrameStore, StoredFrame
from smokewatch.store.saving import Inputs, save_sequence
from smokewatch.store.verdicts import Verdict, record_verdicts

NOW = datetime(2026, 8, 15, tzinfo=UTC)
STARTED = datetime(2026, 6, 12, 10, tzinfo=UTC)
KEYS = ("k0.jpg", "k1.jpg", "k2.jpg", "k3.jpg")


class Store:
    """A store filled by hand, and its export."""

    def __init__(self, catalog: Catalog, frames: FrameStore, folder: Path) -> None:
        self.catalog, self.frames, self.folder = catalog, frames, folder
        names = {"source": "alert-api", "updated_at": NOW}
        with catalog.write() as connection:
            connection.execute(t.organizations.insert(), names | {"id": 2, "name": "SDIS 07"})
            connection.execute(t.cameras.insert(), names | {"id": 12, "organization_id": 2, "name": "Cam 12"})

    def sequence(
        self,
        identity: int = 1,
        *,
        keys: Sequence[str] = KEYS,
        first_detection: int = 100,
        score: float | None = 0.9,
        api_version: str | None = "0.4.0",
        label: str | None = "wildfire_smoke",
        missing: frozenset[str] = frozenset(),
        started: datetime = STARTED,
    ) -> None:
        """Import a sequence, or a change of it."""
        rows = [
            Detection(
                id=first_detection + number,
                camera_id=12,
                pose_id=1,
                sequence_id=identity,
                bucket_key=key,
                bbox="[]",
                others_bboxes=None,
                created_at=started + timedelta(seconds=30 * number),
                recorded_at=started,
            )
            for number, key in enumerate(keys)
        ]
        contents = {key: None if key in missing else f"{identity} {key}".encode() for key in keys}
        stored = {key: self._put(content) for key, content in contents.items()}
        outcome = Outcome(label, score, "0.2.0" if api_version else None, api_version, None, 0.6, started)
        listed = ListedSequence(identity, 12, 1, 0.0, None, None, started, len(rows), outcome)
        with self.catalog.write() as connection:
            save_sequence(connection, "alert-api", listed, organization_id=2, inputs=Inputs(rows, stored), now=NOW)

    def _put(self, content: bytes | None) -> StoredFrame | None:
        return None if content is None else StoredFrame(self.frames.put(content), len(content), None)

    def answer(self, key: str, keys: Sequence[str], answer: dict[str, Any]) -> None:
        """Put an answer into the ledger."""
        row = {
            "key": key,
            "release_identity": "sha256:" + "a" * 64,
            "request": json.dumps({"bucket": "b", "frames": keys}),
            "frame_sha256s": [],
            "answer": json.dumps(answer),
            "milliseconds": 1.0,
            "run_id": "r",
            "replayed_at": NOW,
        }
        with self.catalog.write() as connection:
            connection.execute(t.replays.insert(), row)

    def verdict(self, identity: int = 1, verdict: str = "exact", **changes: Any) -> None:
        """Conclude a sequence as it is now, or as `changes` say."""
        with self.catalog.write() as connection:
            stored = connection.execute(sa.select(t.sequences).where(t.sequences.c.id == identity)).mappings().one()
            facts = {
                "source": "alert-api",
                "sequence_id": identity,
                "revision": stored["revision"],
                "outcome": stored["outcome"],
                "verdict": verdict,
                "drop_reason": None,
                "detail": "",
                "recorded_score": 0.9,
                "model_version": "0.2.0",
            }
            record_verdicts(connection, [Verdict(**facts | changes)], run_id="r", now=NOW)

    def replayed(self, identity: int = 1, **changes: Any) -> None:
        """A sequence with an exact verdict."""
        self.sequence(identity, first_detection=100 * identity, **changes)
        self.answer(f"full-{identity}", KEYS, an_answer(0.9))
        self.verdict(identity, full_ledger_key=f"full-{identity}", ledger_key=f"full-{identity}", matched_frames=4)

    def enrich(self, identity: int, answer: dict[str, Any], *, reproduced: bool = True) -> None:
        """What a newer image answered to the same request."""
        self.answer(f"newer-{identity}", KEYS, answer)
        row = {"key": f"full-{identity}", "trigger_key": f"newer-{identity}", "trigger_image": f"dev-{identity}"}
        with self.catalog.write() as connection:
            connection.execute(t.enrichments.insert(), row | {"difference": 0.0, "reproduced": reproduced})

    def export(self, day: date | None = None) -> Counts:
        return export_reporting(
            self.catalog, self.frames, self.folder, first_day=day, last_day=day, production_threshold=0.45
        )

    def read(self, path: str) -> Any:
        return json.loads((self.folder / path).read_text())

    def files(self) -> dict[str, bytes]:
        paths = (path for path in self.folder.glob("data/**/*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in paths}


def an_answer(probability: float) -> dict[str, Any]:
    details = {"decision": {"aggregation": "logistic", "threshold": 0.5}}
    return {"is_smoke": True, "probability": probability, "details": details}
