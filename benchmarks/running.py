"""Benchmarks one after the other: what is done is told and kept, whatever becomes of the next."""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import machine, results


@dataclass(frozen=True)
class Benchmark:
    """One name of the command's."""

    full: Callable[[], Any]
    quick: Callable[[], Any]
    """The same on small data: shows that it works, and measures nothing."""


def run(
    benchmarks: Mapping[str, Benchmark], chosen: Sequence[str], *, quick: bool = False, path: Path = results.RESULTS
) -> list[str]:
    """Run some, one after the other, and write each result when it is there; returns the names of those that failed.

    Args:
        benchmarks: all, by name.
        chosen: names, in this order.
        quick: their small forms, whose results are not kept.
        path: where results are kept.
    """
    failed = []
    here = machine.describe()
    for number, name in enumerate(chosen, 1):
        _say(f"[{number}/{len(chosen)}] {name} ...")
        here["ms_a_jpeg"] = machine.milliseconds_a_jpeg()
        began = time.perf_counter()
        try:
            found = (benchmarks[name].quick if quick else benchmarks[name].full)()
        except (Exception, SystemExit):  # noqa: BLE001 - the others' results must not be lost; it is told, and at the end again
            traceback.print_exc()
            failed.append(name)
            _say(f"[{number}/{len(chosen)}] {name}: FAILED after {time.perf_counter() - began:.0f} s")
            continue
        seconds = time.perf_counter() - began
        sys.stdout.write(json.dumps({name: found}, indent=1) + "\n")
        sys.stdout.flush()
        if not quick:
            results.put(path, name, found, here=here, names=list(benchmarks), seconds=seconds)
        _say(f"[{number}/{len(chosen)}] {name}: {seconds:.0f} s")
    return failed


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
