"""Ports for servers of ours that cannot choose one themselves."""

from __future__ import annotations

import os
import socket
import threading
from contextlib import suppress

from smokewatch.errors import RunError

# Below the range that systems take ports from by themselves, so that no outgoing connection gets one in between.
# A block of its own for each process, as far as there are blocks: two that start servers at the same moment do not
# find the same port free.
_FIRST, _BLOCKS, _BLOCK = 10_000, 160, 128
_lock = threading.Lock()
_taken = 0


def free_ports(count: int) -> list[int]:
    """Distinct ports of 127.0.0.1 that are free now.

    Another program can still take one before it is used: whoever uses it makes sure who listens there.

    Raises:
        RunError: when there are not that many.
    """
    global _taken
    start = _FIRST + os.getpid() % _BLOCKS * _BLOCK
    found: list[int] = []
    with _lock:
        for _ in range(_BLOCK):
            port = start + _taken % _BLOCK
            _taken += 1
            with suppress(OSError), socket.socket() as probe:
                # As servers do: what was served there a minute ago keeps nobody out.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                found.append(port)
            if len(found) == count:
                return found
    raise RunError(f"no {count} free ports from {start} to {start + _BLOCK - 1} on 127.0.0.1")
