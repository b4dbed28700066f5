"""What tests are marked with."""

from __future__ import annotations

from typing import Any

import pytest


def chaos(*values: Any) -> Any:
    """Parameters that are tried in the long fault tests only."""
    return pytest.param(*values, marks=pytest.mark.chaos)
