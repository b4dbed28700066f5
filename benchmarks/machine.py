"""The machine that results are of, and how fast it is just now."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.profiles import decode_and_count, frame

_IMAGES = 60
_SAME_MEMORY = 0.05
"""Share by which a machine's memory may differ: a kernel keeps a little more of it for itself, or a little less."""


def describe() -> dict[str, Any]:
    """What people want to know of the machine, and :func:`is_same` compares some of."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "python": platform.python_version(),
        "system": platform.system(),
        "kernel": platform.release(),
    }


def is_same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether results of one may stand beside the other's.

    The same cores of the same processor, as much memory, the same system, and the same Python but for its last number.
    A new kernel or a bug fix of Python makes no other machine.
    """
    facts = ("cores", "processor", "system")
    if any(one.get(fact) != other.get(fact) for fact in facts):
        return False
    minor = [str(each.get("python")).rpartition(".")[0] for each in (one, other)]
    memory = [float(each.get("memory_gib", 0.0)) for each in (one, other)]
    return minor[0] == minor[1] and abs(memory[0] - memory[1]) <= _SAME_MEMORY * max(memory)


def milliseconds_a_jpeg() -> float:
    """CPU milliseconds that decoding and counting one 1280 x 720 JPEG takes: tells slow hours from slow code."""
    content = frame(0)
    decode_and_count(content)
    found = []
    for _ in range(_IMAGES):
        began = time.process_time()
        decode_and_count(content)
        found.append((time.process_time() - began) * 1000)
    return round(median(found), 2)


def _processor() -> str:
    """Its model's name; where the system does not tell it, its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
