"""Names production gives to buckets."""

from __future__ import annotations

import re

# The temporal API's own rule (contracts/temporal-model 1.2).
_BUCKET = re.compile(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")


def bucket_name(template: str, *, server: str, organization_id: int) -> str:
    """The bucket of an organization, e.g. ``{server}-alert-api-{organization_id}`` filled in.

    Raises:
        ValueError: when the template has other fields, or the name is no S3 bucket name.
    """
    try:
        name = template.format(server=server, organization_id=organization_id)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise ValueError(
            f"bucket template {template!r}: only {{server}} and {{organization_id}} are filled in"
        ) from error
    if not _BUCKET.fullmatch(name) or ".." in name:
        raise ValueError(f"bucket template {template!r} gives {name!r}, which is no S3 bucket name")
    return name
