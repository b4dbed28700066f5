"""Importing takes profiles: once a content, whatever the bytes are, and of what was stored before."""

from __future__ import annotations

import io

import numpy as np
import sqlalchemy as sa
from PIL import Image

from flows.import_sequences import import_sequences
from smokewatch.domain.profiles import Channel, FrameProfile
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.decoding import DECODER
from smokewatch.store.profiles import load_profiles
from tests.production import DAY, Production


def photo(level: int) -> bytes:
    """A JPEG of one grey."""
    buffer = io.BytesIO()
    Image.fromarray(np.full((72, 128, 3), level, np.uint8)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def test_frames_are_profiled_as_they_are_stored_and_later_where_that_lacks(
    production: Production, catalog: Catalog
) -> None:
    contents = [photo(10), photo(20), photo(20), photo(30)[:-2], b"no image"]
    production.add(contents=contents, seen=4)
    summary = import_sequences(date_from=DAY)
    assert (summary["imported"], summary["frames"]) == (1, 5)
    assert summary["profiles"] == {"taken": 2, "undecodable": 2, "repeated": 1}

    with catalog.read() as connection:
        sha256s = connection.scalars(sa.select(t.frames.c.sha256)).all()
        profiles = load_profiles(connection, sha256s, decoder=DECODER).values()
    means = sorted(each.statistics(Channel.LUMA).mean for each in profiles if isinstance(each, FrameProfile))
    assert np.allclose(means, [10 / 255, 20 / 255], atol=1 / 255)
    assert {(each.basis.width, each.basis.height) for each in profiles if isinstance(each, FrameProfile)} == {(128, 72)}

    assert import_sequences(date_from=DAY)["profiles"] == {"repeated": 1}
    with catalog.write() as connection:
        connection.execute(t.frame_profiles.delete())
    assert import_sequences(date_from=DAY)["profiles"] == {"taken": 2, "undecodable": 2, "repeated": 1}
