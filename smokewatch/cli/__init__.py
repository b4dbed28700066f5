"""The command ``smokewatch``: a thin door to the flows; heavy imports only where a command needs them."""

from __future__ import annotations

from smokewatch.cli.app import main

__all__ = ["main"]
