"""Whose frames and sequences make a day."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from smokewatch.domain.window import PRODUCTION_THRESHOLD
from smokewatch.store import tables as t
from smokewatch.store.organizations import organizations_called

ALL, IMAGES = "all", "images"
"""Scopes: the whole store, and folders of images."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which of the store's frames and sequences, and how they are read."""

    organizations: tuple[tuple[str, int], ...] | None = None
    """(source, id) each, ascending; None: all."""
    threshold: float = PRODUCTION_THRESHOLD
    """A score strictly above is smoke."""
    decoder: str | None = None
    """Whose profiles are wanted; None, and where it has none of a day's: whose profiles there are most of."""

    @property
    def scope(self) -> str:
        """Names whose frames these are: days, baselines and checks of one scope belong together."""
        if self.organizations is None:
            return ALL
        return json.dumps(sorted(self.organizations), separators=(",", ":"))

    @classmethod
    def called(cls, connection: Connection, names: Collection[str] | None, *, threshold: float) -> Selection:
        """That of the organizations of these names, as :func:`organizations_called` takes them; without any, of all.

        Raises:
            UsageError: when a name is nobody's.
        """
        return cls(tuple(sorted(organizations_called(connection, names))) if names else None, threshold)

    @classmethod
    def of_scope(cls, scope: str, *, threshold: float, decoder: str | None) -> Selection:
        """The selection that a scope of the store names."""
        organizations = None if scope == ALL else tuple((source, int(each)) for source, each in json.loads(scope))
        return cls(organizations, threshold, decoder)

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        """What a sequence must be like, but for its day."""
        if self.organizations is None:
            return []
        s = t.sequences.c
        chosen = ((s.source == source) & (s.organization_id == each) for source, each in self.organizations)
        return [sa.or_(sa.false(), *chosen)]
