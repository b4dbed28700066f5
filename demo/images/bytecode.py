"""Modules compiled ahead: in a container that may not write, they would be compiled anew at every start."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from demo.images.errors import ImageError
from demo.images.layers import Entry

# Checked against nothing at run time: the files of an image do not change.
_COMPILE = """
import json, py_compile, sys
for source, target, name in json.load(sys.stdin):
    try:
        py_compile.compile(source, target, name, True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    except (py_compile.PyCompileError, UnicodeDecodeError):
        pass  # a template, or a module of another Python's: it is not imported here
"""


def compiled(modules: Iterable[Entry], folder: Path) -> list[Entry]:
    """The .pyc of each module, written below `folder`; the same to the byte for the same modules.

    Raises:
        ImageError: this Python cannot compile.
    """
    orders, entries = [], []
    for number, module in enumerate(modules):
        path = PurePosixPath(module.path)
        target = folder / f"{number}.pyc"
        orders.append((str(module.content), str(target), f"/{path}"))
        cached = path.parent / "__pycache__" / f"{path.stem}.{sys.implementation.cache_tag}.pyc"
        entries.append(Entry(str(cached), target))
    # A process of its own: what marshal writes depends on what is interned, and so on what ran before.
    command = [sys.executable, "-I", "-S", "-c", _COMPILE]
    environment = {"PYTHONHASHSEED": "0"}
    done = subprocess.run(
        command, input=json.dumps(orders), text=True, capture_output=True, check=False, env=environment
    )
    if done.returncode:
        raise ImageError(f"modules could not be compiled: {done.stderr.strip()[-300:]}")
    return [entry for entry in entries if isinstance(entry.content, Path) and entry.content.exists()]
