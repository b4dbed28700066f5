"""Serve a release: `python -m demo.release --port 8000`; everything else comes from the environment."""

import argparse
import sys
from dataclasses import replace

from demo.release.settings import Settings, SettingsError


def main() -> int:
    """Serve until interrupted; 2 when a setting is wrong."""
    parser = argparse.ArgumentParser(prog="python -m demo.release", description=__doc__)
    parser.add_argument("--host")
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    try:
        settings = Settings.from_environment()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    settings = replace(settings, host=options.host or settings.host, port=options.port or settings.port)

    import uvicorn

    from demo.release.app import create_app

    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="warning")
    return 0


if __name__ == "__main__":
    sys.exit(main())
