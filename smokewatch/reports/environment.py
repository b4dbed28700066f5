"""What every report's page is made with: templates that escape, thumbnails that fit, JSON that ends no script."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

LARGEST = 500_000
"""Bytes of a page. Thumbnails for which no room is left are named in their place."""

_MEDIA = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"RIFF": "image/webp"}


def environment(**words: Any) -> Environment:
    """Templates of this package, which know these names."""
    made = Environment(
        loader=PackageLoader("smokewatch.reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= words
    return made


def embedded_json(report: Mapping[str, Any]) -> Markup:
    """The report as it is, for `<script type="application/json">`."""
    return htmlsafe_json_dumps(report, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def that_fit(ids: Iterable[str], thumbnails: Mapping[str, bytes], room: int) -> dict[str, str]:
    """data: URIs of JPEG, PNG or WebP files by their ids; those that come first get what room there is, in bytes."""
    found: dict[str, str] = {}
    for each in ids:
        content = thumbnails.get(each, b"")
        media = next((name for head, name in _MEDIA.items() if content.startswith(head)), None)
        if media is None or each in found:
            continue
        address = f"data:{media};base64,{base64.b64encode(content).decode()}"
        if len(address) <= room:
            found[each] = address
            room -= len(address)
    return found
