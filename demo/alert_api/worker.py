"""alert-api's validation worker (alert-api contract, "Validation state machine"), driven by explicit passes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from demo.alert_api import alerting
from demo.alert_api.answers import naive_text
from demo.alert_api.services import Services
from demo.alert_api.tables import cameras, detections, sequences
from demo.alert_api.temporal import Scored, TemporalApi, Unavailable
from demo.alert_api.window import MAX_FRAMES, MIN_FRAMES, distinct_frames, predict_body

THRESHOLD = 0.45
"""A score strictly above it validates."""
MAX_AGE = timedelta(seconds=300)
"""How long a sequence may wait for its first call before it fails open."""


class Worker:
    """Scores due sequences; every pass takes each due sequence once, one after the other."""

    def __init__(self, services: Services, temporal: TemporalApi | None) -> None:
        self.services = services
        self.temporal = temporal
        """None: no temporal API is set, every sequence past the risk gate fails open."""

    def run_due(self, now: datetime) -> list[int]:
        """Process what is due at `now` (aware UTC), oldest first; gives the ids of the sequences processed."""
        with self.services.reading() as connection:
            due = connection.execute(
                select(sequences.c.id)
                .where(sequences.c.validation_due_at <= now)
                .order_by(sequences.c.validation_due_at, sequences.c.id)
            )
            ids = list(due.scalars())
        for sequence_id in ids:
            self._process(sequence_id, now)
        return ids

    def _process(self, sequence_id: int, now: datetime) -> None:
        sequence, rows = self._read(sequence_id)
        frames = len(distinct_frames(rows))
        if sequence.is_validated:
            self._conclude(sequence_id, sequence.validation_status)
            return
        if self.services.risk.blocks(now, sequence.camera_id, sequence.max_conf):
            self._clear_due(sequence_id)
            return
        score = sequence.temporal_model_score
        if frames > MAX_FRAMES and score is not None:
            self._conclude(sequence_id, "model" if score > THRESHOLD else "window_exhausted")
        elif self.temporal is None or not self.temporal.breaker.allows(now):
            # Also below four frames: the frame count is looked at after this (contract).
            self._conclude(sequence_id, "fail_open_unavailable")
        elif frames < MIN_FRAMES:
            self._clear_due(sequence_id)
        elif now - sequence.validation_due_at > MAX_AGE:
            self._conclude(sequence_id, "fail_open_stale")
        else:
            body = predict_body(rows, self.services.bucket(sequence.organization_id))
            if body is None:
                raise AssertionError(f"sequence {sequence_id}: {frames} frames, but no window")
            self._score(sequence_id, self.temporal.predict(body, now), frames)

    def _score(self, sequence_id: int, answer: Scored | Unavailable, frames: int) -> None:
        if isinstance(answer, Unavailable):
            self._conclude(sequence_id, "fail_open_unavailable")
            return
        if answer.probability is None:
            self._clear_due_unless_grown(sequence_id, frames)
            return
        with self.services.writing() as connection:
            connection.execute(
                update(sequences)
                .where(sequences.c.id == sequence_id)
                .values(
                    temporal_model_score=answer.probability,
                    temporal_model_version=answer.model_version,
                    temporal_api_version=answer.api_version,
                )
            )
        if answer.probability > THRESHOLD:
            self._conclude(sequence_id, "model")
        elif frames > MAX_FRAMES:
            self._conclude(sequence_id, "window_exhausted")
        else:
            self._clear_due_unless_grown(sequence_id, frames)

    def _read(self, sequence_id: int) -> tuple[Row[Any], list[dict[str, Any]]]:
        with self.services.reading() as connection:
            sequence = connection.execute(
                select(sequences, cameras.c.organization_id)
                .join(cameras, cameras.c.id == sequences.c.camera_id)
                .where(sequences.c.id == sequence_id)
            ).one()
            rows = connection.execute(
                select(detections.c.bucket_key, detections.c.bbox, detections.c.created_at)
                .where(detections.c.sequence_id == sequence_id)
                .order_by(detections.c.created_at)
            )
            return sequence, [
                {"bucket_key": row.bucket_key, "bbox": row.bbox, "created_at": naive_text(row.created_at)}
                for row in rows
            ]

    def _conclude(self, sequence_id: int, status: str | None) -> None:
        """End the sequence's validation: every status but `window_exhausted` validates it and gives it an alert."""
        validated = status != "window_exhausted"
        with self.services.writing() as connection:
            connection.execute(
                update(sequences)
                .where(sequences.c.id == sequence_id)
                .values(validation_status=status, is_validated=validated, validation_due_at=None)
            )
            if validated:
                alerting.attach(connection, sequence_id)

    def _clear_due(self, sequence_id: int) -> None:
        with self.services.writing() as connection:
            connection.execute(update(sequences).where(sequences.c.id == sequence_id).values(validation_due_at=None))

    def _clear_due_unless_grown(self, sequence_id: int, frames: int) -> None:
        """Frames that came during the call keep the sequence due."""
        if len(distinct_frames(self._read(sequence_id)[1])) == frames:
            self._clear_due(sequence_id)
