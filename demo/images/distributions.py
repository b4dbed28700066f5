"""Installed distributions with everything they require, found without pip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from demo.images.errors import ImageError

_NEEDLESS_SUFFIXES = (".pyc", ".pyi", ".a", ".h", ".hpp", ".cuh", ".cpp", ".pxd", ".pyx")
_NEEDLESS = ("torch/include/", "torch/share/", "torch/test/", "sympy/*/tests/", "networkx/*/tests/", "numpy/*/tests/")
_INSTALLERS_NOTES = (".dist-info/RECORD", ".dist-info/REQUESTED", ".dist-info/INSTALLER", ".dist-info/direct_url.json")
"""They tell where and how a distribution was installed: they differ between two environments of equal versions."""
_NEEDED_PROGRAM = "torch/bin/torch_shm_manager"
"""`import torch` looks for it; torch's other programs are its own tests."""


def closure(names: Iterable[str]) -> list[Distribution]:
    """The named distributions and all that they require on this machine, by name.

    Raises:
        ImageError: one is not installed.
    """
    wanted = [Requirement(name) for name in names]
    extras: dict[str, set[str]] = {}
    found: dict[str, Distribution] = {}
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if name in found and requirement.extras <= extras[name]:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError as error:
            raise ImageError(f"{name} is not installed: pip install -e '.[demo]'") from error
        extras.setdefault(name, set()).update(requirement.extras)
        for text in found[name].requires or ():
            needed = Requirement(text)
            asked = [{"extra": extra} for extra in ("", *sorted(extras[name]))]
            if needed.marker is None or any(needed.marker.evaluate(environment) for environment in asked):
                wanted.append(needed)
    return [found[name] for name in sorted(found)]


def versions(distributions: Iterable[Distribution]) -> list[str]:
    """As `name==version`."""
    return [f"{canonicalize_name(it.metadata['Name'])}=={it.version}" for it in distributions]


def files(installed: Distribution) -> Iterator[tuple[str, Path]]:
    """Its files that matter at run time: their paths below site-packages, and where they are.

    Raises:
        ImageError: it has no list of its files.
    """
    if installed.files is None:
        raise ImageError(f"{installed.metadata['Name']} has no list of files: install it with pip")
    for file in installed.files:
        path = str(file)
        if not path.startswith("..") and _matters(path):
            yield path, Path(str(installed.locate_file(file)))


def _matters(path: str) -> bool:
    if path.startswith("torch/bin/"):
        return path == _NEEDED_PROGRAM
    if path.endswith((*_NEEDLESS_SUFFIXES, *_INSTALLERS_NOTES)):
        return False
    return not any(_below(path, folder) for folder in _NEEDLESS)


def _below(path: str, folder: str) -> bool:
    first, star, last = folder.partition("*")
    return path.startswith(first) and (not star or last in path[len(first) - 1 :])
