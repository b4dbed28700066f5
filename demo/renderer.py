"""Draws the day's frames ahead, in a process of its own (`python -m demo.renderer ORDERS`).

ORDERS is a file with a JSON line per frame; each frame comes out on stdout as a 4-byte big-endian length and its JPEG.
"""

from __future__ import annotations

import json
import queue
import struct
import sys
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from demo.day import Shot, local_hour
from demo.processes import ChildError, Children
from demo.scenes import Phenomenon, View, jpeg, render

AHEAD = 128
"""Frames kept ready in memory."""


def order(shot: Shot) -> dict[str, Any]:
    """What it takes to draw a shot, as JSON."""
    return {
        "view": asdict(shot.episode.view),
        "hour": local_hour(shot.at),
        "seconds": shot.episode.seconds(shot.index),
        "phenomena": [asdict(it) for it in shot.episode.phenomena],
        "haze": shot.episode.haze,
        "noise_seed": shot.noise_seed,
    }


def draw(ordered: dict[str, Any]) -> bytes:
    """The JPEG of an order."""
    image = render(
        View(**ordered["view"]),
        hour=ordered["hour"],
        seconds=ordered["seconds"],
        phenomena=[Phenomenon(**it) for it in ordered["phenomena"]],
        haze=ordered["haze"],
        noise_seed=ordered["noise_seed"],
    )
    return jpeg(image)


def draw_ahead(children: Children, shots: Iterable[Shot], orders: Path) -> Iterator[bytes]:
    """The shots' JPEGs in order, drawn by a child process while earlier ones are used; `orders` is its file.

    Raises:
        ChildError: the child ended before the last frame.
    """
    lines = [json.dumps(order(shot)) for shot in shots]
    orders.write_text("\n".join(lines))
    # One thread: the other core belongs to the release.
    child = children.start(
        "renderer",
        [sys.executable, "-m", "demo.renderer", str(orders)],
        {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        piped=True,
    )
    drawn: queue.Queue[bytes | None] = queue.Queue(AHEAD)

    def collect() -> None:
        output = child.process.stdout
        while output is not None and len(head := output.read(4)) == 4:
            drawn.put(output.read(struct.unpack(">I", head)[0]))
        drawn.put(None)

    threading.Thread(target=collect, daemon=True).start()
    for count in range(1, len(lines) + 1):
        frame = drawn.get()
        if frame is None:
            raise ChildError(f"the renderer ended after {count - 1} of {len(lines)} frames: see {child.log}")
        if count == len(lines):
            children.stop(child)  # now: who has the last frame does not ask again
        yield frame


def main() -> None:
    """Draw every order of the file named on the command line."""
    for line in Path(sys.argv[1]).read_text().splitlines():
        frame = draw(json.loads(line))
        sys.stdout.buffer.write(struct.pack(">I", len(frame)) + frame)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
