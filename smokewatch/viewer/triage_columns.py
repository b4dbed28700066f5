"""The scored backlog by column and dictionary-encoded: what the triage screen holds in typed arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from smokewatch.domain.backlog import SOURCE, TRIAGE_THRESHOLD, BacklogSequence
from smokewatch.domain.triage import SWEEP, Bucket, ScoredBacklog
from smokewatch.store.triage import StoredTriage, Triage
from smokewatch.viewer.replies import finite, utc_text

BUCKETS = (str(Bucket.REVIEW), str(Bucket.UNLABELED))
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_ItemT = TypeVar("_ItemT")


@dataclass(frozen=True, slots=True, eq=False)
class TriageColumns:
    """N scored sequences, newest first, ties by ascending id; and what is known of the others."""

    triage: Triage | None
    """None: nothing was triaged yet; then there are no rows."""
    sequences: Sequence[BacklogSequence]
    backlog: ScoredBacklog | None
    """The scores, in the same order; organizations as the domain tells them apart, by name."""
    tubes: NDArray[np.int64]
    """(N,) of the model that gave the score."""
    organizations: Sequence[tuple[str, int]]
    """(source API, id) of each entry of the dictionary ``organization``."""
    cameras: Sequence[tuple[str, int, int]]
    """(source API, organization id, camera id) of each entry of the dictionary ``camera``."""
    organization: NDArray[np.intp]
    """(N,) positions in the dictionary."""
    camera: NDArray[np.intp]
    """(N,) positions in the dictionary."""
    recorded_at: NDArray[np.int64]
    """(N,) milliseconds since the epoch."""
    drops: Sequence[tuple[BacklogSequence, str, str]]
    unscored: int

    @property
    def threshold(self) -> float:
        """The latest triage's."""
        return self.triage.threshold if self.triage else TRIAGE_THRESHOLD

    def dictionaries(self) -> dict[str, list[Any]]:
        """What the columns point into."""
        organizations = {(each.source_api, each.organization_id): each.organization_name for each in self.sequences}
        cameras = {(each.source_api, each.organization_id, each.camera_id): each.camera_name for each in self.sequences}
        place = {key: number for number, key in enumerate(self.organizations)}
        return {
            "organization": [
                {"source_api": api, "id": identity, "name": organizations[api, identity]}
                for api, identity in self.organizations
            ],
            "camera": [
                {"organization": place[api, organization], "id": identity, "name": cameras[api, organization, identity]}
                for api, organization, identity in self.cameras
            ],
        }

    def body(self) -> dict[str, Any]:
        """The part of the reply that the store alone decides. `alert` and `recorded_score` are null where unknown."""
        rows = self.sequences
        return {
            "count": len(rows),
            "source": SOURCE,
            "triage": _triage(self.triage) if self.triage else None,
            "thresholds": SWEEP,
            "unscored": self.unscored,
            "drops": [
                {
                    "id": sequence.id,
                    "organization_name": sequence.organization_name,
                    "camera_name": sequence.camera_name,
                    "recorded_at": utc_text(sequence.recorded_at),
                    "reason": reason,
                    "detail": detail[:500],
                }
                for sequence, reason, detail in self.drops
            ],
            "dictionaries": self.dictionaries(),
            "columns": {
                "id": [each.id for each in rows],
                "organization": self.organization.tolist(),
                "camera": self.camera.tolist(),
                "recorded_at": self.recorded_at.tolist(),
                "alert": [each.platform_alert_id for each in rows],
                "tubes": self.tubes.tolist(),
                "recorded_score": [finite(each.temporal_model_score) for each in rows],
                "manual": [int(each.is_manual) for each in rows],
            },
            "model_scores": [] if self.backlog is None else self.backlog.model_scores.T.tolist(),
        }


def _triage(triage: Triage) -> dict[str, Any]:
    names = ("identity", "identity_kind", "reference", "model_version")
    return {
        "run_id": triage.run_id,
        "threshold": triage.threshold,
        "began_at": utc_text(triage.began_at),
        "models": [{name: getattr(model, name) for name in names} for model in triage.models],
    }


def build_triage(stored: StoredTriage | None) -> TriageColumns:
    """Put the latest triage into columns."""
    listed = stored.sequences if stored else []
    order = sorted(range(len(listed)), key=lambda n: (-_milliseconds(listed[n].recorded_at), listed[n].id))
    sequences = [listed[n] for n in order]
    organizations: dict[tuple[str, int], int] = {}
    cameras: dict[tuple[str, int, int], int] = {}
    organization = [_place(organizations, (each.source_api, each.organization_id)) for each in sequences]
    camera = [_place(cameras, (each.source_api, each.organization_id, each.camera_id)) for each in sequences]
    return TriageColumns(
        triage=stored.triage if stored else None,
        sequences=sequences,
        backlog=part_of(stored.backlog, order) if stored else None,
        tubes=stored.results.tubes[order] if stored else np.empty(0, np.int64),
        organizations=list(organizations),
        cameras=list(cameras),
        organization=np.array(organization, dtype=np.intp),
        camera=np.array(camera, dtype=np.intp),
        recorded_at=np.array([_milliseconds(each.recorded_at) for each in sequences], dtype=np.int64),
        drops=stored.drops if stored else [],
        unscored=stored.unscored if stored else 0,
    )


def part_of(backlog: ScoredBacklog, rows: Sequence[int] | NDArray[np.intp]) -> ScoredBacklog:
    """These rows of a backlog, in this order."""
    chosen = np.asarray(rows, dtype=np.intp)
    return ScoredBacklog(
        ids=backlog.ids[chosen],
        model_scores=backlog.model_scores[chosen],
        organizations=backlog.organizations[chosen],
        organization_names=backlog.organization_names,
    )


def _milliseconds(time: datetime) -> int:
    """Whole milliseconds since the epoch, rounded down."""
    return (time - _EPOCH) // _MILLISECOND


def _place(places: dict[_ItemT, int], item: _ItemT) -> int:
    return places.setdefault(item, len(places))


def alert_of(sequence: BacklogSequence) -> tuple[str, int] | None:
    """The alert that its lanes share, None where it has none."""
    return None if sequence.platform_alert_id is None else (sequence.source_api, sequence.platform_alert_id)
