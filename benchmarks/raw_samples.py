"""A day's pixels by SciPy on all raw samples, beside the drift check on profiles: the demo's last days, a lens fogging.

SciPy compares each day with the day before the first of them, pixel by pixel, as a script does that keeps yesterday's
images. smokewatch compares it with the 30 days of the baseline, of which only summaries are left. Both in processes of
their own; both also give W1 and KS of the same two days, which must be the same numbers.
"""

from __future__ import annotations

import gzip
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from PIL import Image
from scipy import stats

from benchmarks.apart import in_a_process, peak_mib
from benchmarks.recorded_days import summarized
from demo import foggy_lens
from demo.foggy_lens import Look
from smokewatch.domain.drift import (
    DriftCheck,
    build_baseline,
    check_drift,
    summary_from_json,
    summary_json,
)
from smokewatch.domain.drift.distances import histogram_distances
from smokewatch.domain.profiles import VALUES, Channel, FrameProfile, merge
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.decoding import profile_frame
from smokewatch.store.profiles import save_profiles

REFERENCE = foggy_lens.BASELINE_DAYS - 1
CHECKED = {
    "ordinary": foggy_lens.BASELINE_DAYS,
    **{f"fog {fog:g}": at for at, fog in enumerate(foggy_lens.FOG, foggy_lens.BASELINE_DAYS + 1)},
}
SIGNIFICANT = 0.05
SUBSAMPLE = 100
"""Every so manieth pixel: what makes SciPy cheap, at the price of exact distances."""
TOLERANCE = 1e-9


def measure(frames: int | None = None) -> dict[str, Any]:
    """What each says of each day, what that takes, and what has to be kept for it.

    Args:
        frames: of a day; None: all of its 112.
    """
    with TemporaryDirectory() as folder:
        written = [_write(Path(folder), number, frames) for number in (REFERENCE, *CHECKED.values())]
        found = {way: in_a_process("benchmarks.raw_samples", {}, way, folder) for way in WAYS}
    theirs, sampled, ours = (found[way] for way in WAYS)
    for name in CHECKED:
        for distance in ("w1", "ks"):
            far = abs(theirs["days"][name][distance] - ours["days"][name][distance])
            assert far < TOLERANCE, f"{name}: {distance} differs by {far}"
    return {
        "frames_a_day": written[0],
        "days": len(CHECKED),
        "cameras": foggy_lens.CAMERAS,
        "channel": Channel.LUMA,
        **found,
        "scipy_over_profiles_cpu": round(theirs["cpu_ms_a_check"] / ours["cpu_ms_a_check"], 1),
        "scipy_over_profiles_memory": round(theirs["mib_more"] / max(ours["mib_more"], 0.1), 1),
        "scipy_over_profiles_bytes": round(theirs["bytes_a_day"] / ours["bytes_a_day"], 1),
        "subsample_over_profiles_cpu": round(sampled["cpu_ms_a_check"] / ours["cpu_ms_a_check"], 1),
        "largest_difference": max(
            abs(theirs["days"][name][distance] - ours["days"][name][distance])
            for name in CHECKED
            for distance in ("w1", "ks")
        ),
        "largest_difference_of_subsample": max(
            abs(sampled["days"][name]["w1"] - ours["days"][name]["w1"]) for name in CHECKED
        ),
    }


@dataclass(frozen=True)
class _Shot:
    look: Look
    content: bytes


def _write(folder: Path, number: int, frames: int | None) -> int:
    """Draw a day's frames; returns how many."""
    looks = _looks(number)[:frames]
    for at, look in enumerate(looks):
        Path(folder, f"{number}-{at:03}.jpg").write_bytes(foggy_lens.draw(look))
    return len(looks)


def _looks(number: int) -> list[Look]:
    return sorted(foggy_lens.looks(number), key=lambda look: (look.at, look.camera))


def _shots(folder: Path, number: int) -> list[_Shot]:
    paths = sorted(folder.glob(f"{number}-*.jpg"))
    return [_Shot(look, path.read_bytes()) for look, path in zip(_looks(number), paths, strict=False)]


