"""Replays of releases that a real registry gives: what ran, what was refused, and what nobody gets to see."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from itertools import count
from typing import Any

import docker
import httpx
import pytest
import sqlalchemy as sa
from prefect_docker import DockerRegistryCredentials

from blocks.engine import Engine
from flows.import_sequences import import_sequences
from flows.replay_sequences import replay_sequences
from smokewatch.errors import UsageError
from smokewatch.store import tables as t
from smokewatch.store.catalog import Catalog
from smokewatch.store.verdicts import current_verdicts
from tasks.identities import settled_identity
from tasks.stacks.containers import RUN
from tests.docker.registry import PASSWORD, USER, Registry, forget
from tests.images import REPOSITORY
from tests.production import DAY, Production

_NUMBERS = count()
Stub = Callable[..., str]


@pytest.fixture
def repository(registry: Registry, stub: Stub, monkeypatch: pytest.MonkeyPatch) -> str:
    """A repository that no other test uses, where replays look for releases."""
    chosen = f"r{next(_NUMBERS)}/temporal-model-api"
    monkeypatch.setenv("SMOKEWATCH_RELEASE_IMAGE", f"{registry.address}/{chosen}:{{version}}")
    return chosen


@pytest.fixture
def publish(registry: Registry, engine: docker.DockerClient, stub: Stub, repository: str) -> Callable[[str], Any]:
    """Pushes the stub as version 0.3.1, each word another image; gives its image ID and its digest."""

    def push(word: str) -> tuple[str, str]:
        image_id = stub("pushed", TEMPORAL_API_VERSION="0.3.1", WORD=word)
        digest = registry.push(image_id, f"{repository}:0.3.1")
        forget(engine, f"{REPOSITORY}:pushed")
        return image_id, digest

    return push


def replay(production: Production, **sequence: Any) -> dict[str, Any]:
    """One more sequence, imported and replayed with all others."""
    production.add(seen=8, **sequence)
    import_sequences(date_from=DAY)
    summary: dict[str, Any] = replay_sequences(date_from=DAY)
    return summary


def verdicts(catalog: Catalog) -> list[Any]:
    """Each sequence's verdict, in order of the sequences."""
    with catalog.read() as connection:
        ids = connection.scalars(sa.select(t.sequences.c.id).order_by(t.sequences.c.id)).all()
        found = current_verdicts(connection, [("alert-api", each) for each in ids])
    return [found["alert-api", each] for each in ids]


class Created:
    """The containers that are created from now on, heard of as they come: the engine remembers its last 256 events
    only, and other tests cause many."""

    def __init__(self, engine: docker.DockerClient) -> None:
        self._engine, chosen = engine, {"type": ["container", "volume"], "event": ["create"]}
        # The engine takes parts of a second, the types do not.
        self._events = engine.events(since=time.time(), filters=chosen, decode=True)  # type: ignore[call-overload]

    def by(self, catalog: Catalog) -> set[str]:
        """The image IDs of all that the catalog's runs made until now, whether they are there or not; told once."""
        with catalog.read() as connection:
            runs = set(connection.scalars(sa.select(t.runs.c.id)))
        last = self._engine.volumes.create()
        last.remove()
        found = set()
        for event in self._events:
            if event["Actor"]["ID"] == last.id:
                break
            if event["Actor"]["Attributes"].get(RUN) in runs:
                found.add(event["Actor"]["Attributes"]["image"])
        self._events.close()
        return found


