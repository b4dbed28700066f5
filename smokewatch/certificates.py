"""Whom to trust on TLS connections."""

from __future__ import annotations

import ssl
from functools import cache

import httpx


@cache
def authorities() -> ssl.SSLContext:
    """The certificate authorities, as httpx trusts them; made once: reading them takes 40 ms of CPU."""
    return httpx.create_ssl_context()
