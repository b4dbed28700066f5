"""The rows of the table, by column and dictionary-encoded: what the page holds in typed arrays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from smokewatch.domain.labels import Label, label_of
from smokewatch.domain.risk import PRODUCTION_GATE, FwiClass, Gate, passes_listing
from smokewatch.domain.verdicts import TOLERANCE, Match
from smokewatch.store.verdicts import DROPPED
from smokewatch.store.viewing.rows import Everything, SequenceRow
from smokewatch.viewer.replies import finite

LABELS = tuple(str(label) for label in Label)
MATCHES = (*(str(match) for match in Match), DROPPED, "not_replayed")
DECISIONS = ("keep", "discard", "none")
FWI_CLASSES = tuple(str(each) for each in FwiClass)
OUTCOMES = ("smoke-kept", "smoke-discarded", "fp-kept", "fp-discarded")
_DEFAULT_THRESHOLD = 0.5
_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_ItemT = TypeVar("_ItemT", bound=Hashable)

Release = tuple[str | None, str | None]
"""temporal API version and model version, as recorded."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What production's decisions are taken against."""

    production: float
    """A score strictly above keeps, where no packaged threshold is known."""
    by_identity: Mapping[str, float]
    """Release identity -> packaged threshold; a score at or above keeps."""
    by_release: Mapping[Release, float]
    """The same for sequences that were not replayed; only where all identities seen under the versions agree."""

    @classmethod
    def of(cls, everything: Everything, production: float) -> Thresholds:
        """Read from what answers tell."""
        by_identity = {identity: value for identity, value in everything.thresholds.items() if value is not None}
        seen: dict[Release, set[float]] = {}
        for row in everything.rows:
            if row.release_identity in by_identity:
                seen.setdefault((row.api_version, row.model_version), set()).add(by_identity[row.release_identity])
        agreed = {release: next(iter(values)) for release, values in seen.items() if len(values) == 1}
        return cls(production, by_identity, agreed)

    def packaged(self, identity: str | None, release: Release) -> float | None:
        """The packaged threshold of the release that decided, None where no answer tells it."""
        known = self.by_identity.get(identity) if identity is not None else None
        return self.by_release.get(release) if known is None else known

    def decision(self, score: float | None, packaged: float | None) -> str:
        """``keep``, ``discard``, or ``none`` without a score (as the reporting layout's rows say it)."""
        if score is None:
            return "none"
        keep = score > self.production if packaged is None else score >= packaged
        return "keep" if keep else "discard"


@dataclass(frozen=True, slots=True)
class Columns:
    """Everything the table shows: arrays of one length, newest first, and the dictionaries they point into."""

    dictionaries: Mapping[str, list[Any]]
    columns: Mapping[str, list[Any]]
    started: Sequence[datetime]
    """To the microsecond, aware UTC; a column has milliseconds, as pages count time."""
    thresholds: Thresholds
    default_threshold: float
    """The packaged threshold that most rows have."""
    contradictions: Mapping[tuple[str, int], Sequence[str]]
    gate: Gate
    """The least ``max_conf`` that passes, by the class of the camera and day."""
    organizations: Sequence[tuple[str, int]]
    """(source, id) of each entry of the dictionary ``organization``."""
    cameras: Sequence[tuple[str, int, int]]
    """(source, organization id, camera id) of each entry of the dictionary ``camera``."""

    @property
    def count(self) -> int:
        """How many rows there are."""
        return len(self.columns["id"])

    def is_disputed(self, row: int) -> bool:
        """Whether a row's label contradicts another one's on the same frames."""
        return bool(self.columns["contradicts"][row])

    def outcome(self, row: int, threshold: float) -> str | None:
        """What a threshold makes of a labelled score; None without either, and where labels contradict each other."""
        score, label = self.columns["recorded_score"][row], LABELS[self.columns["label"][row]]
        if score is None or label == Label.UNKNOWN or self.is_disputed(row):
            return None
        return f"{label}-{'kept' if score >= threshold else 'discarded'}"

    def body(self) -> dict[str, Any]:
        """The part of the reply that the store alone decides."""
        return {
            "count": self.count,
            "production_threshold": self.thresholds.production,
            "default_threshold": self.default_threshold,
            "tolerance": TOLERANCE,
            "gate": {str(each): threshold for each, threshold in self.gate.items()},
            "dictionaries": self.dictionaries,
            "columns": self.columns,
        }


