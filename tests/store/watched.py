"""A store of simulated days, put straight into the tables: small frames by their profiles, one sequence each."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
import sqlalchemy as sa

from smokewatch.domain.profiles import Basis, FrameProfile, Undecodable, UndecodableReason
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.decoding import DECODER
from smokewatch.store.drift import KeptDay, Selection, current_day, save_days
from smokewatch.store.profiles import save_profiles

SOURCE = "alert-api"
FIRST = date(2026, 3, 1)
CAMERAS = ("north", "south", "west")
"""Ids 1, 2, 3 of organization 2, SDIS 07."""
NAMES = tuple(f"SDIS 07/{camera}" for camera in CAMERAS)
A_DAY = 39
"""Sequences a day, one frame each, 13 a camera."""
_SIZE = (16, 9)
_TINT = np.array([0.0, 0.03, -0.03, 0.0])
"""Of red, green, blue and luma: frames by day have colour."""


def nth(number: int) -> date:
    return FIRST + timedelta(days=number)


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


EVERYTHING = Selection()
NOW = noon(nth(50))


def kept(catalog: Catalog, number: int, selection: Selection = EVERYTHING) -> KeptDay:
    """The day with this number in short, kept."""
    with catalog.write() as connection:
        day = current_day(connection, nth(number), selection=selection)
        save_days(connection, [day], now=NOW)
    return day


def set_up(catalog: Catalog) -> None:
    """An organization with its cameras, and one without any."""
    names = {"source": SOURCE, "updated_at": noon(FIRST)}
    with catalog.write() as connection:
        connection.execute(t.organizations.insert(), [names | {"id": 2, "name": "SDIS 07"}])
        connection.execute(t.organizations.insert(), [names | {"id": 3, "name": "SDIS 26"}])
        connection.execute(
            t.cameras.insert(),
            [names | {"id": at, "organization_id": 2, "name": name} for at, name in enumerate(CAMERAS, 1)],
        )


def add_day(
    catalog: Catalog,
    number: int,
    *,
    fog: Collection[str] = (),
    confidence: float = 0.7,
    n: int = A_DAY,
    broken: int = 0,
    decoder: str = DECODER,
    missing: Collection[str] = (),
) -> None:
    """The day with this number: the same frames and scores whenever it is made.

    Args:
        catalog: an empty one, or one without this day.
        number: of days since `FIRST`.
        fog: cameras whose lens fogs: brighter, with less contrast.
        confidence: mean recorded score.
        n: sequences.
        broken: so many frames cannot be decoded.
        decoder: that profiled them.
        missing: cameras that sent nothing.
    """
    dice, day = np.random.default_rng(number), nth(number)
    shared, own = dice.normal(0, 0.01), dice.normal(0, 0.01, len(CAMERAS))
    sequences, profiles = [], {}
    for at in range(n):
        camera = at % len(CAMERAS)
        hour, noise, score = dice.uniform(0, 24), dice.normal(0, 0.03), dice.normal(confidence, 0.1)
        pixels = dice.normal(0, 1, _SIZE[0] * _SIZE[1])
        if CAMERAS[camera] in missing:
            continue
        foggy = CAMERAS[camera] in fog
        mean = 0.45 + 0.05 * camera + shared + own[camera] + noise + 0.25 * foggy
        sha256 = hashlib.sha256(f"{number} {at} {foggy}".encode()).hexdigest()
        started = datetime.combine(day, time(), UTC) + timedelta(hours=hour)
        sequences.append((1000 * number + at, camera + 1, started, float(np.clip(score, 0, 1)), sha256))
        profiles[sha256] = _profile(mean, pixels * (0.04 if foggy else 0.12), decoder, broken=at < broken)
    _insert(catalog, sequences, profiles)


def _profile(mean: float, pixels: np.ndarray[Any, Any], decoder: str, *, broken: bool) -> FrameProfile | Undecodable:
    if broken:
        return Undecodable(UndecodableReason.BROKEN, "made so", decoder)
    values = np.clip(mean + pixels + _TINT[:, None], 0, 1)
    steps = np.rint(values * 255).astype(np.int64)
    counts = np.array([np.bincount(channel, minlength=256) for channel in steps])
    return FrameProfile(basis=Basis(decoder, *_SIZE), counts=counts, mode="RGB")


def _insert(
    catalog: Catalog,
    sequences: list[tuple[int, int, datetime, float, str]],
    profiles: dict[str, FrameProfile | Undecodable],
) -> None:
    rows: dict[sa.Table, list[dict[str, Any]]] = {t.frames: [], t.sequences: [], t.outcomes: [], t.detections: []}
    for identity, camera, started, score, sha256 in sequences:
        of = {"source": SOURCE, "sequence_id": identity}
        rows[t.frames].append({"sha256": sha256, "size": 1, "flag": None, "stored_at": started})
        rows[t.sequences].append(
            {"source": SOURCE, "id": identity, "organization_id": 2, "camera_id": camera, "started_at": started}
            | {"imported_at": started, "revision": 1, "outcome": 1}
        )
        rows[t.outcomes].append(
            of
            | {"outcome": 1, "observed_at": started, "temporal_model_score": score, "last_seen_at": started}
            | {"temporal_model_version": "0.2.0", "temporal_api_version": "0.4.0"}
        )
        rows[t.detections].append(
            of
            | {"revision": 1, "id": identity, "camera_id": camera, "bucket_key": f"{identity}.jpg", "bbox": "[]"}
            | {"created_at": started, "recorded_at": started, "frame_sha256": sha256}
        )
    with catalog.write() as connection:
        for table, inserted in rows.items():
            if inserted:
                connection.execute(table.insert(), inserted)
        save_profiles(connection, profiles, now=noon(FIRST))
