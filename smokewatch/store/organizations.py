"""Organizations by the names people give."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy.engine import Connection

from smokewatch.domain.organizations import is_called
from smokewatch.domain.reporting import slug
from smokewatch.errors import UsageError
from smokewatch.store.alert_listing import organization_names


def organizations_called(connection: Connection, names: Iterable[str]) -> list[tuple[str, int]]:
    """Source and id of the organizations of these names, slugs or ``org-<id>``, on whichever server.

    Raises:
        UsageError: when a name is nobody's.
    """
    known = organization_names(connection)
    found: list[tuple[str, int]] = []
    for text in names:
        called = {key for key, name in known.items() if is_called(text, key[1], name)}
        if not called:
            listed = ", ".join(sorted({slug(name) for name in known.values()})) or "none"
            raise UsageError(f"no organization is called {text!r}; known: {listed}")
        found += sorted(called)
    return found
