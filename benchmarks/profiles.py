"""Profiles of 1280 x 720 JPEGs, as an import takes them: CPU an image, and memory as their number grows.

Beside them the least that can be done for it with the same decoder: what a machine makes of that tells how fast it is.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from io import BytesIO
from itertools import cycle, islice
from json import dumps
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image

from benchmarks.apart import in_a_process
from benchmarks.bounds import figure
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


def measure(images: int = MANY) -> dict[str, Any]:
    """In a process of its own, so that its memory is its own; CPU is of all its threads."""
    return in_a_process("benchmarks.profiles", {}, images)


def _measure(images: int) -> dict[str, Any]:
    contents = [frame(number) for number in range(SCENES)]
    with tempfile.TemporaryDirectory() as folder:
        catalog = Catalog.open(f"sqlite:///{Path(folder) / 'catalog.db'}")
        with Profiler(catalog) as profiler, ThreadPoolExecutor(os.cpu_count()) as pool:

            def alone(content: bytes) -> Future[Any]:
                return pool.submit(profile_frame, content)

            def least(content: bytes) -> Future[Any]:
                return pool.submit(decode_and_count, content)

            def importing(content: bytes) -> Future[Any]:
                return profiler.submit(hashlib.sha256(content).hexdigest(), content)

            _take(alone, contents, BATCH)  # libraries are loaded, threads started
            _take(importing, contents, BATCH)
            few = _take(importing, contents, FEW)
            rss = psutil.Process().memory_info().rss
            many = _take(importing, contents, images - FEW)
            grown = psutil.Process().memory_info().rss - rss
            without, decoding = _side_by_side(alone, least, contents, images)
        catalog.close()
    return {
        "images": images,
        "size": f"{WIDTH} x {HEIGHT}",
        "kilobytes_an_image": round(sum(map(len, contents)) / SCENES / 1000),
        "threads": os.cpu_count(),
        "decoder": DECODER,
        "cpu_ms_an_image": figure(median(without), limit=5.5),
        "cpu_ms_an_image_of_decoding_and_counting": round(median(decoding), 2),
        "times_decoding_and_counting": round(median(without) / median(decoding), 2),
        "cpu_ms_an_image_with_digest_and_look_up": round(median([*few, *many]), 2),
        "rss_growth_mb": round(grown / 1e6, 1),
    }


def _side_by_side(
    ours: Callable[[bytes], Future[Any]], least: Callable[[bytes], Future[Any]], contents: list[bytes], images: int
) -> tuple[list[float], list[float]]:
    """Both in turns, so that a machine that slows down slows both."""
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(images // BATCH):
        for times, submit in zip(found, (ours, least), strict=True):
            times += _take(submit, contents, BATCH)
    return found


def decode_and_count(content: bytes) -> NDArray[np.int64]:
    """(4, 256) decoded by Pillow and counted, red, green, blue and luma; nothing is checked or computed of it."""
    with Image.open(BytesIO(content)) as image:
        return np.array(image.histogram() + image.convert("L").histogram(), np.int64).reshape(4, 256)


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
    if isinstance(profile, FrameProfile):
        for channel in Channel:
            profile.statistics(channel)
    else:
        assert isinstance(profile, np.ndarray)


def frame(number: int) -> bytes:
    view = View(camera=number % 4, azimuth=45.0 * number, seed=number)
    hour = 7 + number % 12
    return jpeg(render(view, hour=hour, seconds=0, phenomena=[], noise_seed=number, size=(WIDTH, HEIGHT)))


if __name__ == "__main__":
    sys.stdout.write(dumps(_measure(int(sys.argv[1]))))
