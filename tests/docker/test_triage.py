"""A backlog scored through a release's containers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from blocks.store import Store
from flows.triage_backlog import triage_backlog
from smokewatch.store.catalog import Catalog
from smokewatch.store.triage import load_triage
from tests.docker.conftest import Containers
from tests.production import jpeg
from tests.release_stub import score
from tests.scoring.backlog import Backlog


@pytest.mark.usefixtures("production")
def test_containers_score_a_backlog_and_nothing_is_left(
    catalog: Catalog, containers: Containers, stub: Callable[..., str]
) -> None:
    image = stub("0.3.1")
    backlog = Backlog(catalog, Store.resolve().frame_store())
    contents = {each: [jpeg(f"{each}/{number}") for number in range(2 + each)] for each in (1, 2)}
    for identity, frames in contents.items():
        backlog.add(identity, frames)
    summary = triage_backlog(release="0.3.1")
    assert containers.left() == []
    assert (summary["scored"], summary["dropped"], summary["device"]) == (2, {}, "docker")
    with catalog.read() as connection:
        stored = load_triage(connection)
    assert stored is not None
    assert stored.backlog.scores.tolist() == [score(None, frames) for frames in contents.values()]
    (model,) = stored.triage.models
    assert (model.identity_kind, model.identity, model.model_version) == ("image_id", image, "0.2.0")
    again = triage_backlog(release="0.3.1", threshold=0.9)
    assert (again["scored"], again["known"], again["device"]) == (0, 2, "")
