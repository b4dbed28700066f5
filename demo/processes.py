"""The demo's child processes: each in its own group, logged to a file, and never outliving the demo."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType


class ChildError(RuntimeError):
    """A child process ended, or did not answer in time; the message names its log."""


# Below the range that systems take ports from by themselves, and a block of its own for each process, as far as there
# are blocks: two that start servers at the same moment do not find the same port free.
_FIRST, _BLOCKS, _BLOCK = 10_000, 160, 128
_lock = threading.Lock()
_taken = 0


def free_ports(count: int) -> list[int]:
    """`count` distinct TCP ports free on 127.0.0.1 at this moment."""
    global _taken
    start = _FIRST + os.getpid() % _BLOCKS * _BLOCK
    found: list[int] = []
    with _lock:
        for _ in range(_BLOCK):
            port = start + _taken % _BLOCK
            _taken += 1
            with contextlib.suppress(OSError), socket.socket() as probe:
                # As servers do: what was served there a minute ago keeps nobody out.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
                found.append(port)
            if len(found) == count:
                return found
    raise ChildError(f"no {count} free ports from {start} to {start + _BLOCK - 1} on 127.0.0.1")


# The child waits for a line before it becomes the command. Should this process die before its guard knows the child,
# the line never comes and the child ends without having done anything.
_GATE = 'read -r go && exec "$0" "$@" </dev/null'


class Child:
    """A running child; its `stdout` is there when it was started with `piped`."""

    def __init__(self, name: str, process: subprocess.Popen[bytes], log: Path) -> None:
        self.name = name
        self.process = process
        self.log = log

    def wait_until(self, ready: Callable[[], bool], timeout: float = 60.0) -> None:
        """Return once `ready()` holds.

        Raises:
            ChildError: the process ended before, or `timeout` seconds passed.
        """
        deadline = time.monotonic() + timeout
        while not ready():
            if self.process.poll() is not None:
                raise ChildError(f"{self.name} ended with code {self.process.returncode}: see {self.log}")
            if time.monotonic() > deadline:
                raise ChildError(f"{self.name} was not ready within {timeout:.0f} s: see {self.log}")
            time.sleep(0.02)


class Children:
    """Starts children and ends them all; a guard process ends them when this process is killed outright."""

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "demo.guard"], stdin=subprocess.PIPE, start_new_session=True
        )

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None, *, piped: bool = False
    ) -> Child:
        """Start `command` in its own process group, with `environment` added to ours and nothing on its stdin.

        Its stderr (and its stdout, unless that is `piped` to us) goes to `<logs>/<name>.log`.
        """
        log = self._logs / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                ["/bin/sh", "-c", _GATE, *command],
                env={**os.environ, **(environment or {})},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if piped else output,
                stderr=output,
                start_new_session=True,
            )
        self._tell_guard(f"+{process.pid}")
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin:  # it was killed: who waits for it will see that
            process.stdin.write(b"go\n")
        child = Child(name, process, log)
        self._running.append(child)
        return child

    def stop(self, child: Child) -> None:
        """Kill the child's group and wait for its end; nothing to do when it is already stopped."""
        if child not in self._running:
            return
        self._running.remove(child)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.process.pid, signal.SIGKILL)
        child.process.wait()
        if child.process.stdout is not None:
            child.process.stdout.close()
        self._tell_guard(f"-{child.process.pid}")

    def close(self) -> None:
        """Stop every child, then the guard."""
        for child in list(self._running):
            self.stop(child)
        if self._guard.stdin is not None:
            self._guard.stdin.close()
        self._guard.wait()

    def __enter__(self) -> Children:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _tell_guard(self, line: str) -> None:
        if self._guard.stdin is None:
            raise ChildError("the demo's guard has no input: nothing would end the children")
        self._guard.stdin.write(f"{line}\n".encode())
        self._guard.stdin.flush()
