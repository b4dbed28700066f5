"""Real servers that tests start for themselves: PostgreSQL from Debian's package, S3 from the package index."""

from __future__ import annotations

import glob
import os
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from demo.objects import REGION, S3Address, start_s3
from demo.processes import Children
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog

BUCKET = "smokewatch-tests"
_CATALOG = "catalog"


@dataclass(frozen=True)
class PostgreSql:
    """A running server, reached through a socket in its folder."""

    folder: Path

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self, *, encoding: str = "UTF8") -> str:
        """The address of a database without tables."""
        name = f"test_{uuid.uuid4().hex}"
        other = f" TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C' LOCALE_PROVIDER libc"
        self._run("postgres", f"CREATE DATABASE {name}{'' if encoding == 'UTF8' else other}")
        return self.url(name)

    def fresh(self) -> str:
        """The address of a catalog with nothing in it: emptying one is ten times faster than making one."""
        Catalog.open(self.url(_CATALOG)).close()
        tables = ", ".join(t.metadata.tables)
        self._run(_CATALOG, f"TRUNCATE {tables} RESTART IDENTITY")
        return self.url(_CATALOG)

    def _run(self, database: str, statement: str) -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgresql_server() -> Iterator[PostgreSql]:
    """A PostgreSQL server of our own; without its programs, tests are skipped, or fail where it is required.

    It sorts text as people do, not as SQLite does: an order that depends on it is found.
    """
    programs = next(iter(sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True)), None)
    if programs is None:
        if os.environ.get("SMOKEWATCH_REQUIRE_POSTGRESQL"):
            pytest.fail("PostgreSQL is not installed, and it is required")
        pytest.skip("PostgreSQL is not installed: `make postgresql` installs it")
    # Not below pytest's folder, which only its owner may enter; the path of a socket is short.
    folder = Path(tempfile.mkdtemp(prefix="smokewatch-pg-", dir="/tmp"))
    # It refuses to run as root.
    user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
    try:
        if user:
            shutil.chown(folder, "postgres", "postgres")
        data = folder / "data"
        initdb = ["--auth=trust", "--username=postgres", "--no-sync", "--encoding=UTF8", "--locale=C"]
        icu = ["--locale-provider=icu", "--icu-locale=en-US"]
        subprocess.run([*user, f"{programs}/initdb", "-D", data, *initdb, *icu], check=True, capture_output=True)
        with Children(folder / "logs") as children:
            options = ["fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses="]
            settings = [part for option in options for part in ("-c", option)]
            child = children.start(
                "postgres", [*user, f"{programs}/postgres", "-D", str(data), "-k", str(folder), *settings]
            )
            server = PostgreSql(folder)

            def answers() -> bool:
                with suppress(psycopg.OperationalError), psycopg.connect(server.url("postgres")):
                    return True
                return False

            child.wait_until(answers)
            server._run("postgres", f"CREATE DATABASE {_CATALOG}")
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class S3:
    """A running S3 server with one bucket."""

    address: S3Address

    def environment(self) -> dict[str, str]:
        """What tells every S3 tool how to reach it."""
        return {
            "AWS_ENDPOINT_URL": f"http://{self.address.endpoint}",
            "AWS_ACCESS_KEY_ID": self.address.access_key,
            "AWS_SECRET_ACCESS_KEY": self.address.secret_key,
            "AWS_REGION": REGION,
        }

    def fresh(self) -> str:
        """A location that holds nothing yet."""
        return f"s3://{BUCKET}/{uuid.uuid4().hex}"


@contextmanager
def s3_server(folder: Path) -> Iterator[S3]:
    """An S3 server of our own, its data below a folder."""
    with Children(folder / "logs") as children:
        server = S3(start_s3(children, folder / "data")[0])
        server.address.client().make_bucket(BUCKET)
        yield server
