"""Profiles of 1280 x 720 JPEGs, as an import takes them: CPU an image, and memory as their number grows."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle, islice
from json import dumps, loads
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from demo.scenes import View, jpeg, render
from smokewatch.domain.profiles import Channel, FrameProfile
from smokewatch.store.catalog import Catalog
from smokewatch.store.decoding import DECODER, profile_frame
from tasks.profiling import Profiler

WIDTH, HEIGHT = 1280, 720
SCENES = 24
FEW, MANY = 200, 2000
BATCH = 100
AT_ONCE = 32
"""Frames whose profiles an import waits for."""


def measure() -> dict[str, Any]:
    """In a process of its own, so that its memory is its own; CPU is of all its threads."""
    done = subprocess.run([sys.executable, "-m", "benchmarks.profiles"], stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = loads(done.stdout)
    return found


def _measure() -> dict[str, Any]:
    contents = [_frame(number) for number in range(SCENES)]
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog.open(f"sqlite:///{Path(folder) / 'catalog.db'}")
        with Profiler(catalog) as profiler, ThreadPoolExecutor(os.cpu_count()) as pool:

            def alone(content: bytes) -> Future[Any]:
                return pool.submit(profile_frame, content)

            def importing(content: bytes) -> Future[Any]:
                return profiler.submit(hashlib.sha256(content).hexdigest(), content)

            _take(alone, contents, BATCH)  # libraries are loaded, threads started
            _take(importing, contents, BATCH)
            few = _take(importing, contents, FEW)
            rss = psutil.Process().memory_info().rss
            many = _take(importing, contents, MANY - FEW)
            grown = psutil.Process().memory_info().rss - rss
            without = _take(alone, contents, MANY)
        catalog.close()
    return {
        "images": MANY,
        "size": f"{WIDTH} x {HEIGHT}",
        "kilobytes_an_image": round(sum(map(len, contents)) / SCENES / 1000),
        "threads": os.cpu_count(),
        "decoder": DECODER,
        "cpu_ms_an_image": round(median(without), 2),
        "cpu_ms_an_image_with_digest_and_look_up": round(median([*few, *many]), 2),
        "rss_growth_mb": round(grown / 1e6, 1),
    }


def _take(submit: Callable[[bytes], Future[Any]], contents: list[bytes], images: int) -> list[float]:
    """Decode, count, and ask for every statistic; CPU milliseconds an image of each batch."""
    frames = cycle(contents)
    found = []
    for _ in range(images // BATCH):
        started = time.process_time()
        waiting = deque(submit(content) for content in islice(frames, AT_ONCE))
        for content in islice(frames, BATCH - AT_ONCE):
            _use(waiting.popleft())
            waiting.append(submit(content))
        for profiling in waiting:
            _use(profiling)
        found.append((time.process_time() - started) * 1000 / BATCH)
    return found


def _use(profiling: Future[Any]) -> None:
    profile = profiling.result()
    assert isinstance(profile, FrameProfile)
    for channel in Channel:
        profile.statistics(channel)


def _frame(number: int) -> bytes:
    view = View(camera=number % 4, azimuth=45.0 * number, seed=number)
    hour = 7 + number % 12
    return jpeg(render(view, hour=hour, seconds=0, phenomena=[], noise_seed=number, size=(WIDTH, HEIGHT)))


if __name__ == "__main__":
    sys.stdout.write(dumps(_measure()))
