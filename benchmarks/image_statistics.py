"""A frame's statistics from its profile, beside NumPy's of the pixels as float32, and as float64.

The same frames, the same decoder, the same four channels: mean, standard deviation, 5th and 95th percentile. Digits
are counted against integer sums as fractions: those of float32 depend on the order in which pixels are added.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from io import BytesIO
from json import dumps
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.apart import in_a_process, peak_mib
from benchmarks.profiles import HEIGHT, WIDTH, frame
from smokewatch.domain.profiles import Channel, FrameProfile
from smokewatch.store.decoding import profile_frame

FRAMES, ROUNDS = 24, 3
Statistics = NDArray[np.float64]
"""(4, 4) by channel, and mean, standard deviation, 5th and 95th percentile, on [0, 1]."""


def measure(frames: int = FRAMES) -> dict[str, Any]:
    """Each way's CPU an image, in turns; its memory, in a process of its own; and its wrong digits."""
    contents = [frame(number) for number in range(frames)]
    times: dict[str, list[float]] = {name: [] for name in WAYS}
    for _ in range(ROUNDS):
        for name, statistics in WAYS.items():
            times[name] += [_cpu(partial(statistics, content)) for content in contents]
    exact = [_exact(content) for content in contents]
    values = {name: [statistics(content) for content in contents] for name, statistics in WAYS.items()}
    peaks = _peaks(contents[0])
    found = {
        name: {
            "cpu_ms_an_image": round(median(times[name]), 2),
            "mib_more": round(peaks[name] - peaks["nothing"], 1),
            **_digits(values[name], exact),
            "percentiles_agree": _agree(values[name], values["profile"]),
        }
        for name in WAYS
    }
    return {
        "images": frames,
        "times": ROUNDS * frames,
        "size": f"{WIDTH} x {HEIGHT}",
        "channels": len(Channel),
        **found,
        "float32_over_profile_cpu": _ratio(found, "float32", "cpu_ms_an_image"),
        "float64_over_profile_cpu": _ratio(found, "float64", "cpu_ms_an_image"),
        "float32_over_profile_memory": _ratio(found, "float32", "mib_more"),
        "float64_over_profile_memory": _ratio(found, "float64", "mib_more"),
    }


def _of_pixels(content: bytes, *, dtype: type[np.floating[Any]]) -> Statistics:
    """As it is usually written: pixels on [0, 1], statistics over the first two axes."""
    with Image.open(BytesIO(content)) as image:
        pixels = np.dstack([np.asarray(image.convert("RGB")), np.asarray(image.convert("L"))]).astype(dtype) / dtype(
            255
        )
    low, high = np.percentile(pixels, (5, 95), axis=(0, 1))
    return np.stack((pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1)), low, high), axis=1).astype(np.float64)


def _of_profile(content: bytes) -> Statistics:
    profile = profile_frame(content)
    assert isinstance(profile, FrameProfile)
    found = [profile.statistics(channel) for channel in Channel]
    return np.array([(each.mean, each.std, each.percentiles[5], each.percentiles[95]) for each in found])


WAYS: dict[str, Callable[[bytes], Statistics]] = {
    "float32": partial(_of_pixels, dtype=np.float32),
    "float64": partial(_of_pixels, dtype=np.float64),
    "profile": _of_profile,
}


def _exact(content: bytes) -> list[tuple[Fraction, Fraction]]:
    """By channel: mean, and variance (of the population), on [0, 1]."""
    profile = profile_frame(content)
    assert isinstance(profile, FrameProfile)
    found = []
    for channel in Channel:
        counts = profile.of(channel).tolist()
        n, total = sum(counts), sum(value * count for value, count in enumerate(counts))
        squares = sum(value * value * count for value, count in enumerate(counts))
        found.append((Fraction(total, 255 * n), Fraction(n * squares - total * total, (255 * n) ** 2)))
    return found


def _digits(found: list[Statistics], exact: list[list[tuple[Fraction, Fraction]]]) -> dict[str, float]:
    """Correct decimal digits of the worst mean and of the worst standard deviation; the mean's relative error."""
    worst = {"mean": 0.0, "std": 0.0}
    for image, right in zip(found, exact, strict=True):
        for channel, (mean, variance) in zip(image, right, strict=True):
            worst["mean"] = max(worst["mean"], float(abs(Fraction(float(channel[0])) - mean) / mean))
            # Of the variance, half of it: its root is no fraction.
            worst["std"] = max(worst["std"], float(abs(Fraction(float(channel[1])) ** 2 - variance) / variance / 2))
    return {f"digits_of_{name}": _correct(each) for name, each in worst.items()} | {
        "largest_error_of_mean": float(f"{worst['mean']:.2g}")
    }


def _correct(error: float) -> float:
    """Decimal digits; float64 holds 15.95."""
    return round(min(-math.log10(error) if error else math.inf, -math.log10(sys.float_info.epsilon / 2)), 1)


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


def _ratio(found: dict[str, dict[str, Any]], other: str, figure: str) -> float:
    return round(float(found[other][figure]) / float(found["profile"][figure]), 1)


def _agree(found: list[Statistics], ours: list[Statistics]) -> bool:
    """Whether all percentiles are the profile's 8-bit values."""
    return all(np.abs(a[:, 2:] - b[:, 2:]).max() < 1e-6 for a, b in zip(found, ours, strict=True))


def _peaks(content: bytes) -> dict[str, float]:
    """By way, the peak resident MiB of a process that takes one image, and of one that takes none."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "frame.jpg")
        path.write_bytes(content)
        return {
            way: in_a_process("benchmarks.image_statistics", {}, way, path)["peak_mib"] for way in ("nothing", *WAYS)
        }


def _take(way: str, path: Path) -> dict[str, float]:
    """What the process does."""
    content = path.read_bytes()
    if way in WAYS:
        WAYS[way](content)
    return {"peak_mib": peak_mib()}


if __name__ == "__main__":
    sys.stdout.write(dumps(_take(sys.argv[1], Path(sys.argv[2]))) + "\n")
