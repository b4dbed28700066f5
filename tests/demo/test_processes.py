"""The demo's children: none outlives it, at whatever moment it is killed."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from demo.processes import ChildError, Children

KILLED_BEFORE_ITS_GUARD_KNOWS = """
import os, signal, sys
from pathlib import Path
from demo.processes import Children

class Killed(Children):
    def _tell_guard(self, line):
        print(line[1:], flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

Killed(Path(sys.argv[1])).start("child", [sys.executable, "-c", "open('began', 'w'); import time; time.sleep(600)"])
"""


def test_a_child_that_no_guard_knows_yet_ends_without_having_done_anything(tmp_path: Path) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_BEFORE_ITS_GUARD_KNOWS, str(tmp_path / "logs")],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    with contextlib.suppress(psutil.NoSuchProcess):
        psutil.Process(int(killed.stdout)).wait(60)
    assert not (tmp_path / "began").exists()


def test_a_child_that_cannot_be_started_says_why_in_its_log(tmp_path: Path) -> None:
    with Children(tmp_path) as children:
        child = children.start("nothing", [str(tmp_path / "no-such-program")])
        with pytest.raises(ChildError, match=r"nothing ended with code 127: see .*nothing\.log"):
            child.wait_until(lambda: False)
    assert "no-such-program" in child.log.read_text()
