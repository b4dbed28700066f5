"""A bundle of what flows wrote: everything is in it, and nothing that is not to be shared."""

from __future__ import annotations

from pathlib import Path

from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.store.bundles.reading import Bundle
from smokewatch.store.bundles.writing import write_bundle
from smokewatch.store.catalog import Catalog
from smokewatch.store.exports.reporting import Counts, export_reporting
from smokewatch.store.frames import FrameReader, FrameStore
from tests.production import DAY, PASSWORD, Asked, Instead, Production


def test_a_day_comes_out_of_a_bundle_as_it_is_and_without_a_secret(production: Production, catalog: Catalog) -> None:
    production.add(frames=6, seen=6)
    refused = production.add(frames=6, seen=6, hour=3)
    broken = production.add(frames=6, seen=6, hour=4)
    content = production.objects.objects
    broken_keys = sorted(content)[-6:]
    production.objects.before_get = lambda _number, key: (500, b"", 0) if key in broken_keys else None

    def before_answer(asked: Asked) -> Instead | None:
        return Instead(500) if asked.path == f"/sequences/{refused}/detections" else None

    production.before_answer = before_answer
    assert import_sequences(date_from=DAY)["skipped"] == {"request_failed": 1, "frames_failed": 1}
    replay_sequences(date_from=DAY)

    settings = production.environment()
    frames = FrameStore.open(settings["SMOKEWATCH_FRAMES"])
    bundle = production.folder / "bundle"
    write_bundle(catalog, frames, bundle)
    with Bundle.open(str(bundle)) as opened:
        shared = export(opened.catalog(), opened.frames, production.folder / "shared")
    own = export(catalog, frames, production.folder / "own")
    assert shared == own == Counts(sequences=1, frames=6, frames_written=6)
    assert files(production.folder / "shared") == files(production.folder / "own")
    everything = b"".join(files(bundle).values())
    for secret in (PASSWORD, "secret-signature", "Signature=", "Bearer", settings["SMOKEWATCH_CATALOG_URL"]):
        assert secret.encode() not in everything, secret
    assert str(broken).encode() in everything


def export(catalog: Catalog, frames: FrameReader, folder: Path) -> Counts:
    return export_reporting(catalog, frames, folder, first_day=None, last_day=None, production_threshold=0.45)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".")
    }
