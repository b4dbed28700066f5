"""Layers made of this machine's own Python, where no base image can be had."""

from __future__ import annotations

import platform
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from demo.images import distributions
from demo.images.bytecode import compiled
from demo.images.layers import Directory, Entry, Layer, file_digests
from demo.images.libraries import libraries

PACKAGES = "packages"
ENVIRONMENT = {"PATH": "/usr/local/bin", "PYTHONPATH": f"/{PACKAGES}", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp"}

_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
_LIBRARY = f"usr/local/{sys.platlibdir}/{_VERSION}"
_NEEDLESS = (
    "__pycache__", "dist-packages", "ensurepip", "idlelib", "lib2to3", "pydoc_data", "site-packages", "test", "tests",
    "tkinter", "turtledemo", "turtle.py",
)  # fmt: skip
_NEEDLESS_PARTS = ("config-", "_test", "_tkinter", "_ctypes_test", "xxlimited")
_ETC = {
    "etc/group": "root:x:0:\nrelease:x:10001:\n",
    "etc/nsswitch.conf": "hosts: files dns\n",
    "etc/passwd": "root:x:0:0::/tmp:/bin/false\nrelease:x:10001:10001::/tmp:/bin/false\n",
}


def etc() -> list[Entry]:
    """What libc reads, and the folders that an engine mounts on."""
    folders = [Directory(path) for path in ("dev", "proc", "sys")]
    return [*(Entry(path, text.encode()) for path, text in _ETC.items()), *folders, Directory("tmp", mode=0o1777)]


def python_layer() -> Layer:
    """CPython with its standard library, as /usr/local/bin/python3, and the libraries it needs."""
    what = [sys.version, " ".join(platform.libc_ver()), platform.machine()]
    return Layer("this machine's CPython", what, _python)


def packages_layer(names: Iterable[str]) -> Layer:
    """Installed distributions with all that they require, on PYTHONPATH below /packages."""
    found = distributions.closure(names)

    def entries(folder: Path) -> Iterator[Entry]:
        roots = {Path(str(it.locate_file(""))) for it in found}
        files = [file for installed in found for file in distributions.files(installed)]
        placed = [Entry(f"{PACKAGES}/{path}", file, _runs(file)) for path, file in files]
        in_python = {entry.path for entry in libraries([_interpreter(), *_extensions()])}
        needed = libraries((file for _, file in files if _is_shared(file)), roots)
        yield from placed
        yield from (entry for entry in needed if entry.path not in in_python)
        yield from compiled((entry for entry in placed if entry.path.endswith(".py")), folder)

    return Layer("installed distributions", [sys.version, *distributions.versions(found)], entries)


def files_layer(name: str, files: Mapping[str, Path]) -> Layer:
    """Files of this machine by their paths in the image; modules among them are compiled."""

    def entries(folder: Path) -> Iterator[Entry]:
        placed = [Entry(path, file, _runs(file)) for path, file in files.items()]
        yield from placed
        yield from compiled((entry for entry in placed if entry.path.endswith(".py")), folder)

    return Layer(name, {"python": sys.version, **file_digests(files)}, entries)


def _python(folder: Path) -> Iterator[Entry]:
    interpreter = _interpreter()
    placed = [Entry(f"usr/local/bin/{_VERSION}", interpreter, executable=True)]
    standard = Path(sysconfig.get_path("stdlib"))
    for file in sorted(standard.rglob("*")):
        inside = file.relative_to(standard)
        if inside.parts[0] != "lib-dynload" and _matters(inside) and file.is_file():
            placed.append(Entry(f"{_LIBRARY}/{inside}", file))
    placed += [Entry(f"{_LIBRARY}/lib-dynload/{file.name}", file, executable=True) for file in _extensions()]
    yield from etc()
    yield from (Entry(f"usr/local/bin/{name}", _VERSION) for name in ("python", "python3"))
    yield from placed
    yield from libraries([interpreter, *_extensions()])
    yield from compiled((entry for entry in placed if entry.path.endswith(".py")), folder)


def _interpreter() -> Path:
    return Path(sys.executable).resolve()


def _extensions() -> list[Path]:
    folder = Path(sysconfig.get_config_var("DESTSHARED"))
    return [file for file in sorted(folder.glob("*.so")) if not file.name.startswith(_NEEDLESS_PARTS)]


def _matters(inside: Path) -> bool:
    return not any(part in _NEEDLESS or part.startswith(_NEEDLESS_PARTS) for part in inside.parts)


def _runs(file: Path) -> bool:
    return bool(file.stat().st_mode & 0o100)


def _is_shared(file: Path) -> bool:
    return file.suffix == ".so" or ".so." in file.name
