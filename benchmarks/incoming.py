"""Reading production: how fast beside a client that asks one thing after another, and how memory grows with rows."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.apart import in_a_process, serving
from benchmarks.bounds import figure

LATENCY = 0.05
"""Seconds that every reply is late."""
FRAMES = 8


@dataclass(frozen=True)
class Reading:
    """A flow that reads production, and what it is measured beside."""

    module: str
    """Runs the flow once, see :func:`benchmarks.apart.tell`."""
    server: str
    """Serves so many sequences of so many frames, large or small ones, each reply late by so many seconds."""
    counts: str
    """What the flow's summary calls the sequences that it read."""
    one_by_one: Callable[[dict[str, str], Path, int], float]
    """A plain client, one request at a time over kept connections; returns sequences a second."""


def measured(reading: Reading, *, sequences: int, one_by_one: int, small: int, large: int) -> dict[str, Any]:
    """Sequences a second of both on one server, and by how much resident memory grows from `small` to `large`.

    Args:
        reading: what is measured.
        sequences: how many the flow reads.
        one_by_one: the first so many of them, one after another: that speed does not depend on how many there are.
        small: sequences of two small frames, without lateness.
        large: more of them.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(reading.server, folder, sequences, FRAMES, 1, LATENCY) as settings,
    ):
        kept = Path(folder) / "sequential"
        kept.mkdir()
        alone = reading.one_by_one(settings, kept, one_by_one)
        ours = in_a_process(reading.module, settings)
    summary = ours["summary"]
    assert summary[reading.counts] == sequences
    least, most = (_memory(reading, count) for count in (small, large))
    return {
        "latency_ms": LATENCY * 1000,
        "frames_a_sequence": FRAMES,
        "bytes_a_frame": summary["bytes"] // summary["frames"],
        "sequential_sequences": one_by_one,
        "sequential_a_second": round(alone, 2),
        "sequences": sequences,
        "seconds": summary["seconds"],
        "a_second": round(sequences / summary["seconds"], 2),
        "times_as_many": figure(sequences / summary["seconds"] / alone, at_least=15, digits=1),
        "cpu_seconds": ours["cpu_seconds"],
        f"peak_mib_{small}": least,
        f"peak_mib_{large}": most,
        "growth_mib": figure(most - least, limit=100, digits=1),
    }


def _memory(reading: Reading, sequences: int) -> float:
    """The peak resident memory, in MiB, of a process that reads so many sequences."""
    with tempfile.TemporaryDirectory() as folder, serving(reading.server, folder, sequences, 2, 0, 0.0) as settings:
        found = in_a_process(reading.module, settings)
    assert found["summary"][reading.counts] == sequences
    return float(found["peak_mib"])
