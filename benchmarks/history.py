"""A made-up history of any length: verdicts of sequences, the runs that reached them, their throughput samples."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.bulk import Writer
from smokewatch.domain.verdicts import DropReason, Match
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.verdicts import DROPPED

SOURCE = "alert-api"
ORGANIZATIONS = {2: "SDIS 07", 3: "SDIS 26", 4: "SDIS 77", 5: "Bombers de Girona", 6: "CONAF Biobío", 7: "SDIS 38"}
CAMERAS = 20
"""An organization has so many."""
VERSIONS = ("0.2.9", "0.3.0", "0.3.1", "0.4.0")
_A_DAY = 1_400
"""Verdicts; so a million are two years."""
_A_RUN = 140
LAST = datetime(2026, 11, 20, 12, tzinfo=UTC)
RUNNING = "run-that-is-not-over"


def fill_history(catalog: Catalog, *, rows: int, seed: int = 7) -> None:
    """Put a history into an empty catalog: its last two verdicts at :data:`LAST`, two every other minute before.

    Args:
        catalog: empty.
        rows: verdicts; a tenth as many sequences are replayed again and again.
        seed: another one, other rows.
    """
    chance, writer = random.Random(seed), Writer(catalog)
    cameras = {organization * 100 + place: organization for organization in ORGANIZATIONS for place in range(CAMERAS)}
    _write_places(writer, cameras)
    first = LAST - timedelta(days=rows / _A_DAY)
    sequences = max(1, rows // 10)
    camera_of = {identity: chance.choice(list(cameras)) for identity in range(1, sequences + 1)}
    for identity, camera in camera_of.items():
        _write_sequence(
            writer, chance, identity, camera, cameras[camera], first + (LAST - first) * identity / sequences
        )
    for number in range(rows):
        # In pairs of one moment: then the id decides which is newer.
        decided = LAST - timedelta(days=(rows - 1 - number) // 2 * 2 / _A_DAY)
        identity = chance.randrange(1, sequences + 1)
        camera = camera_of[identity]
        run = f"run-{number // _A_RUN}"
        writer.add(t.verdicts, _verdict(chance, identity, run, decided, camera, cameras[camera]))
        if number % _A_RUN == 0:
            fill_run(writer, run, decided, chance)
    fill_run(writer, RUNNING, LAST, chance, running=True)
    writer.flush()


def fill_run(writer: Writer, run: str, began: datetime, chance: random.Random, *, running: bool = False) -> None:
    """A replay run with its progress and a throughput sample."""
    ended = began + timedelta(minutes=30)
    state = "running" if running else chance.choice(("completed",) * 9 + ("failed",))
    release = _release(chance.choice(VERSIONS))
    row = {
        "id": run,
        "kind": "replay",
        "parameters": {"date_from": str(began.date())},
        "started_at": began,
        "finished_at": None if running else ended,
        "state": state,
        "summary": None
        if running
        else {"sequences": _A_RUN, "exact": 80, "window": 50, "unexplained": 10, "cached": 3},
        "host": "made-up",
        "pid": 1,
        "pid_started_at": 0.0,
    }
    writer.add(t.runs, row)
    progress = {
        "run_id": run,
        "phase": "replay",
        "total": _A_RUN,
        "done": _A_RUN // 2 if running else _A_RUN,
        "failed": 2,
        "cached": 3,
        "sequence": f"{SOURCE}_1",
        "organization": "SDIS 07",
        "camera": "Cam 03",
        **release,
        "last_error": "the release died" if state == "failed" else None,
        "updated_at": began if running else ended,
    }
    writer.add(t.run_progress, progress | {"api_version": progress.pop("version")})
    if running:
        return
    concurrency = chance.choice((1, 1, 2))
    sample = {
        "run_id": run,
        "started_at": began,
        "finished_at": ended,
        "release_reference": release["release_reference"],
        "release_identity": release["release_identity"],
        "api_version": release["version"],
        "runtime": "docker",
        "concurrency": concurrency,
        "sequences": _A_RUN,
        "predict_calls": 2 * _A_RUN,
        "seconds": _A_RUN / concurrency / chance.uniform(0.6, 0.8),
        "phases": {"start": 5200.0, "upload": 910.0, "replay": 40_100.0, "probe": 9000.0, "write": 400.0},
        "ram_bytes": 3 * 10**9,
    }
    writer.add(t.throughput, sample)


def _write_places(writer: Writer, cameras: dict[int, int]) -> None:
    named = {"source": SOURCE, "updated_at": LAST}
    for organization, name in ORGANIZATIONS.items():
        writer.add(t.organizations, named | {"id": organization, "name": name})
    for camera, organization in cameras.items():
        name = f"Cam {camera % 100:02d}"
        writer.add(t.cameras, named | {"id": camera, "organization_id": organization, "name": name})


def _write_sequence(
    writer: Writer, chance: random.Random, identity: int, camera: int, organization: int, started: datetime
) -> None:
    facts = {"organization_id": organization, "camera_id": camera, "started_at": started, "imported_at": started}
    writer.add(t.sequences, {"source": SOURCE, "id": identity, "revision": 1, "outcome": 1} | facts)
    smoke = chance.random() < 0.4
    outcome = {
        "source": SOURCE,
        "sequence_id": identity,
        "outcome": 1,
        "observed_at": started,
        "is_wildfire": chance.choice((None, "wildfire_smoke" if smoke else "other")),
        "temporal_model_score": min(1.0, max(0.0, chance.gauss(0.7 if smoke else 0.3, 0.2))),
        "temporal_model_version": "0.2.0",
        "temporal_api_version": chance.choice(VERSIONS),
        "last_seen_at": started,
    }
    writer.add(t.outcomes, outcome)


def _verdict(
    chance: random.Random, identity: int, run: str, decided: datetime, camera: int, organization: int
) -> dict[str, Any]:
    verdict = chance.choices([*map(str, Match), DROPPED], (60, 25, 6, 9))[0]
    frames, recorded = chance.randrange(4, 16), chance.random()
    dropped = verdict == DROPPED
    release = _release(chance.choice(VERSIONS))
    windows = [
        {"seen_frames": number, "seen_rows": number, "request_sha256": "0" * 64, "computed": True, "score": recorded}
        | {"matches": False}
        for number in range(frames, max(3, frames - 4), -1)
    ]
    return {
        "source": SOURCE,
        "sequence_id": identity,
        "revision": 1,
        "outcome": 1,
        "run_id": run,
        "decided_at": decided,
        "verdict": verdict,
        "drop_reason": str(chance.choice(list(DropReason))) if dropped else None,
        "detail": f"{recorded:.6f} is what the full window of {frames} frames gives",
        "recorded_score": recorded,
        "replayed_score": None if dropped else recorded,
        "windows": [] if dropped else windows,
        "ties": [],
        "ambiguous": False,
        "api_version": release.pop("version"),
        **release,
        "runtime": "docker",
        "milliseconds": None if dropped else 400.0 + frames,
        "matched_frames": frames if verdict == Match.WINDOW else None,
        "organization_id": organization,
        "camera_id": camera,
        "frames": None if dropped else frames,
    }


def _release(version: str) -> dict[str, str]:
    return {
        "version": version,
        "release_reference": f"pyronear/temporal-model-api:{version}",
        "release_identity": f"sha256:{hashlib.sha256(version.encode()).hexdigest()}",
        "identity_kind": "registry_digest",
    }