def _scipy(folder: Path, *, every: int = 1) -> dict[str, Any]:
    """All luma values of both days in memory; the p-value is KS's, for W1 has none."""
    base = peak_mib()
    reference, days, times, kept = _pixels(_shots(folder, REFERENCE), every), {}, [], 0
    for name, number in CHECKED.items():
        today = _pixels(_shots(folder, number), every)
        kept = today.nbytes
        began = time.process_time()
        ks = stats.ks_2samp(reference, today)
        w1 = stats.wasserstein_distance(reference, today) / (VALUES - 1)
        times.append((time.process_time() - began) * 1000)
        days[name] = {
            "w1": float(w1),
            "ks": float(ks.statistic),
            "p": float(ks.pvalue),
            "says": "drift" if ks.pvalue < SIGNIFICANT else "none",
        }
    return _told(times, kept, base, days)


def _pixels(shots: Sequence[_Shot], every: int) -> NDArray[np.uint8]:
    parts = []
    for shot in shots:
        with Image.open(BytesIO(shot.content)) as image:
            parts.append(np.asarray(image.convert("L")).reshape(-1)[::every])
    return np.concatenate(parts)


def _profiles(folder: Path) -> dict[str, Any]:
    """Profiles as an import takes them; a check is the day in short, the calibrated check, and both distances."""
    base = peak_mib()
    began = time.process_time()
    baseline = build_baseline("30 days", [summary_from_json(each) for each in _recorded()])
    prepared = (time.process_time() - began) * 1000
    reference, days, times, checks = _taken(_shots(folder, REFERENCE)), {}, [], list[DriftCheck]()
    kept = 0
    for name, number in CHECKED.items():
        shots = _shots(folder, number)
        profiles = _taken(shots)
        began = time.process_time()
        day = summarized(number, [shot.look for shot in shots], profiles)
        checks.append(check_drift(day, baseline, history=checks))
        pair = [merge(each).of(Channel.LUMA) for each in (reference, profiles)]
        distances = histogram_distances(*pair, width=1 / (VALUES - 1))
        times.append((time.process_time() - began) * 1000)
        kept = _stored(folder / f"{number}.db", profiles) + len(json.dumps(summary_json(day)).encode())
        named = [foggy_lens.camera_names()[foggy_lens.FOGGED_CAMERA]]
        days[name] = {
            "w1": distances.wasserstein,
            "ks": distances.kolmogorov_smirnov,
            "says": checks[-1].severity,
            "names_the_camera": list(checks[-1].cameras[:1]) == named,
        }
    return _told(times, kept, base, days) | {"baseline_cpu_ms": round(prepared, 1)}


def _taken(shots: Sequence[_Shot]) -> list[FrameProfile]:
    found = [profile_frame(shot.content) for shot in shots]
    assert all(isinstance(each, FrameProfile) for each in found)
    return [each for each in found if isinstance(each, FrameProfile)]


def _stored(path: Path, profiles: Sequence[FrameProfile]) -> int:
    """Bytes of a day's profiles in the catalog: they are kept beside the day in short, for whatever is asked later."""
    now = datetime.now(UTC)
    named = {f"{at:064x}": profile for at, profile in enumerate(profiles)}
    with closing(Catalog.open(f"sqlite:///{path}")) as catalog, catalog.write() as connection:
        rows = [{"sha256": name, "size": 1, "flag": None, "stored_at": now} for name in named]
        connection.execute(t.frames.insert(), rows)
        save_profiles(connection, named, now=now)
        return int(connection.scalar(sa.select(sa.func.sum(sa.func.length(t.frame_profiles.c.histograms)))) or 0)


def _recorded() -> Iterator[Any]:
    with gzip.open(foggy_lens.RECORDED, "rt", encoding="utf-8") as lines:
        yield from (json.loads(line) for _, line in zip(range(foggy_lens.BASELINE_DAYS), lines, strict=False))


def _told(times: list[float], kept: int, base: float, days: dict[str, Any]) -> dict[str, Any]:
    """No time has decoding in it: both have to. Memory is the peak above that of a process with its libraries."""
    return {
        "cpu_ms_a_check": round(median(times), 1),
        "mib_more": round(peak_mib() - base, 1),
        "bytes_a_day": kept,
        "days": days,
    }


WAYS = ("scipy", "scipy_subsample", "profiles")


def _main(way: str, folder: Path) -> None:
    works = {"scipy": _scipy, "scipy_subsample": lambda at: _scipy(at, every=SUBSAMPLE), "profiles": _profiles}
    sys.stdout.write(json.dumps(works[way](folder)) + "\n")


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
