"""Health lights: is all well, and if not, what first? Each says in a few words what it stands for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from smokewatch.domain.drift.severity import Severity

MATCH_OK, MATCH_WARN = 0.8, 0.6
"""Shares of explained replays, as the heat map is coloured by."""
SPEED_OK, SPEED_WARN = 0.7, 0.4
"""Of the speed that the release had before."""
DISK_OK, DISK_WARN = 0.10, 0.03
"""Free shares."""
FRESH_OK, FRESH_WARN = timedelta(hours=26), timedelta(hours=50)
"""Since the last import: a day with margin, two days with margin."""


class LightState(StrEnum):
    """How something is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


_OF_SEVERITY = {
    Severity.HIGH: LightState.BAD,
    Severity.MEDIUM: LightState.WARN,
    Severity.INSUFFICIENT_DATA: LightState.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Light:
    """One light. ``value`` is what it was decided by, None where nothing is known."""

    name: str
    label: str
    state: LightState
    text: str
    """One line for people."""
    value: float | None = None


def match_light(explained: int, replayed: int) -> Light:
    """How many of the newest replays are explained."""
    if not replayed:
        return Light("match", "Match", LightState.UNKNOWN, "nothing was replayed yet")
    share = explained / replayed
    state = _state(share, MATCH_OK, MATCH_WARN)
    return Light("match", "Match", state, f"{explained} of the last {replayed} explained", share)


def throughput_light(speed: float | None, baseline: float | None) -> Light:
    """Sequences a second of the newest batch beside earlier ones of its kind."""
    name, label = "throughput", "Throughput"
    if speed is None:
        return Light(name, label, LightState.UNKNOWN, "nothing was measured yet")
    if not baseline:
        return Light(name, label, LightState.OK, f"{speed:.2f} sequences/s, the first measured", speed)
    state = _state(speed / baseline, SPEED_OK, SPEED_WARN)
    return Light(name, label, state, f"{speed:.2f} sequences/s, before {baseline:.2f}", speed)


def disk_light(disks: Iterable[tuple[str, int, int]]) -> Light:
    """The fullest disk.

    Args:
        disks: what is on it, its free bytes, its bytes.
    """
    shares = [(free / total, what, free) for what, free, total in disks if total]
    if not shares:
        return Light("disk", "Disk", LightState.UNKNOWN, "the store is on no disk of this machine")
    share, what, free = min(shares)
    text = f"{what}: {free / 1e9:.1f} GB free ({share:.0%})"
    return Light("disk", "Disk", _state(share, DISK_OK, DISK_WARN), text, share)


def freshness_light(imported_at: datetime | None, *, now: datetime) -> Light:
    """How long ago the last import was done. Aware UTC."""
    if imported_at is None:
        return Light("freshness", "Freshness", LightState.UNKNOWN, "nothing was imported yet")
    age = now - imported_at
    state = LightState.OK if age <= FRESH_OK else LightState.WARN if age <= FRESH_WARN else LightState.BAD
    hours = age.total_seconds() / 3600
    told = f"{hours:.0f} h" if hours < 48 else f"{age.days} days"
    return Light("freshness", "Freshness", state, f"imported {told} ago", hours)


def drift_light(severity: Severity | None, day: date | None, cameras: Sequence[str] = ()) -> Light:
    """The newest checked day's severity, and the cameras that it names first."""
    name, label = "drift", "Drift"
    if severity is None or day is None:
        return Light(name, label, LightState.UNKNOWN, "no day was checked yet")
    state = _OF_SEVERITY.get(severity, LightState.OK)
    named = f": {', '.join(cameras)}" if cameras and state in (LightState.WARN, LightState.BAD) else ""
    return Light(name, label, state, f"{severity.replace('_', ' ')} on {day}{named}", severity.rank)


def _state(value: float, ok: float, warn: float) -> LightState:
    return LightState.OK if value >= ok else LightState.WARN if value >= warn else LightState.BAD
