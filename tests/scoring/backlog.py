"""A pulled backlog, made by hand, and pictures for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

from demo.release.dataset import rendered
from smokewatch.domain.backlog import BacklogFrame, BacklogSequence, Stage
from smokewatch.domain.sequences import frame_flag
from smokewatch.store.backlog import PulledFrames, mark_left, mark_listed, save_pulled
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore, StoredFrame

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
STARTED = datetime(2026, 11, 19, 12, tzinfo=UTC)
LOADER = "demo.release.scoring:DemoModel.from_package"
FRESH = 81_000_000
"""Scene seeds from here on are in no training, calibration or evaluation set."""


@cache
def pictures(scene: int, count: int) -> tuple[bytes, ...]:
    """The first frames of a scene that no model was trained on."""
    return tuple(rendered(FRESH + scene, count).jpegs)


def listed(identity: int, *, organization: str = "SDIS 07") -> BacklogSequence:
    """A sequence as the queue lists it."""
    return BacklogSequence(
        id=identity,
        source_api="pyronear_french",
        alert_api_id=40_000 + identity,
        platform_alert_id=40_000 + identity,
        organization_id=2,
        organization_name=organization,
        camera_id=12,
        camera_name="Cam 12",
        azimuth=45,
        recorded_at=STARTED + timedelta(minutes=identity),
        last_seen_at=STARTED + timedelta(minutes=identity + 5),
        created_at=NOW,
        is_wildfire=None,
        temporal_model_score=None,
        temporal_model_version=None,
        temporal_api_version=None,
        is_manual=False,
    )


class Backlog:
    """A store whose queue is filled by hand."""

    def __init__(self, catalog: Catalog, frames: FrameStore) -> None:
        self.catalog, self.frames = catalog, frames
        self._pulls = 0

    def add(
        self,
        identity: int,
        contents: Sequence[bytes | None],
        *,
        organization: str = "SDIS 07",
        stage: Stage = Stage.READY_TO_ANNOTATE,
    ) -> int:
        """Pull a sequence of these frames, oldest first; None: its bytes could not be had."""
        frames: list[tuple[BacklogFrame, StoredFrame | None]] = []
        for number, content in enumerate(contents):
            frame = BacklogFrame(
                1000 * identity + number,
                identity,
                STARTED + timedelta(seconds=30 * number),
                f"detections/sequence_{identity}/{number}.jpg",
            )
            stored = None
            if content is not None:
                stored = StoredFrame(self.frames.put(content), len(content), frame_flag(content))
            frames.append((frame, stored))
        self._pulls += 1
        now, row = NOW + timedelta(seconds=self._pulls), listed(identity, organization=organization)
        with self.catalog.write() as connection:
            save_pulled(connection, row, stage=stage, pulled=PulledFrames(frames), now=now)
            mark_listed(connection, [identity], stage=stage, now=now)
        return identity

    def leave(self, *ids: int, of: Sequence[int]) -> None:
        """People annotated these: the queue lists the others only."""
        self._pulls += 1
        with self.catalog.write() as connection:
            now = NOW + timedelta(seconds=self._pulls)
            mark_left(connection, set(of) - set(ids), stage=Stage.READY_TO_ANNOTATE, now=now)
