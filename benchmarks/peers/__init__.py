"""Drift checks by other tools, each in an environment of its own, and by smokewatch, over the same samples."""
