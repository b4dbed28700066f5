"""What is measured runs in a process of its own, and so does what it asks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def serving(module: str, *arguments: object) -> Iterator[dict[str, str]]:
    """Run a module that prints its settings as a JSON line, and stays until its standard input ends."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.communicate()


def in_a_process(module: str, settings: dict[str, str], *arguments: object) -> dict[str, Any]:
    """What a module found, with these settings: the JSON in the last line that it prints (see :func:`tell`)."""
    environment = {**os.environ, **settings, "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def tell(flow: Callable[[], dict[str, Any]]) -> None:
    """Run a flow below a Prefect server of its own; print its summary, its CPU time and this process's peak memory."""
    from prefect.testing.utilities import prefect_test_harness

    with prefect_test_harness(server_startup_timeout=180):
        began = time.process_time()
        summary = flow()
        cpu = time.process_time() - began
    found = {"summary": summary, "cpu_seconds": round(cpu, 2), "peak_mib": round(peak_mib(), 1)}
    sys.stdout.write(json.dumps(found) + "\n")


def peak_mib() -> float:
    """This process's largest resident memory. Not getrusage's: that outlives exec, and so may be the parent's."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024
