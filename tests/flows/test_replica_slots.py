"""How many replicas run at once on a machine, over all who share its limit."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event

import pytest

from smokewatch.errors import UsageError
from tasks.stacks.parts import StoppedError
from tasks.stacks.slots import replica_slots

HOLDER = """
import sys
from pathlib import Path
from threading import Event
from tasks.stacks.slots import replica_slots
with replica_slots(2, limit=3, folder=Path(sys.argv[1]), aborted=Event()) as count:
    print(count, flush=True)
    sys.stdin.read()
"""


def slots(wanted: int, folder: Path, aborted: Event | None = None) -> AbstractContextManager[int]:
    return replica_slots(wanted, limit=3, folder=folder, aborted=aborted or Event())


def test_the_limit_is_of_all_processes_that_share_the_folder(tmp_path: Path) -> None:
    folder = tmp_path / "shared" / "places"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "2\n"
        with slots(2, folder) as count:
            assert count == 1
            waiting = Event()
            waiting.set()
            with pytest.raises(StoppedError), slots(1, folder, waiting):
                pass
        holder.kill()
        holder.wait()
        with slots(5, folder) as count:
            assert count == 3, "a place is free when its holder dies"


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(UsageError, match="SMOKEWATCH_REPLICA_LOCKS"), slots(1, file / "places"):
        pass
