"""Run every benchmark and write results.json beside this file."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

from benchmarks import (
    alert_listing,
    control_room,
    drift,
    drift_peers,
    importing,
    prefect_cost,
    profiles,
    pulling,
    replay,
    triage_screen,
    triaging,
    viewer,
    worklists,
)

BENCHMARKS = {
    "alert_listing": alert_listing.measure,
    "control_room": control_room.measure,
    "drift": drift.measure,
    "drift_peers": drift_peers.measure,
    "importing": importing.measure,
    "prefect_cost": prefect_cost.measure,
    "profiles": profiles.measure,
    "pulling": pulling.measure,
    "replay": replay.measure_demo_day,
    "replay_of_500": replay.measure_many,
    "replay_replicas": replay.measure_replicas,
    "replay_releases": replay.measure_releases,
    "triage_screen": triage_screen.measure,
    "triaging": triaging.measure,
    "viewer": viewer.measure,
    "worklists": worklists.measure,
}

RESULTS = Path(__file__).parent / "results.json"


def main() -> None:
    """Run the benchmarks named as arguments, all without; what this machine gave for the others stays."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    earlier = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    kept = {name: result for name, result in earlier.items() if name in BENCHMARKS and earlier["machine"] == machine}
    results: dict[str, object] = {"machine": machine, **kept}
    for name in chosen:
        results[name] = BENCHMARKS[name]()
        sys.stdout.write(f"{name}: {json.dumps(results[name], indent=1)}\n")
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
