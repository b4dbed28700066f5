"""A scored day of a pretend production, served: ``python -m benchmarks.growth_production DIR SEQUENCES FRAMES``.

Prints the settings that lead to it as one JSON line, stays until its standard input ends, and then leaves in
``DIR/asked.json`` how often alert-api was asked.
"""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

from benchmarks import growth_release
from benchmarks.far_objects import FarObjects
from benchmarks.slow_production import fill
from demo.alert_api import tables
from smokewatch.domain.window import MIN_FRAMES
from tests.production import Production

PROBED = 3
"""One sequence in so many was scored when a frame was still missing: its replay probes."""


def serve(folder: Path, *, sequences: int, frames: int) -> None:
    """Fill a production with a day that the release without a model scored, and serve it."""
    with Production(folder) as production:
        fill(production, sequences, frames, large=True)
        _score(production, frames)
        with FarObjects(production.objects.objects, latency=0.0) as objects:
            production.objects.base = objects.url
            command = shlex.join([sys.executable, growth_release.__file__]) + " {port}"
            versions = json.dumps({growth_release.API_VERSION: {}})
            settings = production.environment(SMOKEWATCH_RELEASE_COMMAND=command, SMOKEWATCH_RELEASE_ENV=versions)
            sys.stdout.write(json.dumps(settings) + "\n")
            sys.stdout.flush()
            sys.stdin.read()
        (folder / "asked.json").write_text(json.dumps(len(production.requests)))


def _score(production: Production, frames: int) -> None:
    s = tables.sequences
    named = {
        "temporal_api_version": growth_release.API_VERSION,
        "temporal_model_version": growth_release.MODEL_VERSION,
        "is_validated": False,
    }
    seen = max(MIN_FRAMES, frames - 1)
    with production.services.writing() as connection:
        everything = s.update().values(**named, temporal_model_score=growth_release.score(frames))
        connection.execute(everything)
        early = s.update().where(s.c.id % PROBED == 0).values(temporal_model_score=growth_release.score(seen))
        connection.execute(early)


def main() -> None:
    """Serve until the standard input ends."""
    folder, sequences, frames = sys.argv[1:]
    serve(Path(folder), sequences=int(sequences), frames=int(frames))


if __name__ == "__main__":
    main()
