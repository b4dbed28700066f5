"""A sequence on its way to a verdict: its windows, what the ledger knows of them, what to ask next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from blocks.releases import Releases
from smokewatch.domain.releases import Isolation, ReleaseIdentity, ledger_key
from smokewatch.domain.verdicts import Drop, Finding, Match, Windows, decide, equals
from smokewatch.domain.window import PredictRequest, candidate_requests, production_request
from smokewatch.errors import printable
from smokewatch.store.ledger import LedgerEntry
from smokewatch.store.sequences import StoredSequence
from smokewatch.store.verdicts import DROPPED, Verdict, WindowScore

Step = PredictRequest | Finding | Drop
_LONGEST_DETAIL = 1000


@dataclass(frozen=True, slots=True)
class Release:
    """The release a group of sequences is replayed through."""

    version: str
    reference: str
    identity: ReleaseIdentity
    runtime: str
    isolation: Isolation


@dataclass(eq=False)
class Case:
    """What is known of one sequence so far; ``known`` grows as windows are computed."""

    sequence: StoredSequence
    recorded_score: float
    windows: Windows
    keys: Mapping[PredictRequest, str]
    """Ledger key of every window whose frames are stored."""
    known: dict[PredictRequest, LedgerEntry] = field(default_factory=dict)

    @property
    def frames(self) -> Mapping[tuple[str, str], str]:
        """Bucket and key -> SHA-256 of every frame that is stored."""
        bucket = self.windows.full.bucket
        return {(bucket, key): sha256 for key, sha256 in self.sequence.frame_sha256s.items() if sha256 is not None}

    def frames_of(self, request: PredictRequest) -> Mapping[tuple[str, str], str]:
        """Bucket and key -> SHA-256 of a window's frames, all of which are stored."""
        return {
            (request.bucket, key): sha256
            for key, sha256 in zip(request.frames, self.frame_sha256s(request), strict=True)
        }

    def learn(self, entries: Mapping[str, LedgerEntry]) -> None:
        """Take what the ledger knows."""
        self.known.update((window, entries[key]) for window, key in self.keys.items() if key in entries)

    def next_step(self, *, all_ties: bool) -> Step:
        """The window to compute next, or the result."""
        return decide(
            self.recorded_score,
            self.windows,
            {window: entry.probability for window, entry in self.known.items()},
            without_tubes=frozenset(window for window, entry in self.known.items() if entry.tubes == 0),
            all_ties=all_ties,
        )

    def frame_sha256s(self, request: PredictRequest) -> list[str]:
        """The contents of a window's frames, in request order."""
        return _contents(self.sequence, request)

    def verdict(self, step: Finding | Drop, release: Release, model_version: str | None) -> Verdict:
        """The result as it is kept."""
        if isinstance(step, Drop):
            return dropped(self.sequence, step, release=release)
        full = self.known.get(self.windows.full)
        asked = self.known[step.request]
        return Verdict(
            **_subject(self.sequence),
            verdict=step.match,
            drop_reason=None,
            detail=_sentence(step, self.windows, self.recorded_score),
            replayed_score=step.score,
            full_score=full.probability if full else None,
            difference=step.difference,
            matched_frames=None if step.match is Match.UNEXPLAINED else step.request.seen_frames,
            windows=tuple(self._line(window) for window in self.windows.in_order),
            ties=tuple(sorted(window.seen_frames for window in step.ties)),
            ambiguous=step.ambiguous,
            ledger_key=self.keys[step.request],
            full_ledger_key=self.keys.get(self.windows.full),
            request_sha256=step.request.sha256(),
            release_reference=release.reference,
            release_identity=release.identity.value,
            identity_kind=release.identity.kind,
            model_version=model_version,
            api_version=release.version,
            runtime=release.runtime,
            isolation=release.isolation,
            milliseconds=asked.milliseconds,
        )

    def _line(self, window: PredictRequest) -> WindowScore:
        entry = self.known.get(window)
        score = entry.probability if entry else None
        return WindowScore(
            seen_frames=window.seen_frames,
            seen_rows=window.seen_rows,
            request_sha256=window.sha256(),
            computed=entry is not None,
            score=score,
            matches=equals(score, self.recorded_score),
        )


def open_case(sequence: StoredSequence, releases: Releases, release: Release) -> Case:
    """Begin a sequence that nothing rules out: it has a score and enough frames."""
    bucket = releases.bucket(sequence.organization_id)
    full = production_request(sequence.detections, bucket=bucket)
    score = sequence.outcome.temporal_model_score
    assert full is not None
    assert score is not None
    candidates = candidate_requests(
        sequence.detections, bucket=bucket, recorded_score=score, threshold=releases.threshold
    )
    unavailable = frozenset(
        window for window in candidates if any(sequence.frame_sha256s[key] is None for key in window.frames)
    )
    keys = {
        window: ledger_key(release.identity, window.body(), tuple(_contents(sequence, window)))
        for window in candidates
        if window not in unavailable
    }
    return Case(sequence, score, Windows(full, tuple(candidates), unavailable), keys)


def dropped(sequence: StoredSequence, drop: Drop, *, release: Release | None = None) -> Verdict:
    """A sequence without a verdict, as it is kept."""
    return Verdict(
        **_subject(sequence),
        verdict=DROPPED,
        drop_reason=drop.reason,
        detail=printable(drop.detail, _LONGEST_DETAIL),
        api_version=sequence.outcome.temporal_api_version,
        release_reference=release.reference if release else None,
        release_identity=release.identity.value if release else None,
        identity_kind=release.identity.kind if release else None,
        runtime=release.runtime if release else None,
        isolation=release.isolation if release else None,
    )


def all_keys(cases: Sequence[Case]) -> list[str]:
    """Every ledger key the cases may need."""
    return [key for case in cases for key in case.keys.values()]


def _contents(sequence: StoredSequence, request: PredictRequest) -> list[str]:
    return [sha256 for key in request.frames if (sha256 := sequence.frame_sha256s[key]) is not None]


def _subject(sequence: StoredSequence) -> dict[str, Any]:
    return {
        "source": sequence.source,
        "sequence_id": sequence.id,
        "revision": sequence.revision,
        "outcome": sequence.outcome_number,
        "recorded_score": sequence.outcome.temporal_model_score,
    }


def _sentence(finding: Finding, windows: Windows, recorded: float) -> str:
    seen, total = finding.request.seen_frames, windows.full.seen_frames
    doubt = "; windows cannot be told apart by score" if finding.ambiguous else ""
    if finding.match is Match.EXACT:
        return f"{recorded:.6f} is what the full window of {len(finding.request.frames)} frames gives{doubt}"
    if finding.match is Match.WINDOW:
        return f"{recorded:.6f} is what production's window gave when {seen} of {total} frames existed{doubt}"
    return (
        f"recorded {recorded:.6f}, but no window gives it; the nearest, at {seen} of {total} frames, "
        f"gives {finding.score:.6f}: other frames or another release decided"
    )
