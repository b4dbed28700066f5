"""One tool over a folder of samples: what it alarms on, and what that costs. Runs in the tool's environment."""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Protocol

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from benchmarks.apart import peak_mib
from benchmarks.peers.samples import read_samples

Readings = dict[str, bool]
"""By reading of a tool's answer, whether it is an alarm."""


REPORTED = 2
"""The draw whose last day is reported: the first one pays for what is loaded late."""


class Tool(Protocol):
    """A drift check as its documentation advises it."""

    days_back: int
    """How many days before the checked one it looks at."""

    def prepare(self, baseline: pa.Table) -> None:
        """Take in the baseline's days, and forget every other."""

    def start(self) -> None:
        """Forget the days that were checked."""

    def check(self, day: pa.Table) -> Readings:
        """Check one day."""

    def report(self, path: Path) -> None:
        """Write the last check's HTML report, whole: it opens with the network off."""


def run(make: Callable[[], Tool], *packages: str) -> None:
    """Check a folder's first samples; print shares of draws that alarm, by reading and shift, and costs, as JSON.

    Arguments: the folder, how many samples, where to write the HTML report, and "fleet" or "cameras" (one check each).
    """
    folder, count, page, scope = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
    tool = make() if scope == "fleet" else _OneACamera(make)
    prepare, check, report = _Clock(), _Clock(), _Clock()
    alarms: dict[str, Counter[str]] = {}
    draws = 0
    for sample in islice(read_samples(folder), count):
        draws += 1
        with prepare:
            tool.prepare(sample.baseline)
        for name, days in sample.days.items():
            tool.start()
            for day in days[-1 - tool.days_back :]:
                with check:
                    found = tool.check(day)
            for reading, alarm in found.items():
                alarms.setdefault(reading, Counter())[name] += alarm
        if draws == min(REPORTED, count):
            with report:
                tool.report(page)
    answer = {
        "versions": {name: version(name) for name in packages},
        "draws": draws,
        "alarms": {
            reading: {name: round(found[name] / draws, 4) for name in sample.days} for reading, found in alarms.items()
        },
        "prepare_ms": prepare.milliseconds(),
        "check_ms": check.milliseconds(),
        "report_ms": report.milliseconds(),
        "report_kb": round(page.stat().st_size / 1000, 1),
        "peak_mib": round(peak_mib(), 1),
    }
    sys.stdout.write(json.dumps(answer) + "\n")


class _OneACamera:
    """A tool once for each camera; one camera's alarm is an alarm, and the last camera's report the report."""

    def __init__(self, make: Callable[[], Tool]) -> None:
        self.make = make
        self.days_back = 0

    def prepare(self, baseline: pa.Table) -> None:
        self.tools = {camera: self.make() for camera in sorted(set(baseline["camera"].to_pylist()))}
        for camera, tool in self.tools.items():
            tool.prepare(_of_camera(baseline, camera))

    def start(self) -> None:
        for tool in self.tools.values():
            tool.start()

    def check(self, day: pa.Table) -> Readings:
        rows = {camera: _of_camera(day, camera) for camera in self.tools}
        found = [self.tools[camera].check(each) for camera, each in rows.items() if each.num_rows]
        return {reading: any(each[reading] for each in found) for reading in found[0]}

    def report(self, path: Path) -> None:
        list(self.tools.values())[-1].report(path)


def _of_camera(rows: pa.Table, camera: int) -> pa.Table:
    return rows.filter(pc.field("camera") == camera)


class _Clock:
    """Times what is done within it, each time."""

    def __init__(self) -> None:
        self.cpu: list[float] = []
        self.wall: list[float] = []

    def __enter__(self) -> None:
        self._began = time.process_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        cpu, wall = self._began
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)

    def milliseconds(self) -> dict[str, float]:
        """Medians; CPU is of all threads."""
        return {"cpu": round(median(self.cpu) * 1000, 1), "wall": round(median(self.wall) * 1000, 1)}
