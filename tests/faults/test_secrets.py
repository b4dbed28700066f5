"""No password and no token is in anything that a whole demo run leaves, prints or shows.

Only two places may hold them: the demo's ``env`` file, which is the configuration, and ``production``, which plays the
outside and has its own accounts. Prefect's database is searched with the rest: the demo saves no block.
"""

from __future__ import annotations

import base64
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tests.faults.secrets import contents, leaks, secrets_of
from tests.viewer.stores import viewing

SECRET = 'p+ss/w"rd & more'
PAGES = (
    *("/", "/metrics", "/openapi.json", "/api/sequences", "/api/alerts", "/api/alerts/held", "/api/drift"),
    *("/api/triage", "/api/triage/review.json", "/api/qualifications", "/api/history", "/api/runs", "/api/throughput"),
    *(f"/api/status/{each}" for each in ("live", "latest", "quality", "match", "system")),
)


@pytest.mark.parametrize(
    "written",
    [
        SECRET,
        "p%2Bss%2Fw%22rd%20%26%20more",
        "p%2Bss%2Fw%22rd+%26+more",
        'p+ss/w\\"rd & more',
        "p+ss/w&quot;rd &amp; more",
        *(base64.b64encode(f"{login}:{SECRET}".encode()).decode() for login in ("a", "ab", "abc")),
    ],
)
def test_the_search_finds_a_secret_however_it_is_written(tmp_path: Path, written: str) -> None:
    (tmp_path / "a.log").write_text(f"before {written} behind")
    (tmp_path / "b.log").write_text("nothing")
    with closing(sqlite3.connect(tmp_path / "c.db")) as connection, connection:
        connection.execute("CREATE TABLE log (message TEXT)")
        connection.execute("INSERT INTO log VALUES (?)", ["x" * 5000 + written])
    assert leaks(contents(tmp_path), {"A": SECRET}) == ["a.log: A", "c.db, log: A"]
    assert leaks(contents(tmp_path, but=["a.log", "c.db"]), {"A": SECRET}) == []


@pytest.mark.chaos
def test_a_whole_demo_run_tells_no_secret(tmp_path: Path) -> None:
    folder, told = tmp_path / "demo", tmp_path / "told"
    environment = {name: each for name, each in os.environ.items() if not name.startswith("PREFECT_")}
    environment |= {
        "SMOKEWATCH_RUNTIME": "process",
        "SMOKEWATCH_LOG_FORMAT": "json",
        "PREFECT_LOGGING_LEVEL": "DEBUG",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    command = [sys.executable, "-c", "from smokewatch.cli import main; main()", "demo", f"--dir={folder}", "--json"]
    told.mkdir()
    with (told / "stdout").open("wb") as stdout, (told / "stderr").open("wb") as stderr:
        ran = subprocess.run([*command, "--sequences=20"], env=environment, stdout=stdout, stderr=stderr, check=False)
    assert ran.returncode == 0, (told / "stderr").read_text()[-2000:]
    catalog = Catalog.open(f"sqlite:///{folder / 'store' / 'catalog.db'}")
    with viewing(catalog, FrameStore.open(str(folder / "store" / "frames"))) as client:
        for number, page in enumerate(PAGES):
            (told / f"page-{number}").write_bytes(client.get(page).content)
    catalog.close()
    secrets = secrets_of(folder / "env")
    assert leaks(contents(folder, but=["env", "production"]), secrets) == []
    assert leaks(contents(told), secrets) == []
    # The search sees them where they are.
    assert len(leaks(contents(folder / "production", but=["s3"]), secrets)) >= len(secrets)
