"""Run benchmarks, all or those named, and put what they find into results.json beside this file.

What this machine gave for the others stays; what another machine gave is dropped (benchmarks/machine.py).
"""

from __future__ import annotations

import argparse
import sys
from functools import partial

from benchmarks import (
    alert_listing,
    control_room,
    drift,
    drift_peers,
    growth,
    image_statistics,
    importing,
    prefect_cost,
    profiles,
    pulling,
    raw_samples,
    replay,
    row_json,
    triage_screen,
    triaging,
    viewer,
    worklists,
)
from benchmarks.running import Benchmark, run

BENCHMARKS = {
    "importing": Benchmark(importing.measure, partial(importing.measure, 20, 3, small=5, large=10)),
    "pulling": Benchmark(pulling.measure, partial(pulling.measure, 20, 3, small=5, large=10)),
    "replay": Benchmark(replay.measure_day, partial(replay.measure_day, 20)),
    "replay_of_500": Benchmark(partial(replay.measure_day, replay.MANY_SEQUENCES), partial(replay.measure_day, 24)),
    "replay_replicas": Benchmark(replay.measure_replicas, partial(replay.measure_replicas, 6, 8, 0.02)),
    "replay_releases": Benchmark(replay.measure_releases, partial(replay.measure_releases, 6, 0.02)),
    "prefect_cost": Benchmark(prefect_cost.measure, partial(prefect_cost.measure, 10)),
    "profiles": Benchmark(profiles.measure, partial(profiles.measure, 2 * profiles.FEW)),
    "image_statistics": Benchmark(image_statistics.measure, partial(image_statistics.measure, 2)),
    "raw_samples": Benchmark(raw_samples.measure, partial(raw_samples.measure, 4)),
    "drift": Benchmark(drift.measure, partial(drift.measure, 2)),
    "drift_peers": Benchmark(drift_peers.measure, drift_peers.measure_installed),
    "triaging": Benchmark(triaging.measure, partial(triaging.measure, 8, 20, 40)),
    "worklists": Benchmark(worklists.measure, partial(worklists.measure, 300)),
    "row_json": Benchmark(row_json.measure, partial(row_json.measure, 300)),
    "viewer": Benchmark(viewer.measure, partial(viewer.measure, rows=300, soak_seconds=2)),
    "triage_screen": Benchmark(triage_screen.measure, partial(triage_screen.measure, rows=300)),
    "alert_listing": Benchmark(alert_listing.measure, partial(alert_listing.measure, 1_000)),
    "control_room": Benchmark(control_room.measure, partial(control_room.measure, 3_000, soak_seconds=2)),
    "growth": Benchmark(growth.measure, partial(growth.measure, (1, 3))),
}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"all without; {', '.join(BENCHMARKS)}")
    parser.add_argument("--quick", action="store_true", help="small data, in a few minutes; nothing is kept")
    asked = parser.parse_args()
    unknown = [name for name in asked.names if name not in BENCHMARKS]
    if unknown:
        parser.error(f"no benchmark is named {', '.join(unknown)}: choose from {', '.join(BENCHMARKS)}")
    chosen = asked.names or list(BENCHMARKS)
    failed = run(BENCHMARKS, chosen, quick=asked.quick)
    if failed:
        sys.exit(f"{len(failed)} of {len(chosen)} benchmarks failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
