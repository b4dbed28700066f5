"""smokewatch's drift check beside Evidently's and NannyML's over the same days: the table in docs/drift.md."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from json import dumps
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from benchmarks.peers.samples import DAYS, IN_A_ROW, write_sample

ROOT = Path(__file__).parent.parent
REQUIREMENTS = Path(__file__).parent / "peers"
ENVIRONMENTS = ROOT / ".venv" / "peers"
"""3 GB: a virtual environment for each of the others, for none runs beside the project's own packages."""
ROWS = (100, 500)
"""A day."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the table for each number of rows."""

    tool: str
    environment: str | None
    """None: the project's own."""
    runner: str
    draws: int
    """Fewer where a check takes long."""
    scope: Literal["fleet", "cameras"] = "fleet"


ENTRIES = (
    Entry("smokewatch", None, "own_runner", 60),
    Entry("Evidently, data drift preset", "evidently", "evidently_runner", 25),
    Entry("NannyML, univariate drift", "nannyml", "nannyml_runner", 60),
    Entry("NannyML, estimated performance (CBPE)", "nannyml", "nannyml_cbpe_runner", 20),
    Entry("NannyML, univariate drift, a check for each camera", "nannyml", "nannyml_runner", 10, "cameras"),
    Entry("Evidently, data drift preset, a check for each camera", "evidently", "evidently_runner", 4, "cameras"),
)


def measure(entries: tuple[Entry, ...] = ENTRIES) -> dict[str, Any]:
    """Alarms by shift, and what a check costs, of every tool."""
    pythons = {each.environment: _python(each.environment) for each in entries}
    with TemporaryDirectory() as folder:
        for n in ROWS:
            for draw in range(max(each.draws for each in entries)):
                write_sample(Path(folder) / str(n), n, draw)
        rows = [
            {"tool": each.tool, "n": n, **_run(each, pythons[each.environment], Path(folder), n)}
            for each in entries
            for n in ROWS
        ]
    return {"baseline_days": DAYS, "checked_day": IN_A_ROW, "rows": rows}


def measure_installed() -> dict[str, Any]:
    """Two draws of smokewatch, and of others whose environment is there: none is installed for it."""
    there = [each for each in ENTRIES if each.environment is None or (ENVIRONMENTS / each.environment).exists()]
    left_out = [each.tool for each in ENTRIES if each not in there]
    return {**measure(tuple(replace(each, draws=2) for each in there)), "left_out": left_out}


def _python(environment: str | None) -> str:
    """An environment's Python; it is made when it is not there, or its requirements have changed."""
    if environment is None:
        return sys.executable
    wanted, folder = REQUIREMENTS / f"requirements-{environment}.txt", ENVIRONMENTS / environment
    python, installed = folder / "bin" / "python", folder / "requirements.txt"
    if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--no-cache-dir", "--requirement", str(wanted)]
        subprocess.run(install, check=True)
        shutil.copy(wanted, installed)
    return str(python)


def _run(entry: Entry, python: str, folder: Path, n: int) -> dict[str, Any]:
    """What a tool's runner found, in a process of its own that tells nobody that it was run."""
    module, page = f"benchmarks.peers.{entry.runner}", folder / "report.html"
    command = [python, "-W", "ignore", "-m", module, str(folder / str(n)), str(entry.draws), str(page), entry.scope]
    environment = {**os.environ, "DO_NOT_TRACK": "1", "NML_DISABLE_USAGE_LOGGING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, check=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    sys.stderr.write(f"{entry.tool}, {n} rows a day: {dumps(found)}\n")
    return found


if __name__ == "__main__":
    sys.stdout.write(dumps(measure(), indent=1) + "\n")