def test_the_image_that_a_tag_gave_runs_until_the_tag_moves(
    production: Production,
    catalog: Catalog,
    engine: docker.DockerClient,
    registry: Registry,
    repository: str,
    publish: Callable[[str], tuple[str, str]],
    s3_image: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image_id, first = publish("first")
    created = Created(engine)
    assert replay(production)["exact"] == 1
    assert created.by(catalog) == {image_id, engine.images.get(s3_image).id}
    (told,) = verdicts(catalog)
    reference = f"{registry.address}/{repository}:0.3.1"
    identity = ("registry_digest", first)
    assert (told["release_reference"], told["identity_kind"], told["release_identity"]) == (reference, *identity)
    with catalog.read() as connection:
        row = connection.execute(sa.select(t.releases).where(t.releases.c.reference == reference)).one()
    assert (row.identity_kind, row.identity) == identity

    _, second = publish("second")
    created = Created(engine)
    assert replay(production, hour=3)["dropped"] == {"release_moved": 2}
    known, new = verdicts(catalog)
    assert known["verdict"] == "exact"
    gives = f"but now gives registry_digest {second}: refused"
    assert new["detail"] == f"{reference} was first seen as registry_digest {first}, {gives}"
    monkeypatch.setenv("SMOKEWATCH_RELEASE_PINS", json.dumps({"0.3.1": {"kind": identity[0], "value": first}}))
    assert replay(production, hour=4)["dropped"] == {"release_moved": 3}
    assert verdicts(catalog)[2]["detail"] == f"{reference} is pinned to registry_digest {first}, {gives}"
    assert created.by(catalog) == set()


def test_without_its_registry_a_release_runs_while_its_image_is_here(
    production: Production,
    catalog: Catalog,
    engine: docker.DockerClient,
    registry: Registry,
    repository: str,
    publish: Callable[[str], tuple[str, str]],
    s3_image: str,
) -> None:
    image_id, digest = publish("while it lasts")
    assert replay(production)["exact"] == 1
    registry.stop()
    created = Created(engine)
    summary = replay(production, hour=3)
    assert (summary["exact"], summary["cached"]) == (2, 1)
    assert created.by(catalog) == {image_id, engine.images.get(s3_image).id}
    forget(engine, f"{registry.address}/{repository}@{digest}")
    created = Created(engine)
    summary = replay(production, hour=4)
    assert (summary["exact"], summary["cached"], summary["dropped"]) == (2, 2, {"image_pull_failed": 1})
    told = verdicts(catalog)[2]["detail"]
    assert f"@{digest} cannot be pulled: the registry cannot be reached (" in told
    assert "\n" not in told
    assert created.by(catalog) == set()


def test_a_private_registrys_password_is_used_and_seen_nowhere(
    production: Production,
    catalog: Catalog,
    engine: docker.DockerClient,
    private: Registry,
    repository: str,
    publish: Callable[[str], tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
    prefect_api: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    image_id, digest = publish("private")
    monkeypatch.setenv("SMOKEWATCH_RELEASE_IMAGE", f"{private.address}/{repository}:{{version}}")
    monkeypatch.setattr(logging.getLogger("prefect"), "propagate", True)
    created = Created(engine)
    with caplog.at_level(logging.DEBUG):
        assert replay(production)["dropped"] == {"image_pull_failed": 1}
        assert "0.3.1 cannot be had: unauthorized at the registry (" in verdicts(catalog)[0]["detail"]
        assert created.by(catalog) == set()
        created = Created(engine)

        monkeypatch.setenv("SMOKEWATCH_REGISTRY_CREDENTIALS", "brigade-registry")
        with pytest.raises(UsageError, match="no DockerRegistryCredentials block named 'brigade-registry': save one"):
            replay(production, hour=3)
        DockerRegistryCredentials(username=USER, password=PASSWORD, registry_url=f"http://{private.address}").save(
            "brigade-registry"
        )
        assert replay(production, hour=4)["exact"] == 3
    assert image_id in created.by(catalog)
    assert {each["release_identity"] for each in verdicts(catalog)} == {digest}
    newest = httpx.post(f"{prefect_api}/artifacts/filter", json={"sort": "CREATED_DESC"}, trust_env=False, timeout=60)
    assert "image_pull_failed" in newest.raise_for_status().text
    assert any(record.name.startswith("prefect") for record in caplog.records)
    stored = [file.read_bytes() for file in production.folder.rglob("*") if file.is_file()]
    assert any(digest.encode() in content for content in stored)
    assert PASSWORD not in caplog.text + newest.text
    assert PASSWORD.encode() not in b"".join(stored)


def test_an_s3_server_that_moved_is_not_started(
    production: Production,
    catalog: Catalog,
    engine: docker.DockerClient,
    registry: Registry,
    repository: str,
    publish: Callable[[str], tuple[str, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish("beside it")
    name = f"{repository}/s3:1"
    reference = f"{registry.address}/{name}"
    monkeypatch.setenv("SMOKEWATCH_S3_IMAGE", reference)
    first = registry.push_word(name, "first")
    ours = Engine.connect()
    settled_identity(catalog, reference, lambda expected: ours.images.identity(reference, expected))
    ours.close()
    second = registry.push_word(name, "second")
    created = Created(engine)
    assert replay(production)["dropped"] == {"image_pull_failed": 1}
    (told,) = verdicts(catalog)
    assert told["detail"] == (
        f"S3 server: {reference} was first seen as registry_digest {first}, "
        f"but now gives registry_digest {second}: refused: see SMOKEWATCH_S3_IMAGE"
    )
    assert created.by(catalog) == set()


def test_an_image_setting_without_the_version_is_a_wrong_call(
    production: Production, stub: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SMOKEWATCH_RELEASE_IMAGE", "pyronear/temporal-model-api:0.3.1")
    with pytest.raises(UsageError) as wrong:
        replay(production)
    assert str(wrong.value) == (
        "SMOKEWATCH_RELEASE_IMAGE is 'pyronear/temporal-model-api:0.3.1': write {version} where the version belongs"
    )
