"""The shared libraries that programs and modules of this machine need."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

from demo.images.errors import ImageError
from demo.images.layers import Entry

_FOUND = re.compile(r"^\s+(?:(?P<name>\S+) => )?(?P<path>/\S+) \(0x", re.M)
_OPENED_BY_LIBC = ("libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2")
"""When a thread ends, and when a name is looked up: no program says that it needs them."""


def libraries(objects: Iterable[Path], inside: Iterable[Path] = ()) -> list[Entry]:
    """What `objects` need, each in the folder of this machine's libc, where the loader looks without being told.

    Libraries below `inside` are left out: they come with their packages. One that this machine lacks is left out as
    well, for what needs it does not work here either.

    Raises:
        ImageError: this machine has no `ldd`.
    """
    try:
        answer = subprocess.run(["ldd", *map(str, objects)], capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise ImageError("no `ldd` on this machine: make images where glibc is, or with a registry in reach") from error
    found = {match["name"] or match["path"]: Path(match["path"]) for match in _FOUND.finditer(answer.stdout)}
    libc = found.get("libc.so.6")
    if libc is None:
        raise ImageError(
            f"ldd names no libc.so.6: make images with a registry in reach ({answer.stderr.strip()[:200]})"
        )
    found |= {name: libc.parent / name for name in _OPENED_BY_LIBC if (libc.parent / name).exists()}
    outside = [folder.resolve() for folder in inside]
    entries = []
    for name, path in found.items():
        if any(path.resolve().is_relative_to(folder) for folder in outside):
            continue
        place = Path(name) if name.startswith("/") else libc.parent / name
        entries.append(Entry(str(place).lstrip("/"), path, executable=True))
    return entries
