"""Record the demo's five weeks before its day: `python -m benchmarks.recorded_days` draws and profiles every frame.

One minute of CPU. What it writes is committed: frames are 140 MB, their days in short 180 KB.
"""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Sequence

import numpy as np

from demo import foggy_lens
from demo.foggy_lens import Look
from smokewatch.domain.drift import DaySummary, Frames, Sequences, summarize, summary_json
from smokewatch.domain.profiles import FrameProfile
from smokewatch.domain.window import PRODUCTION_THRESHOLD
from smokewatch.store.decoding import profile_frame


def recorded_day(number: int) -> DaySummary:
    """The day with this number in short, as the store makes it of frames that it imports."""
    looks = sorted(foggy_lens.looks(number), key=lambda look: (look.camera, look.at))
    return summarized(number, looks, [_profile(look) for look in looks])


def summarized(number: int, looks: Sequence[Look], profiles: Sequence[FrameProfile]) -> DaySummary:
    """The day with this number in short, of some of its looks and their profiles; each look is a sequence."""
    frames = Frames.of(
        profiles,
        cameras=[look.camera for look in looks],
        seen_at=[look.at.timestamp() for look in looks],
        repeats=[False] * len(looks),
    )
    scores = np.array([look.score for look in looks])
    sequences = Sequences(
        cameras=frames.cameras,
        started_at=frames.seen_at,
        scores=scores,
        verdicts=(scores > PRODUCTION_THRESHOLD).astype(np.intp),
        night=frames.night,
    )
    return summarize(foggy_lens.nth(number), frames, sequences)


def _profile(look: Look) -> FrameProfile:
    profile = profile_frame(foggy_lens.draw(look))
    assert isinstance(profile, FrameProfile), profile
    return profile


def main() -> None:
    """Write all of them, a line a day."""
    content = io.BytesIO()
    with gzip.GzipFile(fileobj=content, mode="wb", compresslevel=9, mtime=0) as lines:
        for number in range(foggy_lens.DAYS):
            lines.write(json.dumps(summary_json(recorded_day(number)), separators=(",", ":")).encode() + b"\n")
            sys.stdout.write(f"{foggy_lens.nth(number)}\n")
            sys.stdout.flush()
    foggy_lens.RECORDED.parent.mkdir(exist_ok=True)
    foggy_lens.RECORDED.write_bytes(content.getvalue())


if __name__ == "__main__":
    main()
