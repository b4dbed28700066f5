"""max_conf is kept as production has it, and sequences whose rows say otherwise are counted."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smokewatch.store.catalog import Catalog
from tests.importing.conftest import Run, counted
from tests.importing.test_traps import stored
from tests.production import Production, jpeg


@pytest.mark.parametrize(
    ("told", "flagged"),
    [
        (0.6, {}),
        (0.7, {"max_conf_above_rows": 1}),
        (0.5, {"max_conf_below_rows": 1}),
        (None, {"max_conf_below_rows": 1}),
    ],
)
def test_what_alert_api_says_is_kept_and_compared_with_the_rows(
    production: Production, catalog: Catalog, run: Run, told: float | None, flagged: dict[str, int]
) -> None:
    sequence = production.add(frames=3)
    production.change(sequence, max_conf=told)
    assert counted(run(), "imported", "flagged") == (1, flagged)
    assert stored(catalog)[sequence].outcome.max_conf == told


def test_a_row_that_came_after_the_listing_is_no_contradiction(
    production: Production, catalog: Catalog, run: Run
) -> None:
    sequence = production.add(frames=3)
    late = datetime(2026, 8, 14, 9, tzinfo=UTC)
    production.add_row(sequence, jpeg("late"), created_at=late, bbox="[(.4,.5,.5,.6,.9)]")
    assert counted(run(), "imported", "flagged") == (1, {})
    production.change(sequence, max_conf=0.9, last_seen_at=late)
    assert counted(run(), "flagged") == ({},)
