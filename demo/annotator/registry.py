"""What is put into the annotation API: users, and sequences with their detections and frames."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, update

from demo.annotator.services import Services
from demo.annotator.tables import detections, sequences, users


def add_user(
    services: Services, username: str, password: str, *, is_active: bool = True, is_superuser: bool = False
) -> int:
    """A new user's id."""
    with services.writing() as connection:
        statement = insert(users).values(
            username=username, password=password, is_active=is_active, is_superuser=is_superuser
        )
        return int(connection.execute(statement.returning(users.c.id)).scalar_one())


def add_sequence(connection: Connection, services: Services, **values: Any) -> int:
    """A new sequence's id; `values` are columns, `created_at` is the clock's time."""
    statement = insert(sequences).values(created_at=services.clock.now(), **values)
    return int(connection.execute(statement.returning(sequences.c.id)).scalar_one())


def add_detection(
    connection: Connection,
    services: Services,
    sequence_id: int,
    *,
    alert_api_id: int,
    recorded_at: datetime,
    boxes: Sequence[Sequence[float]],
    source: str = "",
    content: bytes | None = None,
    bucket_key: str | None = None,
) -> int:
    """A new detection's id.

    Args:
        recorded_at: aware UTC.
        boxes: x1, y1, x2, y2 in 0..1 of the image, then the confidence.
        source: where the frame was copied from: its name is hashed for the key, not its bytes (contract, "Key").
        content: the frame, stored under its key; None: nothing is stored.
        bucket_key: the key of a frame that is stored already, of another lane of the alert.
    """
    predictions = [{"xyxyn": list(box[:4]), "confidence": box[4], "class_name": "smoke"} for box in boxes]
    detection_id = int(
        connection.execute(
            insert(detections)
            .values(
                sequence_id=sequence_id,
                recorded_at=recorded_at,
                alert_api_id=alert_api_id,
                bucket_key=bucket_key or "",
                algo_predictions={"predictions": predictions},
                created_at=services.clock.now(),
            )
            .returning(detections.c.id)
        ).scalar_one()
    )
    if bucket_key is None:
        digest = hashlib.sha256(source.encode()).hexdigest()[:8]
        key = f"detections/sequence_{sequence_id}/{recorded_at:%Y%m%d_%H%M%S}_det{detection_id}_{digest}.jpg"
        connection.execute(update(detections).where(detections.c.id == detection_id).values(bucket_key=key))
        if content is not None:
            services.frames.put(services.bucket, key, content)
    return detection_id
