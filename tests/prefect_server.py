"""A Prefect server for tests, and its clients, without what costs most and no test asks about.

Its 110 migrations, half of what a start costs, are run once and then copied. A client, of which every flow run makes
several, trusts one authority instead of reading all: a tenth of what a flow run costs.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from unittest.mock import patch

import certifi
from filelock import FileLock

from demo.processes import free_ports


@contextmanager
def prefect_server(cache: Path) -> Iterator[str]:
    """A server of this process's own; its address, for other processes too.

    ``cache`` is a folder that test processes and runs share: the first to come leaves the migrated database there.
    """
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"  # or it tries to reach the Internet

    from prefect import __version__
    from prefect.settings import (
        PREFECT_API_BLOCKS_REGISTER_ON_START,
        PREFECT_API_SSL_CERT_FILE,
        PREFECT_API_URL,
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
        temporary_settings,
    )
    from prefect.testing import utilities

    migrated = cache / f"prefect-{__version__}.db"
    with FileLock(f"{migrated}.lock"):
        if not migrated.exists():
            _migrate(migrated)
        authority = one_authority(cache)

    def folder_with_database() -> str:
        """Stands in for ``mkdtemp``: the harness offers no other way to give it a database."""
        folder = tempfile.mkdtemp()
        shutil.copy(migrated, Path(folder) / "prefect-test.db")
        return folder

    # Every flow run would wait a second for its heartbeat to end. Blocks register themselves when they are saved.
    lighter = {
        PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
        PREFECT_API_BLOCKS_REGISTER_ON_START: False,
        PREFECT_API_SSL_CERT_FILE: str(authority),
    }
    with (
        patch.dict(os.environ, PREFECT_API_SSL_CERT_FILE=str(authority)),  # for commands, too
        temporary_settings(lighter),
        patch.object(utilities, "mkdtemp", folder_with_database),
        # It listens half a minute later: of the system's own ports another test would have this one by then.
        patch.object(utilities, "_find_available_port", lambda: free_ports(1)[0]),
        utilities.prefect_test_harness(server_startup_timeout=600),
    ):
        yield PREFECT_API_URL.value()


def one_authority(folder: Path) -> Path:
    """A file with one of the certificates that are trusted by default."""
    end = "-----END CERTIFICATE-----\n"
    file = folder / "authority.pem"
    if not file.exists():
        file.write_text(certifi.contents().partition(end)[0] + end)
    return file


def _migrate(target: Path) -> None:
    """Make a database as a server that starts for the first time does; all of it is there, or nothing."""
    from prefect.server.database.dependencies import provide_database_interface, temporary_database_interface
    from prefect.settings import PREFECT_SERVER_DATABASE_CONNECTION_URL, temporary_settings

    async def create() -> None:
        database = provide_database_interface()
        await database.create_db()
        await (await database.engine()).dispose()

    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        made, whole = Path(folder) / "made.db", Path(folder) / "whole.db"
        url = PREFECT_SERVER_DATABASE_CONNECTION_URL
        with temporary_database_interface(), temporary_settings({url: f"sqlite+aiosqlite:///{made}"}):
            asyncio.run(create())
        with closing(sqlite3.connect(made)) as database:
            database.execute("VACUUM INTO ?", [str(whole)])
        whole.replace(target)
