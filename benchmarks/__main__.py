"""Run every benchmark and write results.json beside this file."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

from benchmarks import second_replay

BENCHMARKS = {"second_replay": second_replay.measure}


def main() -> None:
    """Run the benchmarks named as arguments, all without."""
    chosen = sys.argv[1:] or list(BENCHMARKS)
    results: dict[str, object] = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.system()}
    }
    for name in chosen:
        results[name] = BENCHMARKS[name]()
        sys.stdout.write(f"{name}: {json.dumps(results[name], indent=1)}\n")
    (Path(__file__).parent / "results.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
