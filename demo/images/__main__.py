"""`python -m demo.images build`: the demo's images, one JSON line each on stdout."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict

import docker
from docker.errors import DockerException

from demo.images.build import build_releases, build_s3
from demo.images.errors import ImageError

_SILENCE_S = 600
"""How long an engine may say nothing: pip installs torch without a word."""


def main() -> int:
    """Build; 1 when an image cannot be made or no engine answers."""
    parser = argparse.ArgumentParser(prog="python -m demo.images", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="have the images in the engine")
    build.add_argument("--only", choices=("release", "s3"))
    options = parser.parse_args()
    try:
        client = docker.from_env(timeout=_SILENCE_S)
        built = []
        if options.only != "release":
            built.append(build_s3(client))
        if options.only != "s3":
            built += build_releases(client)
    except ImageError as error:
        print(error, file=sys.stderr)
        return 1
    except DockerException as error:
        print(f"no Docker engine answers ({error}): start one, or run `make docker-engine`", file=sys.stderr)
        return 1
    for image in built:
        print(json.dumps(asdict(image)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
