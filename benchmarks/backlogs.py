"""A made-up, triaged backlog of any size: ``python -m benchmarks.backlogs DIR``. The same seed, the same rows."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import sqlalchemy as sa

from benchmarks import by_hand
from benchmarks.bulk import Writer
from benchmarks.made_up import NOW
from benchmarks.made_up_backlog import PULL, BacklogMaker
from benchmarks.scenes import Scene
from smokewatch.domain.backlog import SOURCE
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore

_SMOKE, _OTHER, _LONG = 4, 7, 35


def fill(folder: Path, *, rows: int, seed: int = 7) -> None:
    """Make a store in an empty folder.

    Args:
        folder: gets ``catalog.db`` and ``frames/``.
        rows: how many sequences wait and are scored; some that were dropped, came late or have left come on top.
        seed: another one, other rows.
    """
    chance = random.Random(seed)
    scenes = [Scene(number, number < _SMOKE, length=_LONG if number == 0 else 13) for number in range(_SMOKE + _OTHER)]
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    contents = _store_frames(catalog, FrameStore.open(str(folder / "frames")), scenes)
    writer = Writer(catalog)
    maker = BacklogMaker(writer, chance, scenes, contents)
    maker.write_run()
    done = 0
    while done < rows:
        lanes = min(chance.choices((1, 2, 3), (80, 15, 5))[0], rows - done)
        maker.write_alert(lanes)
        done += lanes
    for _ in range(max(1, rows // 1000)):
        maker.write_without_frames()
        maker.write_with_a_gap()
        maker.write_half_scored()
    for _ in range(max(1, rows // 500)):
        maker.write_unscored()
    for _ in range(max(1, rows // 50)):
        maker.write_left()
    for number in range(max(1, rows // 2000)):
        skip = {"source": SOURCE, "sequence_id": 900_000 + number, "reason": "request_failed", "run_id": PULL}
        writer.add(t.skips, skip | {"detail": "GET /detections/: answered 502 three times", "skipped_at": NOW})
    writer.flush()
    with catalog.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    catalog.close()


def _store_frames(catalog: Catalog, frames: FrameStore, scenes: list[Scene]) -> dict[str, str]:
    """Draw and keep every frame; bucket key -> SHA-256. One is recorded but lost."""
    contents, rows = {}, []
    for scene in scenes:
        for number, key in enumerate(scene.keys):
            content = scene.jpeg(number)
            lost = scene.number == 2 and number == scene.length - 1
            contents[key] = hashlib.sha256(content).hexdigest() if lost else frames.put(content)
            rows.append({"sha256": contents[key], "size": len(content), "flag": None, "stored_at": NOW})
    with catalog.write() as connection:
        connection.execute(t.frames.insert(), rows)
    return contents


if __name__ == "__main__":
    by_hand.make("benchmarks.backlogs", __doc__, fill, rows="scored sequences")