class _Dictionary(Generic[_ItemT]):
    """Items by the order in which they came."""

    def __init__(self) -> None:
        self.places: dict[_ItemT, int] = {}

    def place(self, item: _ItemT) -> int:
        return self.places.setdefault(item, len(self.places))

    def column(self, rows: Sequence[SequenceRow], item: Callable[[SequenceRow], _ItemT | None]) -> list[int]:
        """The place of each row's item, -1 where there is none."""
        return [-1 if (found := item(row)) is None else self.place(found) for row in rows]


def build_columns(everything: Everything, *, production_threshold: float, gate: Gate = PRODUCTION_GATE) -> Columns:
    """Put the catalog's rows into columns."""
    rows = everything.rows
    classes = [None if row.fwi_class is None else FwiClass(row.fwi_class) for row in rows]
    thresholds = Thresholds.of(everything, production_threshold)
    sources, details, reasons = _Dictionary[str](), _Dictionary[str](), _Dictionary[str]()
    organizations, cameras = _Dictionary[tuple[str, int]](), _Dictionary[tuple[str, int, int]]()
    releases = _Dictionary[Release]()
    packaged = [thresholds.packaged(row.release_identity, (row.api_version, row.model_version)) for row in rows]
    decisions = [thresholds.decision(finite(row.score), known) for row, known in zip(rows, packaged, strict=True)]
    columns: dict[str, list[Any]] = {
        "source": sources.column(rows, lambda row: row.source),
        "id": [row.id for row in rows],
        "organization": organizations.column(rows, lambda row: (row.source, row.organization_id)),
        "camera": cameras.column(rows, lambda row: (row.source, row.organization_id, row.camera_id)),
        "started_at": [(row.started_at - _EPOCH) // _MILLISECOND for row in rows],
        "label": [LABELS.index(label_of(row.is_wildfire)) for row in rows],
        "label_detail": details.column(rows, lambda row: row.is_wildfire),
        "match": [MATCHES.index(row.verdict or "not_replayed") for row in rows],
        "drop_reason": reasons.column(rows, lambda row: row.drop_reason),
        "release": releases.column(
            rows, lambda row: (row.api_version, row.model_version) if row.api_version or row.model_version else None
        ),
        "decision": [DECISIONS.index(decision) for decision in decisions],
        "max_conf": [finite(row.max_conf) for row in rows],
        "fwi_class": [-1 if each is None else FWI_CLASSES.index(each) for each in classes],
        "passes": [int(passes_listing(row.max_conf, each, gate)) for row, each in zip(rows, classes, strict=True)],
        "recorded_score": [finite(row.score) for row in rows],
        "replayed_score": [finite(row.replayed_score) for row in rows],
        "full_score": [finite(row.full_score) for row in rows],
        "difference": [finite(row.difference) for row in rows],
        "matched_frames": [row.matched_frames for row in rows],
        "frames": [row.frames for row in rows],
        "tubes": [row.tubes for row in rows],
        "ambiguous": [int(bool(row.ambiguous)) for row in rows],
        "contradicts": [int((row.source, row.id) in everything.contradictions) for row in rows],
        "deleted": [int(row.deleted_at is not None) for row in rows],
    }
    dictionaries: dict[str, list[Any]] = {
        "source": list(sources.places),
        "organization": [
            {"source": sources.place(source), "id": identity, "name": organization_name(everything, source, identity)}
            for source, identity in organizations.places
        ],
        "camera": [
            {
                "organization": organizations.place((source, organization)),
                "id": identity,
                "name": everything.cameras.get((source, identity)) or f"camera-{identity}",
            }
            for source, organization, identity in cameras.places
        ],
        "release": [
            {"api_version": api, "model_version": model, "threshold": thresholds.by_release.get((api, model))}
            for api, model in releases.places
        ],
        "label_detail": list(details.places),
        "drop_reason": list(reasons.places),
        "label": list(LABELS),
        "match": list(MATCHES),
        "decision": list(DECISIONS),
        "fwi_class": list(FWI_CLASSES),
    }
    most = Counter(value for value in packaged if value is not None).most_common(1)
    return Columns(
        dictionaries=dictionaries,
        columns=columns,
        started=[row.started_at for row in rows],
        thresholds=thresholds,
        default_threshold=most[0][0] if most else _DEFAULT_THRESHOLD,
        contradictions=everything.contradictions,
        gate=gate,
        organizations=list(organizations.places),
        cameras=list(cameras.places),
    )


def organization_name(everything: Everything, source: str, identity: int) -> str:
    """An organization's name; one that was never listed is called by its id."""
    return everything.organizations.get((source, identity)) or f"org-{identity}"
