"""``smokewatch export``: calls, exit codes, and that it needs the store alone."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from smokewatch.cli.reading import chosen_days
from tests.command import call

_WITHOUT_PREFECT = """
import sys
from smokewatch.cli import main
try:
    main()
finally:
    loaded = {name.partition(".")[0] for name in sys.modules} & {"prefect", "blocks", "tasks", "flows"}
    assert not loaded, loaded
"""


def export(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT_PREFECT, "export", *arguments],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_empty_store_is_exported_without_prefect(tmp_path: Path) -> None:
    done = export(tmp_path, "viewer", "--layout", "reporting", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(json.loads(done.stdout.splitlines()[-1]).values()) == {0}
    assert not (tmp_path / "viewer" / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("viewer", "--layout", "parquet"), "parquet"),
        ((), "DIR"),
        (("viewer", "--day", "14.8.2026"), "'14.8.2026' is no day"),
        (("viewer", "--from", "2026-08-15", "--to", "2026-08-14"), "upside down"),
        (("viewer", "--to", "2999-01-01"), "2999-01-01 is in the future"),
        (("viewer", "--day", "2026-08-14", "--from", "2026-08-14"), "leave --from and --to out"),
        (("file",), "file is no folder that can be written"),
        (("viewer", "--layout", "triage"), "nothing is triaged yet: run smokewatch pull, then smokewatch triage"),
        (("viewer", "--layout", "triage", "--day", "2026-08-14"), "holds the whole queue"),
    ],
)
def test_a_wrong_call_is_exit_2(tmp_path: Path, arguments: tuple[str, ...], says: str) -> None:
    (tmp_path / "file").write_text("x")
    done = call(tmp_path, "export", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("day", "first", "last", "chosen"),
    [
        (None, None, None, (None, None)),
        ("2026-08-14", None, None, (date(2026, 8, 14), date(2026, 8, 14))),
        (None, "2026-08-14", None, (date(2026, 8, 14), date(2026, 8, 14))),
        (None, "2026-08-14", "2026-08-16", (date(2026, 8, 14), date(2026, 8, 16))),
        (None, None, "2026-08-16", (None, date(2026, 8, 16))),
    ],
)
def test_without_days_everything_is_chosen(
    day: str | None, first: str | None, last: str | None, chosen: tuple[date | None, date | None]
) -> None:
    assert chosen_days(day, first, last) == chosen
