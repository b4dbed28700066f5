"""docs/sharing.md, run word for word: both ends of sharing a day, with DVC and the AWS command line from the index."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from smokewatch.store.catalog import Catalog
from smokewatch.store.frames import FrameStore
from tests.servers import S3, s3_server
from tests.store.filled import STARTED, Store

DOCUMENT = Path(__file__).parents[2] / "docs" / "sharing.md"
DAY = "2026-08-14"

pytestmark = pytest.mark.chaos


def commands(name: str) -> str:
    """The document's commands of this name, for the day that the test has."""
    (found,) = re.findall(rf"^```sh {name}\n(.*?)^```", DOCUMENT.read_text(), re.MULTILINE | re.DOTALL)
    return str(found).replace(DAY, str(STARTED.date()))


def tool(name: str, package: str, folder: Path) -> Path:
    """The folder of a program, installed where it is not on the path."""
    if found := shutil.which(name):
        return Path(found).parent
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin/pip", "install", "--quiet", package], check=True)
    return folder / "bin"


class Person:
    """Somebody at a computer of their own: a home, a working folder, the S3 server's credentials."""

    def __init__(self, home: Path, path: str, s3: S3) -> None:
        self.home = home
        home.mkdir()
        self.environment = {"HOME": str(home), "PATH": path, "TMPDIR": str(home), **s3.environment()}
        for name, value in (("user.name", home.name), ("user.email", f"{home.name}@example.org")):
            self.run(f"git config --global {name} {value}", home)

    def run(self, script: str, folder: Path) -> str:
        done = subprocess.run(
            ["bash", "-euc", script], cwd=folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        server.address.client().make_bucket("our-team")
        yield server


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """The store of the one who imports."""
    catalog = Catalog.open(f"sqlite:///{tmp_path / 'store/catalog.db'}")
    filled = Store(catalog, FrameStore.open(str(tmp_path / "store/frames")), tmp_path / "exported")
    filled.replayed(1)
    yield filled
    catalog.close()


def sender(tmp_path: Path, path: str, s3: S3) -> Person:
    person = Person(tmp_path / "sender", path, s3)
    person.environment["SMOKEWATCH_CATALOG_URL"] = f"sqlite:///{tmp_path / 'store/catalog.db'}"
    person.environment["SMOKEWATCH_FRAMES"] = str(tmp_path / "store/frames")
    return person


def images(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("data/**/*") if path.is_file()}


def shards_pushed(s3: S3) -> int:
    """Objects on the team's bucket that are shards of frames: DVC names them by their content."""
    client = s3.address.client()
    listed = client.list_objects("our-team", "smokewatch/", recursive=True)
    return sum((each.size or 0) % 10_240 == 0 and (each.size or 0) > 0 for each in listed)


def test_a_day_is_shared_through_dvc(tmp_path: Path, store: Store, s3: S3) -> None:
    dvc = tool("dvc", "dvc[s3]", tmp_path / "dvc")
    path = f"{Path(sys.executable).parent}:{dvc}:{os.environ['PATH']}"
    one, other = sender(tmp_path, path, s3), Person(tmp_path / "receiver", path, s3)
    one.run("git init --quiet --bare --initial-branch=main team.git", tmp_path)
    one.run(f"git clone --quiet {tmp_path / 'team.git'} clone", one.home)
    one.run("git checkout --quiet -b main && git config push.autoSetupRemote true", one.home / "clone")
    one.run(commands("once"), one.home / "clone")
    other.run(f"git clone --quiet {tmp_path / 'team.git'} clone", other.home)

    one.run(commands("share"), one.home / "clone")
    other.run(commands("receive"), other.home / "clone")
    store.export(STARTED.date())
    assert images(other.home / "clone/viewer") == images(store.folder)
    pushed = shards_pushed(s3)

    # The next day: what was pushed before is not pushed again, and what was pulled not pulled again.
    store.replayed(2)
    shard = other.home / "clone/bundle/frames/frames-000000.tar"
    before = shard.stat().st_mtime_ns
    one.run(commands("share"), one.home / "clone")
    other.run(commands("receive"), other.home / "clone")
    store.export(STARTED.date())
    assert images(other.home / "clone/viewer") == images(store.folder)
    assert shard.stat().st_mtime_ns == before
    assert shards_pushed(s3) == pushed + 2  # one of frames, one of predictions

    # What is damaged on the way is told.
    shard.chmod(0o644)
    shard.write_bytes(shard.read_bytes()[:-1] + b"!")
    with pytest.raises(AssertionError, match=r"bundle/frames/frames-000000\.tar was altered"):
        other.run("smokewatch bundle --verify bundle", other.home / "clone")


def test_a_bundle_is_synced_to_s3_and_read_there(tmp_path: Path, store: Store, s3: S3) -> None:
    aws = tool("aws", "awscli", tmp_path / "aws")
    person = sender(tmp_path, f"{Path(sys.executable).parent}:{aws}:{os.environ['PATH']}", s3)
    person.run(commands("sync"), person.home)
    store.export(STARTED.date())
    assert images(person.home / "viewer") == images(store.folder)
    store.replayed(2)
    told = person.run(commands("sync").replace(" --quiet", " --no-progress"), person.home)
    assert "frames-000001.tar" in told
    assert "frames-000000.tar" not in told
    store.export(STARTED.date())
    assert images(person.home / "viewer") == images(store.folder)
