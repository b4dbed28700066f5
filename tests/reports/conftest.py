"""The report that most tests read."""

from __future__ import annotations

from typing import Any

import pytest

from tests.reports.days import Story, made_story


@pytest.fixture(scope="session")
def story() -> Story:
    """60 days of a baseline, 30 checked ones, the last three of them dark on one camera."""
    return made_story()


@pytest.fixture(scope="session")
def report(story: Story) -> dict[str, Any]:
    """report.json of its last day."""
    return story.report()
