"""The day's script, and `python -m demo up` as a process that ends when it should."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest

from demo.alert_api.bboxes import BOXES_PATTERN, MAX_LENGTH
from demo.cameras import sites
from demo.day import DAY, Script, cameras_needed, write
from demo.renderer import draw, order
from tests.demo.up import Demo

SEED = 5
SEQUENCES = 24


def script_for(seed: int, sequences: int) -> Script:
    return write(seed, sequences, sites(seed, cameras_needed(sequences)))


@pytest.mark.parametrize(("seed", "sequences"), [(1, 20), (7, 36), (2, 120)])
def test_a_script_keeps_its_lanes_apart_and_its_kinds_even(seed: int, sequences: int) -> None:
    script = script_for(seed, sequences)
    assert sum(len(episode.phenomena) for episode in script.episodes) == sequences
    smoke = sum(episode.phenomena[0].kind == "smoke" for episode in script.episodes)
    assert 0.35 <= smoke / len(script.episodes) <= 0.75
    last: dict[tuple[int, int], datetime] = {}
    for shot in script.shots(seed):
        lane = (shot.episode.camera, shot.episode.pose)
        assert shot.index or shot.at - last.get(lane, DAY) > timedelta(hours=2)
        last[lane] = shot.at
        text = f"[{','.join(shot.boxes)}]"
        assert re.fullmatch(BOXES_PATTERN, text)
        assert len(text) <= MAX_LENGTH
        assert DAY.date() == shot.at.date()


def test_the_same_seed_writes_the_same_script_and_frames() -> None:
    one, two, other = script_for(1, 20).shots(1), script_for(1, 20).shots(1), script_for(2, 20).shots(2)
    assert one == two != other
    assert draw(order(one[50])) == draw(order(two[50]))


@pytest.mark.parametrize("sequences", [19, 0])
def test_too_short_a_day_is_refused(sequences: int) -> None:
    with pytest.raises(ValueError, match="at least 20"):
        write(1, sequences, sites(1, 8))


def test_stop_ends_everything(tmp_path: Path) -> None:
    demo, children = starting(tmp_path / "run")
    demo.process.send_signal(signal.SIGTERM)
    assert demo.process.wait(120) == 0
    assert psutil.wait_procs(children, timeout=60)[1] == []


def test_it_ends_with_whoever_started_it_and_takes_the_place_of_an_earlier_run(tmp_path: Path) -> None:
    for _ in range(2):
        demo, children = starting(tmp_path / "run")
        demo.end()  # while nobody waits for commands yet
        assert demo.process.returncode == 0
        assert psutil.wait_procs(children, timeout=60)[1] == []


def test_an_end_that_falls_into_a_finalizer_is_not_lost() -> None:
    script = """
import signal, threading, weakref
from demo.__main__ import end_when_told

class Pool: ...

end_when_told()
pool = Pool()
weakref.finalize(pool, signal.raise_signal, signal.SIGTERM)
del pool
threading.Event().wait(60)
raise SystemExit("nobody ended it")
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_killed_demo_leaves_no_child(tmp_path: Path) -> None:
    demo, children = starting(tmp_path / "run")
    demo.process.kill()
    demo.process.wait()
    assert psutil.wait_procs(children, timeout=60)[1] == []


def starting(folder: Path) -> tuple[Demo, list[psutil.Process]]:
    """A demo whose S3 server and releases are just being started, and those."""
    demo = Demo(folder, "--sequences", "20")
    demo.wait_for("progress", what="start", done=0)
    while len(children := demo.children()) < 4:
        assert demo.process.poll() is None
        time.sleep(0.05)
    return demo, children


def test_a_folder_of_someone_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    command = [sys.executable, "-m", "demo", "up", "--dir", str(tmp_path)]
    refused = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1
    assert (tmp_path / "precious").read_text() == "x"
