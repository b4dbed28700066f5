"""A catalog of an older smokewatch, opened: copied first, then upgraded; without room for a copy left as it is."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from smokewatch.store.catalog import SCHEMA_HEAD, Catalog
from smokewatch.store.copies import KEPT, copy_before_upgrade

MIGRATIONS = Path(__file__).parents[2] / "smokewatch/store/migrations"
OLD = "0006"
ROWS = 200
# On a small file system in a mount namespace of its own; what is on it is copied out at the end, for a look.
OPEN_ON_A_SMALL_DISK = (
    'mount -t tmpfs -o size=700k tmpfs "$1" && cp "$2" "$1/catalog.db" && '
    '"$3" -c "import sys; from smokewatch.store.catalog import Catalog; Catalog.open(sys.argv[1])" "sqlite:///$1/catalog.db"'
    '; cp "$1"/* "$4"'
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A catalog as an older smokewatch left it."""
    return older(tmp_path / "catalog.db", rows=ROWS)


def older(path: Path, *, rows: int) -> Path:
    engine, config = sa.create_engine(f"sqlite:///{path}"), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, OLD)
    engine.dispose()
    with closing(sqlite3.connect(path)) as file, file:
        made = [("prod", number, "x" * 1000, "2026-08-14 00:00:00.000000") for number in range(rows)]
        file.executemany("INSERT INTO organizations (source, id, name, updated_at) VALUES (?, ?, ?, ?)", made)
    return path


def state(path: Path) -> tuple[str, int]:
    """A catalog's revision, and how many organizations are in it."""
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (revision,) = file.execute("SELECT version_num FROM alembic_version").fetchone()
        (count,) = file.execute("SELECT count(*) FROM organizations").fetchone()
    return revision, count


def test_a_catalog_is_copied_before_its_upgrade_and_not_again(old: Path) -> None:
    old.chmod(0o600)
    url = f"sqlite:///{old}"
    Catalog.open(url).close()
    copy = old.with_name(f"catalog.db.before-upgrade-{OLD}")
    assert (state(old), state(copy)) == ((SCHEMA_HEAD, ROWS), (OLD, ROWS))
    assert copy.stat().st_mode & 0o777 == 0o600  # no more people may read it
    copy.unlink()
    Catalog.open(url).close()
    assert [each.name for each in old.parent.iterdir()] == ["catalog.db"]

    copy_of_nothing = older(old.with_name("empty.db"), rows=0)
    Catalog.open(f"sqlite:///{copy_of_nothing}").close()
    assert not list(old.parent.glob("*.before-upgrade-*"))


def test_the_newest_copies_are_kept(old: Path) -> None:
    other = old.with_name("other.db.before-upgrade-0001")
    other.touch()
    made = [copy_before_upgrade(old, f"000{number}") for number in (4, 1, 3, 2, 1)]
    assert [each for each in made[-KEPT:] if each.exists()] == made[-KEPT:]
    assert len(list(old.parent.glob("catalog.db.before-*"))) == KEPT
    assert other.exists()


def test_what_is_in_the_log_only_is_copied_too(old: Path) -> None:
    with closing(sqlite3.connect(old)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("DELETE FROM organizations WHERE id >= 5")
        writer.commit()
        assert state(copy_before_upgrade(old, OLD)) == (OLD, 5)


def test_without_room_for_the_copy_nothing_is_changed(old: Path, tmp_path: Path) -> None:
    small, kept = tmp_path / "small", tmp_path / "kept"
    small.mkdir()
    kept.mkdir()
    ended = subprocess.run(
        [
            *("unshare", "--mount", "--map-root-user", "sh", "-c", OPEN_ON_A_SMALL_DISK, "sh"),
            *(str(small), str(old), sys.executable, str(kept)),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    last = ended.stderr.strip().splitlines()[-1]
    assert "no copy before its upgrade from 0006: database or disk is full: make room for a copy of" in last
    assert not list(kept.glob("*.before-upgrade-*"))
    assert state(kept / "catalog.db") == (OLD, ROWS)
