"""A made-up store of any size: ``python -m benchmarks.catalogs DIR --rows 21489``. The same seed, the same rows."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import sqlalchemy as sa

from benchmarks import by_hand
from benchmarks.bulk import Writer
from benchmarks.made_up import CAMERAS, NOW, ORGANIZATIONS, RUN, SOURCES, SequenceMaker
from benchmarks.scenes import RELEASES, Case, Scene, make_cases
from smokewatch.domain.window import MIN_FRAMES
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.decoding import profile_frame
from smokewatch.store.frames import FrameStore
from smokewatch.store.profiles import save_profiles

_SMOKE, _OTHER, _DISPUTED = 5, 5, 6


def fill(folder: Path, *, rows: int, seed: int = 7) -> None:
    """Make a store in an empty folder.

    Args:
        folder: gets ``catalog.db`` and ``frames/``.
        rows: how many sequences.
        seed: another one, other rows.
    """
    chance = random.Random(seed)
    scenes = [Scene(number, number < _SMOKE) for number in range(_SMOKE + _OTHER)]
    disputed = [Scene(_SMOKE + _OTHER + number, True, length=4) for number in range(_DISPUTED)]
    cases = make_cases(scenes, chance)
    quarrels = [
        Case(-1 - number, scene, RELEASES[2], 4, (0.3 + 0.1 * number,), 1) for number, scene in enumerate(disputed)
    ]
    catalog = Catalog.open(f"sqlite:///{folder / 'catalog.db'}")
    contents = _store_frames(catalog, FrameStore.open(str(folder / "frames")), [*scenes, *disputed])
    writer = Writer(catalog)
    _name_places(writer)
    for case in [*cases, *quarrels]:
        _answers(writer, case)
    for number in range(rows):
        # Pairs that share their frames say the opposite of them.
        quarrel = number % 1500 in (0, 1)
        case = quarrels[number // 1500 % _DISPUTED] if quarrel else chance.choice(cases)
        SequenceMaker(writer, chance, number, case, contents, quarrel).write()
    writer.flush()
    with catalog.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    catalog.close()


def _store_frames(catalog: Catalog, frames: FrameStore, scenes: list[Scene]) -> dict[str, str]:
    """Draw and keep every frame; bucket key -> SHA-256. One is recorded but lost."""
    contents, profiles, rows = {}, {}, []
    for scene in scenes:
        for number, key in enumerate(scene.keys):
            content = scene.jpeg(number)
            lost = scene.number == 0 and number == scene.length - 1
            contents[key] = hashlib.sha256(content).hexdigest() if lost else frames.put(content)
            profiles[contents[key]] = profile_frame(content)
            rows.append({"sha256": contents[key], "size": len(content), "flag": None, "stored_at": NOW})
    with catalog.write() as connection:
        connection.execute(t.frames.insert(), rows)
        save_profiles(connection, profiles, now=NOW)
    return contents


def _name_places(writer: Writer) -> None:
    for source in SOURCES:
        for organization, name in ORGANIZATIONS.items():
            named = {"source": source, "updated_at": NOW}
            writer.add(t.organizations, named | {"id": organization, "name": name})
            for place in range(CAMERAS):
                camera = {
                    "id": organization * 100 + place,
                    "organization_id": organization,
                    "name": f"Cam {place + 1:02d}",
                }
                where = {"lat": 40 + organization + place / 10, "lon": 2.0 + place / 7, "angle_of_view": 54.2}
                writer.add(t.cameras, named | camera | where | {"is_trustable": place != 8})


def _answers(writer: Writer, case: Case) -> None:
    for seen in range(MIN_FRAMES, case.frames + 1):
        window = case.window(seen)
        row = {
            "key": window.ledger_key,
            "release_identity": case.release.identity,
            "request": window.request,
            "frame_sha256s": [],
            "answer": case.answer(seen),
            "probability": case.score(seen),
            "tubes": None if case.release.threshold is None else case.tubes,
            "milliseconds": 400.0 + 31 * seen,
            "run_id": RUN,
            "replayed_at": NOW,
        }
        writer.add(t.replays, row)
        if case.release.api_version == "0.3.1" and seen == case.frames:
            newer = {
                "key": hashlib.sha256(window.ledger_key.encode()).hexdigest(),
                "answer": case.answer(seen, trigger=True),
            }
            writer.add(t.replays, row | newer | {"release_identity": RELEASES[-1].identity})
            enrichment = {
                "key": window.ledger_key,
                "trigger_key": newer["key"],
                "trigger_image": RELEASES[-1].reference,
            }
            writer.add(t.enrichments, enrichment | {"difference": 0.0, "reproduced": True})


if __name__ == "__main__":
    by_hand.make("benchmarks.catalogs", __doc__, fill, rows="sequences")
