"""The control room's addresses: small replies, each with its own rate, over samples that are taken beside requests."""

from smokewatch.viewer.status.api import add_status

__all__ = ["add_status"]
