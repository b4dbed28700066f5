"""A made-up catalog's sequences: inputs, outcomes, verdicts and alerts that fit each other."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from benchmarks.bulk import Row, Writer
from benchmarks.scenes import Case
from smokewatch.domain.verdicts import TOLERANCE, DropReason, Match
from smokewatch.domain.window import MIN_FRAMES
from smokewatch.store import tables as t
from smokewatch.store.verdicts import DROPPED, Verdict, WindowScore

SOURCES = ("alert-api", "alert-api-staging")
FIRST_DAY = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 120
NOW = FIRST_DAY + timedelta(days=DAYS)
RUN = "made-up"
ORGANIZATIONS = {
    2: "SDIS 07",
    3: "SDIS 26",
    4: "SDIS 77",
    5: "Bombers de Girona",
    6: "Feuerwehr Märkisch-Oderland",
    7: "CONAF Biobío",
    8: "Ministère de l’Intérieur, Direction générale de la Sécurité civile et de la gestion des crises",
}
CAMERAS = 9
"""An organization has so many."""


class SequenceMaker:
    """One sequence with everything that hangs on it."""

    def __init__(
        self,
        writer: Writer,
        chance: random.Random,
        number: int,
        case: Case,
        contents: Mapping[str, str],
        quarrel: bool,
    ) -> None:
        self._writer, self._chance, self._case, self._contents = writer, chance, case, contents
        self._id, self._number, self._quarrel = number // 2 + 1 if number % 40 == 1 else number + 1, number, quarrel
        self._source = SOURCES[number % 40 == 1]
        organization = chance.choices(list(ORGANIZATIONS), (9, 6, 4, 3, 2, 2, 1))[0]
        self._camera = organization * 100 + chance.randrange(CAMERAS)
        # A camera that was given to another organization: the same id and name below both.
        self._organization = 3 if self._camera == 201 and chance.random() < 0.4 else organization
        minutes = chance.randrange(DAYS * 24 * 60)
        self._started = FIRST_DAY + timedelta(minutes=minutes, milliseconds=chance.randrange(60_000))
        self._late = chance.random() < 0.02
        self._label = self._choose_label()
        self._match = chance.choices([*Match, DROPPED, "not_replayed"], (52, 30, 4, 9, 5))[0]

    @property
    def _here(self) -> Row:
        return {"source": self._source, "sequence_id": self._id}

    def write(self) -> None:
        """Add its rows."""
        reason = self._chance.choice(list(DropReason)) if self._match == DROPPED else None
        seen = self._seen_frames()
        recorded = self._recorded(seen, reason)
        revision = 1 + self._late
        self._write_inputs(revision)
        outcomes = self._write_outcomes(recorded, reason)
        if self._match != "not_replayed":
            verdict = self._verdict(seen, recorded, reason, revision, outcomes)
            if self._chance.random() < 0.05 and reason is None:
                first = Verdict(
                    **self._about(1, 1),
                    verdict=DROPPED,
                    drop_reason=DropReason.STACK_UNHEALTHY,
                    detail="the release did not become healthy in 300 s",
                    recorded_score=recorded,
                )
                self._add_verdict(first, timedelta(hours=2))
            self._add_verdict(verdict, timedelta(hours=26))
        if self._label == "wildfire_smoke" and self._chance.random() < 0.3:
            self._write_alert()

    def _choose_label(self) -> str | None:
        if self._quarrel:
            return ("wildfire_smoke", "other")[self._number % 2]
        if self._chance.random() < 0.35:
            return None
        if self._case.scene.is_smoke:
            return self._chance.choice(("wildfire_smoke", "wildfire_smoke", "other_smoke"))
        return "other"

    def _seen_frames(self) -> int:
        """How many frames production had seen when it scored: all of them where the match is exact."""
        told_apart = [
            seen
            for seen in range(MIN_FRAMES, self._case.frames)
            if abs(self._case.score(seen) - self._case.score(self._case.frames)) > TOLERANCE
        ]
        if self._match == Match.WINDOW and told_apart:
            return self._chance.choice(told_apart)
        if self._match == Match.WINDOW:
            self._match = Match.EXACT
        return self._case.frames

    def _recorded(self, seen: int, reason: DropReason | None) -> float | None:
        if reason in (DropReason.NO_RECORDED_SCORE, DropReason.NO_TEMPORAL_VERSION):
            return None
        score = self._case.score(seen)
        if self._match == Match.UNEXPLAINED:
            return score + 0.07 if score < 0.5 else score - 0.07
        exact = round(score, 2) == score
        return score if exact else min(1.0, score + self._chance.choice((0.0, 0.0, 3e-7)))

    def _write_inputs(self, revision: int) -> None:
        case, started = self._case, self._started
        facts = {"pose_id": self._camera, "camera_azimuth": 45.0, "sequence_azimuth": 51.5, "cone_angle": 4.0}
        deleted = NOW if self._chance.random() < 0.004 else None
        self._writer.add(
            t.sequences,
            {"source": self._source, "id": self._id, "organization_id": self._organization, "camera_id": self._camera}
            | {"started_at": started, "imported_at": started + timedelta(days=1), "revision": revision}
            | {"outcome": 1 + (self._label is not None), "deleted_at": deleted, **facts},
        )
        missing = self._chance.randrange(case.frames) if self._chance.random() < 0.01 else None
        for each in range(1, revision + 1):
            # The earlier revision lacked the last row.
            numbers = range(case.frames - (each < revision))
            read = {"revision": each, "inputs_sha256": f"{self._id}-{each}", "detections_count": len(numbers)}
            self._writer.add(
                t.revisions, self._here | read | {"frames_missing": int(missing in numbers), "read_at": NOW}
            )
            for frame in numbers:
                key = case.scene.keys[frame]
                at = started + timedelta(seconds=30 * frame)
                self._writer.add(
                    t.detections,
                    self._here
                    | {
                        "revision": each,
                        "id": self._id * 20 + frame,
                        "camera_id": self._camera,
                        "pose_id": self._camera,
                    }
                    | {"bucket_key": key, "bbox": "[]" if frame % 6 == 5 else case.scene.bboxes[frame]}
                    | {"others_bboxes": None, "created_at": at, "recorded_at": at}
                    | {"frame_sha256": None if frame == missing else self._contents[key]},
                )

    def _write_outcomes(self, recorded: float | None, reason: DropReason | None) -> int:
        """Today's is the last one: a label comes days after the score."""
        unnamed = reason is DropReason.NO_TEMPORAL_VERSION
        version = "latest build" if reason is DropReason.INVALID_API_VERSION else self._case.release.api_version
        outcome = {
            "temporal_model_score": recorded,
            "temporal_model_version": None if unnamed else self._case.release.model_version,
            "temporal_api_version": None if unnamed else version,
            "is_validated": recorded is not None and recorded > 0.45,
            "max_conf": 0.61,
            "last_seen_at": self._started + timedelta(seconds=30 * self._case.frames),
        }
        labels = [None] if self._label is None else [None, self._label]
        for number, label in enumerate(labels, start=1):
            seen = {"outcome": number, "observed_at": self._started + timedelta(days=number), "is_wildfire": label}
            self._writer.add(t.outcomes, self._here | seen | outcome)
        return len(labels)

    def _about(self, revision: int, outcome: int) -> Row:
        return self._here | {"revision": revision, "outcome": outcome}

    def _verdict(
        self, seen: int, recorded: float | None, reason: DropReason | None, revision: int, outcomes: int
    ) -> Verdict:
        case = self._case
        about = self._about(revision, outcomes)
        if reason is not None:
            detail = f"made up: {reason.replace('_', ' ')}"
            return Verdict(
                **about,
                api_version=case.release.api_version,
                recorded_score=recorded,
                verdict=DROPPED,
                drop_reason=reason,
                detail=detail,
            )
        assert recorded is not None
        windows = tuple(self._probed(number, seen, recorded) for number in range(MIN_FRAMES, case.frames + 1))
        matching = [window.seen_frames for window in windows if window.matches]
        found = Verdict(
            **about,
            api_version=case.release.api_version,
            recorded_score=recorded,
            verdict=self._match,
            drop_reason=None,
            detail=f"made up: {self._match}",
            replayed_score=case.score(seen),
            full_score=case.score(case.frames),
            difference=abs(recorded - case.score(seen)),
            matched_frames=None if self._match == Match.UNEXPLAINED else seen,
            windows=windows,
            ties=tuple(number for number in matching if number != seen),
            ambiguous=len(windows) > 1 and len(matching) == len(windows),
            ledger_key=case.window(seen).ledger_key,
            full_ledger_key=case.window(case.frames).ledger_key,
            request_sha256=case.window(seen).sha256,
        )
        return replace(
            found,
            release_reference=case.release.reference,
            release_identity=case.release.identity,
            identity_kind="registry_digest",
            model_version=case.release.model_version,
            runtime="docker",
            isolation="engine_host_only",
            milliseconds=400.0 + 31 * seen,
        )

    def _probed(self, number: int, seen: int, recorded: float) -> WindowScore:
        """What was known when it was decided: nothing beside the full window where that matched at once."""
        computed = self._case.tubes == 0 or self._match != Match.EXACT or number == self._case.frames
        score = self._case.score(number) if computed else None
        matches = score is not None and abs(score - recorded) <= TOLERANCE
        return WindowScore(number, number, self._case.window(number).sha256, computed, score, matches)

    def _add_verdict(self, verdict: Verdict, later: timedelta) -> None:
        decided = {"run_id": RUN, "decided_at": self._started + later}
        place = {"organization_id": self._organization, "camera_id": self._camera, "frames": verdict.frames}
        self._writer.add(t.verdicts, verdict.as_row() | place | decided)

    def _write_alert(self) -> None:
        alert = {"source": self._source, "id": self._id, "organization_id": self._organization, "lat": 44.1, "lon": 4.2}
        times = {"started_at": self._started, "last_seen_at": self._started, "updated_at": NOW, "deleted_at": None}
        self._writer.add(t.alerts, alert | times)
        link = {"source": self._source, "alert_id": self._id, "sequence_id": self._id}
        self._writer.add(t.alert_sequences, link | {"seen_at": NOW, "gone_at": None})
