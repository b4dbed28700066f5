"""The baseline most tests compare with."""

from __future__ import annotations

import pytest

from smokewatch.domain.drift import Baseline, build_baseline
from tests.domain.drift.days import plain_day


@pytest.fixture(scope="session")
def baseline() -> Baseline:
    return build_baseline("plain", [plain_day(number) for number in range(40)])
