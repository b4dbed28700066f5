"""What is done beneath the flows, one function each: called in a process of its own, the settings saying where."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from pydantic import SecretStr

import blocks.slack
import tasks.drift_days
import tasks.drifting
import tasks.importing.days
import tasks.pulling.queue
from blocks.releases import Releases
from blocks.slack import Slack
from blocks.store import Store
from smokewatch.domain.answers import Health
from smokewatch.domain.drift_modes import Mode
from smokewatch.domain.risk import PRODUCTION_GATE
from smokewatch.store.catalog import Catalog
from smokewatch.store.drift import Selection, build_version
from smokewatch.store.scores import record_model, record_triage
from smokewatch.store.sequences import StoredSequence, load_sequences
from smokewatch.store.triage import Triage
from smokewatch.store.verdicts import record_verdicts
from tasks.drift_days import summarize_days
from tasks.drifting import Checker
from tasks.notifying import Notifier
from tasks.progress import Progress
from tasks.replaying import Replayer, replay_release
from tasks.scoring.chunks import Chunk, Package, work_on
from tasks.scoring.package_files import read_package
from tasks.scoring.planning import plan
from tasks.stacks.client import Reply
from tasks.stacks.processes import ProcessRuntime
from tasks.stacks.stack import Stack
from tasks.stacks.stacks import OpenStacks
from tests import release_stub
from tests.alerts import NOW
from tests.faults.engine import recorded
from tests.importing.conftest import import_days
from tests.production import DAY
from tests.pulling.conftest import pull_queue
from tests.store.test_results import EXACT
from tests.store.watched import nth

Work = Callable[[], None]
LOADER = "tests.scoring.models:Cheap.load"
VERDICTS = 30
BASELINE_DAYS, CHECKED_DAYS = 6, 2


class Untold:
    """Progress, untold."""

    live = None

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> Untold:
        return self

    def __exit__(self, *_: object) -> None: ...

    def advance(self, by: int = 1) -> None: ...

    def tell(self, **_: object) -> None: ...


@contextmanager
def run_of(kind: str) -> Iterator[tuple[Store, Catalog, str]]:
    """The store, its catalog, and the id of a recorded run."""
    store = Store.resolve()
    catalog = store.catalog()
    with recorded(catalog, kind) as run_id:
        yield store, catalog, run_id
    catalog.close()


def import_a_day() -> None:
    vars(tasks.importing.days)["Progress"] = Untold
    with run_of("import"):
        counts = import_days()
    assert not counts.skipped, counts.skipped


class Answering:
    """A stack without processes: it gives what the stub gives of the frames that it was shown."""

    replicas, aborted, health = 1, False, Health(status="ok", model_loaded=True, model_version="0.2.0")

    def __init__(self) -> None:
        self._frames: dict[tuple[str, str], bytes] = {}

    def put_frame(self, bucket: str, key: str, content: bytes) -> None:
        self._frames[bucket, key] = content

    def remove_frames(self, bucket: str, keys: Sequence[str]) -> None:
        for key in keys:
            self._frames.pop((bucket, key), None)

    def predict(self, body: bytes, *, replica: int = 0) -> Reply:
        with Path(os.environ["STUB_CALLS"]).open("a") as calls:
            calls.write("call\n")
        request = json.loads(body)
        contents = [self._frames[request["bucket"], key] for key in request["frames"]]
        probability = release_stub.score(request.get("roi_xyxyn"), contents)
        answer = {"is_smoke": probability >= 0.5, "probability": probability}
        return Reply(200, json.dumps(answer | {"model": {"name": "stub", "version": "0.2.0"}}).encode(), 1.0)

    def memory(self) -> list[int]:
        return []

    def abort(self) -> None: ...


class _Replayer(Replayer):
    @contextmanager
    def stack(self, *_: object, meanwhile: Callable[[Stack], None] | None = None, **__: object) -> Iterator[Stack]:
        stack = cast(Stack, Answering())
        if meanwhile is not None:
            meanwhile(stack)
        yield stack


def replay_a_day() -> None:
    releases = Releases.resolve()
    with run_of("replay") as (store, catalog, run_id), OpenStacks() as stacks:
        runtime, progress = ProcessRuntime(releases, catalog), cast(Progress, Untold())
        given = (catalog, store.frame_store(), releases, runtime, stacks, progress, run_id)
        replayer = _Replayer(*given, history=store.history_log())
        with catalog.read() as connection:
            found = load_sequences(connection, first_day=DAY, last_day=DAY)
        groups: dict[str, list[StoredSequence]] = defaultdict(list)
        for sequence in found:
            groups[str(sequence.outcome.temporal_api_version)].append(sequence)
        for version, group in groups.items():
            replay_release.fn(replayer, version, group)


def pull_a_queue() -> None:
    vars(tasks.pulling.queue)["Progress"] = Untold
    with run_of("pull"):
        counts = pull_queue()
    assert "skipped" not in counts, counts


def triage_a_queue() -> None:
    model = read_package(Path(os.environ["PACKAGE"]), LOADER)
    with run_of("triage") as (_, catalog, run_id):
        with catalog.write() as connection:
            record_model(connection, model, now=datetime.now(UTC))
            record_triage(connection, Triage(run_id, (model,), 0.35, datetime.now(UTC)))
            todo = plan(connection, [model], run_id=run_id, now=datetime.now(UTC))
        package = Package(model.reference, model.identity, LOADER, "cpu")
        for number, ids in enumerate(todo.chunks(2)):
            work_on(Chunk(run_id, number, (package,), ids))


def tell_people() -> None:
    vars(blocks.slack)["_saved_url"] = lambda: None
    slack = Slack(
        url=SecretStr(os.environ["SLACK_WEBHOOK_URL"]), platform_url="https://platform.example", pause=0, an_hour=100
    )
    with run_of("notify") as (_, catalog, run_id):
        given = (catalog, slack, slack.webhooks(), PRODUCTION_GATE, run_id)
        notifier = Notifier(*given, clock=lambda: NOW, wait=lambda _: None)
        notifier.plan(NOW - timedelta(hours=3))
        notifier.send()


def watch_drift() -> None:
    """A baseline of days, then each later day checked; what is told goes into a file, a line each."""
    vars(tasks.drift_days)["Progress"] = Untold

    def tell(check: Any, *_: object) -> None:
        with Path(os.environ["TOLD"]).open("a") as told:
            told.write(f"{check.day}\n")

    vars(tasks.drifting)["tell_drift"] = tell
    vars(tasks.drifting)["tell_proposal"] = lambda *_: None
    days = [nth(number) for number in range(BASELINE_DAYS)]
    with run_of("drift") as (_, catalog, run_id):
        kept = summarize_days.fn(catalog, days, Selection())
        with catalog.write() as connection:
            build_version(connection, "north", kept, left_out={}, run_id=run_id, now=datetime.now(UTC))
        chosen = Selection()
        checker = Checker(catalog, "north", chosen, Mode.CALIBRATED, None, run_id)
        for number in range(BASELINE_DAYS, BASELINE_DAYS + CHECKED_DAYS):
            checker.check(nth(number))


def decide_and_log() -> None:
    """Verdicts into the catalog and the audit log, as a replay concludes; then old files are compressed."""
    with run_of("replay") as (store, catalog, run_id):
        log = store.history_log()
        for number in range(VERDICTS):
            verdict, decided = replace(EXACT, sequence_id=number), NOW - timedelta(days=number % 10)
            with catalog.write() as connection:
                kept = record_verdicts(connection, [verdict], run_id=run_id, now=decided)
            log.append(kept)
        log.tidy(NOW.date())


def upgrade() -> None:
    Store.resolve().catalog().close()


def settings(folder: Path, others: Mapping[str, str]) -> dict[str, str]:
    """The settings of a store in a folder."""
    return {
        **others,
        "SMOKEWATCH_CATALOG_URL": f"sqlite:///{folder / 'catalog.db'}",
        "SMOKEWATCH_FRAMES": str(folder / "frames"),
    }
