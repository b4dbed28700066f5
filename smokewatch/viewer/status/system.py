"""The machine and what runs on it: CPU, RAM, disks, GPU, containers, object store, Prefect."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from smokewatch.errors import SmokewatchError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frame_folder import FrameFolder
from smokewatch.store.frames import FrameLostError, FrameReader
from smokewatch.viewer.status.outside import DockerEngine, PrefectApi

_SLOW_SECONDS = 15.0
"""What is outside this machine, or costs another process, is asked so often."""
_GPU = ("nvidia-smi", "--query-gpu=name,memory.total,memory.used,utilization.gpu", "--format=csv,noheader,nounits")
_MIB = 1024**2


class System:
    """Takes the machine's samples."""

    def __init__(self, catalog: Catalog, frames: FrameReader, prefect: PrefectApi, docker: DockerEngine) -> None:
        self._catalog, self._frames = catalog, frames
        self._prefect = _Seldom(prefect.system, {"url": None, "pools": [], "workers": []})
        self._docker = _Seldom(lambda: docker.system(self._references()), {"containers": [], "images": []})
        self._objects = _Seldom(self._object_store, {"kind": self._kind})
        self._gpu = _Seldom(lambda: {"gpus": _gpus()}, {"gpus": None})

    def take(self) -> dict[str, Any]:
        """One sample. No process is looked for: that costs too much."""
        memory = psutil.virtual_memory()
        return {
            "cpu": {
                "cores": psutil.cpu_count(),
                "percent": psutil.cpu_percent(),
                "load1": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
            },
            "ram": {"total": memory.total, "used": memory.total - memory.available, "percent": memory.percent},
            "disk": self._disks(),
            "gpu": self._gpu.ask()["gpus"],
            "docker": self._docker.ask(),
            "object_store": self._objects.ask(),
            "prefect": self._prefect.ask(),
        }

    @property
    def _kind(self) -> str:
        return type(self._frames).__name__.removeprefix("Frame").lower()

    def _disks(self) -> list[dict[str, Any]]:
        url = self._catalog.engine.url
        places: dict[str, Path] = {}
        if url.get_backend_name() == "sqlite" and url.database:
            places["catalog"] = Path(url.database).parent
        if isinstance(self._frames, FrameFolder):
            places["frames"] = self._frames.folder
        found: dict[int, dict[str, Any]] = {}
        for what, folder in places.items():
            device, usage = folder.stat().st_dev, shutil.disk_usage(folder)
            if device in found:
                found[device]["what"] += f", {what}"
                continue
            percent = round(100 * (1 - usage.free / usage.total), 1) if usage.total else None
            found[device] = {"what": what, "total": usage.total, "free": usage.free, "percent": percent}
        return list(found.values())

    def _object_store(self) -> dict[str, Any]:
        """One of the frames is read, as a replay would."""
        with self._catalog.read() as connection:
            known = connection.scalar(sa.select(t.frames.c.sha256).limit(1))
        if known is None:
            return {"state": "unknown", "text": "no frame is stored yet", "kind": self._kind}
        try:
            size = len(self._frames.read(known))
        except FrameLostError as error:
            return {"state": "bad", "text": str(error), "kind": self._kind}
        return {"state": "ok", "text": f"a frame of {size:,} bytes was read", "kind": self._kind}

    def _references(self) -> list[str]:
        with self._catalog.read() as connection:
            return list(connection.scalars(sa.select(t.releases.c.reference)))


class _Seldom:
    """Asks at most every so often; what cannot be asked is told as such, and is not an error of the whole."""

    def __init__(self, ask: Callable[[], dict[str, Any]], nothing: dict[str, Any]) -> None:
        self._ask, self._nothing = ask, nothing
        self._asked_at, self._answer = float("-inf"), nothing

    def ask(self) -> dict[str, Any]:
        if time.monotonic() - self._asked_at >= _SLOW_SECONDS:
            try:
                self._answer = self._ask()
            except SmokewatchError as error:
                self._answer = {"state": "bad", "text": str(error), **self._nothing}
            self._asked_at = time.monotonic()
        return self._answer


def _gpus() -> list[dict[str, Any]] | None:
    """What nvidia-smi tells; None: there is none."""
    if shutil.which(_GPU[0]) is None:
        return None
    try:
        told = subprocess.run(_GPU, capture_output=True, text=True, timeout=5, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = []
    for line in told.splitlines():
        name, total, used, percent = (each.strip() for each in line.split(","))
        found.append(
            {
                "name": name,
                "memory_total": int(total) * _MIB,
                "memory_used": int(used) * _MIB,
                "percent": float(percent) if percent.replace(".", "", 1).isdigit() else None,
            }
        )
    return found
