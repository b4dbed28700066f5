"""results.json: what each benchmark found on one machine, kept whatever becomes of the next one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import machine

RESULTS = Path(__file__).parent / "results.json"
MACHINE, TAKEN = "machine", "taken"


def load(path: Path = RESULTS) -> dict[str, Any]:
    """Results by name; :data:`MACHINE` says of which machine, :data:`TAKEN` when each was taken and how fast it was."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def kept(earlier: Mapping[str, Any], here: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    """Earlier results that may stand beside this machine's; none of another machine, none that is measured no more."""
    if not machine.is_same(earlier.get(MACHINE, {}), here):
        return {TAKEN: {}}
    taken = {name: each for name, each in earlier.get(TAKEN, {}).items() if name in names}
    return {TAKEN: taken} | {name: earlier[name] for name in names if name in earlier}


def put(path: Path, name: str, result: Any, *, here: Mapping[str, Any], names: list[str], seconds: float) -> None:
    """Write one result beside those that are there; whole or not at all.

    Args:
        path: read again now: another benchmark may have written meanwhile.
        name: of the benchmark.
        result: JSON.
        here: the machine, with its speed just before.
        names: of all benchmarks, in their order.
        seconds: that it took.
    """
    every = kept(load(path), here, names) | {name: result}
    every[TAKEN][name] = {
        "on": datetime.now(UTC).date().isoformat(),
        "ms_a_jpeg": here["ms_a_jpeg"],
        "seconds": round(seconds),
    }
    ordered = {MACHINE: dict(here), TAKEN: every[TAKEN]} | {each: every[each] for each in names if each in every}
    part = path.with_suffix(f".{os.getpid()}.part")
    part.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")
    part.replace(path)
