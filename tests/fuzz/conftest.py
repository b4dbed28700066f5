"""How many cases were tried, and with which seed."""

from __future__ import annotations

import pytest

from tests.fuzz.cases import SEED, tried


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if tried:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in tried.items())
        terminalreporter.write_line(f"fuzz: {sum(tried.values()):,} cases, SMOKEWATCH_CHAOS_SEED={SEED}: {kinds}")
