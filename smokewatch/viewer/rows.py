"""The snapshot of every row of the replay screen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

from sqlalchemy.engine import Connection

from smokewatch.domain.risk import PRODUCTION_GATE, Gate
from smokewatch.store.catalog import Catalog
from smokewatch.store.viewing.counting import Count, count_scores
from smokewatch.store.viewing.rows import catalog_state, load_everything
from smokewatch.viewer.columns import Columns, build_columns
from smokewatch.viewer.csv import csv_lines
from smokewatch.viewer.newest import Newest, prepare_both
from smokewatch.viewer.replies import Prepared, utc_now
from smokewatch.viewer.selection import EVERYTHING
from smokewatch.viewer.sweep import STEPS, wanted_rows


@dataclass(frozen=True)
class Snapshot:
    """One state of the catalog as the page gets it (see :class:`smokewatch.viewer.newest.Snapshot`)."""

    state: tuple[object, ...]
    as_of: str
    columns: Columns
    swept: list[Count]
    """All sequences, counted at `STEPS`."""
    fresh: Prepared
    stale: Prepared

    @classmethod
    def take(cls, catalog: Catalog, *, production_threshold: float, gate: Gate = PRODUCTION_GATE) -> Snapshot:
        """Read the catalog and prepare the reply.

        Raises:
            StorageError: when it cannot be read.
        """
        as_of = utc_now()
        with catalog.read() as connection:
            state = catalog_state(connection)
            columns = build_columns(load_everything(connection), production_threshold=production_threshold, gate=gate)
            swept = count_scores(connection, wanted_rows(EVERYTHING, columns), STEPS)
        return cls(state, as_of, columns, swept, *prepare_both(columns.body(), as_of=as_of))

    @cached_property
    def lines(self) -> list[str]:
        """Every row as a line of CSV."""
        return csv_lines(self.columns)

    def warm(self) -> None:
        """Make the lines before somebody waits for them."""
        _ = self.lines


def newest_rows(catalog: Catalog, *, production_threshold: float, gate: Gate) -> Newest[Snapshot]:
    """The rows, read again when the catalog changed."""

    def state(connection: Connection) -> tuple[object, ...]:
        return catalog_state(connection)

    take = partial(Snapshot.take, production_threshold=production_threshold, gate=gate)
    return Newest(catalog, take, state, name="viewer-rows")
